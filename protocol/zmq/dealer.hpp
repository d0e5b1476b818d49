// Dealer: one connection to the scheduler, from a worker or a client. It reconnects by itself; what
// was under way when a connection broke may be lost, and connections() tells that it broke. Used by
// one thread.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/zmq/context.hpp"
#include "protocol/zmq/peer.hpp"
#include "protocol/zmq/wakeup.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace vargrid::protocol {

struct DealerOptions {
    std::string endpoint;  ///< "tcp://host:port", or "file:path" (endpoint.hpp).
    Peer self;
    std::chrono::milliseconds reconnect_min{100};
    std::chrono::milliseconds reconnect_max{5'000};
    /// How long closing may take to get the last messages out: a worker's Leaving should arrive.
    std::chrono::milliseconds linger{1'000};
    int send_queue_messages_max{10'000};
    int receive_queue_messages_max{10'000};
};

class Dealer {
  public:
    /// Starts connecting; succeeds whether or not anybody listens yet.
    /// Errors: invalid_input for an endpoint that cannot be one; unreachable for a file that no
    /// scheduler has written yet.
    [[nodiscard]] static Result<Dealer> connect(const Context& context,
                                                const DealerOptions& options);
    ~Dealer();
    Dealer(Dealer&&) noexcept;
    Dealer& operator=(Dealer&&) noexcept;

    /// False if the queue is full: the scheduler has been away for long. The message is dropped.
    [[nodiscard]] bool send(std::span<const std::byte> message);

    /// Waits until a message is there, `wakeup` was notified (which is cleared), or `timeout` is
    /// over.
    void wait(std::chrono::nanoseconds timeout, const Wakeup* wakeup = nullptr);

    /// The next message if one is there. Never waits.
    [[nodiscard]] std::optional<Bytes> receive();

    /// How many times a connection was made; one more means that the last one broke and messages
    /// may be lost: say Hello again.
    [[nodiscard]] std::uint64_t connections();

    /// "tcp://host:port", as it was when this connected.
    [[nodiscard]] const std::string& endpoint() const;

  private:
    struct Impl;
    explicit Dealer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace vargrid::protocol
