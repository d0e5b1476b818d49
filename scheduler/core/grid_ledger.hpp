// GridLedger: the core time of all workers and what it went into, since the start of this epoch. A
// worker counts from the start of its process until it leaves, or until it was last heard. What is
// connected and not booked is idle or still under way, so the kinds add up to the whole.
#pragma once

#include "base/time.hpp"
#include "scheduler/core/job.hpp"

#include <array>
#include <cstdint>

namespace vargrid::scheduler {

/// The part of a worker's time that is accounted for.
class WorkerAccount {
  public:
    WorkerAccount() = default;
    WorkerAccount(Instant now, std::uint32_t threads)
        : connected_at_{now}, busy_since_{now}, threads_{threads} {}

    /// Takes `time` from the worker's own; returns what it cannot hold, which was spent while the
    /// worker was out of touch.
    [[nodiscard]] CoreSum book(Instant now, CoreSum time);
    /// It had no lease until now.
    void begin_work(Instant now) { busy_since_ = now; }
    /// What `threads_used` threads may have spent on the work in hand and nobody has booked yet.
    [[nodiscard]] CoreTime under_way(Instant until, std::uint64_t threads_used) const;

    [[nodiscard]] Instant connected_at() const { return connected_at_; }
    /// Since then nothing was booked.
    [[nodiscard]] Instant busy_since() const { return busy_since_; }
    [[nodiscard]] std::uint32_t threads() const { return threads_; }

  private:
    Instant connected_at_;
    Instant busy_since_;
    std::uint32_t threads_{0};
    CoreSum booked_{0};
};

class GridLedger {
  public:
    /// Time passes.
    void advance(Instant now);
    void worker_comes(std::uint32_t threads) { threads_ += threads; }
    /// It was `silent_for` so long before it was given up.
    void worker_goes(std::uint32_t threads, Duration silent_for);
    /// A worker spent `time`; `beyond` of it while it was out of touch.
    void book(Spent kind, CoreSum time, CoreSum beyond);

    /// Threads x time, with what was spent out of touch.
    [[nodiscard]] CoreSum connected() const { return connected_; }
    /// Of every kind but idle.
    [[nodiscard]] CoreSum spent(Spent kind) const { return spent_[static_cast<std::size_t>(kind)]; }
    /// Connected and not booked: idle, or still under way.
    [[nodiscard]] CoreSum rest() const;
    [[nodiscard]] std::uint64_t threads() const { return threads_; }

  private:
    Instant now_;
    std::uint64_t threads_{0};
    CoreSum connected_{0};
    std::array<CoreSum, kSpentKinds> spent_{};
};

}  // namespace vargrid::scheduler
