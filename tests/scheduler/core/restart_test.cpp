// The scheduler dies and comes back from its journal; its workers never stopped computing.
#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

TEST(Restart, AWorkerThatComesBackKeepsItsLease) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.commits(lease, {{0, 4}}).expect_accepted(lease);

    grid.at(2s).restart().tick().expect_nothing();
    EXPECT_EQ(grid.summary(job).blocks_leased, 6U);
    grid.send(WorkerHeartbeat{kW1, Epoch{1}, false, {}}).expect(SendReintroduce{kW1});
    grid.hello(kW1, "w1", 1, {{job, lease.attempt, {{4, 10}}}})
        .expect(SendWelcome{kW1, Epoch{2}, 1s, 5s})
        .tick()
        .expect_nothing();
    grid.commits(lease, {{4, 10}})
        .expect_accepted(lease)
        .expect(JobChanged{job, JobState::finalising});
    EXPECT_EQ(grid.ledger(job).leases, 1U);
}

TEST(Restart, NothingCommittedIsLeasedAgain) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.commits(lease, {{2, 5}}).expect_accepted(lease);
    grid.restart().at(6s).tick().joins(kW2, "w2").tick();
    const auto first = grid.granted(kW2);
    EXPECT_EQ(first.range, (BlockRange{0, 2}));
    grid.commits(first).expect_accepted(first).tick();
    EXPECT_EQ(grid.granted(kW2).range, (BlockRange{5, 10}));
    EXPECT_EQ(grid.ledger(job).leases_lost, 1U);
}

TEST(Restart, ACommitWhoseAnswerDiedWithTheSchedulerIsAcknowledged) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.commits(lease).expect_accepted(lease).take<JobChanged>();  // Never reached the worker.
    grid.restart();
    grid.hello(kW1, "w1", 1, {{job, lease.attempt, {lease.range}}}).take<SendWelcome>();
    grid.expect_revoked(lease, RevokeReason::unknown);
    grid.commits(lease).expect_accepted(lease);
    EXPECT_EQ(grid.summary(job).blocks_committed, 10U);
}

TEST(Restart, WaitsOneSilenceForTheHoldersOfLeases) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lost = grid.granted(kW1);
    grid.at(100s).restart();
    grid.joins(kW2, "w2").at(104s).heartbeat(kW2).tick().expect_nothing();
    EXPECT_EQ(grid.core().next_deadline(), Instant{} + 105s);
    grid.at(105s).tick();
    EXPECT_EQ(grid.granted(kW2).range, lost.range);
    EXPECT_EQ(grid.notices(NoticeKind::worker_lost), 1);
    EXPECT_EQ(grid.summary(job).blocks_leased, 10U);
}

TEST(Restart, ALeaseTheJournalDoesNotKnowIsRevoked) {
    CoreHarness grid{one_lease()};
    const JobId job = grid.submit(a_job().blocks(10));
    grid.restart();
    const Attempt unknown = make_attempt(Epoch{1}, 7);
    grid.hello(kW1, "w1", 1, {{job, unknown, {{0, 5}}}})
        .expect(SendWelcome{kW1, Epoch{2}, 1s, 5s})
        .expect(RevokeLease{kW1, unknown, RevokeReason::unknown});
    grid.tick();
    EXPECT_EQ(grid.granted(kW1).attempt, make_attempt(Epoch{2}, 1));
}

TEST(Restart, BlocksTheWorkerGaveBackUnheardArePendingAgain) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.restart();
    grid.hello(kW1, "w1", 1, {{job, lease.attempt, {{0, 3}}}}).take<SendWelcome>();
    EXPECT_EQ(grid.summary(job).blocks_pending, 7U);
    EXPECT_EQ(grid.summary(job).blocks_leased, 3U);
}

TEST(Restart, RemembersFaultsAndBlocksSetAside) {
    CoreConfig config = one_lease();
    config.task_fault_max = 2;
    CoreHarness grid{config};
    grid.joins(kW1, "w1").joins(kW2, "w2");
    const JobId job = grid.submit(a_job().blocks(2));
    grid.tick();
    const auto first = grid.granted(kW1);
    const auto second = grid.granted(kW2);
    grid.fails(first, 0).fails(second, 1);

    grid.restart().joins(kW1, "w1").joins(kW2, "w2").tick();
    const auto swapped = grid.granted(kW1);
    EXPECT_EQ(swapped.range, (BlockRange{1, 2})) << "a block goes where it has not failed yet";
    const auto other = grid.granted(kW2);
    EXPECT_EQ(other.range, (BlockRange{0, 1}));
    grid.fails(other, 0);
    EXPECT_EQ(grid.core().set_aside_blocks(job), (std::vector<std::uint64_t>{0}));
    grid.restart();
    EXPECT_EQ(grid.summary(job).blocks_set_aside, 1U);
    EXPECT_EQ(grid.core().job_faults(job, 10).size(), 3U);
    EXPECT_EQ(grid.core().job_faults(job, 10)[0].message, "no such curve");
    EXPECT_EQ(grid.core().job_faults(job, 1).size(), 1U);
}

TEST(Restart, InTheFinalStepGoesOnWithTheFinalStep) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(3));
    grid.tick();
    const auto blocks = grid.granted(kW1);
    grid.commits(blocks).expect_accepted(blocks).take<JobChanged>();
    grid.restart();
    EXPECT_EQ(grid.state(job), JobState::finalising);
    grid.joins(kW2, "w2").tick();
    const auto final_step = grid.granted(kW2);
    EXPECT_TRUE(final_step.final_step);
    grid.restart();
    grid.hello(kW2, "w2", 1, {{job, final_step.attempt, {final_step.range}}}).take<SendWelcome>();
    grid.commits(final_step)
        .expect_accepted(final_step)
        .expect(JobChanged{job, JobState::completed});
    grid.restart();
    EXPECT_EQ(grid.state(job), JobState::completed);
    EXPECT_EQ(grid.core().active_job_count(), 0U);
}

TEST(Restart, KeepsTheLedger) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.commits(lease, {{0, 4}}).expect_accepted(lease);
    grid.tick();
    const Ledger before = grid.ledger(job);
    grid.restart();
    EXPECT_EQ(grid.ledger(job), before);
    EXPECT_EQ(before[Spent::useful], 400ms);
}

TEST(Restart, TwiceInARowIsNoDifferent) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.restart().restart().restart();
    EXPECT_EQ(grid.epoch(), Epoch{4});
    grid.hello(kW1, "w1", 1, {{job, lease.attempt, {lease.range}}}).take<SendWelcome>();
    grid.commits(lease).expect_accepted(lease).expect(JobChanged{job, JobState::finalising});
}

}  // namespace
}  // namespace vargrid::scheduler::testing
