// The ZeroMQ context: the background threads that move bytes. Sockets keep it alive; one context
// serves any number of sockets of one process.
#pragma once

#include <memory>

namespace vargrid::protocol {

class Context {
  public:
    explicit Context(int io_threads = 1);

    struct Impl;
    [[nodiscard]] Impl& impl() const { return *impl_; }

  private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace vargrid::protocol
