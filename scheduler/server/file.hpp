// File: a descriptor that closes itself, and the few calls on it that the blob store makes, each
// with an error that names the file.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace vargrid::scheduler {

class File {
  public:
    /// Errors: conflict if it exists.
    [[nodiscard]] static Result<File> create(const std::filesystem::path& path);
    /// An existing file, to write at its end. Errors: not_found, io.
    [[nodiscard]] static Result<File> append_to(const std::filesystem::path& path);
    /// Errors: not_found, io.
    [[nodiscard]] static Result<File> open(const std::filesystem::path& path);
    ~File();
    File(File&& other) noexcept;
    File& operator=(File&& other) noexcept;

    [[nodiscard]] Result<void> write(std::span<const std::byte> bytes);
    /// Fills `bytes` from `offset`; fewer only at the end. Returns how many.
    [[nodiscard]] Result<std::size_t> read(std::span<std::byte> bytes, std::uint64_t offset);
    /// Waits until what was written is on the disk.
    [[nodiscard]] Result<void> sync();

  private:
    File(std::filesystem::path path, int descriptor);
    [[nodiscard]] Error error(const char* what) const;

    std::filesystem::path path_;
    int descriptor_{-1};
};

/// Makes renames in this folder durable.
[[nodiscard]] Result<void> sync_folder(const std::filesystem::path& folder);

}  // namespace vargrid::scheduler
