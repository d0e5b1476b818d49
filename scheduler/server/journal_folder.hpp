// JournalFolder: where journal and blobs live. Without a path of its own it is a temporary folder
// that goes with this object.
#pragma once

#include "base/result.hpp"

#include <filesystem>

namespace vargrid::scheduler {

class JournalFolder {
  public:
    /// An empty path makes a temporary folder. Errors: io.
    [[nodiscard]] static Result<JournalFolder> open(const std::filesystem::path& path);
    ~JournalFolder();
    JournalFolder(JournalFolder&& other) noexcept;
    JournalFolder& operator=(JournalFolder&& other) noexcept;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    JournalFolder(std::filesystem::path path, bool temporary);

    std::filesystem::path path_;
    bool temporary_{false};
};

}  // namespace vargrid::scheduler
