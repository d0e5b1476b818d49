// What this machine, or the container we are in, lets us use.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>

namespace vargrid::worker {

/// What the system calls this machine; "unknown" if it does not say.
[[nodiscard]] std::string host_name();
/// Cores that the process may run on, at least 1.
[[nodiscard]] std::uint32_t available_threads();
/// Physical memory, or the control group's limit if that is lower.
[[nodiscard]] std::uint64_t available_memory_bytes();

/// How long ago this process started, to 10 ms; 0 where the system does not say.
[[nodiscard]] Duration process_age();

}  // namespace vargrid::worker
