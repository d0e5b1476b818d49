// What the operating system lets this process have.
#pragma once

#include <cstdint>

namespace vargrid::scheduler {

/// Raises the soft limit of open files to the hard one and returns it: every connected peer takes
/// one, and the default of many systems is 1,024.
std::uint64_t raise_open_files_limit();

}  // namespace vargrid::scheduler
