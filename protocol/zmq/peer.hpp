// Who is at the other end of the ROUTER socket: a role and 64 bits, the routing id on the wire.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vargrid::protocol {

enum class Role : char { worker = 'W', client = 'C' };

struct Peer {
    Role role{Role::client};
    std::uint64_t id{0};  ///< Incarnation of a worker, client id of a client.
    friend auto operator<=>(const Peer&, const Peer&) = default;
};

/// Nine bytes: the role letter, the id in big endian.
[[nodiscard]] std::string routing_id(const Peer& peer);
/// Nothing if the bytes are no routing id of this contract.
[[nodiscard]] std::optional<Peer> peer_of(std::string_view routing_id);
/// 64 random bits, never 0, from the operating system.
[[nodiscard]] std::uint64_t random_id();

}  // namespace vargrid::protocol
