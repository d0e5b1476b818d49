// Pause, resume and another priority while a job runs.
#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

ControlJob ask(JobId job, JobControl control, std::int32_t priority = 0) {
    return ControlJob{kClient, RequestId{77}, job, control, priority};
}

AnswerControl answer(JobId job, bool paused, std::int32_t priority) {
    return AnswerControl{kClient, RequestId{77}, job, ControlOutcome::done, paused, priority};
}

TEST(Control, APausedJobGetsNothingNewAndKeepsWhatItHas) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1").joins(kW2, "w2");
    const JobId job = grid.submit(a_job().blocks(4));
    grid.tick();
    const auto first = grid.granted(kW1);
    const auto second = grid.granted(kW2);
    grid.send(ask(job, JobControl::pause))
        .expect(JobChanged{job, JobState::running})
        .expect(answer(job, true, 0));
    grid.commits(first).expect_accepted(first).tick().expect_nothing();
    EXPECT_TRUE(grid.summary(job).paused);
    EXPECT_EQ(grid.summary(job).blocks_leased, second.range.size());
    grid.send(ask(job, JobControl::resume))
        .expect(JobChanged{job, JobState::running})
        .expect(answer(job, false, 0));
    EXPECT_FALSE(grid.summary(job).paused);
    grid.commits(second).expect_accepted(second);
}

TEST(Control, APausedJobIsNotFinalisedUntilItIsResumed) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(2));
    grid.tick();
    const auto blocks = grid.granted(kW1);
    grid.send(ask(job, JobControl::pause)).take<JobChanged>();
    grid.take<AnswerControl>();
    grid.commits(blocks).expect_accepted(blocks).expect(JobChanged{job, JobState::finalising});
    grid.tick().expect_nothing();
    grid.send(ask(job, JobControl::resume)).take<JobChanged>();
    grid.take<AnswerControl>();
    grid.tick();
    EXPECT_TRUE(grid.granted(kW1).final_step);
}

TEST(Control, SurvivesARestart) {
    CoreHarness grid{one_lease()};
    const JobId job = grid.submit(a_job().blocks(2));
    grid.send(ask(job, JobControl::pause)).take<JobChanged>();
    grid.take<AnswerControl>();
    grid.send(ask(job, JobControl::priority, -7)).take<JobChanged>();
    grid.expect(answer(job, true, -7)).restart();
    EXPECT_TRUE(grid.summary(job).paused);
    EXPECT_EQ(grid.summary(job).priority, -7);
    grid.joins(kW1, "w1").tick().expect_nothing();
}

TEST(Control, AnotherPriorityDecidesWhoIsNext) {
    CoreHarness grid{one_lease()};
    const JobId first = grid.submit(a_job().blocks(2));
    const JobId second = grid.submit(a_job().blocks(2));
    grid.send(ask(second, JobControl::priority, 1)).take<JobChanged>();
    grid.expect(answer(second, false, 1));
    grid.joins(kW1, "w1").tick();
    EXPECT_EQ(grid.granted(kW1).job, second);
    grid.send(ask(first, JobControl::priority, 2)).take<JobChanged>();
    grid.take<AnswerControl>();
    grid.joins(kW2, "w2").tick();
    EXPECT_EQ(grid.granted(kW2).job, first);
}

TEST(Control, IsAnsweredAgainAndOfJobsThatEndedOrNeverWere) {
    CoreHarness grid;
    const JobId job = grid.submit(a_job());
    grid.send(ask(job, JobControl::resume)).expect(answer(job, false, 0));
    grid.send(CancelJob{kClient, RequestId{9}, job}).take<JobChanged>();
    grid.take<AnswerCancel>();
    grid.send(ask(job, JobControl::pause))
        .expect(
            AnswerControl{kClient, RequestId{77}, job, ControlOutcome::already_ended, false, 0});
    grid.send(ask(JobId{99}, JobControl::pause))
        .expect(AnswerControl{
            kClient, RequestId{77}, JobId{99}, ControlOutcome::unknown_job, false, 0});
}

}  // namespace
}  // namespace vargrid::scheduler::testing
