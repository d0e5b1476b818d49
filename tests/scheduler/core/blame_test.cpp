// Whose fault it is: the block's, the host's, or nobody's.
#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

TEST(Blame, ABlockThatFailsOnThreeWorkersIsSetAsideAndTheJobIsIncomplete) {
    CoreHarness grid{one_lease()};
    const JobId job = grid.submit(a_job().blocks(4));
    const std::vector<std::pair<Incarnation, std::string>> workers{
        {kW1, "w1"}, {kW2, "w2"}, {kW3, "w3"}};
    for (const auto& [worker, name] : workers) {
        grid.joins(worker, name).tick();
        const auto lease = grid.granted(worker);
        EXPECT_TRUE(lease.range.contains(0));
        if (lease.range.size() > 1) {
            grid.commits(lease, {{1, 4}}).expect_accepted(lease);
        }
        grid.fails(lease, 0);
        EXPECT_EQ(grid.ledger(job).commits, 1U);
        if (worker != kW3) {
            grid.send(WorkerLeaving{worker, Epoch{1}});
        }
    }
    grid.expect(JobChanged{job, JobState::finalising});
    EXPECT_EQ(grid.core().set_aside_blocks(job), (std::vector<std::uint64_t>{0}));
    grid.tick();
    const auto final_step = grid.granted(kW3);
    grid.commits(final_step)
        .expect_accepted(final_step)
        .expect(JobChanged{job, JobState::incomplete});
    EXPECT_EQ(grid.summary(job).message, "1 blocks were set aside");
    EXPECT_EQ(grid.summary(job).blocks_set_aside, 1U);
    EXPECT_EQ(grid.notices(NoticeKind::block_set_aside), 1);
}

TEST(Blame, ABlockThatFailedIsLeasedAloneAndElsewhere) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.joins(kW2, "w2").fails(lease, 5).commits(lease, {{0, 5}, {6, 10}}).expect_accepted(lease);
    grid.tick();
    EXPECT_EQ(grid.granted(kW2).range, (BlockRange{5, 6}));
    grid.expect_nothing();
    EXPECT_EQ(grid.ledger(job).block_faults, 1U);
    EXPECT_EQ(grid.ledger(job)[Spent::lost_to_faults], 10ms);
}

TEST(Blame, AGridOfOneWorkerComesToAnEndToo) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(2));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.fails(lease, 0).commits(lease, {{1, 2}}).expect_accepted(lease);
    for (int again = 1; again < 6; ++again) {
        grid.tick();
        grid.fails(grid.granted(kW1), 0);
    }
    grid.expect(JobChanged{job, JobState::finalising});
    EXPECT_EQ(grid.summary(job).blocks_set_aside, 1U);
}

TEST(Blame, TheOnlyHostTriesItsSuspectsAgainHoweverManyItFailed) {
    CoreConfig config = one_lease();
    config.unresolved_faults_max = 1;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    grid.submit(a_job().blocks(2));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.fails(lease, 0).expect_revoked(lease, RevokeReason::distrusted);
    for (int again = 1; again < 6; ++again) {
        grid.tick();
        const auto alone = grid.granted(kW1);
        EXPECT_EQ(alone.range, (BlockRange{0, 1}));
        grid.fails(alone, 0);
    }
    grid.tick();
    EXPECT_EQ(grid.granted(kW1).range, (BlockRange{1, 2}));
}

TEST(Blame, AJobWhoseEveryBlockFailsHasNoResult) {
    CoreConfig config = one_lease();
    config.task_fault_max = 1;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(2));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.fails(lease, 0).fails(lease, 1).expect(JobChanged{job, JobState::failed});
    EXPECT_EQ(grid.summary(job).message, "every block failed; block 0: no such curve");
    grid.tick().expect_nothing();
}

