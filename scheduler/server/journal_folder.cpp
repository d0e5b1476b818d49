#include "scheduler/server/journal_folder.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <stdlib.h>

namespace vargrid::scheduler {

namespace fs = std::filesystem;

JournalFolder::JournalFolder(fs::path path, bool temporary)
    : path_{std::move(path)}, temporary_{temporary} {}

JournalFolder::JournalFolder(JournalFolder&& other) noexcept
    : path_{std::move(other.path_)}, temporary_{std::exchange(other.temporary_, false)} {}

JournalFolder& JournalFolder::operator=(JournalFolder&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(temporary_, other.temporary_);
    return *this;
}

JournalFolder::~JournalFolder() {
    if (temporary_) {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
}

Result<JournalFolder> JournalFolder::open(const fs::path& path) {
    if (!path.empty()) {
        std::error_code failed;
        fs::create_directories(path, failed);
        if (failed || !fs::is_directory(path, failed)) {
            return Error{ErrorCode::io,
                         "cannot make the folder " + path.string() + ": " + failed.message()};
        }
        return JournalFolder{path, false};
    }
    std::error_code failed;
    std::string pattern = (fs::temp_directory_path(failed) / "vargrid-scheduler-XXXXXX").string();
    if (failed || mkdtemp(pattern.data()) == nullptr) {
        return Error{ErrorCode::io,
                     "cannot make a temporary folder " + pattern + ": " + std::strerror(errno)};
    }
    return JournalFolder{pattern, true};
}

}  // namespace vargrid::scheduler
