// Where the scheduler is: said outright ("tcp://host:port"), or read from a file that the scheduler
// writes ("file:/shared/endpoint"), which follows it when a cluster starts it on another host.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <string>

namespace vargrid::protocol {

/// "tcp://..." as it is; for "file:PATH" the first line of that file.
/// Errors: invalid_input for what cannot be an endpoint; unreachable if the file is not there yet.
[[nodiscard]] Result<std::string> resolve_endpoint(const std::string& text);

/// Puts `endpoint` into the file, whole or not at all.
/// Errors: io.
[[nodiscard]] Result<void> write_endpoint_file(const std::filesystem::path& path,
                                               const std::string& endpoint);

/// A bound address as others must call it: "tcp://0.0.0.0:5700" and "tcp://*:5700" get the name of
/// this machine, or `host` if that is not empty.
[[nodiscard]] std::string reachable_endpoint(const std::string& bound, const std::string& host);

}  // namespace vargrid::protocol