TEST(Blame, AJobWithTooManyBlocksSetAsideIsGivenUp) {
    CoreConfig config = one_lease();
    config.task_fault_max = 1;
    config.set_aside_per_job_max = 3;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.fails(lease, 7).fails(lease, 8).expect_nothing();
    grid.fails(lease, 9)
        .expect_revoked(lease, RevokeReason::job_ended)
        .expect(JobChanged{job, JobState::failed});
    EXPECT_EQ(grid.summary(job).message,
              "3 blocks failed wherever they were tried; block 7: no such curve");
}

TEST(Blame, AFinalStepThatFailsEverywhereFailsTheJob) {
    CoreConfig config = one_lease();
    config.task_fault_max = 1;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(2));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.commits(lease).expect_accepted(lease).take<JobChanged>();
    grid.tick();
    grid.fails(grid.granted(kW1), 2).expect(JobChanged{job, JobState::failed});
    EXPECT_EQ(grid.summary(job).message, "the final step failed; block 2: no such curve");
    grid.restart();
    EXPECT_EQ(grid.state(job), JobState::failed);
}

TEST(Blame, AHostWithTooManyFaultsIsQuarantinedAndThenOnProbation) {
    CoreConfig config = one_lease();
    config.host_fault_max = 2;
    CoreHarness grid{config};
    grid.joins(kW1, "w1", 4);
    const JobId job = grid.submit(a_job().blocks(100));
    grid.tick();
    const auto lease = grid.granted(kW1);
    EXPECT_GT(lease.range.size(), 4U);
    grid.fails(lease, 0, FaultCause::host).fails(lease, 1, FaultCause::host);
    grid.expect_revoked(lease, RevokeReason::quarantined).tick().expect_nothing();
    EXPECT_EQ(grid.summary(job).blocks_pending, 100U);
    EXPECT_EQ(grid.core().worker_summaries()[0].standing, Standing::quarantined);

    for (int second = 2; second < 60; second += 2) {
        grid.at(std::chrono::seconds{second}).heartbeat(kW1).tick().expect_nothing();
    }
    grid.at(60s).heartbeat(kW1).tick();
    const auto probe = grid.granted(kW1);
    EXPECT_EQ(probe.range.size(), 1U);
    grid.tick().expect_nothing();
    grid.commits(probe).expect_accepted(probe).tick();
    EXPECT_GT(grid.granted(kW1).range.size(), 4U);
    EXPECT_EQ(grid.notices(NoticeKind::host_quarantined), 1);
    EXPECT_EQ(grid.notices(NoticeKind::host_on_probation), 1);
    EXPECT_EQ(grid.notices(NoticeKind::host_trusted_again), 1);
}

TEST(Blame, AHostThatFailsItsProbationGoesBack) {
    CoreConfig config = one_lease();
    config.host_fault_max = 1;
    config.worker_silence_max = 1h;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    grid.submit(a_job().blocks(100));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.fails(lease, 0, FaultCause::host).expect_revoked(lease, RevokeReason::quarantined);
    EXPECT_EQ(grid.core().next_deadline(), Instant{} + 60s);
    grid.at(60s).tick();
    grid.fails(grid.granted(kW1), 0, FaultCause::host);
    grid.tick().expect_nothing();
    grid.at(119s).tick().expect_nothing();
    grid.at(120s).tick().granted(kW1);
}

TEST(Blame, AQuarantineOutlivesTheProcess) {
    CoreConfig config = one_lease();
    config.host_fault_max = 1;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    grid.submit(a_job().blocks(100));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.fails(lease, 0, FaultCause::host).expect_revoked(lease, RevokeReason::quarantined);
    grid.joins(kW2, "w1").tick().expect_nothing();
    grid.joins(kW3, "w3").tick().granted(kW3);
}

