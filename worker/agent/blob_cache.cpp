#include "worker/agent/blob_cache.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace vargrid::worker {
namespace {

namespace fs = std::filesystem;

/// Makes the folder for this user alone. False if it belongs to somebody else or cannot be made.
bool make_folder(const fs::path& folder) {
    std::error_code failure;
    fs::create_directories(folder.parent_path(), failure);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        return false;
    }
    struct stat status {};
    return ::stat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
           status.st_uid == ::geteuid() && ::access(folder.c_str(), W_OK) == 0;
}

}  // namespace

BlobCache::BlobCache(fs::path folder, std::uint64_t bytes_max)
    : folder_{std::move(folder)},
      bytes_max_{bytes_max},
      usable_{!folder_.empty() && bytes_max > 0 && make_folder(folder_)} {}

std::optional<Bytes> BlobCache::find(const Digest& digest) const {
    if (!usable_) {
        return std::nullopt;
    }
    const fs::path path = path_of(digest);
    std::ifstream file{path, std::ios::binary | std::ios::ate};
    if (!file) {
        return std::nullopt;
    }
    const std::streamoff size = file.tellg();
    Bytes bytes(static_cast<std::size_t>(std::max<std::streamoff>(size, 0)));
    file.seekg(0);
    file.read(reinterpret_cast<char*>(bytes.data()), size);
    std::error_code ignored;
    if (!file || blake2b(bytes) != digest) {
        fs::remove(path, ignored);
        return std::nullopt;
    }
    // The age of a file is the time since it was last used.
    fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
    return bytes;
}

void BlobCache::store(const Digest& digest, std::span<const std::byte> bytes) const {
    if (!usable_ || bytes.size() > bytes_max_) {
        return;
    }
    make_room(bytes.size());
    const fs::path path = path_of(digest);
    std::string temporary = (folder_ / "tmp-XXXXXX").string();
    const int descriptor = ::mkstemp(temporary.data());
    if (descriptor < 0) {
        return;
    }
    ::close(descriptor);
    std::ofstream file{temporary, std::ios::binary | std::ios::trunc};
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file.close();
    std::error_code failure;
    if (file) {
        fs::rename(temporary, path, failure);
    }
    if (!file || failure) {
        fs::remove(temporary, failure);
    }
}

fs::path BlobCache::default_folder() {
    const char* home = std::getenv("XDG_CACHE_HOME");  // NOLINT: before any thread is started.
    if (home != nullptr && *home == '/') {
        return fs::path{home} / "vargrid";
    }
    return fs::path{"/tmp"} / ("vargrid-" + std::to_string(::geteuid()));
}

fs::path BlobCache::path_of(const Digest& digest) const {
    return folder_ / to_hex(digest);
}

void BlobCache::make_room(std::uint64_t bytes) const {
    struct Entry {
        fs::file_time_type used;
        std::uint64_t size;
        fs::path path;
    };
    std::vector<Entry> entries;
    std::uint64_t total = bytes;
    std::error_code failure;
    for (fs::directory_iterator at{folder_, failure}, end; !failure && at != end;
         at.increment(failure)) {
        // Another worker may delete it under us: then it takes no room.
        std::error_code gone;
        const std::uint64_t size = at->file_size(gone);
        const auto used = at->last_write_time(gone);
        if (!gone) {
            entries.push_back({used, size, at->path()});
            total += size;
        }
    }
    std::ranges::sort(entries, {}, &Entry::used);
    for (const Entry& entry : entries) {
        if (total <= bytes_max_) {
            return;
        }
        fs::remove(entry.path, failure);
        total -= entry.size;
    }
}

}  // namespace vargrid::worker
