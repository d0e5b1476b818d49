// What becomes of the blocks of a lease: computed, written, committed, failed, returned, given up.
#include "tests/worker/core/session_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::worker::testing {
namespace {

using namespace std::chrono_literals;

SendCommit commit_of(const WriteShard& shard, Duration core_time) {
    SendCommit commit{shard.job, shard.attempt, shard.part, {}, {}, core_time};
    commit.shard = "s" + std::to_string(shard.part);
    for (const BlockRange range : shard.ranges) {
        commit.ranges.push_back(RangeDigest{range, {}});
    }
    return commit;
}

TEST(Task, IsWrittenOfferedAndAcknowledged) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 3});
    worker.is_granted(lease).expect_started(lease);
    worker.does(lease, 2).does(lease, 0).does(lease, 1).expect_nothing();
    worker.stops(lease);
    const auto shard = worker.take<WriteShard>();
    EXPECT_EQ(shard, (WriteShard{kJob, lease.attempt, 0, {{0, 3}}, false}));
    worker.writes(shard).expect(commit_of(shard, 30ms));
    worker.is_accepted(lease).expect_nothing();
    EXPECT_EQ(worker.session().lease_count(), 0U);
}

TEST(Task, TakesARangeOfFinishedBlocksAtOnceAndIgnoresThoseItKnows) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 10});
    worker.is_granted(lease).expect_started(lease);
    worker.send(BlocksDone{lease.attempt, {0, 6}, 60ms}).expect_nothing();
    worker.send(BlocksDone{lease.attempt, {0, 6}, 60ms}).expect_nothing();
    worker.send(BlocksDone{lease.attempt, {4, 8}, 40ms});  // Half of it is old.
    worker.send(BlocksDone{lease.attempt, {8, 12}, 40ms}).stops(lease);
    const auto shard = worker.take<WriteShard>();
    EXPECT_EQ(shard.ranges, (std::vector<BlockRange>{{0, 10}}));
    worker.writes(shard).expect(commit_of(shard, 60ms + 20ms + 20ms));
    EXPECT_EQ(worker.session().stats().ignored_unknown_task, 1U);
}

TEST(Task, StartsWhenTheOneBeforeHasStopped) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease first = a_lease(1, {0, 1});
    const Lease second = a_lease(2, {1, 2});
    worker.is_granted(first).expect_started(first).is_granted(second);
    worker.does(first, 0).expect_nothing();
    worker.stops(first).expect_started(second).take<WriteShard>();
}

TEST(Task, CommitsWhatIsFinishedWhileItRuns) {
    SessionHarness worker;
    worker.is_welcomed();
    Lease lease = a_lease(1, {0, 10});
    lease.commit_interval = 500ms;
    worker.is_granted(lease).expect_started(lease);
    worker.does(lease, 4);
    worker.at(400ms).does(lease, 5).does(lease, 9).expect_nothing();
    EXPECT_EQ(worker.session().next_deadline(), Instant{} + 500ms);
    worker.at(500ms).tick();
    const auto shard = worker.take<WriteShard>();
    EXPECT_EQ(shard.ranges, (std::vector<BlockRange>{{4, 6}, {9, 10}}));
    worker.writes(shard).expect(commit_of(shard, 30ms));
    worker.at(600ms).does(lease, 0).is_accepted(lease, 0).expect_nothing();
    worker.stops(lease);
    EXPECT_EQ(worker.take<WriteShard>().part, 1U);
    const auto rest = worker.take<SendReturn>();
    EXPECT_EQ(rest.ranges, (std::vector<BlockRange>{{1, 4}, {6, 9}}));
    EXPECT_EQ(rest.reason, ReturnReason::host_fault) << "nobody asked the executor to stop";
}

TEST(Task, OffersACommitAgainThatIsNotAnswered) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 1});
    worker.is_granted(lease).expect_started(lease).does(lease, 0).stops(lease);
    const auto shard = worker.take<WriteShard>();
    worker.writes(shard).expect(commit_of(shard, 10ms));
    worker.at(1s).send(HeartbeatAnswered{Epoch{1}}).take<SendHeartbeat>();
    worker.at(5s).tick().expect(commit_of(shard, 10ms)).take<SendHeartbeat>();
    worker.send(Reintroduce{Epoch{1}}).take<SendHello>();
    worker.send(Welcome{Epoch{1}, 1s, 5s}).expect(commit_of(shard, 10ms));
    worker.is_accepted(lease).expect_nothing();
    EXPECT_EQ(worker.session().stats().commits_offered_again, 2U);
}

