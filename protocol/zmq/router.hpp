// Router: the scheduler's socket. All peers come in here; every answer names its peer. Used by one
// thread.
#pragma once

#include "base/result.hpp"
#include "protocol/zmq/context.hpp"
#include "protocol/zmq/wakeup.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace vargrid::protocol {

struct RouterOptions {
    std::string bind{"tcp://127.0.0.1:0"};  ///< Port 0: the system chooses, see endpoint().
    int send_queue_messages_max{10'000};    ///< A peer.
    int receive_queue_messages_max{1'000};
    int backlog{4'096};
};

struct RouterStats {
    std::uint64_t received{0};
    std::uint64_t sent{0};
    std::uint64_t unroutable{0};  ///< The peer is not connected (any more).
    std::uint64_t queue_full{0};  ///< The peer does not read; the message was dropped.
};

/// One message as it came from the wire. Valid during the call it is passed to.
struct Incoming {
    std::string_view routing_id;
    std::span<const std::byte> message;
    bool one_frame{true};  ///< False: the peer sent several frames; `message` is the first.
};

class Router {
  public:
    /// Errors: conflict if the address is taken, invalid_input if it cannot be one.
    [[nodiscard]] static Result<Router> bind(const Context& context, const RouterOptions& options);
    ~Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;

    /// "tcp://127.0.0.1:43567", with the port that was given.
    [[nodiscard]] const std::string& endpoint() const;
    /// True if the address cannot be reached from another machine.
    [[nodiscard]] bool is_loopback() const;

    /// Waits until a message is there, `wakeup` was notified (which is cleared), or `timeout` is
    /// over.
    void wait(std::chrono::nanoseconds timeout, const Wakeup* wakeup = nullptr);

    /// Passes on at most `messages_max` messages that are there; returns how many. Never waits.
    std::size_t receive(std::size_t messages_max,
                        const std::function<void(const Incoming&)>& on_message);

    /// False if the peer is gone or does not read; counted, otherwise harmless.
    bool send(std::string_view routing_id, std::span<const std::byte> message);

    [[nodiscard]] const RouterStats& stats() const;

  private:
    struct Impl;
    explicit Router(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace vargrid::protocol
