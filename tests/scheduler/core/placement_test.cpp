// Which blocks a worker gets: at once, near what it has read, and never past its end.
#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

TEST(Placement, AWorkerThatJoinsWhileWorkIsPendingGetsALeaseInTheSameTick) {
    CoreHarness grid;
    grid.joins(kW1, "w1");
    grid.submit(a_job().blocks(1'000));
    grid.tick();
    grid.granted(kW1);
    grid.granted(kW1);
    grid.after(10ms).joins(kW2, "w2").tick();
    EXPECT_EQ(grid.granted(kW2).range.size(), 20U);
    grid.granted(kW2);
}

TEST(Placement, EveryIdleWorkerGetsALeaseInTheTickOfASubmission) {
    CoreHarness grid;
    for (std::uint64_t i = 1; i <= 50; ++i) {
        grid.joins(Incarnation{i}, "w" + std::to_string(i));
    }
    grid.tick().expect_nothing();
    grid.submit(a_job().blocks(10'000));
    grid.tick();
    std::set<Incarnation> busy;
    for (int i = 0; i < 100; ++i) {
        busy.insert(grid.take<GrantLease>().incarnation);
    }
    EXPECT_EQ(busy.size(), 50U);
}

TEST(Placement, AWorkerGoesOnWhereItStopped) {
    CoreConfig config = one_lease();
    config.tail_divisor = 2;
    CoreHarness grid{config};
    grid.joins(kW1, "w1").joins(kW2, "w2");
    grid.submit(a_job().blocks(90).block_cost(100ms));
    grid.tick();
    const auto first = grid.granted(kW1);
    const auto second = grid.granted(kW2);
    ASSERT_EQ(second.range.first, first.range.last);
    grid.returns(first, {first.range}, ReturnReason::unneeded);
    grid.commits(second).expect_accepted(second).tick();
    EXPECT_EQ(grid.granted(kW1).range.first, 0U) << "what follows its task is done";
    EXPECT_EQ(grid.granted(kW2).range.first, second.range.last) << "not the front, which is left";
}

TEST(Placement, AmongEqualJobsAWorkerStaysWithTheInputItHasRead) {
    Digest other{};
    other.bytes[0] = 1;
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId warm = grid.submit(a_job().blocks(1).payload(other));
    for (int i = 0; i < 2; ++i) {
        grid.tick();
        const auto task = grid.granted(kW1);
        grid.commits(task).expect_accepted(task).expect(
            JobChanged{warm, i == 0 ? JobState::finalising : JobState::completed});
    }
    const JobId cold = grid.submit(a_job().blocks(100));
    const JobId again = grid.submit(a_job().blocks(100).payload(other));
    grid.joins(kW2, "w2").tick();
    EXPECT_EQ(grid.granted(kW1).job, again);
    EXPECT_EQ(grid.granted(kW2).job, cold) << "whoever knows neither takes the older";
}

TEST(Placement, WhatAWorkerHasReadNeverOvertakesADeadline) {
    Digest other{};
    other.bytes[0] = 1;
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId warm = grid.submit(a_job().blocks(1).payload(other));
    for (int i = 0; i < 2; ++i) {
        grid.tick();
        const auto task = grid.granted(kW1);
        grid.commits(task).expect_accepted(task).take<JobChanged>();
    }
    grid.submit(a_job().blocks(100).payload(other));
    const JobId urgent = grid.submit(a_job().blocks(100).deadline(1'000));
    grid.tick();
    EXPECT_EQ(grid.granted(kW1).job, urgent);
    EXPECT_EQ(grid.state(warm), JobState::completed);
}

WorkerHello leaves_in(Incarnation worker, Duration left, std::uint32_t threads = 1) {
    return {.incarnation = worker,
            .name = "w" + std::to_string(worker.value()),
            .threads = threads,
            .memory_bytes = 0,
            .isa = "avx2",
            .ends_in = left};
}

TEST(Placement, ATaskEndsBeforeItsWorkerDoes) {
    CoreHarness grid{one_lease()};
    grid.submit(a_job().blocks(1'000).block_cost(100ms));
    grid.joins(leaves_in(kW1, 6s, 2)).tick();
    EXPECT_EQ(grid.granted(kW1).range.size(), 20U) << "a second of two threads, 5 s are kept free";
}

TEST(Placement, AWorkerWhoseEndIsNearGetsNothingThatDoesNotFit) {
    CoreHarness grid{one_lease()};
    const JobId long_blocks = grid.submit(a_job().blocks(10).block_cost(2s));
    const JobId short_blocks = grid.submit(a_job().blocks(10).block_cost(100ms));
    grid.joins(leaves_in(kW1, 6s)).tick();
    EXPECT_EQ(grid.granted(kW1).job, short_blocks);
    grid.joins(leaves_in(kW2, 5s)).tick().expect_nothing();
    grid.joins(leaves_in(kW3, 1h)).tick();
    EXPECT_EQ(grid.granted(kW3).job, long_blocks);
}

TEST(Placement, WhatAWorkerHoldsCountsAgainstTheTimeItHasLeft) {
    CoreHarness grid;
    grid.submit(a_job().blocks(10'000).block_cost(100ms));
    grid.joins(leaves_in(kW1, 8s)).tick();
    EXPECT_EQ(grid.granted(kW1).range.size(), 20U) << "2 s";
    EXPECT_EQ(grid.granted(kW1).range.size(), 10U) << "the second that is left of three";
}

TEST(Placement, AFinalStepIsNotGivenToAWorkerThatMayNotLiveToItsEnd) {
    CoreHarness grid{one_lease()};
    grid.submit(a_job().blocks(2));
    grid.joins(leaves_in(kW1, 60s)).tick();
    const auto blocks = grid.granted(kW1);
    grid.commits(blocks).expect_accepted(blocks).take<JobChanged>();
    grid.tick().expect_nothing();
    grid.joins(leaves_in(kW2, 70s)).tick();
    EXPECT_TRUE(grid.granted(kW2).final_step);
}

TEST(Placement, NoTaskIsPlannedToTakeLongerThanAReclaimMayCost) {
    CoreConfig config = one_lease();
    config.reclaim_cost_max = 1s;
    CoreHarness grid{config};
    const JobId job = grid.submit(a_job().blocks(1'000).block_cost(100ms));
    grid.joins(kW1, "w1").tick();
    EXPECT_EQ(grid.granted(kW1).range.size(), 10U);
    EXPECT_EQ(grid.core().job_spec(job)->commit_interval, 500ms);
}

}  // namespace
}  // namespace vargrid::scheduler::testing
