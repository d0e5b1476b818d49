#include "protocol/zmq/context.hpp"

#include "protocol/zmq/context_impl.hpp"

namespace vargrid::protocol {

Context::Context(int io_threads) : impl_{std::make_shared<Impl>(io_threads)} {}

}  // namespace vargrid::protocol
