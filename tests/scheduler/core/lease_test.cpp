// The life of a lease: granted, committed in parts, given back, lost, refused.
#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

TEST(Lease, IsGrantedByTheTickAndNotBefore) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.expect_nothing();
    grid.tick().expect(GrantLease{kW1, job, make_attempt(Epoch{1}, 1), {0, 10}, false});
    EXPECT_EQ(grid.summary(job).blocks_leased, 10U);
    EXPECT_EQ(grid.summary(job).workers, 1U);
}

TEST(Lease, AWorkerWithShortTasksGetsAsManyAsKeepItBusyForAMoment) {
    const auto expect_grants = [](Duration block_cost, std::uint64_t leases) {
        CoreHarness grid{CoreConfig{}};
        grid.joins(kW1, "w1");
        const JobId job =
            grid.submit(a_job().blocks(1'000).block_cost(block_cost).blocks_per_task_max(1));
        grid.tick();
        std::vector<GrantLease> leased;
        for (std::uint64_t i = 0; i < leases; ++i) {
            leased.push_back(grid.granted(kW1));
        }
        grid.expect_nothing();
        EXPECT_EQ(grid.summary(job).blocks_leased, leases);
        // An answer makes room for another.
        grid.a_block_takes(block_cost).commits(leased.front()).expect_accepted(leased.front());
        grid.tick();
        static_cast<void>(grid.granted(kW1));
    };
    expect_grants(1ns, 16);  // As many as a worker takes.
    expect_grants(1ms, 4);   // Four milliseconds.
    expect_grants(3ms, 2);
    expect_grants(10s, 2);  // One running, one prefetched.
}

TEST(Lease, EndsWhenAllItsBlocksAreCommitted) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10).blocks_per_task_max(4));
    grid.tick();
    const auto first = grid.granted(kW1);
    EXPECT_EQ(first.range, (BlockRange{0, 4}));
    grid.commits(first).expect_accepted(first);
    grid.tick();
    EXPECT_EQ(grid.granted(kW1).range, (BlockRange{4, 8}));
    EXPECT_EQ(grid.summary(job).blocks_committed, 4U);
    EXPECT_EQ(grid.ledger(job)[Spent::useful], 400ms);
}

TEST(Lease, CommitsInParts) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.commits(lease, {{1, 3}, {5, 6}}, 0).expect_accepted(lease, 0);
    EXPECT_EQ(grid.summary(job).blocks_committed, 3U);
    EXPECT_EQ(grid.summary(job).blocks_leased, 7U);
    grid.tick().expect_nothing();
    grid.commits(lease, {{0, 1}, {3, 5}, {6, 10}}, 1)
        .expect_accepted(lease, 1)
        .expect(JobChanged{job, JobState::finalising});
}

TEST(Lease, AcknowledgesACommitAgainWhoseAnswerWasLost) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.commits(lease, {{0, 5}}, 0).expect_accepted(lease);
    grid.commits(lease, {{0, 5}}, 0).expect_accepted(lease);
    EXPECT_EQ(grid.summary(job).blocks_committed, 5U);
    EXPECT_EQ(grid.ledger(job).commits, 1U);
    EXPECT_EQ(grid.ledger(job).commits_repeated, 1U);
    EXPECT_EQ(grid.ledger(job)[Spent::useful], 500ms);
    EXPECT_EQ(grid.ledger(job)[Spent::lost_to_reclaim], 0s);
}

TEST(Lease, RefusesACommitThatIsPartlyCommittedAlready) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.commits(lease, {{0, 5}}).expect_accepted(lease);
    grid.commits(lease, {{4, 6}}).expect_refused(lease, CommitRefusal::stale);
    EXPECT_EQ(grid.summary(job).blocks_committed, 5U);
}

TEST(Lease, RefusesACommitOfSomebodyElse) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1").joins(kW2, "w2");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto first = grid.granted(kW1);
    grid.granted(kW2);
    auto foreign = first;
    foreign.incarnation = kW2;
    grid.commits(foreign).expect_refused(foreign, CommitRefusal::stale);
    EXPECT_EQ(grid.summary(job).blocks_committed, 0U);

    grid.commits(first).expect_accepted(first);
    grid.commits(foreign).expect_refused(foreign, CommitRefusal::stale);
    EXPECT_EQ(grid.ledger(job).commits_refused, 2U);
    EXPECT_EQ(grid.ledger(job)[Spent::lost_to_reclaim], 1s);
}

