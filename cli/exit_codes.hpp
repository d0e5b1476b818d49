// What the shell learns. 99 is reserved for reclaimed workers, so that a cluster manager can be
// told to requeue exactly those.
#pragma once

#include "base/result.hpp"

namespace vargrid::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNotFound = 3;
inline constexpr int kExitUnreachable = 4;
inline constexpr int kExitUnauthorised = 5;
inline constexpr int kExitIncomplete = 6;

/// The exit code of a command that ended with this error.
[[nodiscard]] int exit_code_of(const Error& error);

}  // namespace vargrid::cli
