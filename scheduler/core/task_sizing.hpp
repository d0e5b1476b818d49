// Task sizing: how many blocks a worker gets at once. Decided at the moment of placement, from
// measured speed and from what is left; pure integer arithmetic.
#pragma once

#include "base/time.hpp"
#include "scheduler/core/core_config.hpp"
#include "scheduler/core/job.hpp"

#include <cstdint>
#include <optional>

namespace vargrid::scheduler {

struct TaskSizing {
    /// Pending blocks of the job.
    std::uint64_t pending{0};
    /// Blocks of the interval the task is cut from; 1 <= interval <= pending.
    std::uint64_t interval{0};
    /// Core time of one block on this worker, >= 1 ns.
    CoreTime block_cost{1};
    /// Of this worker.
    std::uint32_t threads{1};
    /// Threads x speed of this worker, and of all that may get such work, this one included: only
    /// their ratio counts.
    std::uint64_t capacity{1};
    std::uint64_t capacity_total{1};
    /// After which the worker must have finished; none: it has no end.
    std::optional<Duration> time_left{};
    /// JobSpec::blocks_per_task_max; 0: no limit.
    std::uint64_t blocks_max{0};
};

/// The least of: what takes `task_target` on this worker; its share of a part of what is left, so
/// that tasks shrink towards the end. But at least one block for each thread, as far as its fair
/// share of what is left goes: those run side by side and cost no time. Never more than
/// `reclaim_cost_max` justifies, and never less than one block; but none at all if the worker's
/// end comes before that of a single block.
[[nodiscard]] std::uint64_t blocks_for_task(const TaskSizing& sizing, const CoreConfig& config);

/// A moving average of the cost of one block: a quarter of the new, three quarters of the old.
/// `average` of 0 means there is none yet. The result is between 1 ns and one day.
[[nodiscard]] CoreTime updated_cost(CoreTime average, CoreTime spent, std::uint64_t blocks);

/// What `blocks` take on `threads` threads, as far as it matters: at most `time_max`.
[[nodiscard]] Duration planned_time(CoreTime block_cost,
                                    std::uint64_t blocks,
                                    std::uint32_t threads,
                                    Duration time_max);

}  // namespace vargrid::scheduler