TEST(Lease, RefusesBlocksOutsideItAndRangesThatAreNone) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10).blocks_per_task_max(4));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.commits(lease, {{0, 5}}).expect_refused(lease, CommitRefusal::stale);
    grid.commits(lease, {{2, 2}}).expect_refused(lease, CommitRefusal::stale);
    grid.commits(lease, {{2, 3}, {1, 2}}).expect_refused(lease, CommitRefusal::stale);
    grid.commits(lease, {{1, 3}, {2, 4}}).expect_refused(lease, CommitRefusal::stale);
    grid.commits(lease, {}).expect_refused(lease, CommitRefusal::stale);
    EXPECT_EQ(grid.summary(job).blocks_committed, 0U);
    EXPECT_EQ(grid.summary(job).blocks_leased, 4U);
}

TEST(Lease, RefusesACommitForAJobNobodyKnowsWithoutCallingItWorthless) {
    CoreHarness grid;
    grid.joins(kW1, "w1");
    const GrantLease made_up{kW1, JobId{77}, make_attempt(Epoch{1}, 5), {0, 3}, false};
    grid.commits(made_up).expect_refused(made_up, CommitRefusal::unknown_job);
}

TEST(Lease, OfASilentWorkerGoesToAnotherWorker) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lost = grid.granted(kW1);
    grid.commits(lost, {{0, 3}}).expect_accepted(lost);
    grid.at(4s).joins(kW2, "w2").tick().expect_nothing();
    EXPECT_EQ(grid.core().next_deadline(), Instant{} + 5s);
    grid.at(5s).tick();
    const auto again = grid.granted(kW2);
    EXPECT_EQ(again.range, (BlockRange{3, 10}));
    EXPECT_GT(again.attempt, lost.attempt);
    EXPECT_EQ(grid.notices(NoticeKind::worker_lost), 1);
    EXPECT_EQ(grid.ledger(job).leases_lost, 1U);
    EXPECT_EQ(grid.ledger(job).blocks_repeated, 7U);
}

// Nobody is left to say what a killed worker was doing, so it is estimated; what a zombie hands
// in later is the same work and is not booked again.
TEST(Lease, LostWithItsWorkerBooksWhatWasUnderWayOnce) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lost = grid.granted(kW1);
    grid.commits(lost, {{0, 3}}).expect_accepted(lost);
    grid.at(1s).heartbeat(kW1, {{lost.attempt, 5, true}});
    EXPECT_EQ(grid.ledger(job)[Spent::lost_to_reclaim], 0s);
    grid.at(7s).tick();
    EXPECT_EQ(grid.ledger(job).leases_lost, 1U);
    EXPECT_EQ(grid.ledger(job)[Spent::lost_to_reclaim], 1s);  // One thread until it was last heard.

    grid.joins(kW1, "w1");
    grid.commits(lost, {{3, 5}}).expect_refused(lost, CommitRefusal::stale);
    EXPECT_EQ(grid.ledger(job)[Spent::lost_to_reclaim], 1s);
    grid.a_block_takes(900ms).commits(lost, {{5, 6}}).expect_refused(lost, CommitRefusal::stale);
    EXPECT_EQ(grid.ledger(job)[Spent::lost_to_reclaim], 1100ms);
}

TEST(Lease, IsKeptByHeartbeats) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    for (int second = 1; second < 60; ++second) {
        grid.at(std::chrono::seconds{second}).heartbeat(kW1, {{lease.attempt, 0, true}});
        if (second == 6) {  // Late after twice its second and two: asked once to give back.
            grid.expect(YieldLease{kW1, lease.attempt});
        }
        grid.tick().expect_nothing();
    }
    EXPECT_EQ(grid.core().worker_count(), 1U);
}

TEST(Lease, OfAZombieCannotBeCommittedAnyMore) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto stale = grid.granted(kW1);
    grid.at(6s).joins(kW2, "w2").tick();
    const auto fresh = grid.granted(kW2);

    // The zombie wakes up and offers what it has; it is asked who it is and told that it is late.
    grid.commits(stale).expect(SendReintroduce{kW1});
    grid.hello(kW1, "w1", 1, {{job, stale.attempt, {stale.range}}})
        .expect(SendWelcome{kW1, Epoch{1}, 1s, 5s})
        .expect_revoked(stale, RevokeReason::unknown);
    grid.commits(stale).expect_refused(stale, CommitRefusal::stale);
    EXPECT_EQ(grid.summary(job).blocks_committed, 0U);
    grid.commits(fresh).expect_accepted(fresh).expect(JobChanged{job, JobState::finalising});
    grid.commits(stale).expect_refused(stale, CommitRefusal::stale);
}

