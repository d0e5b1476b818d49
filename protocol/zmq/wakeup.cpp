#include "protocol/zmq/wakeup.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace vargrid::protocol {

Result<Wakeup> Wakeup::open() {
    const int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor < 0) {
        return Error{ErrorCode::io, std::string{"eventfd: "} + std::strerror(errno)};
    }
    return Wakeup{descriptor};
}

Wakeup::~Wakeup() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

Wakeup::Wakeup(Wakeup&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}

Wakeup& Wakeup::operator=(Wakeup&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

// Neither result matters: a full counter means it is notified already, an empty one that it is not.
void Wakeup::notify() const noexcept {
    const int error_before = errno;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(descriptor_, &one, sizeof(one));
    errno = error_before;
}

void Wakeup::clear() const noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(descriptor_, &count, sizeof(count));
}

}  // namespace vargrid::protocol
