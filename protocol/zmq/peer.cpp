#include "protocol/zmq/peer.hpp"

#include "base/check.hpp"

#include <cstddef>

#include <sys/random.h>

namespace vargrid::protocol {
namespace {

constexpr std::size_t kRoutingIdBytes = 9;

}  // namespace

std::string routing_id(const Peer& peer) {
    std::string bytes(kRoutingIdBytes, '\0');
    bytes[0] = static_cast<char>(peer.role);
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[8 - i] = static_cast<char>(static_cast<unsigned char>(peer.id >> (8 * i)));
    }
    return bytes;
}

std::optional<Peer> peer_of(std::string_view routing_id) {
    if (routing_id.size() != kRoutingIdBytes) {
        return {};
    }
    Peer peer;
    if (routing_id[0] == static_cast<char>(Role::worker)) {
        peer.role = Role::worker;
    } else if (routing_id[0] == static_cast<char>(Role::client)) {
        peer.role = Role::client;
    } else {
        return {};
    }
    for (std::size_t i = 1; i < kRoutingIdBytes; ++i) {
        peer.id = (peer.id << 8U) | static_cast<unsigned char>(routing_id[i]);
    }
    if (peer.id == 0) {
        return {};
    }
    return peer;
}

std::uint64_t random_id() {
    std::uint64_t id = 0;
    while (id == 0) {
        CHECK(getrandom(&id, sizeof(id), 0) == static_cast<ssize_t>(sizeof(id)));
    }
    return id;
}

}  // namespace vargrid::protocol
