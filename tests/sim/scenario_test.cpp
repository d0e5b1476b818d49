// Scripted scenarios: one fault at a time, at a known moment, in the whole grid.
#include "tests/sim/simulation.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace vargrid::sim {
namespace {

using namespace std::chrono_literals;
using scheduler::JobState;

/// Ends the storm of a scripted scenario and lets everything finish.
void expect_completed(Simulation& grid, Duration limit = 5min) {
    ASSERT_TRUE(grid.run_until_ended(limit)) << grid.ledger().broken().value_or(grid.stuck_jobs());
    for (const auto& job : grid.jobs()) {
        EXPECT_EQ(job.state, JobState::completed) << job.message;
        grid.ledger().check_ended(job, {});
    }
    EXPECT_EQ(grid.ledger().broken().value_or(""), "");
}

TEST(Scenario, AQuietGridLosesAlmostNothing) {
    Simulation grid{1, quiet_plan(8, 4'000)};
    expect_completed(grid);
    // 4,000 blocks of about 100 ms on at least eight cores; the shares at the end and the final
    // step cost a little.
    std::uint64_t threads = 0;
    for (const auto& worker : grid.scheduler().core().worker_summaries()) {
        threads += worker.threads;
    }
    const Duration ideal = 4'000 * 100ms / static_cast<std::int64_t>(threads);
    EXPECT_LT(grid.now() - Instant{}, ideal + ideal / 20 + 2s);
    const auto looks = grid.jobs()[0].redundancy;
    EXPECT_LE(grid.outcome().blocks_computed, 4'001U + looks.blocks_sampled + looks.blocks_copied);
    EXPECT_EQ(grid.jobs()[0].ledger.blocks_repeated, 0U);
}

TEST(Scenario, AZombieThatWakesUpPastItsLeaseCommitsNothing) {
    Simulation grid{2, quiet_plan(2, 200)};
    grid.run_until(Instant{} + 2s);
    grid.host(0).pause(grid.now() + 8s);
    expect_completed(grid);
    grid.run_until(grid.now() + 20s);
    EXPECT_EQ(grid.ledger().broken().value_or(""), "");
    EXPECT_EQ(grid.jobs()[0].ledger.leases_lost, 2U);
    EXPECT_EQ(grid.outcome().blocks_committed, 201U);
}

TEST(Scenario, ASchedulerKilledUnderLoadCostsNoWorkAtAll) {
    Simulation grid{3, quiet_plan(4, 400)};
    for (int second = 2; second < 9; second += 3) {
        grid.run_until(Instant{} + std::chrono::seconds{second});
        grid.inject(Fault::scheduler_crash, 0);
    }
    expect_completed(grid);
    EXPECT_GT(grid.scheduler().core().epoch(), Epoch{2});
    EXPECT_EQ(grid.outcome().blocks_committed, 401U);
    EXPECT_EQ(grid.outcome().blocks_computed, 401U) << "workers kept their leases";
}

TEST(Scenario, AWorkerThatHearsNothingIsReplacedAndComesBack) {
    Simulation grid{4, quiet_plan(2, 300)};
    grid.run_until(Instant{} + 2s);
    grid.network().cut(grid.host(1).incarnation(), Way::down, grid.now() + 7s);
    expect_completed(grid);
    EXPECT_EQ(grid.scheduler().core().worker_count(), 2U);
}

TEST(Scenario, AWorkerThatIsNotHeardIsReplacedAndItsCommitsComeTooLate) {
    Simulation grid{5, quiet_plan(2, 300)};
    grid.run_until(Instant{} + 2s);
    grid.network().cut(grid.host(1).incarnation(), Way::up, grid.now() + 7s);
    expect_completed(grid);
    EXPECT_GT(grid.jobs()[0].ledger.leases_lost, 0U);
}

TEST(Scenario, ADrainThatIsToldTwiceLosesNoFinishedBlock) {
    Simulation grid{6, quiet_plan(3, 300)};
    grid.run_until(Instant{} + 3s);
    grid.host(0).drain(5s);
    grid.run_until(grid.now() + 1s);
    EXPECT_EQ(grid.jobs()[0].ledger.leases_lost, 0U);
    expect_completed(grid);
    EXPECT_EQ(grid.jobs()[0].ledger.leases_lost, 0U);
    EXPECT_GT(grid.jobs()[0].ledger.leases_returned, 0U);
    EXPECT_EQ(grid.outcome().blocks_computed, 301U) << "blocks in flight were let finish";
}

TEST(Scenario, AHungThreadDoesNotHoldTheJob) {
    Simulation grid{7, quiet_plan(2, 100)};
    grid.run_until(Instant{} + 2s);
    grid.host(0).hang_next_block();
    expect_completed(grid, 3min);
}

TEST(Scenario, APoisonBlockIsSetAsideAndTheRestDelivered) {
    FaultPlan plan = quiet_plan(4, 100);
    plan.jobs[0].poison = {17, 60};
    Simulation grid{8, plan};
    ASSERT_TRUE(grid.run_until_ended(5min)) << grid.stuck_jobs();
    const auto job = grid.jobs()[0];
    EXPECT_EQ(job.state, JobState::incomplete);
    EXPECT_EQ(grid.scheduler().core().set_aside_blocks(job.job),
              (std::vector<std::uint64_t>{17, 60}));
    EXPECT_EQ(job.blocks_committed, 98U);
    EXPECT_EQ(job.ledger.block_faults, 6U) << "three workers each";
}

TEST(Scenario, ABrokenHostIsQuarantinedAndTheJobCompletes) {
    Simulation grid{9, quiet_plan(4, 600)};
    grid.run_until(Instant{} + 2s);
    grid.host(2).go_bad(Instant{} + 1h);
    expect_completed(grid);
    EXPECT_GT(grid.scheduler().core().stats().quarantines, 0U);
}

TEST(Scenario, EveryWorkerKilledAtOnceCostsOnlyWhatWasNotCommitted) {
    Simulation grid{10, quiet_plan(6, 600)};
    grid.run_until(Instant{} + 5s);
    const auto committed = grid.jobs()[0].blocks_committed;
    EXPECT_GT(committed, 0U);
    for (std::size_t i = 0; i < 6; ++i) {
        grid.host(i).crash();
    }
    expect_completed(grid);
    EXPECT_LE(grid.outcome().blocks_computed, 601U + 600U - committed);
}

TEST(Scenario, LosingThreePercentOfTheWorkersWithoutNoticeCostsLittle) {
    const auto time_of = [](bool with_losses) {
        Simulation grid{11, quiet_plan(64, 20'000)};
        if (with_losses) {
            grid.run_until(Instant{} + 10s);
            grid.host(5).crash();
            grid.host(40).crash();
        }
        expect_completed(grid);
        return grid.now() - Instant{};
    };
    const Duration quiet = time_of(false);
    EXPECT_LT(time_of(true), quiet + quiet / 20);
}

}  // namespace
}  // namespace vargrid::sim
