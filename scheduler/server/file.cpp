#include "scheduler/server/file.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace vargrid::scheduler {
namespace {

Error file_error(const std::filesystem::path& path, const char* what) {
    const int number = errno;
    const ErrorCode code = number == ENOENT   ? ErrorCode::not_found
                           : number == EEXIST ? ErrorCode::conflict
                                              : ErrorCode::io;
    return {code, std::string{what} + " " + path.string() + ": " + std::strerror(number)};
}

}  // namespace

File::File(std::filesystem::path path, int descriptor)
    : path_{std::move(path)}, descriptor_{descriptor} {}

File::~File() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

File::File(File&& other) noexcept
    : path_{std::move(other.path_)}, descriptor_{std::exchange(other.descriptor_, -1)} {}

File& File::operator=(File&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

Error File::error(const char* what) const {
    return file_error(path_, what);
}

Result<File> File::create(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return file_error(path, "cannot create");
    }
    return File{path, descriptor};
}

Result<File> File::append_to(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (descriptor < 0) {
        return file_error(path, "cannot open");
    }
    return File{path, descriptor};
}

Result<File> File::open(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return file_error(path, "cannot open");
    }
    return File{path, descriptor};
}

Result<void> File::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return error("cannot write");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::size_t> File::read(std::span<std::byte> bytes, std::uint64_t offset) {
    std::size_t total = 0;
    while (total < bytes.size()) {
        const ssize_t got = ::pread(descriptor_,
                                    bytes.data() + total,
                                    bytes.size() - total,
                                    static_cast<off_t>(offset + total));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return error("cannot read");
        }
        if (got == 0) {
            break;
        }
        total += static_cast<std::size_t>(got);
    }
    return total;
}

Result<void> File::sync() {
    if (::fdatasync(descriptor_) != 0) {
        return error("cannot sync");
    }
    return {};
}

Result<void> sync_folder(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return file_error(folder, "cannot open");
    }
    const int status = ::fsync(descriptor);
    ::close(descriptor);
    if (status != 0) {
        return file_error(folder, "cannot sync");
    }
    return {};
}

}  // namespace vargrid::scheduler