TEST(Task, DeletesAShardThatIsRefusedUnlessNobodyCanTell) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 1});
    const Lease other = a_lease(2, {1, 2});
    for (const Lease& each : {lease, other}) {
        worker.is_granted(each).expect_started(each).does(each, each.range.first).stops(each);
        const auto shard = worker.take<WriteShard>();
        worker.writes(shard).take<SendCommit>();
    }
    worker.send(CommitRefused{Epoch{1}, lease.attempt, 0, true})
        .expect(DeleteShard{kJob, lease.attempt, 0, "s0", false});
    worker.send(CommitRefused{Epoch{1}, other.attempt, 0, false}).expect_nothing();
    EXPECT_EQ(worker.session().lease_count(), 0U);
}

TEST(Task, ReportsFailedBlocksAndCommitsTheOthers) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 3});
    worker.is_granted(lease).expect_started(lease).does(lease, 0).does(lease, 2);
    worker.send(BlockFailed{lease.attempt, 1, FaultCause::task, "no curve", 5ms});
    worker.expect(SendBlockFailed{kJob, lease.attempt, 1, FaultCause::task, "no curve", 5ms});
    worker.stops(lease);
    EXPECT_EQ(worker.take<WriteShard>().ranges, (std::vector<BlockRange>{{0, 1}, {2, 3}}));
}

TEST(Task, KeepsAFailureUntilSomebodyCanHearIt) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 2});
    worker.is_granted(lease).expect_started(lease);
    worker.send(Reintroduce{Epoch{1}}).take<SendHello>();
    worker.send(BlockFailed{lease.attempt, 1, FaultCause::host, "disk", 5ms}).expect_nothing();
    worker.at(100ms).tick();
    EXPECT_EQ(worker.take<SendHello>().held[0].open, (std::vector<BlockRange>{{0, 2}}));
    worker.send(Welcome{Epoch{1}, 1s, 5s});
    worker.expect(SendBlockFailed{kJob, lease.attempt, 1, FaultCause::host, "disk", 5ms});
}

TEST(Task, ThatCannotRunGoesBackAsAHostFault) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 3});
    worker.is_granted(lease).expect_started(lease);
    worker.send(TaskStopped{lease.attempt, "blob would not come", 1ms})
        .expect(SendReturn{
            kJob, lease.attempt, {{0, 3}}, ReturnReason::host_fault, "blob would not come", 1ms});
    EXPECT_EQ(worker.session().lease_count(), 0U);
}

TEST(Task, WhoseShardCannotBeWrittenGoesBackAsAHostFault) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 2});
    worker.is_granted(lease).expect_started(lease).does(lease, 0).does(lease, 1).stops(lease);
    const auto shard = worker.take<WriteShard>();
    worker.send(ShardFailed{lease.attempt, shard.part, "disk full"})
        .expect(
            SendReturn{kJob, lease.attempt, {{0, 2}}, ReturnReason::host_fault, "disk full", 20ms});
    EXPECT_EQ(worker.session().lease_count(), 0U);
}

TEST(Task, RevokedIsDroppedAndTheNextOneWaitsForItToStop) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 4});
    const Lease next = a_lease(2, {4, 5});
    worker.is_granted(lease).expect_started(lease).is_granted(next).does(lease, 0);
    worker.send(LeaseRevoked{Epoch{1}, lease.attempt}).expect(DropTask{lease.attempt});
    worker.send(LeaseRevoked{Epoch{1}, lease.attempt}).does(lease, 1).expect_nothing();
    worker.at(1s).tick().expect(SendHeartbeat{false, {{next.attempt, 0, false}}});
    worker.stops(lease).expect_started(next);
    EXPECT_EQ(worker.session().lease_count(), 1U);
}

TEST(Task, RevokedBeforeItStartedIsForgotten) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 4});
    const Lease next = a_lease(2, {4, 5});
    worker.is_granted(lease).expect_started(lease).is_granted(next);
    worker.send(LeaseRevoked{Epoch{1}, next.attempt}).expect_nothing();
    EXPECT_EQ(worker.session().lease_count(), 1U);
}

TEST(Task, RevokedKeepsAShardThatMayBeCommitted) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 2});
    worker.is_granted(lease).expect_started(lease).does(lease, 0).stops(lease);
    worker.take<WriteShard>();
    worker.take<SendReturn>();
    worker.writes(WriteShard{kJob, lease.attempt, 0, {{0, 1}}, false}).take<SendCommit>();
    // The scheduler took it and its answer was lost: it no longer knows the lease, but the blocks.
    worker.send(LeaseRevoked{Epoch{1}, lease.attempt}).expect_nothing();
    worker.at(5s).tick().take<Reconnect>();
    worker.take<SendHello>();
    worker.send(Welcome{Epoch{1}, 1s, 5s}).take<SendCommit>();
    worker.is_accepted(lease).expect_nothing();
}

