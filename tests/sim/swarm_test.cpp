// Break everything for a while, then stop. Nothing may happen twice during the storm, and once it
// is over every job must end.
#include "tests/sim/simulation.hpp"

#include <gtest/gtest.h>

namespace vargrid::sim {
namespace {

constexpr std::uint64_t kSeeds = 200;

TEST(GridSimulation, KeepsItsPromisesUnderEverySeedAndRecovers) {
    scheduler::Stats scheduler;
    worker::Stats worker;
    std::array<std::uint64_t, kFaultKinds> faults{};
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const Outcome outcome = run_seed(seed);
        ASSERT_EQ(outcome.broken, "") << explain_seed(seed);
        for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
            faults[kind] += outcome.faults[kind];
        }
        scheduler.leases_unconfirmed += outcome.scheduler.leases_unconfirmed;
        scheduler.leases_stalled += outcome.scheduler.leases_stalled;
        scheduler.workers_lost += outcome.scheduler.workers_lost;
        scheduler.workers_left += outcome.scheduler.workers_left;
        scheduler.quarantines += outcome.scheduler.quarantines;
        scheduler.commits_repeated += outcome.scheduler.commits_repeated;
        scheduler.commits_refused += outcome.scheduler.commits_refused;
        scheduler.ignored_old_epoch += outcome.scheduler.ignored_old_epoch;
        scheduler.ignored_unknown_worker += outcome.scheduler.ignored_unknown_worker;
        scheduler.ignored_stale_lease += outcome.scheduler.ignored_stale_lease;
        scheduler.ignored_repeated_submit += outcome.scheduler.ignored_repeated_submit;
        worker.tasks_revoked += outcome.worker.tasks_revoked;
        worker.commits_offered_again += outcome.worker.commits_offered_again;
        worker.ignored_grant += outcome.worker.ignored_grant;
        worker.reconnects += outcome.worker.reconnects;
    }
    // The seeds are worth their time only while they reach the rare paths.
    for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
        EXPECT_GT(faults[kind], 0U) << name_of(static_cast<Fault>(kind));
    }
    EXPECT_GT(scheduler.leases_unconfirmed, 0U);
    EXPECT_GT(scheduler.leases_stalled, 0U);
    EXPECT_GT(scheduler.workers_lost, 0U);
    EXPECT_GT(scheduler.workers_left, 0U);
    EXPECT_GT(scheduler.quarantines, 0U);
    EXPECT_GT(scheduler.commits_repeated, 0U);
    EXPECT_GT(scheduler.commits_refused, 0U);
    EXPECT_GT(scheduler.ignored_old_epoch, 0U);
    EXPECT_GT(scheduler.ignored_unknown_worker, 0U);
    EXPECT_GT(scheduler.ignored_stale_lease, 0U);
    EXPECT_GT(scheduler.ignored_repeated_submit, 0U);
    EXPECT_GT(worker.tasks_revoked, 0U);
    EXPECT_GT(worker.commits_offered_again, 0U);
    EXPECT_GT(worker.ignored_grant, 0U);
    EXPECT_GT(worker.reconnects, 0U);
}

TEST(GridSimulation, RunsTheSameWayTwice) {
    for (std::uint64_t seed = 0; seed < kSeeds; seed += 10) {
        const Outcome first = run_seed(seed);
        const Outcome second = run_seed(seed);
        EXPECT_EQ(first.digest, second.digest) << replay_command(seed);
        EXPECT_EQ(first.random_position, second.random_position) << replay_command(seed);
        EXPECT_EQ(first.steps, second.steps) << replay_command(seed);
    }
}

}  // namespace
}  // namespace vargrid::sim
