// Reads a whole text file into memory, unpacking gzip and xz on the way. Content decides: a file
// is gzip or xz when its first bytes say so, and a name ending in .gz or .xz must keep its promise.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace vargrid {

struct TextFileLimits {
    std::size_t file_bytes_max{std::size_t{256} << 20};
    /// After unpacking: a few kilobytes of gzip can unpack to gigabytes.
    std::size_t text_bytes_max{std::size_t{1} << 30};
};

/// Errors: io when it cannot be read or the packed data is damaged or truncated; limit when it is
/// larger than allowed. Every message begins with the path.
[[nodiscard]] Result<std::string> read_text_file(const std::filesystem::path& path,
                                                 const TextFileLimits& limits = {});

}  // namespace vargrid
