#include "protocol/zmq/dealer.hpp"

#include "protocol/version.hpp"
#include "protocol/zmq/context_impl.hpp"
#include "protocol/zmq/endpoint.hpp"
#include "protocol/zmq/socket_options.hpp"

#include <cstring>
#include <utility>

namespace vargrid::protocol {

struct Dealer::Impl {
    explicit Impl(const Context& context_to_keep) : context{context_to_keep} {}

    Context context;  // Before the sockets: it must outlive them.
    zmq::socket_t socket;
    zmq::socket_t monitor;
    std::uint64_t connections{0};
    std::string endpoint;
};

Dealer::Dealer(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Dealer::~Dealer() = default;
Dealer::Dealer(Dealer&&) noexcept = default;
Dealer& Dealer::operator=(Dealer&&) noexcept = default;

Result<Dealer> Dealer::connect(const Context& context, const DealerOptions& options) {
    VARGRID_TRY(const std::string endpoint, resolve_endpoint(options.endpoint));
    try {
        auto impl = std::make_unique<Impl>(context);
        impl->socket = zmq::socket_t{impl->context.impl().zmq, zmq::socket_type::dealer};
        zmq::socket_t& socket = impl->socket;
        set_common_options(socket,
                           options.linger,
                           options.send_queue_messages_max,
                           options.receive_queue_messages_max);
        set_transport_heartbeats(socket);
        socket.set(zmq::sockopt::routing_id, routing_id(options.self));
        socket.set(zmq::sockopt::reconnect_ivl, static_cast<int>(options.reconnect_min.count()));
        socket.set(zmq::sockopt::reconnect_ivl_max,
                   static_cast<int>(options.reconnect_max.count()));
        socket.set(zmq::sockopt::connect_timeout, 5'000);
        // Messages may wait for the first connection; otherwise a client would have to poll for it.
        socket.set(zmq::sockopt::immediate, false);
        const std::string events = "inproc://dealer-" + std::to_string(random_id());
        if (zmq_socket_monitor(socket.handle(), events.c_str(), ZMQ_EVENT_HANDSHAKE_SUCCEEDED) !=
            0) {
            return Error{ErrorCode::internal, std::string{"zmq monitor: "} + zmq_strerror(errno)};
        }
        impl->monitor = zmq::socket_t{impl->context.impl().zmq, zmq::socket_type::pair};
        impl->monitor.set(zmq::sockopt::linger, 0);
        impl->monitor.connect(events);
        socket.connect(endpoint);
        impl->endpoint = endpoint;
        return Dealer{std::move(impl)};
    } catch (const zmq::error_t& error) {
        return Error{error.num() == EMFILE ? ErrorCode::limit : ErrorCode::invalid_input,
                     "cannot connect to '" + endpoint + "': " + error.what()};
    }
}

bool Dealer::send(std::span<const std::byte> message) {
    return zmq_send(impl_->socket.handle(), message.data(), message.size(), ZMQ_DONTWAIT) >= 0;
}

void Dealer::wait(std::chrono::nanoseconds timeout, const Wakeup* wakeup) {
    wait_for(impl_->socket, timeout, wakeup);
}

std::optional<Bytes> Dealer::receive() {
    try {
        zmq::message_t frame;
        if (!impl_->socket.recv(frame, zmq::recv_flags::dontwait)) {
            return {};
        }
        Bytes bytes(frame.size());
        if (!bytes.empty()) {
            std::memcpy(bytes.data(), frame.data(), frame.size());
        }
        // A scheduler sends one frame; whatever else comes is no message of ours.
        while (frame.more() && impl_->socket.recv(frame, zmq::recv_flags::dontwait)) {
            bytes.clear();
        }
        return bytes;
    } catch (const zmq::error_t&) {
        return {};  // Interrupted by a signal; the message is still there for the next call.
    }
}

std::uint64_t Dealer::connections() {
    try {
        zmq::message_t frame;
        while (impl_->monitor.recv(frame, zmq::recv_flags::dontwait)) {
            // An event is two frames: number and value, then the address.
            if (frame.size() >= sizeof(std::uint16_t) && frame.more()) {
                std::uint16_t event = 0;
                std::memcpy(&event, frame.data(), sizeof(event));
                if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
                    ++impl_->connections;
                }
            }
        }
    } catch (const zmq::error_t&) {
        // Interrupted; the rest is read next time.
    }
    return impl_->connections;
}

const std::string& Dealer::endpoint() const {
    return impl_->endpoint;
}

}  // namespace vargrid::protocol
