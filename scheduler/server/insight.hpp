// Insight: what the scheduler tells people about the grid, about when a job will be done and why it
// is not. It watches the core and decides nothing.
#pragma once

#include "protocol/messages.hpp"
#include "scheduler/core/scheduler_core.hpp"
#include "scheduler/server/forecast.hpp"

#include <cstdint>

namespace vargrid::scheduler {

class Insight {
  public:
    explicit Insight(const SchedulerCore& core) : core_{core} {}

    /// Once a turn. Looks at the tables a few times a second, less often where that is work.
    void watch(Instant now);

    [[nodiscard]] protocol::Forecast forecast_of(const JobSummary& job,
                                                 std::uint64_t now_unix_ms) const;
    /// A Refusal for a job or worker that nobody knows.
    [[nodiscard]] protocol::Body answer(const protocol::Why& question,
                                        std::uint64_t now_unix_ms) const;
    [[nodiscard]] protocol::GridInfo grid() const;

  private:
    const SchedulerCore& core_;
    GridHistory history_;
    Instant next_look_;
};

/// "block 17 is under way on w2 for 35 s, usual are 2 s"
[[nodiscard]] std::string sentence_of(const Reason& reason);

}  // namespace vargrid::scheduler
