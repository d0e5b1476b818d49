// BenchPeer: one connection that speaks ZMTP 3.0 (RFC 23, mechanism NULL, socket type DEALER) by
// hand, for the load generator of `vargrid bench grid` alone. A socket of libzmq costs three file
// descriptors and most of a core at these rates; on a machine that generator and scheduler share,
// that would measure the generator.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/zmq/peer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace vargrid::cli {

class BenchPeer {
  public:
    /// Connects and says who it is; `endpoint` is tcp://IPV4:PORT.
    /// Errors: unreachable, limit (no file descriptor is left), invalid_input.
    [[nodiscard]] static Result<BenchPeer> connect(const std::string& endpoint,
                                                   const protocol::Peer& self);
    ~BenchPeer();
    BenchPeer(BenchPeer&& other) noexcept;
    BenchPeer& operator=(BenchPeer&& other) noexcept;

    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] const protocol::Peer& self() const { return self_; }

    /// Reads what is there and passes on every whole frame; false if the connection is over.
    [[nodiscard]] bool receive(const std::function<void(std::span<const std::byte>)>& on_frame);
    /// Sends, or keeps what the connection does not take yet for the next call or flush().
    /// False if the connection is over.
    [[nodiscard]] bool send(std::span<const std::byte> message);
    [[nodiscard]] bool flush();

  private:
    BenchPeer(int descriptor, protocol::Peer self);
    static void put_frame(Bytes& to, std::uint8_t flags, std::span<const std::byte> content);
    /// Takes one frame off the front of the input; 0 if it is not whole.
    std::size_t take_frame(std::span<const std::byte> input,
                           const std::function<void(std::span<const std::byte>)>& on_frame);

    int descriptor_{-1};
    protocol::Peer self_;
    bool greeted_{false};
    bool ready_{false};
    Bytes rest_;    ///< The beginning of a frame that is not whole.
    Bytes unsent_;  ///< What the connection has not taken.
    Bytes early_;   ///< Said before the other side was ready, which would be a breach.
};

}  // namespace vargrid::cli
