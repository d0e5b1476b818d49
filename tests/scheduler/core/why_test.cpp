// Every reason why a job is not finished or a worker not used is given when it holds.
#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vargrid::scheduler {

inline void PrintTo(const Reason& reason, std::ostream* out) {
    *out << name_of(reason.kind) << " job=" << reason.job.value() << " worker=" << reason.worker
         << " block=" << reason.block << " count=" << reason.count
         << " time=" << reason.time.count() << " usual=" << reason.usual.count() << " "
         << reason.text;
}

}  // namespace vargrid::scheduler

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;
using Reasons = std::vector<Reason>;

Reasons of_kind(const Reasons& reasons, ReasonKind kind) {
    Reasons found;
    std::copy_if(reasons.begin(), reasons.end(), std::back_inserter(found), [&](const Reason& r) {
        return r.kind == kind;
    });
    return found;
}

/// The only reason of this kind.
Reason the(const Reasons& reasons, ReasonKind kind) {
    const Reasons found = of_kind(reasons, kind);
    EXPECT_EQ(found.size(), 1U) << name_of(kind);
    return found.empty() ? Reason{} : found.front();
}

TEST(WhyJob, IsEmptyForAJobNobodyKnows) {
    CoreHarness grid;
    EXPECT_TRUE(grid.core().why_job(JobId{7}).empty());
}

TEST(WhyJob, ComputesWhenNothingIsWrong) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job());
    grid.tick();
    grid.granted(kW1);
    EXPECT_EQ(grid.core().why_job(job),
              (Reasons{{.kind = ReasonKind::computing, .count = 10, .other_count = 1}}));
}

TEST(WhyJob, HasEnded) {
    CoreHarness grid;
    const JobId job = grid.submit(a_job());
    grid.send(CancelJob{kClient, RequestId{99}, job}).take<JobChanged>();
    grid.take<AnswerCancel>();
    EXPECT_EQ(
        grid.core().why_job(job),
        (Reasons{{.kind = ReasonKind::job_ended, .text = "cancelled: cancelled on request"}}));
}

TEST(WhyJob, HasNoWorkers) {
    CoreHarness grid;
    const JobId job = grid.submit(a_job());
    the(grid.core().why_job(job), ReasonKind::no_workers);
}

TEST(WhyJob, IsPaused) {
    CoreHarness grid;
    const JobId job = grid.submit(a_job());
    grid.send(ControlJob{kClient, RequestId{99}, job, JobControl::pause, 0}).take<JobChanged>();
    grid.take<AnswerControl>();
    the(grid.core().why_job(job), ReasonKind::job_paused);
}

TEST(WhyJob, NeedsAMachineThatNobodyHas) {
    CoreHarness grid;
    grid.joins(kW1, "w1");
    JobSpec spec = a_job().spec();
    spec.needs_isa = "avx512";
    grid.send(SubmitJob{kClient, RequestId{9}, spec}).take<AcceptJob>();
    grid.take<JobChanged>();
    const Reason reason = the(grid.core().why_job(JobId{1}), ReasonKind::no_worker_fits);
    EXPECT_EQ(reason.count, 1U);
    EXPECT_EQ(reason.text, "avx512");
    const Reason idle = the(grid.core().why_worker(kW1), ReasonKind::worker_unfit);
    EXPECT_EQ(idle.job, JobId{1});
    EXPECT_EQ(idle.text, "avx512");
}

TEST(WhyJob, HasOnlyWorkersThatDrain) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    grid.send(WorkerHeartbeat{kW1, grid.epoch(), true, {}}).take<AnswerHeartbeat>();
    const JobId job = grid.submit(a_job());
    grid.tick();
    EXPECT_EQ(the(grid.core().why_job(job), ReasonKind::no_worker_in_use).count, 1U);
    the(grid.core().why_worker(kW1), ReasonKind::worker_draining);
}

TEST(WhyJob, StandsBehindAnotherJob) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId low = grid.submit(a_job().priority(-1));
    const JobId high = grid.submit(a_job().blocks(1000).blocks_per_task_max(10));
    grid.tick();
    EXPECT_EQ(grid.granted(kW1).job, high);
    const Reason reason = the(grid.core().why_job(low), ReasonKind::behind_job);
    EXPECT_EQ(reason.job, high);
    EXPECT_EQ(reason.count, 990U);
    EXPECT_EQ(grid.core().jobs_ahead(low), std::vector<JobId>{high});
    EXPECT_TRUE(grid.core().jobs_ahead(high).empty());
}

TEST(WhyJob, WaitsUntilAWorkerIsFree) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId first = grid.submit(a_job());
    grid.tick();
    EXPECT_EQ(grid.granted(kW1).job, first);
    const JobId second = grid.submit(a_job());
    grid.tick();
    EXPECT_EQ(the(grid.core().why_job(second), ReasonKind::all_workers_busy).count, 10U);
    the(grid.core().why_worker(kW1), ReasonKind::worker_full);
    EXPECT_EQ(the(grid.core().why_worker(kW1), ReasonKind::worker_working).job, first);
}

TEST(WhyJob, WaitsForASecondOpinion) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1").joins(kW2, "w2");
    const JobId job = grid.submit(a_job().blocks(2));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.granted(kW2);
    grid.fails(lease, lease.range.first);
    const Reason reason = the(grid.core().why_job(job), ReasonKind::second_opinion);
    EXPECT_EQ(reason.block, lease.range.first);
    EXPECT_EQ(reason.count, 1U);
}

