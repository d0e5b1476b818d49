#include "protocol/zmq/router.hpp"

#include "protocol/version.hpp"
#include "protocol/zmq/context_impl.hpp"
#include "protocol/zmq/socket_options.hpp"

#include <cerrno>
#include <utility>

namespace vargrid::protocol {
namespace {

/// The last answers of a scheduler that stops; whoever misses them asks again.
constexpr std::chrono::milliseconds kRouterLinger{100};

}  // namespace

struct Router::Impl {
    explicit Impl(const Context& context_to_keep) : context{context_to_keep} {}

    Context context;  // Before the socket: it must outlive it.
    zmq::socket_t socket;
    std::string endpoint;
    RouterStats stats;
};

Router::Router(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

Result<Router> Router::bind(const Context& context, const RouterOptions& options) {
    if (!options.bind.starts_with("tcp://")) {
        return Error{ErrorCode::invalid_input,
                     "expected tcp://ADDRESS:PORT, found '" + options.bind + "'"};
    }
    try {
        auto impl = std::make_unique<Impl>(context);
        impl->socket = zmq::socket_t{impl->context.impl().zmq, zmq::socket_type::router};
        zmq::socket_t& socket = impl->socket;
        set_common_options(socket,
                           kRouterLinger,
                           options.send_queue_messages_max,
                           options.receive_queue_messages_max);
        // An unroutable message is an answer that fails, not one that vanishes.
        socket.set(zmq::sockopt::router_mandatory, true);
        // A peer that reconnects before its old connection is known to be dead takes its place.
        socket.set(zmq::sockopt::router_handover, true);
        socket.set(zmq::sockopt::backlog, options.backlog);
        socket.bind(options.bind);
        impl->endpoint = socket.get(zmq::sockopt::last_endpoint);
        return Router{std::move(impl)};
    } catch (const zmq::error_t& error) {
        if (error.num() == EADDRINUSE) {
            return Error{ErrorCode::conflict,
                         "cannot bind " + options.bind +
                             ": another program has this address; choose another port"};
        }
        return Error{ErrorCode::invalid_input,
                     "cannot bind '" + options.bind + "': " + error.what()};
    }
}

const std::string& Router::endpoint() const {
    return impl_->endpoint;
}

bool Router::is_loopback() const {
    return impl_->endpoint.starts_with("tcp://127.") || impl_->endpoint.starts_with("tcp://[::1]");
}

void Router::wait(std::chrono::nanoseconds timeout, const Wakeup* wakeup) {
    wait_for(impl_->socket, timeout, wakeup);
}

std::size_t Router::receive(std::size_t messages_max,
                            const std::function<void(const Incoming&)>& on_message) {
    std::size_t count = 0;
    try {
        zmq::message_t from;
        zmq::message_t frame;
        while (count < messages_max && impl_->socket.recv(from, zmq::recv_flags::dontwait)) {
            Incoming incoming;
            incoming.routing_id = from.to_string_view();
            incoming.one_frame = false;
            // All frames of a message arrive at once, so these receives do not block.
            if (from.more() && impl_->socket.recv(frame, zmq::recv_flags::none)) {
                incoming.one_frame = !frame.more();
                zmq::message_t surplus;
                bool more = frame.more();
                while (more && impl_->socket.recv(surplus, zmq::recv_flags::none)) {
                    more = surplus.more();
                }
                incoming.message = {static_cast<const std::byte*>(frame.data()), frame.size()};
            }
            ++count;
            ++impl_->stats.received;
            on_message(incoming);
        }
    } catch (const zmq::error_t&) {
        // Interrupted by a signal; what is left is received in the next turn.
    }
    return count;
}

bool Router::send(std::string_view routing_id, std::span<const std::byte> message) {
    void* const socket = impl_->socket.handle();
    if (zmq_send(socket, routing_id.data(), routing_id.size(), ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0 ||
        zmq_send(socket, message.data(), message.size(), ZMQ_DONTWAIT) < 0) {
        (errno == EAGAIN ? impl_->stats.queue_full : impl_->stats.unroutable) += 1;
        return false;
    }
    ++impl_->stats.sent;
    return true;
}

const RouterStats& Router::stats() const {
    return impl_->stats;
}

}  // namespace vargrid::protocol