TEST(Blame, IsByHostAndNotByWorker) {
    CoreConfig config = one_lease();
    config.host_fault_max = 2;
    CoreHarness grid{config};
    grid.joins_on(kW1, "w1", "rack7").joins_on(kW2, "w2", "rack7").joins_on(kW3, "w3", "rack8");
    const JobId job = grid.submit(a_job().blocks(100));
    grid.tick();
    const auto first = grid.granted(kW1);
    const auto second = grid.granted(kW2);
    const auto third = grid.granted(kW3);
    grid.fails(first, first.range.first, FaultCause::host);
    grid.fails(second, second.range.first, FaultCause::host)
        .expect_revoked(first, RevokeReason::quarantined)
        .expect_revoked(second, RevokeReason::quarantined);
    for (const WorkerSummary& worker : grid.core().worker_summaries()) {
        EXPECT_EQ(worker.standing, worker.host == "rack7" ? Standing::quarantined : Standing::good);
    }
    grid.fails(third, third.range.first);
    EXPECT_EQ(grid.core().job_faults(job, 10)[0].host, "rack8");
    EXPECT_EQ(grid.core().job_faults(job, 10)[0].worker_name, "w3");
}

TEST(Blame, WhoeverFailedABlockThatOthersCanComputeIsToBlame) {
    CoreConfig config = one_lease();
    config.host_fault_max = 1;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.fails(lease, 3).joins(kW2, "w2").tick();
    const auto second_opinion = grid.granted(kW2);
    EXPECT_EQ(second_opinion.range, (BlockRange{3, 4}));
    grid.commits(second_opinion)
        .expect_accepted(second_opinion)
        .expect_revoked(lease, RevokeReason::quarantined);
    EXPECT_EQ(grid.core().job_faults(job, 10).size(), 0U);
}