TEST(WhyJob, HasWorkersThatItDistrusts) {
    CoreConfig config = one_lease();
    config.unresolved_faults_max = 1;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job());
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.fails(lease, 0).expect_revoked(lease, RevokeReason::distrusted);
    EXPECT_EQ(the(grid.core().why_job(job), ReasonKind::workers_distrusted).count, 1U);
    EXPECT_EQ(the(grid.core().why_worker(kW1), ReasonKind::worker_distrusted).job, job);
}

TEST(WhyJob, IsHeldUpByAStragglerAndASlowWorker) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1").joins(kW2, "w2");
    const JobId job = grid.submit(a_job().blocks(2000).blocks_per_task_max(5));
    grid.tick();
    auto fast = grid.granted(kW1);
    const auto slow = grid.granted(kW2);
    grid.a_block_takes(1s).commits(slow, {{slow.range.first, slow.range.first + 1}});
    grid.expect_accepted(slow);
    grid.heartbeat(kW2, {{slow.attempt, 1, true}}).a_block_takes(100ms);
    for (int task = 1; task <= 10; ++task) {
        grid.at(std::chrono::seconds{task}).heartbeat(kW2, {{slow.attempt, 1, true}});
        grid.commits(fast).expect_accepted(fast).tick();
        fast = grid.granted(kW1);
    }
    const Reason straggler = the(grid.core().why_job(job), ReasonKind::straggler);
    EXPECT_EQ(straggler.worker, "w2");
    EXPECT_EQ(straggler.block, slow.range.first + 1);
    EXPECT_EQ(straggler.time, 10s);
    EXPECT_LT(straggler.usual, 200ms);
    const Reason host = the(grid.core().why_job(job), ReasonKind::slow_worker);
    EXPECT_EQ(host.worker, "w2");
    EXPECT_EQ(host.time, 1s);
}

TEST(WhyJob, WaitsForItsFinalStepAndThenForWhoeverDoesIt) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job());
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.commits(lease).expect_accepted(lease).take<JobChanged>();
    the(grid.core().why_job(job), ReasonKind::final_step_waits);
    grid.tick();
    grid.granted(kW1);
    grid.at(3s);
    grid.heartbeat(kW1);
    const Reason reason = the(grid.core().why_job(job), ReasonKind::final_step_runs);
    EXPECT_EQ(reason.worker, "w1");
    EXPECT_EQ(reason.time, 3s);
}

TEST(WhyJob, AwaitsWorkersAfterARestart) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job());
    grid.tick();
    grid.granted(kW1);
    grid.at(1s).restart().at(2s).tick();
    EXPECT_EQ(the(grid.core().why_job(job), ReasonKind::awaited_workers).count, 1U);
    EXPECT_EQ(the(grid.core().why_worker(kW1), ReasonKind::worker_awaited).time, 1s);
}

TEST(WhyWorker, IsUnknown) {
    CoreHarness grid;
    EXPECT_TRUE(grid.core().why_worker(kW1).empty());
    EXPECT_TRUE(grid.core().workers_named("w1").empty());
}

TEST(WhyWorker, WillBeGoneSoon) {
    CoreHarness grid;
    grid.send(WorkerHello{.incarnation = kW1,
                          .name = "w1",
                          .threads = 1,
                          .memory_bytes = 1U << 30U,
                          .isa = "avx2",
                          .ends_in = 40s});
    grid.take<SendWelcome>();
    EXPECT_EQ(the(grid.core().why_worker(kW1), ReasonKind::worker_ends).time, 40s);
}

TEST(WhyWorker, IsQuarantinedAndThenOnProbation) {
    CoreConfig config = one_lease();
    config.host_fault_max = 1;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    grid.submit(a_job());
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.fails(lease, 0, FaultCause::host).expect_revoked(lease, RevokeReason::quarantined);
    const Reason quarantined = the(grid.core().why_worker(kW1), ReasonKind::worker_quarantined);
    EXPECT_EQ(quarantined.time, config.quarantine_time);
    EXPECT_EQ(quarantined.count, 1U);
    for (int second = 4; second <= 64; second += 4) {
        grid.at(std::chrono::seconds{second}).heartbeat(kW1);
    }
    grid.tick();
    grid.granted(kW1);
    the(grid.core().why_worker(kW1), ReasonKind::worker_on_probation);
}

TEST(WhyWorker, HasNothingToDo) {
    CoreHarness grid;
    grid.joins(kW1, "w1");
    EXPECT_EQ(grid.core().workers_named("w1"), std::vector<Incarnation>{kW1});
    EXPECT_EQ(grid.core().why_worker(kW1), (Reasons{{.kind = ReasonKind::no_work}}));
}

TEST(WhyWorker, WasNotHeardForAWhile) {
    CoreHarness grid;
    grid.joins(kW1, "w1").at(4s).tick();
    const Reason reason = the(grid.core().why_worker(kW1), ReasonKind::worker_silent);
    EXPECT_EQ(reason.time, 4s);
    EXPECT_EQ(reason.usual, 5s);
}

}  // namespace
}  // namespace vargrid::scheduler::testing
