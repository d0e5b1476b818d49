// The measurements of `vargrid bench`. Each gives the text to print: a table, or one JSON document.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>

namespace vargrid::cli {

struct BenchOptions {
    std::size_t workers{1'000};
    std::uint64_t tasks{500'000};
    std::string journal{"on"};
    std::uint64_t queued_blocks{0};
    int runs{1};
    int round_trips{300};
    bool no_peers{false};
    std::string folder{"/tmp"};
    bool json{false};
};

/// Errors: limit, if the machine cannot have so many workers.
[[nodiscard]] Result<std::string> bench_grid(const BenchOptions& options);
[[nodiscard]] Result<std::string> bench_restart(const BenchOptions& options);

}  // namespace vargrid::cli