TEST(Task, RevokedDeletesAShardThatWasNeverOffered) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 1});
    worker.is_granted(lease).expect_started(lease).does(lease, 0).stops(lease);
    const auto shard = worker.take<WriteShard>();
    worker.send(LeaseRevoked{Epoch{1}, lease.attempt}).expect_nothing();
    worker.writes(shard).expect(DeleteShard{kJob, lease.attempt, 0, "s0", false});
    EXPECT_EQ(worker.session().lease_count(), 0U);
}

TEST(Task, ThatDoesNotStopWhenDroppedEndsTheProcess) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 1});
    worker.is_granted(lease).expect_started(lease);
    worker.send(LeaseRevoked{Epoch{1}, lease.attempt}).expect(DropTask{lease.attempt});
    for (int second = 1; second < 120; ++second) {
        worker.at(std::chrono::seconds{second}).send(HeartbeatAnswered{Epoch{1}});
        worker.take<SendHeartbeat>();
    }
    worker.at(120s).tick().expect(SendLeaving{}).expect(Exit{kExitFailed});
}

TEST(FinalStep, IsATaskOfOneBlockWhoseShardIsTheResult) {
    SessionHarness worker;
    worker.is_welcomed();
    Lease lease = a_lease(1, {10, 11});
    lease.final_step = true;
    worker.is_granted(lease).expect_started(lease).does(lease, 10).stops(lease);
    const auto result = worker.take<WriteShard>();
    EXPECT_TRUE(result.final_step);
    worker.writes(result).take<SendCommit>();
    worker.send(CommitRefused{Epoch{1}, lease.attempt, 0, true});
    EXPECT_TRUE(worker.take<DeleteShard>().final_step);
}

TEST(Task, StartsBesideTheLastBlocksOfTheOneBefore) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease first = a_lease(1, {0, 2});
    const Lease second = a_lease(2, {2, 4});
    const Lease third = a_lease(3, {4, 6});
    worker.is_granted(first).expect_started(first).is_granted(second).is_granted(third);
    worker.does(first, 0).expect_nothing();
    worker.send(TaskEmptied{first.attempt}).expect_started(second);
    worker.does(second, 2).does(first, 1).stops(first);
    EXPECT_EQ(worker.take<WriteShard>().attempt, first.attempt);
    worker.send(TaskEmptied{second.attempt}).expect_started(third);
}

TEST(Task, RevokedWhileAnotherRunsBesideItStillEndsTheProcessIfItHangs) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease hung = a_lease(1, {0, 1});
    const Lease other = a_lease(2, {1, 2});
    worker.is_granted(hung).expect_started(hung).is_granted(other);
    worker.send(TaskEmptied{hung.attempt}).expect_started(other);
    worker.send(LeaseRevoked{Epoch{1}, hung.attempt}).expect(DropTask{hung.attempt});
    worker.does(other, 1).stops(other);
    worker.take<WriteShard>();
    worker.at(1min).send(HeartbeatAnswered{Epoch{1}}).take<SendHeartbeat>();
    worker.at(2min).tick().expect(SendLeaving{}).expect(Exit{kExitFailed});
}

// ---- Drain.

TEST(Drain, CommitsWhatIsFinishedReturnsTheRestAndLeaves) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease running = a_lease(1, {0, 5});
    const Lease waiting = a_lease(2, {5, 9});
    worker.is_granted(running).expect_started(running).is_granted(waiting).does(running, 0);
    worker.at(500ms).send(DrainRequested{25s}).expect(StopTask{running.attempt});
    worker.expect(SendReturn{kJob, waiting.attempt, {{5, 9}}, ReturnReason::drain, {}, {}});
    worker.expect(SendHeartbeat{true, {{running.attempt, 1, true}}});
    worker.does(running, 1).expect_nothing();
    worker.send(TaskStopped{running.attempt, {}, 7ms});
    const auto shard = worker.take<WriteShard>();
    EXPECT_EQ(shard.ranges, (std::vector<BlockRange>{{0, 2}}));
    worker.expect(SendReturn{kJob, running.attempt, {{2, 5}}, ReturnReason::drain, {}, 7ms});
    worker.writes(shard).expect(commit_of(shard, 20ms));
    worker.is_accepted(running).expect(SendLeaving{}).expect(Exit{kExitReclaimed});
}

