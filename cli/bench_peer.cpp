#include "cli/bench_peer.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vargrid::cli {
namespace {

constexpr std::uint8_t kLong = 2;
constexpr std::uint8_t kCommand = 4;
constexpr std::size_t kGreetingBytes = 64;
constexpr std::size_t kShortFrameMax = 255;
constexpr std::string_view kPing = "\x04PING";
constexpr std::string_view kPong = "\x04PONG";
constexpr std::size_t kPingHeaderBytes = 7;  // The name and a time to live.

Error last_error(const std::string& what) {
    const ErrorCode code =
        errno == EMFILE || errno == ENFILE ? ErrorCode::limit : ErrorCode::unreachable;
    return {code, what + ": " + std::strerror(errno)};
}

Result<sockaddr_in> address_of(const std::string& endpoint) {
    const auto colon = endpoint.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (!endpoint.starts_with("tcp://") || colon == std::string::npos ||
        inet_pton(AF_INET, endpoint.substr(6, colon - 6).c_str(), &address.sin_addr) != 1) {
        return Error{ErrorCode::invalid_input, "expected tcp://IPV4:PORT, found " + endpoint};
    }
    address.sin_port =
        htons(static_cast<std::uint16_t>(std::strtoul(endpoint.c_str() + colon + 1, nullptr, 10)));
    return address;
}

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span{text});
}

void append(Bytes& to, std::span<const std::byte> bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

void append_property(Bytes& to, std::string_view name, std::string_view value) {
    to.push_back(static_cast<std::byte>(name.size()));
    append(to, bytes_of(name));
    for (int shift = 24; shift >= 0; shift -= 8) {
        to.push_back(static_cast<std::byte>(value.size() >> static_cast<unsigned>(shift)));
    }
    append(to, bytes_of(value));
}

}  // namespace

BenchPeer::BenchPeer(int descriptor, protocol::Peer self) : descriptor_{descriptor}, self_{self} {}

BenchPeer::~BenchPeer() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

BenchPeer::BenchPeer(BenchPeer&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)},
      self_{other.self_},
      greeted_{other.greeted_},
      ready_{other.ready_},
      rest_{std::move(other.rest_)},
      unsent_{std::move(other.unsent_)},
      early_{std::move(other.early_)} {}

BenchPeer& BenchPeer::operator=(BenchPeer&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(self_, other.self_);
    std::swap(greeted_, other.greeted_);
    std::swap(rest_, other.rest_);
    std::swap(ready_, other.ready_);
    std::swap(unsent_, other.unsent_);
    std::swap(early_, other.early_);
    return *this;
}

Result<BenchPeer> BenchPeer::connect(const std::string& endpoint, const protocol::Peer& self) {
    VARGRID_TRY(const sockaddr_in address, address_of(endpoint));
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return last_error("cannot make a socket");
    }
    BenchPeer peer{descriptor, self};
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        return last_error("cannot connect to " + endpoint);
    }
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
    std::array<std::byte, kGreetingBytes> greeting{};
    greeting[0] = std::byte{0xff};
    greeting[9] = std::byte{0x7f};
    greeting[10] = std::byte{3};
    std::memcpy(&greeting[12], "NULL", 4);
    append(peer.unsent_, greeting);
    Bytes ready;
    append(ready, bytes_of("\x05READY"));
    append_property(ready, "Socket-Type", "DEALER");
    append_property(ready, "Identity", protocol::routing_id(self));
    put_frame(peer.unsent_, kCommand, ready);
    if (!peer.flush()) {
        return last_error("cannot greet " + endpoint);
    }
    return peer;
}

void BenchPeer::put_frame(Bytes& to, std::uint8_t flags, std::span<const std::byte> content) {
    if (content.size() > kShortFrameMax) {
        to.push_back(static_cast<std::byte>(flags | kLong));
        const std::uint64_t size = __builtin_bswap64(content.size());
        append(to, std::as_bytes(std::span{&size, 1}));
    } else {
        to.push_back(static_cast<std::byte>(flags));
        to.push_back(static_cast<std::byte>(content.size()));
    }
    append(to, content);
}

bool BenchPeer::send(std::span<const std::byte> message) {
    put_frame(ready_ ? unsent_ : early_, 0, message);
    return flush();
}

bool BenchPeer::flush() {
    std::size_t sent = 0;
    while (sent < unsent_.size()) {
        const ssize_t count =
            ::send(descriptor_, unsent_.data() + sent, unsent_.size() - sent, MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            if (errno != EAGAIN) {
                return false;
            }
            break;
        }
        sent += static_cast<std::size_t>(count);
    }
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent));
    return true;
}

std::size_t BenchPeer::take_frame(std::span<const std::byte> input,
                                  const std::function<void(std::span<const std::byte>)>& on_frame) {
    if (!greeted_) {
        greeted_ = input.size() >= kGreetingBytes;
        return greeted_ ? kGreetingBytes : 0;
    }
    if (input.size() < 2) {
        return 0;
    }
    const auto flags = static_cast<std::uint8_t>(input[0]);
    std::size_t header = 2;
    std::uint64_t size = static_cast<std::uint8_t>(input[1]);
    if ((flags & kLong) != 0) {
        header = 1 + sizeof(size);
        if (input.size() < header) {
            return 0;
        }
        std::memcpy(&size, input.data() + 1, sizeof(size));
        size = __builtin_bswap64(size);
    }
    if (input.size() - header < size) {
        return 0;
    }
    const auto content = input.subspan(header, static_cast<std::size_t>(size));
    if ((flags & kCommand) == 0) {
        on_frame(content);
    } else if (content.size() >= kPingHeaderBytes &&
               std::memcmp(content.data(), kPing.data(), kPing.size()) == 0) {
        Bytes pong;
        append(pong, bytes_of(kPong));
        append(pong, content.subspan(kPingHeaderBytes));
        put_frame(unsent_, kCommand, pong);
    } else if (!ready_) {
        ready_ = true;
        append(unsent_, std::exchange(early_, {}));
    }
    return header + static_cast<std::size_t>(size);
}

bool BenchPeer::receive(const std::function<void(std::span<const std::byte>)>& on_frame) {
    static thread_local std::array<std::byte, 65'536> buffer;
    while (true) {
        const ssize_t count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return errno == EAGAIN;
        }
        if (count == 0) {
            return false;
        }
        std::span<const std::byte> input{buffer.data(), static_cast<std::size_t>(count)};
        Bytes joined;
        if (!rest_.empty()) {
            joined = std::move(rest_);
            append(joined, input);
            input = joined;
        }
        while (const std::size_t taken = take_frame(input, on_frame)) {
            input = input.subspan(taken);
        }
        rest_.assign(input.begin(), input.end());
        if (static_cast<std::size_t>(count) < buffer.size()) {
            return true;
        }
    }
}

}  // namespace vargrid::cli
