// Jobs: submitted, ordered, finished, cancelled, limited, forgotten.
#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

TEST(Job, IsCompletedByItsFinalStep) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(3));
    grid.tick();
    const auto blocks = grid.granted(kW1);
    grid.commits(blocks).expect_accepted(blocks).expect(JobChanged{job, JobState::finalising});
    EXPECT_EQ(grid.summary(job).blocks_pending, 0U);
    grid.tick();
    const auto final_step = grid.granted(kW1);
    EXPECT_EQ(final_step.range, (BlockRange{3, 4}));
    EXPECT_TRUE(final_step.final_step);
    EXPECT_EQ(grid.summary(job).blocks_leased, 0U);
    grid.commits(final_step)
        .expect_accepted(final_step)
        .expect(JobChanged{job, JobState::completed});
    EXPECT_EQ(grid.summary(job).blocks_committed, 3U);
    grid.tick().expect_nothing();
    EXPECT_EQ(grid.core().active_job_count(), 0U);
}

TEST(Job, RepeatsTheAnswerToALateCommitEvenAfterItsEnd) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(3));
    grid.tick();
    const auto blocks = grid.granted(kW1);
    grid.commits(blocks).expect_accepted(blocks).take<JobChanged>();
    grid.tick();
    const auto final_step = grid.granted(kW1);
    grid.commits(final_step).expect_accepted(final_step).take<JobChanged>();
    grid.commits(final_step).expect_accepted(final_step);
    grid.commits(blocks).expect_accepted(blocks);
    EXPECT_EQ(grid.state(job), JobState::completed);
}

TEST(Job, FinalStepOfALostWorkerIsRunAgain) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(3));
    grid.tick();
    const auto blocks = grid.granted(kW1);
    grid.commits(blocks).expect_accepted(blocks).take<JobChanged>();
    grid.tick();
    const auto lost = grid.granted(kW1);
    grid.at(6s).joins(kW2, "w2").tick();
    const auto again = grid.granted(kW2);
    EXPECT_TRUE(again.final_step);
    EXPECT_NE(again.attempt, lost.attempt);
    grid.commits(again).expect_accepted(again).expect(JobChanged{job, JobState::completed});
}

TEST(Job, OfHigherPriorityGoesFirstAndOtherwiseTheOlder) {
    CoreHarness grid{one_lease()};
    const JobId low = grid.submit(a_job().blocks(1).priority(-1));
    const JobId first = grid.submit(a_job().blocks(1));
    const JobId second = grid.submit(a_job().blocks(1));
    const JobId high = grid.submit(a_job().blocks(1).priority(7));
    grid.joins(kW1, "w1");
    std::vector<JobId> order;
    for (int turn = 0; turn < 8; ++turn) {
        grid.tick();
        const auto lease = grid.granted(kW1);
        if (!lease.final_step) {
            order.push_back(lease.job);
        }
        grid.commits(lease).expect_accepted(lease).take<JobChanged>();
    }
    EXPECT_EQ(order, (std::vector{high, first, second, low}));
}

TEST(Job, SubmittedTwiceRunsOnce) {
    CoreHarness grid;
    const SubmitJob submit{kClient, RequestId{77}, a_job().spec()};
    grid.send(submit);
    const auto accepted = grid.take<AcceptJob>();
    grid.take<JobChanged>();
    grid.send(submit).expect(accepted);
    grid.restart().send(submit).expect(accepted);
    EXPECT_EQ(grid.core().job_summaries().size(), 1U);
}

