// Inside this folder only: the context as libzmq knows it.
#pragma once

#include "protocol/zmq/context.hpp"

#include <zmq.hpp>

namespace vargrid::protocol {

struct Context::Impl {
    explicit Impl(int io_threads) : zmq{io_threads} {
        // Benches and simulations open many sockets in one process; libzmq stops at 1,023.
        zmq.set(::zmq::ctxopt::max_sockets, 65'535);
    }
    ::zmq::context_t zmq;
};

}  // namespace vargrid::protocol