TEST(Lease, ReturnedInPartKeepsTheRest) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1").joins(kW2, "w2");
    const JobId job = grid.submit(a_job().blocks(2));
    grid.tick();
    const auto lease = grid.granted(kW1);
    const auto other = grid.granted(kW2);
    EXPECT_EQ(lease.range.size() + other.range.size(), 2U);
    const JobId big = grid.submit(a_job().blocks(10));
    grid.commits(other).expect_accepted(other).tick();
    const auto task = grid.granted(kW2);
    EXPECT_EQ(task.job, big);
    grid.returns(task, {{task.range.first + 1, task.range.last}}, ReturnReason::unneeded);
    EXPECT_EQ(grid.summary(big).blocks_leased, 1U);
    EXPECT_EQ(grid.ledger(big)[Spent::lost_to_reclaim], 50ms);
    EXPECT_EQ(grid.ledger(big).leases_returned, 1U);
    grid.commits(task, {{task.range.first, task.range.first + 1}}).expect_accepted(task);
    EXPECT_EQ(grid.summary(job).blocks_committed, 1U);
    EXPECT_EQ(grid.summary(big).blocks_leased, 0U);
}

TEST(Lease, IsNeverGrantedToAWorkerThatDrains) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.returns(lease, {lease.range});
    grid.tick().expect_nothing();
    EXPECT_EQ(grid.summary(job).blocks_pending, 10U);
    grid.send(WorkerLeaving{kW1, Epoch{1}}).tick().expect_nothing();
    EXPECT_EQ(grid.core().worker_count(), 0U);
    EXPECT_EQ(grid.notices(NoticeKind::worker_left), 1);
    EXPECT_EQ(grid.core().next_deadline(), std::nullopt);
}

TEST(Lease, HeldByALeavingWorkerIsAvailableAtOnce) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    grid.granted(kW1);
    grid.send(WorkerLeaving{kW1, Epoch{1}});
    EXPECT_EQ(grid.summary(job).blocks_pending, 10U);
    EXPECT_EQ(grid.ledger(job).leases_lost, 0U);
    EXPECT_EQ(grid.ledger(job).leases_returned, 1U);
}

TEST(Lease, WhoseGrantWasLostIsFoundByHeartbeats) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lost = grid.granted(kW1);
    grid.at(1s).heartbeat(kW1).at(4s).heartbeat(kW1).tick().expect_nothing();
    EXPECT_EQ(grid.summary(job).blocks_leased, 10U);
    grid.at(5s).heartbeat(kW1).expect_revoked(lost, RevokeReason::expired).tick();
    EXPECT_NE(grid.granted(kW1).attempt, lost.attempt);
    EXPECT_EQ(grid.core().stats().leases_unconfirmed, 1U);
}

TEST(Lease, ThatOnlyTheWorkerKnowsIsRevoked) {
    CoreHarness grid;
    grid.joins(kW1, "w1");
    const Attempt unknown = make_attempt(Epoch{1}, 99);
    grid.heartbeat(kW1, {{unknown, 3, true}})
        .expect(RevokeLease{kW1, unknown, RevokeReason::unknown});
}

TEST(Lease, ThatMakesNoProgressIsTakenAway) {
    CoreConfig config = one_lease();
    config.lease_stall_max = 30s;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    for (int second = 1; second <= 20; second += 2) {
        grid.at(std::chrono::seconds{second}).heartbeat(kW1, {{lease.attempt, 2, true}});
        if (second == 7) {
            grid.expect(YieldLease{kW1, lease.attempt});
        }
    }
    grid.at(21s).heartbeat(kW1, {{lease.attempt, 3, true}});
    for (int second = 23; second <= 50; second += 3) {
        grid.at(std::chrono::seconds{second}).heartbeat(kW1, {{lease.attempt, 3, true}});
    }
    grid.expect_nothing().at(51s).heartbeat(kW1, {{lease.attempt, 3, true}});
    grid.expect_revoked(lease, RevokeReason::expired);
    EXPECT_EQ(grid.summary(job).blocks_pending, 10U);
    EXPECT_EQ(grid.notices(NoticeKind::lease_stalled), 1);
}

TEST(Lease, ThatWaitsForItsTurnDoesNotStall) {
    CoreConfig config;
    config.lease_stall_max = 10s;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    grid.submit(a_job().blocks(10));
    grid.tick();
    const auto running = grid.granted(kW1);
    const auto waiting = grid.granted(kW1);
    for (std::uint64_t second = 1; second < 60; ++second) {
        grid.at(std::chrono::seconds{second})
            .heartbeat(kW1, {{running.attempt, second, true}, {waiting.attempt, 0, false}});
        if (second == 5) {  // The one that runs is late, and the other waits behind it.
            grid.expect(YieldLease{kW1, running.attempt}).expect(YieldLease{kW1, waiting.attempt});
        }
        grid.expect_nothing();
    }
}

