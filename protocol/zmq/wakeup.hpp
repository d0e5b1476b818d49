// Wakeup: lets another thread (an executor, a stop request) end the wait of a thread that polls a
// socket. notify() is safe from any thread and from a signal handler.
#pragma once

#include "base/result.hpp"

namespace vargrid::protocol {

class Wakeup {
  public:
    [[nodiscard]] static Result<Wakeup> open();
    ~Wakeup();
    Wakeup(Wakeup&& other) noexcept;
    Wakeup& operator=(Wakeup&& other) noexcept;
    Wakeup(const Wakeup&) = delete;
    Wakeup& operator=(const Wakeup&) = delete;

    /// Any number of calls before the next clear() are one.
    void notify() const noexcept;
    /// Forgets the calls so far. The poller calls it before it looks for what they announced.
    void clear() const noexcept;
    [[nodiscard]] int descriptor() const { return descriptor_; }

  private:
    explicit Wakeup(int descriptor) : descriptor_{descriptor} {}
    int descriptor_{-1};
};

}  // namespace vargrid::protocol
