// Leases that lag: split, copied, beaten; work taken by workers that have none.
#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

/// A worker holds the whole job of `blocks` blocks of 100 ms, and has begun it.
GrantLease one_at_work(CoreHarness& grid, JobId& job, std::uint64_t blocks) {
    grid.joins(kW1, "w1");
    job = grid.submit(a_job().blocks(blocks));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.heartbeat(kW1, {{lease.attempt, 0, true}});
    return lease;
}

TEST(Straggler, YieldsWhenItTakesTwiceItsTimeAndTheGrace) {
    CoreHarness grid{one_lease()};
    JobId job;
    const auto lease = one_at_work(grid, job, 10);  // 1 s predicted.
    grid.after(4s).heartbeat(kW1, {{lease.attempt, 3, true}}).expect_nothing();
    grid.after(1ms).heartbeat(kW1, {{lease.attempt, 4, true}});
    grid.expect(YieldLease{kW1, lease.attempt});
    grid.after(1s).heartbeat(kW1, {{lease.attempt, 5, true}}).expect_nothing();
    // What it gives back is nobody's fault, and others have it at once.
    grid.joins(kW2, "w2").returns(lease, {{7, 10}}, ReturnReason::unneeded);
    EXPECT_EQ(grid.ledger(job).leases_returned, 0U);
    grid.tick();
    EXPECT_EQ(grid.granted(kW2).range.first, 7U);
    EXPECT_EQ(grid.summary(job).redundancy.leases_yielded, 1U);
}