TEST(Drain, TellsTheStartUpOfATaskOnce) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 5});
    worker.is_granted(lease).expect_started(lease).send(TaskBegun{lease.attempt, 30ms});
    worker.does(lease, 0).send(DrainRequested{25s}).expect(StopTask{lease.attempt});
    worker.take<SendHeartbeat>();
    worker.send(TaskStopped{lease.attempt, {}, {}});
    const auto shard = worker.take<WriteShard>();
    EXPECT_EQ(worker.take<SendReturn>().start_up, 30ms);
    worker.writes(shard);
    EXPECT_EQ(worker.take<SendCommit>().start_up, 0ms);
    worker.is_accepted(lease).expect(SendLeaving{}).expect(Exit{kExitReclaimed});
}

TEST(Drain, WithNothingHeldLeavesAtOnce) {
    SessionHarness worker;
    worker.is_welcomed();
    worker.send(DrainRequested{25s}).expect(SendHeartbeat{true, {}});
    worker.expect(SendLeaving{}).expect(Exit{kExitReclaimed});
}

TEST(Drain, BeforeTheFirstWelcomeLeavesWithoutAWord) {
    SessionHarness worker;
    worker.tick().take<SendHello>();
    worker.send(DrainRequested{25s}).expect(Exit{kExitReclaimed});
}

TEST(Drain, GivesUpBlocksInFlightWhenTheGraceRunsOut) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 5});
    worker.is_granted(lease).expect_started(lease).does(lease, 0);
    worker.send(DrainRequested{2s}).expect(StopTask{lease.attempt}).take<SendHeartbeat>();
    worker.at(1s).tick().take<SendHeartbeat>();
    EXPECT_EQ(worker.session().next_deadline(), Instant{} + 1500ms);
    worker.at(1500ms).tick();
    const auto shard = worker.take<WriteShard>();
    worker.expect(DropTask{lease.attempt});
    worker.expect(SendReturn{kJob, lease.attempt, {{1, 5}}, ReturnReason::drain, {}, 1500ms});
    worker.writes(shard).take<SendCommit>();
    worker.is_accepted(lease).expect(SendLeaving{}).expect(Exit{kExitReclaimed});
}

TEST(Drain, IsOverWhenTheGraceIsOverWhateverIsLeft) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 1});
    worker.is_granted(lease).expect_started(lease).does(lease, 0);
    worker.send(DrainRequested{400ms}).expect(StopTask{lease.attempt}).take<SendHeartbeat>();
    worker.stops(lease).take<WriteShard>();
    worker.at(400ms).tick().expect(SendLeaving{}).expect(Exit{kExitReclaimed});
}

TEST(Drain, ASecondNoticeMayHurryItAndNeverGivesMoreTime) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 1});
    worker.is_granted(lease).expect_started(lease);
    worker.send(DrainRequested{800ms}).expect(StopTask{lease.attempt}).take<SendHeartbeat>();
    worker.at(100ms).send(DrainRequested{60s}).expect_nothing();
    EXPECT_EQ(worker.session().next_deadline(), Instant{} + 600ms);
    worker.send(DrainRequested{200ms}).expect_nothing();
    EXPECT_EQ(worker.session().next_deadline(), Instant{} + 250ms);
    worker.at(250ms).tick().expect(DropTask{lease.attempt});
    worker.take<SendReturn>();
    worker.expect(SendLeaving{}).expect(Exit{kExitReclaimed});
}

TEST(Drain, ReturnsWhatIsGrantedMeanwhile) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 1});
    const Lease late = a_lease(2, {5, 9});
    worker.is_granted(lease).expect_started(lease);
    worker.send(DrainRequested{20s}).expect(StopTask{lease.attempt}).take<SendHeartbeat>();
    worker.is_granted(late);
    worker.expect(SendReturn{kJob, late.attempt, {{5, 9}}, ReturnReason::drain, {}, {}});
}

TEST(Drain, WaitsForALostSchedulerOnlyAsLongAsTheGraceLasts) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 1});
    worker.is_granted(lease).expect_started(lease).does(lease, 0).stops(lease);
    worker.writes(worker.take<WriteShard>()).take<SendCommit>();
    worker.send(Reintroduce{Epoch{2}}).take<SendHello>();
    worker.send(DrainRequested{50ms}).expect_nothing();
    worker.at(50ms).tick().expect(Exit{kExitReclaimed});
}

}  // namespace
}  // namespace vargrid::worker::testing