TEST(Blame, AWorkerThatFailsBlockAfterBlockMayNotTouchThemAll) {
    CoreConfig config = one_lease();
    config.unresolved_faults_max = 3;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(1'000));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.fails(lease, 0).fails(lease, 1).expect_nothing();
    grid.fails(lease, 2).expect_revoked(lease, RevokeReason::distrusted);
    EXPECT_EQ(grid.summary(job).blocks_pending, 1'000U);
    grid.joins(kW2, "w2").tick();
    const auto first = grid.granted(kW2);
    EXPECT_EQ(first.range, (BlockRange{0, 1}));
    grid.expect_nothing();  // w1 waits for what w2 says.
    grid.commits(first).expect_accepted(first).tick();
    EXPECT_EQ(grid.granted(kW1).range.first, 3U);
    EXPECT_EQ(grid.granted(kW2).range, (BlockRange{1, 2}));
}

TEST(Blame, AReturnForAHostFaultCountsAgainstTheHost) {
    CoreConfig config = one_lease();
    config.host_fault_max = 1;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.returns(lease, {lease.range}, ReturnReason::host_fault).tick().expect_nothing();
    EXPECT_EQ(grid.notices(NoticeKind::host_quarantined), 1);
    EXPECT_EQ(grid.summary(job).blocks_pending, 10U);
}

TEST(Blame, ReclaimsNeverCountAgainstAnybody) {
    CoreHarness grid{one_lease()};
    const JobId job = grid.submit(a_job().blocks(10));
    for (std::uint64_t i = 0; i < 50; ++i) {
        const Incarnation worker{1'000 + i};
        grid.joins(worker, "w1").tick();
        const auto lease = grid.granted(worker);
        if (i % 2 == 0) {
            grid.returns(lease, {lease.range}).send(WorkerLeaving{worker, Epoch{1}});
        } else {
            grid.after(6s).tick();
        }
    }
    EXPECT_EQ(grid.summary(job).blocks_set_aside, 0U);
    EXPECT_EQ(grid.summary(job).blocks_pending, 10U);
    EXPECT_EQ(grid.notices(NoticeKind::host_quarantined), 0);
    EXPECT_EQ(grid.ledger(job).leases_lost, 25U);
    EXPECT_EQ(grid.ledger(job).leases_returned, 25U);
}

TEST(HostBlame, ForgetsTheOldestNameWhenItIsFull) {
    CoreConfig config;
    config.hosts_remembered_max = 2;
    config.host_fault_max = 2;
    HostBlame blame{config};
    EXPECT_FALSE(blame.charge("a", Instant{1}));
    EXPECT_FALSE(blame.charge("b", Instant{2}));
    EXPECT_FALSE(blame.charge("c", Instant{3}));
    EXPECT_EQ(blame.faults("a"), 0U);
    EXPECT_TRUE(blame.charge("c", Instant{4}));
    EXPECT_FALSE(blame.charge("c", Instant{5})) << "a quarantined host is not charged again";
    EXPECT_EQ(blame.standing("c"), Standing::quarantined);
    blame.check_invariants();
    EXPECT_EQ(blame.expire(Instant{4} + 60s), (std::vector<std::string>{"c"}));
    EXPECT_EQ(blame.standing("c"), Standing::on_probation);
    EXPECT_TRUE(blame.succeeded("c"));
    EXPECT_EQ(blame.standing("c"), Standing::good);
    blame.check_invariants();
}

TEST(Blame, ABlockThatEndsItsWorkersAgainAndAgainIsNamedButBlamedForNothing) {
    CoreHarness grid{one_lease()};
    const JobId job = grid.submit(a_job().blocks(4));
    std::uint64_t life = 1;
    const auto vanish = [&] {
        const Incarnation worker{++life};
        grid.joins(worker, "w1").tick();
        const auto lease = grid.granted(worker);
        grid.after(5s).tick();
        return lease;
    };
    EXPECT_TRUE(vanish().range.contains(0));
    for (int i = 0; i < 3; ++i) {
        vanish();
    }
    EXPECT_EQ(grid.summary(job).trouble, "") << "machines are taken away all the time";
    vanish();
    EXPECT_EQ(grid.notices(NoticeKind::workers_vanish), 1);
    EXPECT_EQ(grid.summary(job).trouble.substr(0, 64),
              "5 workers vanished one after the other while they held blocks 0 ");
    EXPECT_EQ(grid.ledger(job).block_faults, 0U);
    for (int i = 0; i < 20; ++i) {
        vanish();
    }
    EXPECT_EQ(grid.summary(job).blocks_set_aside, 0U);
    EXPECT_EQ(grid.notices(NoticeKind::workers_vanish), 5);

    grid.joins(kW1, "w1").tick();
    const auto lease = grid.granted(kW1);
    grid.commits(lease).expect_accepted(lease).expect(JobChanged{job, JobState::finalising});
    EXPECT_EQ(grid.summary(job).trouble, "");
}

TEST(Blame, ManyWorkersThatVanishAtOnceAreNoReasonToSuspectABlock) {
    CoreHarness grid{one_lease()};
    const JobId job = grid.submit(a_job().blocks(1'000'000));
    std::vector<GrantLease> leases;
    for (std::uint64_t life = 1; life <= 50; ++life) {
        grid.joins(Incarnation{life}, "w" + std::to_string(life));
    }
    grid.tick();
    for (std::uint64_t life = 1; life <= 50; ++life) {
        leases.push_back(grid.granted(Incarnation{life}));
    }
    grid.after(5s).tick();
    EXPECT_EQ(grid.ledger(job).leases_lost, 50U);
    EXPECT_EQ(grid.notices(NoticeKind::workers_vanish), 0);
    EXPECT_EQ(grid.summary(job).trouble, "");
}

TEST(Blame, WhyAJobDoesNotGetOnIsToldUntilItDoes) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(4));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.send(BlocksReturned{.incarnation = kW1,
                             .epoch = Epoch{1},
                             .job = job,
                             .attempt = lease.attempt,
                             .ranges = {lease.range},
                             .reason = ReturnReason::host_fault,
                             .message = "no space left",
                             .core_time = 1ms});
    EXPECT_EQ(grid.summary(job).trouble, "worker w1 cannot: no space left");
    grid.tick();
    const auto again = grid.granted(kW1);
    grid.commits(again).expect_accepted(again).expect(JobChanged{job, JobState::finalising});
    EXPECT_EQ(grid.summary(job).trouble, "");
}

}  // namespace
}  // namespace vargrid::scheduler::testing
