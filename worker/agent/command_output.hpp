// The output of another program, waited for only so long.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace vargrid::worker {

/// Runs `words` (found on PATH, no shell, no input) and gives what it printed on stdout, at most
/// 64 KiB. Killed when it takes longer than `time_max`.
/// Errors: not_found if there is no such program; io if it failed or took too long.
[[nodiscard]] Result<std::string> command_output(std::vector<std::string> words,
                                                 std::chrono::milliseconds time_max);

}  // namespace vargrid::worker