TEST(Job, ThatMakesNoSenseIsRejected) {
    CoreConfig config;
    config.blocks_per_job_max = 100;
    CoreHarness grid{config};
    std::uint64_t request = 0;
    const auto rejected = [&](const JobBuilder& job, RejectReason reason) {
        const RequestId id{++request};
        grid.send(SubmitJob{kClient, id, job.spec()}).expect(RejectJob{kClient, id, reason});
    };
    rejected(a_job().blocks(0), RejectReason::no_blocks);
    rejected(a_job().blocks(101), RejectReason::too_many_blocks);
    rejected(a_job().block_cost(0ns), RejectReason::bad_cost);
    rejected(a_job().block_cost(25h), RejectReason::bad_cost);
    rejected(a_job().name(std::string(5'000, 'x')), RejectReason::text_too_long);
    EXPECT_EQ(grid.core().stats().jobs_rejected, 5U);
    EXPECT_TRUE(grid.core().job_summaries().empty());
}

TEST(Job, BeyondTheQueueIsRejectedUntilOneEnds) {
    CoreConfig config;
    config.jobs_max = 2;
    CoreHarness grid{config};
    const JobId first = grid.submit(a_job());
    grid.submit(a_job());
    const SubmitJob third{kClient, RequestId{50}, a_job().spec()};
    grid.send(third).expect(RejectJob{kClient, RequestId{50}, RejectReason::queue_full});
    grid.send(CancelJob{kClient, RequestId{51}, first})
        .expect(JobChanged{first, JobState::cancelled})
        .expect(AnswerCancel{kClient, RequestId{51}, first, CancelOutcome::cancelled});
    grid.send(third).take<AcceptJob>();
    grid.take<JobChanged>();
}

TEST(Job, CancelledRevokesItsLeasesAndRefusesTheirCommits) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1").joins(kW2, "w2");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto first = grid.granted(kW1);
    const auto second = grid.granted(kW2);
    grid.commits(second).expect_accepted(second);
    grid.send(CancelJob{kClient, RequestId{9}, job})
        .expect_revoked(first, RevokeReason::job_ended)
        .expect(JobChanged{job, JobState::cancelled})
        .expect(AnswerCancel{kClient, RequestId{9}, job, CancelOutcome::cancelled});
    grid.tick().expect_nothing();
    grid.commits(first).expect_refused(first, CommitRefusal::job_ended);
    grid.commits(second).expect_accepted(second);
    EXPECT_EQ(grid.summary(job).blocks_pending, 0U);
    EXPECT_EQ(grid.ledger(job).leases_revoked, 1U);

    grid.send(CancelJob{kClient, RequestId{10}, job})
        .expect(AnswerCancel{kClient, RequestId{10}, job, CancelOutcome::already_ended});
    grid.send(CancelJob{kClient, RequestId{11}, JobId{99}})
        .expect(AnswerCancel{kClient, RequestId{11}, JobId{99}, CancelOutcome::unknown_job});
}

TEST(Job, ThatEndedLongAgoIsForgottenAndItsIdNeverComesBack) {
    CoreConfig config;
    config.ended_jobs_max = 2;
    CoreHarness grid{config};
    std::vector<JobId> jobs;
    for (int i = 0; i < 4; ++i) {
        jobs.push_back(grid.submit(a_job()));
        grid.send(CancelJob{kClient, RequestId{100}, jobs.back()});
        grid.take<JobChanged>();
        grid.take<AnswerCancel>();
    }
    EXPECT_FALSE(grid.core().job_summary(jobs[0]));
    EXPECT_FALSE(grid.core().job_summary(jobs[1]));
    EXPECT_TRUE(grid.core().job_summary(jobs[2]));
    EXPECT_EQ(grid.core().job_spec(jobs[1]), nullptr);
    grid.restart();
    EXPECT_EQ(grid.core().job_summaries().size(), 2U);
    EXPECT_EQ(grid.submit(a_job()), JobId{5});
}

TEST(Job, WithTenMillionBlocksCostsAsMuchAsOneWithTen) {
    CoreHarness grid;
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10'000'000));
    grid.tick();
    const auto first = grid.granted(kW1);
    const auto second = grid.granted(kW1);
    EXPECT_EQ(first.range, (BlockRange{0, 20}));
    EXPECT_EQ(second.range, (BlockRange{20, 40}));
    grid.send(WorkerLeaving{kW1, Epoch{1}});
    EXPECT_EQ(grid.summary(job).blocks_pending, 10'000'000U);
}

TEST(Tick, PlacesNoMoreThanItsLimitAndAsksToBeCalledAgain) {
    CoreConfig config = one_lease();
    config.grants_per_tick_max = 2;
    CoreHarness grid{config};
    grid.joins(kW1, "w1").joins(kW2, "w2").joins(kW3, "w3");
    grid.submit(a_job().blocks(100));
    grid.at(1s).tick();
    grid.granted(kW1);
    grid.granted(kW2);
    grid.expect_nothing();
    EXPECT_EQ(grid.core().next_deadline(), Instant{} + 1s);
    grid.tick().granted(kW3);
    EXPECT_EQ(grid.core().next_deadline(), Instant{} + 5s);
}

TEST(Core, IgnoresEverythingBeforeItIsRestoredAndASecondRestore) {
    SchedulerCore core{CoreConfig{}};
    std::vector<Action> actions;
    core.apply({Instant{}, WorkerHello{.incarnation = kW1, .name = "w"}}, actions);
    core.apply({Instant{}, Tick{}}, actions);
    core.apply({Instant{}, SubmitJob{kClient, RequestId{1}, a_job().spec()}}, actions);
    ASSERT_EQ(actions.size(), 1U);
    EXPECT_EQ(actions[0], Action(RejectJob{kClient, RequestId{1}, RejectReason::not_ready}));
    actions.clear();
    core.apply({Instant{}, Restored{Epoch{4}, JobId{1}, {}}}, actions);
    core.apply({Instant{}, Restored{Epoch{9}, JobId{1}, {}}}, actions);
    EXPECT_EQ(core.epoch(), Epoch{4});
    EXPECT_TRUE(actions.empty());
    EXPECT_EQ(core.stats().ignored_before_restore, 3U);
    EXPECT_EQ(core.stats().ignored_second_restore, 1U);
}

}  // namespace
}  // namespace vargrid::scheduler::testing
