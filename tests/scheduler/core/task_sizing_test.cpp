#include "scheduler/core/task_sizing.hpp"

#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

std::uint64_t blocks(TaskSizing sizing) {
    if (sizing.interval == 0) {
        sizing.interval = sizing.pending;
    }
    return blocks_for_task(sizing, CoreConfig{});
}

TEST(TaskSizing, TakesTheTargetTimeWhileThereIsPlenty) {
    EXPECT_EQ(blocks({.pending = 1'000'000, .block_cost = 10ms}), 200U);
    EXPECT_EQ(blocks({.pending = 1'000'000,
                      .block_cost = 10ms,
                      .threads = 8,
                      .capacity = 8,
                      .capacity_total = 8}),
              1'600U);
    EXPECT_EQ(blocks({.pending = 1'000'000, .block_cost = 1ms, .capacity_total = 100}), 2'000U);
}

TEST(TaskSizing, ShrinksTowardsTheEnd) {
    std::uint64_t pending = 100'000;
    std::uint64_t last = 1'000'000;
    while (pending > 0) {
        const auto task = blocks({.pending = pending, .block_cost = 1ms, .capacity_total = 16});
        EXPECT_LE(task, last);
        EXPECT_LE(task, std::max<std::uint64_t>(1, pending / 32));
        last = task;
        pending -= task;
    }
    EXPECT_EQ(last, 1U);
}

TEST(TaskSizing, GivesEveryThreadABlockAsFarAsItsFairShareGoes) {
    EXPECT_EQ(
        blocks(
            {.pending = 64, .block_cost = 1s, .threads = 16, .capacity = 16, .capacity_total = 16}),
        32U);
    EXPECT_EQ(
        blocks(
            {.pending = 20, .block_cost = 1s, .threads = 16, .capacity = 16, .capacity_total = 16}),
        16U);
    EXPECT_EQ(
        blocks(
            {.pending = 16, .block_cost = 1s, .threads = 16, .capacity = 16, .capacity_total = 32}),
        8U);
    EXPECT_EQ(
        blocks(
            {.pending = 3, .block_cost = 1s, .threads = 16, .capacity = 16, .capacity_total = 160}),
        1U);
}

TEST(TaskSizing, NeverPlansMoreThanAReclaimMayCost) {
    // A block of 8 s: one round of one block a thread, not two.
    EXPECT_EQ(
        blocks(
            {.pending = 1'000, .block_cost = 8s, .threads = 4, .capacity = 4, .capacity_total = 4}),
        4U);
    EXPECT_EQ(
        blocks(
            {.pending = 1'000, .block_cost = 1h, .threads = 4, .capacity = 4, .capacity_total = 4}),
        4U);
    EXPECT_EQ(blocks({.pending = 1'000, .block_cost = 1h}), 1U);
}

TEST(TaskSizing, RespectsTheIntervalAndTheJobsOwnLimit) {
    EXPECT_EQ(blocks({.pending = 1'000'000, .interval = 7, .block_cost = 1ms}), 7U);
    EXPECT_EQ(blocks({.pending = 1'000'000, .block_cost = 1ms, .blocks_max = 50}), 50U);
}

TEST(TaskSizing, SurvivesTheLargestNumbersTheConfigAllows) {
    EXPECT_EQ(blocks({.pending = 1'000'000'000,
                      .block_cost = 1ns,
                      .threads = 4'096,
                      .capacity = 4'096,
                      .capacity_total = 4'096 * 100'000ULL}),
              5'000U);
    EXPECT_GT(blocks({.pending = 1'000'000'000,
                      .block_cost = 1ns,
                      .threads = 4'096,
                      .capacity = 4'096,
                      .capacity_total = 4'096}),
              400'000'000U);
}

TEST(MeasuredCost, StartsWithTheFirstSampleAndThenMovesAQuarter) {
    EXPECT_EQ(updated_cost(0ns, 10s, 10), 1s);
    EXPECT_EQ(updated_cost(1s, 50s, 10), 2s);
    EXPECT_EQ(updated_cost(1s, 5s, 10), 875ms);
    EXPECT_EQ(updated_cost(0ns, 0s, 5), 1ns);
    EXPECT_EQ(updated_cost(0ns, 1'000h, 1), 24h);
}

TEST(MeasuredCost, MakesTheNextTaskOfASlowWorkerSmaller) {
    CoreConfig config;
    config.leases_per_worker_max = 1;
    CoreHarness grid{config};
    grid.joins(kW1, "w1").joins(kW2, "w2");
    grid.submit(a_job().blocks(100'000).block_cost(10ms));
    grid.tick();
    const auto fast = grid.granted(kW1);
    const auto slow = grid.granted(kW2);
    EXPECT_EQ(fast.range.size(), 200U);
    EXPECT_EQ(slow.range.size(), 200U);
    grid.a_block_takes(5ms).commits(fast).expect_accepted(fast);
    grid.a_block_takes(100ms).commits(slow).expect_accepted(slow);
    grid.tick();
    EXPECT_EQ(grid.granted(kW1).range.size(), 400U);
    EXPECT_EQ(grid.granted(kW2).range.size(), 20U);
}

TEST(PlannedTime, CountsWholeRoundsAndStopsAtTheMost) {
    EXPECT_EQ(planned_time(1ms, 10, 4, 1s), 3ms);
    EXPECT_EQ(planned_time(1ms, 10, 4, 2ms), 2ms);
    EXPECT_EQ(planned_time(1ns, ~0ULL, 1, 4ms), 4ms);
    EXPECT_EQ(planned_time(24h, 1'000'000'000, 1, 4ms), 4ms);
    EXPECT_EQ(planned_time(1ms, 1, 0, 1s), 1ms) << "a worker that has not said Hello yet";
}

}  // namespace
}  // namespace vargrid::scheduler::testing
