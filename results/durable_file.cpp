#include "results/durable_file.hpp"

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace vargrid::results {
namespace {

Error system_error(const std::filesystem::path& path, const char* what, int code) {
    return {ErrorCode::io,
            path.string() + ": cannot " + what + ": " + std::generic_category().message(code)};
}

class Descriptor {
  public:
    Descriptor(const std::filesystem::path& path, int flags)
        : number_{::open(path.c_str(), flags | O_CLOEXEC, 0644)} {}
    ~Descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] bool valid() const { return number_ >= 0; }
    [[nodiscard]] int number() const { return number_; }
    /// Network file systems report a full disk only here.
    [[nodiscard]] bool close() { return ::close(std::exchange(number_, -1)) == 0; }

  private:
    int number_;
};

/// Hidden, so that nobody takes it for a shard; random, so that threads, processes and hosts that
/// share the folder never meet.
std::filesystem::path temporary_name(const std::filesystem::path& path) {
    std::uint64_t number = 0;
    CHECK(::getentropy(&number, sizeof(number)) == 0);
    return path.parent_path() /
           ("." + path.filename().string() + "." + std::to_string(number) + ".tmp");
}

Result<void> write_all(int descriptor,
                       const std::filesystem::path& path,
                       std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return system_error(path, "write", errno);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> write_and_sync(const std::filesystem::path& temporary,
                            const std::filesystem::path& path,
                            std::initializer_list<std::span<const std::byte>> parts) {
    Descriptor file{temporary, O_WRONLY | O_CREAT | O_EXCL};
    if (!file.valid()) {
        return system_error(path, "create", errno);
    }
    for (const auto part : parts) {
        VARGRID_TRY_VOID(write_all(file.number(), path, part));
    }
    if (::fsync(file.number()) != 0) {
        return system_error(path, "sync", errno);
    }
    if (!file.close()) {
        return system_error(path, "close", errno);
    }
    return {};
}

Result<void> rename_and_sync(const std::filesystem::path& temporary,
                             const std::filesystem::path& path) {
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        return system_error(path, "rename to", errno);
    }
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
    const Descriptor descriptor{folder, O_RDONLY | O_DIRECTORY};
    // Some file systems cannot sync a folder (EINVAL); there the rename is as durable as it gets.
    if (descriptor.valid() && ::fsync(descriptor.number()) != 0 && errno != EINVAL) {
        return system_error(folder, "sync", errno);
    }
    return {};
}

}  // namespace

Result<void> write_durably(const std::filesystem::path& path,
                           std::initializer_list<std::span<const std::byte>> parts) {
    const auto temporary = temporary_name(path);
    auto done = write_and_sync(temporary, path, parts);
    if (done) {
        done = rename_and_sync(temporary, path);
    }
    if (!done) {
        ::unlink(temporary.c_str());  // Not there any more if the rename succeeded.
    }
    return done;
}

}  // namespace vargrid::results
