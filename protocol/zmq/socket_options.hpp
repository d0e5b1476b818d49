// Inside this folder only: every option of every socket, in one place, so that no default of
// libzmq decides anything by silence.
#pragma once

#include "protocol/version.hpp"
#include "protocol/zmq/wakeup.hpp"

#include <zmq.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace vargrid::protocol {

/// What both ends share. A dead connection is noticed by a worker or client within about ten
/// seconds, by the scheduler within about half a minute; leases do not depend on it.
inline void set_common_options(zmq::socket_t& socket,
                               std::chrono::milliseconds linger,
                               int send_queue_max,
                               int receive_queue_max) {
    socket.set(zmq::sockopt::linger, static_cast<int>(linger.count()));
    socket.set(zmq::sockopt::sndhwm, send_queue_max);
    socket.set(zmq::sockopt::rcvhwm, receive_queue_max);
    socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(kFrameBytesMax));
    socket.set(zmq::sockopt::handshake_ivl, 30'000);
    socket.set(zmq::sockopt::ipv6, false);
    socket.set(zmq::sockopt::tcp_keepalive, 1);
    socket.set(zmq::sockopt::tcp_keepalive_idle, 10);
    socket.set(zmq::sockopt::tcp_keepalive_intvl, 5);
    socket.set(zmq::sockopt::tcp_keepalive_cnt, 3);
}

/// For a socket with one connection. On one with many they cost a search through the timers of all
/// connections for every message (libzmq 4.3, poller_base_t::cancel_timer): 8,000 workers kept the
/// scheduler's transport busy with nothing else. So they ask nothing of the other side's timers
/// either: no time to live.
inline void set_transport_heartbeats(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::heartbeat_ivl, 3'000);
    socket.set(zmq::sockopt::heartbeat_timeout, 10'000);
    socket.set(zmq::sockopt::heartbeat_ttl, 0);
}

/// Waits for the socket or the wakeup. A signal ends the wait early, like a timeout.
inline void wait_for(zmq::socket_t& socket,
                     std::chrono::nanoseconds timeout,
                     const Wakeup* wakeup) {
    zmq_pollitem_t items[2] = {};
    items[0].socket = socket.handle();
    items[0].events = ZMQ_POLLIN;
    if (wakeup != nullptr) {
        items[1].fd = wakeup->descriptor();
        items[1].events = ZMQ_POLLIN;
    }
    // Rounded up: a wait of 0.3 ms must not become a busy loop.
    const auto milliseconds =
        timeout.count() <= 0 ? 0 : std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    const int rc = zmq_poll(items, wakeup != nullptr ? 2 : 1, static_cast<long>(milliseconds));
    if (wakeup != nullptr && rc > 0 && (items[1].revents & ZMQ_POLLIN) != 0) {
        wakeup->clear();
    }
}

}  // namespace vargrid::protocol
