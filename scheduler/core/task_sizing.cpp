#include "scheduler/core/task_sizing.hpp"

#include "base/check.hpp"
#include "scheduler/core/proportion.hpp"

#include <algorithm>
#include <chrono>

namespace vargrid::scheduler {
namespace {

constexpr CoreTime kCostMax = std::chrono::hours{24};

std::uint64_t divided_up(std::uint64_t a, std::uint64_t b) {
    return a / b + (a % b == 0 ? 0 : 1);
}

/// Blocks that `threads` threads finish within `time`.
std::uint64_t blocks_within(Duration time, std::uint32_t threads, CoreTime block_cost) {
    return proportion(static_cast<std::uint64_t>(time.count()),
                      threads,
                      static_cast<std::uint64_t>(block_cost.count()));
}

}  // namespace

std::uint64_t blocks_for_task(const TaskSizing& sizing, const CoreConfig& config) {
    CHECK(sizing.interval >= 1 && sizing.interval <= sizing.pending);
    CHECK(sizing.threads >= 1);
    CHECK(sizing.capacity >= 1 && sizing.capacity_total >= sizing.capacity);
    CHECK(sizing.block_cost.count() >= 1);
    const std::uint64_t threads = sizing.threads;
    const std::uint64_t by_time =
        blocks_within(config.task_target, sizing.threads, sizing.block_cost);
    const std::uint64_t fair = proportion(sizing.pending, sizing.capacity, sizing.capacity_total);
    const std::uint64_t by_tail = fair / config.tail_divisor;
    const std::uint64_t one_each =
        std::min(threads, proportion_up(sizing.pending, sizing.capacity, sizing.capacity_total));
    // Whole rounds of one block a thread: half a round takes as long as a whole one.
    const std::uint64_t rounds_max =
        std::max<std::uint64_t>(1, blocks_within(config.reclaim_cost_max, 1, sizing.block_cost));
    std::uint64_t blocks = std::max(std::min(by_time, by_tail), one_each);
    blocks = std::min(blocks, rounds_max * threads);
    if (sizing.time_left) {
        const std::uint64_t rounds_left = blocks_within(*sizing.time_left, 1, sizing.block_cost);
        if (rounds_left == 0) {
            return 0;
        }
        blocks = std::min(blocks, rounds_left * threads);
    }
    if (sizing.blocks_max > 0) {
        blocks = std::min(blocks, sizing.blocks_max);
    }
    return std::clamp<std::uint64_t>(blocks, 1, sizing.interval);
}

CoreTime updated_cost(CoreTime average, CoreTime spent, std::uint64_t blocks) {
    CHECK(blocks >= 1);
    const auto count = static_cast<std::int64_t>(std::min<std::uint64_t>(blocks, 1ULL << 40U));
    const CoreTime sample = std::clamp(CoreTime{spent.count() / count}, CoreTime{1}, kCostMax);
    return average.count() == 0 ? sample : average + (sample - average) / 4;
}

Duration planned_time(CoreTime block_cost,
                      std::uint64_t blocks,
                      std::uint32_t threads,
                      Duration time_max) {
    // A whole round of blocks each; so many that a product could wrap are more than enough.
    const std::uint64_t rounds = divided_up(blocks, std::max<std::uint64_t>(threads, 1));
    if (rounds >= static_cast<std::uint64_t>(time_max.count())) {
        return time_max;
    }
    const CoreTime cost = std::min<CoreTime>(block_cost, time_max);
    return std::min<Duration>(cost * static_cast<CoreTime::rep>(rounds), time_max);
}

}  // namespace vargrid::scheduler