TEST(Lease, IsPrefetchedOnlyAfterEveryIdleWorkerHasOne) {
    CoreHarness grid;
    grid.joins(kW1, "w1").joins(kW2, "w2");
    grid.submit(a_job().blocks(100));
    grid.tick();
    grid.granted(kW1);
    grid.granted(kW2);
    grid.granted(kW1);
    grid.granted(kW2);
    grid.tick().expect_nothing();
}

TEST(Hello, RepeatedChangesNothing) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1", 4);
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.hello(kW1, "w1", 4, {{job, lease.attempt, {lease.range}}})
        .expect(SendWelcome{kW1, Epoch{1}, 1s, 5s})
        .tick()
        .expect_nothing();
    EXPECT_EQ(grid.core().worker_count(), 1U);
    EXPECT_EQ(grid.notices(NoticeKind::worker_joined), 1);
}

TEST(Hello, WithoutALeaseGivesTheLeaseToOthers) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lost = grid.granted(kW1);
    grid.hello(kW1, "w1", 1, {}).take<SendWelcome>();
    grid.expect_revoked(lost, RevokeReason::expired);
    EXPECT_EQ(grid.summary(job).blocks_pending, 10U);
}

TEST(Hello, WithFewerOpenBlocksGivesTheOthersBack) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.hello(kW1, "w1", 1, {{job, lease.attempt, {{2, 4}, {6, 7}}}}).take<SendWelcome>();
    EXPECT_EQ(grid.summary(job).blocks_leased, 3U);
    EXPECT_EQ(grid.summary(job).blocks_pending, 7U);
    grid.commits(lease, {{2, 4}, {6, 7}}).expect_accepted(lease);
}

TEST(Hello, UnderTheSameNameIsAnotherWorker) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto before = grid.granted(kW1);
    grid.at(1s).joins(kW2, "w1").tick().expect_nothing();
    grid.at(5s).tick();
    const auto after = grid.granted(kW2);
    EXPECT_EQ(after.range, before.range);
    EXPECT_EQ(grid.summary(job).workers, 1U);
}

TEST(Hello, BeyondTheLimitIsRefusedAndAWorkerThatMakesNoSenseToo) {
    CoreConfig config;
    config.workers_max = 1;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    grid.hello(kW2, "w2", 1, {}).expect(RefuseWorker{kW2, RefusalReason::workers_full});
    grid.hello(kW3, "w3", 0, {}).expect(RefuseWorker{kW3, RefusalReason::invalid_worker});
    grid.hello(kW3, std::string(5'000, 'x'), 1, {})
        .expect(RefuseWorker{kW3, RefusalReason::invalid_worker});
    grid.joins(kW1, "w1");
    EXPECT_EQ(grid.core().worker_count(), 1U);
    EXPECT_EQ(grid.core().stats().workers_refused, 3U);
}

TEST(Fence, MessagesOfAnOldEpochOrAnUnknownWorkerOnlyAskForAHello) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    const std::uint64_t before = grid.core().stats().leases_granted;
    grid.send(WorkerHeartbeat{kW1, Epoch{0}, false, {}}).expect(SendReintroduce{kW1});
    grid.send(BlocksCommitted{kW1, Epoch{0}, job, lease.attempt, 0, {{lease.range, {}}}, "s", 1s})
        .expect(SendReintroduce{kW1});
    grid.send(BlocksReturned{kW1, Epoch{2}, job, lease.attempt, {lease.range}, {}, {}, {}})
        .expect(SendReintroduce{kW1});
    grid.send(BlockFailed{kW2, Epoch{1}, job, lease.attempt, 0, FaultCause::task, "", {}})
        .expect(SendReintroduce{kW2});
    grid.send(WorkerLeaving{kW1, Epoch{0}}).send(WorkerLeaving{kW2, Epoch{1}}).expect_nothing();
    EXPECT_EQ(grid.summary(job).blocks_leased, 10U);
    EXPECT_EQ(grid.core().stats().leases_granted, before);
    EXPECT_EQ(grid.core().stats().ignored_old_epoch, 4U);
    EXPECT_EQ(grid.core().stats().ignored_unknown_worker, 2U);
}

TEST(Fence, LateReturnsAndFailuresAreCountedAndIgnored) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.commits(lease, {{0, 9}}).expect_accepted(lease);
    grid.fails(lease, 3).fails(lease, 42);
    grid.returns(lease, {{0, 9}}, ReturnReason::unneeded);
    auto unknown = lease;
    unknown.job = JobId{9};
    grid.fails(unknown, 3).returns(unknown, {{0, 1}}, ReturnReason::unneeded);
    EXPECT_EQ(grid.core().stats().ignored_stale_lease, 5U);
    EXPECT_EQ(grid.summary(job).blocks_committed, 9U);
    EXPECT_EQ(grid.ledger(job).block_faults, 0U);
}

}  // namespace
}  // namespace vargrid::scheduler::testing
