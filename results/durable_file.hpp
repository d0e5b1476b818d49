// Writing a file so that it is there whole or not at all: temporary name in the same folder, sync,
// rename, sync of the folder. A process killed in between leaves at most a hidden temporary file.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <span>

namespace vargrid::results {

/// Writes the parts one after the other. An existing file is replaced as a whole.
/// Errors: io; the message names the file and what the system said. The temporary file is removed.
[[nodiscard]] Result<void> write_durably(const std::filesystem::path& path,
                                         std::initializer_list<std::span<const std::byte>> parts);

}  // namespace vargrid::results