TEST(Straggler, GetsNothingNewThatWouldWaitBehindIt) {
    CoreHarness grid;
    grid.joins(kW1, "w1").submit(a_job().blocks(1'000));
    grid.tick();
    const auto lease = grid.granted(kW1);
    const auto second = grid.granted(kW1);
    grid.heartbeat(kW1, {{lease.attempt, 0, true}, {second.attempt, 0, false}});
    grid.after(8s).heartbeat(kW1, {{lease.attempt, 1, true}, {second.attempt, 0, false}});
    grid.expect(YieldLease{kW1, lease.attempt}).expect(YieldLease{kW1, second.attempt});
    grid.returns(second, {second.range}, ReturnReason::unneeded).tick().expect_nothing();
    grid.joins(kW2, "w2").tick().granted(kW2);
    grid.granted(kW2);
}

TEST(Straggler, ThatHangsIsCopiedToAnotherHostAndTheFirstCommitWins) {
    CoreHarness grid{one_lease(), Reviews::on};
    JobId job;
    const auto lease = one_at_work(grid, job, 2);
    grid.joins(kW2, "w2").after(2500ms).heartbeat(kW1, {{lease.attempt, 0, true}});
    grid.expect(YieldLease{kW1, lease.attempt}).heartbeat(kW2);
    grid.after(2s).heartbeat(kW1, {{lease.attempt, 0, true}}).heartbeat(kW2);
    grid.tick().expect_nothing();
    grid.after(300ms).tick();
    const auto copy = grid.granted(kW2);
    EXPECT_EQ(copy.kind, LeaseKind::copy);
    EXPECT_EQ(copy.range, (BlockRange{0, 1})) << "tasks of one thread and half of what is left";
    grid.commits_bits(copy, 0, 7).expect_accepted(copy);
    grid.after(300ms).tick();
    const auto rest = grid.granted(kW2);
    grid.commits_bits(rest, 1, 8).expect_accepted(rest);
    grid.expect(JobChanged{job, JobState::finalising});
    EXPECT_EQ(grid.summary(job).redundancy.blocks_copied, 2U);
    // The one that was beaten hands the same bits in: compared, and not an error.
    grid.commits_bits(lease, 0, 7).expect_refused(lease, CommitRefusal::superseded);
    EXPECT_EQ(grid.summary(job).redundancy.blocks_compared, 1U);
    EXPECT_EQ(grid.summary(job).redundancy.disagreements, 0U);
    EXPECT_EQ(grid.ledger(job)[Spent::speculative], CoreSum{100ms});
    grid.tick();
    grid.granted(kW2);
}

TEST(Straggler, ThatComesFirstAfterAllBeatsItsCopy) {
    CoreHarness grid{one_lease(), Reviews::on};
    JobId job;
    const auto lease = one_at_work(grid, job, 1);
    grid.joins(kW2, "w2").after(2500ms).heartbeat(kW1, {{lease.attempt, 0, true}});
    grid.expect(YieldLease{kW1, lease.attempt}).heartbeat(kW2);
    grid.after(2300ms).heartbeat(kW1, {{lease.attempt, 0, true}}).heartbeat(kW2).tick();
    const auto copy = grid.granted(kW2);
    grid.commits_bits(lease, 0, 7).expect_accepted(lease);
    grid.expect(JobChanged{job, JobState::finalising});
    grid.commits_bits(copy, 0, 7).expect_refused(copy, CommitRefusal::superseded);
    EXPECT_EQ(grid.summary(job).redundancy.blocks_compared, 1U);
    grid.tick();
    grid.granted(kW1);
}

TEST(Straggler, ThatIsLostLeavesItsBlocksToItsCopy) {
    CoreHarness grid{one_lease(), Reviews::on};
    JobId job;
    const auto lease = one_at_work(grid, job, 1);
    grid.joins(kW2, "w2").after(2600ms).heartbeat(kW2).tick();
    grid.expect(YieldLease{kW1, lease.attempt});
    const auto copy = grid.granted(kW2);  // Half of its silence is enough while others are idle.
    EXPECT_EQ(copy.kind, LeaseKind::copy);
    grid.after(2500ms).heartbeat(kW2, {{copy.attempt, 0, true}}).tick().expect_nothing();
    EXPECT_EQ(grid.core().worker_count(), 1U) << "w1 is lost";
    EXPECT_EQ(grid.summary(job).blocks_leased, 1U) << "and its block is not leased a third time";
    grid.commits_bits(copy, 0, 7).expect_accepted(copy);
    grid.expect(JobChanged{job, JobState::finalising});
    grid.commits_bits(lease, 0, 7).take<SendReintroduce>();
    grid.tick().granted(kW2);
}

TEST(Straggler, IsNeverCopiedToItsOwnHost) {
    CoreHarness grid{one_lease(), Reviews::on};
    JobId job;
    const auto lease = one_at_work(grid, job, 1);
    grid.joins(kW2, "w1").after(2500ms).heartbeat(kW1, {{lease.attempt, 0, true}});
    grid.expect(YieldLease{kW1, lease.attempt}).heartbeat(kW2);
    grid.after(3s).heartbeat(kW1, {{lease.attempt, 0, true}}).heartbeat(kW2).tick();
    grid.expect_nothing();
}

TEST(Straggler, WhoseCopyHangsTooIsNotCopiedAgainAndGoesOn) {
    CoreHarness grid{one_lease(), Reviews::on};
    JobId job;
    const auto lease = one_at_work(grid, job, 1);
    grid.joins(kW2, "w2").after(2500ms).heartbeat(kW1, {{lease.attempt, 0, true}});
    grid.expect(YieldLease{kW1, lease.attempt}).heartbeat(kW2);
    grid.after(2300ms).heartbeat(kW1, {{lease.attempt, 0, true}}).heartbeat(kW2).tick();
    const auto copy = grid.granted(kW2);
    grid.joins(kW3, "w3");
    int yields = 0;
    for (int second = 0; second < 590; second += 2) {
        grid.after(2s)
            .heartbeat(kW1, {{lease.attempt, 0, true}})
            .send(WorkerHeartbeat{kW2, grid.epoch(), false, {{copy.attempt, 0, true}}})
            .take<AnswerHeartbeat>();
        if (second == 4) {
            grid.expect(YieldLease{kW2, copy.attempt});
            ++yields;
        }
        grid.heartbeat(kW3).tick();
    }
    EXPECT_EQ(yields, 1);
    grid.commits_bits(lease, 0, 7).expect_accepted(lease);
    grid.expect(JobChanged{job, JobState::finalising});
    grid.tick().granted(kW1);
}

TEST(Straggler, ThatStallsAloneIsTakenBackLaterEachTime) {
    CoreHarness grid{one_lease()};
    JobId job;
    auto lease = one_at_work(grid, job, 1);
    const auto stalls_after = [&](Duration limit) {
        grid.after(limit - 1s).heartbeat(kW1, {{lease.attempt, 0, true}});
        grid.send(Tick{});
        if (limit > 6s) {
            grid.take<YieldLease>();
        }
        grid.after(1s).heartbeat(kW1, {{lease.attempt, 0, true}});
        grid.expect_revoked(lease, RevokeReason::expired);
        grid.tick();
        lease = grid.granted(kW1);
        grid.heartbeat(kW1, {{lease.attempt, 0, true}});
    };
    stalls_after(10min);
    stalls_after(20min);
    stalls_after(40min);
    EXPECT_EQ(grid.notices(NoticeKind::lease_stalled), 3);
    EXPECT_EQ(grid.notices(NoticeKind::host_quarantined), 0) << "the block may be that long";
}

TEST(Straggler, WorkIsStolenFromWhoHasMostOfItLeft) {
    CoreHarness grid{one_lease(), Reviews::on};
    JobId job;
    const auto lease = one_at_work(grid, job, 20);
    grid.joins(kW2, "w2").after(300ms).heartbeat(kW1, {{lease.attempt, 3, true}}).tick();
    grid.expect(YieldLease{kW1, lease.attempt});
    grid.after(300ms).tick().expect_nothing();
    grid.returns(lease, {{5, 20}}, ReturnReason::unneeded).tick();
    EXPECT_EQ(grid.granted(kW2).range.first, 5U);
}

TEST(Straggler, WhatIsAlmostDoneIsNotWorthStealing) {
    CoreHarness grid{one_lease(), Reviews::on};
    JobId job;
    const auto lease = one_at_work(grid, job, 10);
    grid.joins(kW2, "w2").after(600ms).heartbeat(kW1, {{lease.attempt, 6, true}});
    grid.heartbeat(kW2).tick().expect_nothing();
}

TEST(Straggler, ACommitThatHoldsBothIsTakenForTheBlocksThatAreStillOpen) {
    CoreHarness grid{one_lease(), Reviews::on};
    JobId job;
    const auto lease = one_at_work(grid, job, 2);
    grid.joins(kW2, "w2").after(2500ms).heartbeat(kW1, {{lease.attempt, 0, true}});
    grid.expect(YieldLease{kW1, lease.attempt}).heartbeat(kW2);
    grid.after(2300ms).heartbeat(kW1, {{lease.attempt, 0, true}}).heartbeat(kW2).tick();
    const auto copy = grid.granted(kW2);
    grid.commits_bits(copy, 0, 7).expect_accepted(copy);
    grid.commits(lease, {{0, 1}, {1, 2}}).expect_accepted(lease);
    EXPECT_EQ(grid.summary(job).redundancy.blocks_compared, 1U);
    EXPECT_EQ(grid.summary(job).redundancy.disagreements, 1U) << "the harness says 0, not 7";
    EXPECT_EQ(grid.summary(job).blocks_committed, 1U) << "block 1 is taken, 0 is in dispute";
    EXPECT_EQ(grid.state(job), JobState::running);
}

}  // namespace
}  // namespace vargrid::scheduler::testing
