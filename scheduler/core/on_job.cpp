// SchedulerCore: jobs come, move on, end and are forgotten.
#include "base/check.hpp"
#include "scheduler/core/scheduler_core.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vargrid::scheduler {
namespace {

/// "block 17: out of memory", for the message of a job.
std::string last_words(const BlockTable& blocks, std::uint64_t block) {
    const auto& faults = blocks.faults_of(block);
    return "block " + std::to_string(block) + ": " +
           (faults.empty() ? std::string{"no message"} : faults.back().message);
}

}  // namespace

std::optional<RejectReason> SchedulerCore::reason_to_reject(const JobSpec& spec) const {
    if (spec.blocks == 0) {
        return RejectReason::no_blocks;
    }
    if (spec.blocks > config_.blocks_per_job_max) {
        return RejectReason::too_many_blocks;
    }
    if (spec.block_cost.count() < 1 || spec.block_cost > std::chrono::hours{24}) {
        return RejectReason::bad_cost;
    }
    if (spec.name.size() > config_.text_bytes_max || spec.owner.size() > config_.text_bytes_max ||
        spec.output_folder.size() > config_.text_bytes_max) {
        return RejectReason::text_too_long;
    }
    if (!isa_rank(spec.needs_isa)) {
        return RejectReason::unknown_needs;
    }
    if (active_jobs_ >= config_.jobs_max) {
        return RejectReason::queue_full;
    }
    return std::nullopt;
}

void SchedulerCore::on(const SubmitJob& submit, Actions& actions) {
    const auto known = submissions_.find({submit.client, submit.request});
    if (known != submissions_.end()) {
        ++stats_.ignored_repeated_submit;  // Our answer was lost; the job is not.
        actions.emplace_back(AcceptJob{submit.client, submit.request, known->second});
        return;
    }
    if (const auto reason = reason_to_reject(submit.spec)) {
        ++stats_.jobs_rejected;
        actions.emplace_back(RejectJob{submit.client, submit.request, *reason});
        return;
    }
    const JobId job = next_job_;
    next_job_ = JobId{job.value() + 1};
    JobSpec spec = submit.spec;
    if (spec.audit_per_million == kAuditByDefault) {
        spec.audit_per_million = config_.audit_per_million;
    }
    const Duration commit_interval_max = config_.reclaim_cost_max / 2;
    spec.commit_interval = spec.commit_interval.count() == 0
                               ? commit_interval_max
                               : std::min(spec.commit_interval, commit_interval_max);
    const auto at = jobs_.emplace(
        job, JobRow{job, submit.client, submit.request, spec, BlockTable{spec.blocks}});
    submissions_.emplace(std::pair{submit.client, submit.request}, job);
    settle_idle();
    ++active_jobs_;
    refresh(at.first->second);
    actions.emplace_back(JournalJob{job, submit.client, submit.request, std::move(spec)});
    actions.emplace_back(AcceptJob{submit.client, submit.request, job});
    actions.emplace_back(JobChanged{job, JobState::running});
}

void SchedulerCore::on(const CancelJob& cancel, Actions& actions) {
    JobRow* const job = find_job(cancel.job);
    CancelOutcome outcome = CancelOutcome::cancelled;
    if (job == nullptr) {
        outcome = CancelOutcome::unknown_job;
    } else if (has_ended(job->state)) {
        outcome = CancelOutcome::already_ended;
    } else {
        end_job(*job, JobState::cancelled, "cancelled on request", actions);
    }
    actions.emplace_back(AnswerCancel{cancel.client, cancel.request, cancel.job, outcome});
}

/// Answers also what changes nothing, so that a question may be repeated.
void SchedulerCore::on(const ControlJob& control, Actions& actions) {
    JobRow* const job = find_job(control.job);
    if (job == nullptr || has_ended(job->state)) {
        actions.emplace_back(AnswerControl{
            control.client,
            control.request,
            control.job,
            job == nullptr ? ControlOutcome::unknown_job : ControlOutcome::already_ended,
            job != nullptr && job->paused,
            job == nullptr ? 0 : job->spec.priority});
        return;
    }
    const bool paused = control.control == JobControl::pause ||
                        (control.control == JobControl::priority && job->paused);
    const std::int32_t priority =
        control.control == JobControl::priority ? control.priority : job->spec.priority;
    if (paused != job->paused || priority != job->spec.priority) {
        unqueue(*job);  // Its place in the queue depends on what changes.
        for (const auto& [attempt, lease] : job->leases) {
            queue_.transfer(job->spec, priority, lease.charged);
        }
        job->paused = paused;
        job->spec.priority = priority;
        refresh(*job);
        actions.emplace_back(JournalJobControl{job->job, paused, priority});
        actions.emplace_back(JobChanged{job->job, job->state});
    }
    actions.emplace_back(AnswerControl{
        control.client, control.request, job->job, ControlOutcome::done, paused, priority});
}

void SchedulerCore::settle(JobRow& job, Actions& actions) {
    if (has_ended(job.state)) {
        return;
    }
    const std::size_t aside = job.blocks.set_aside_blocks().size();
    if (job.state == JobState::running && aside >= config_.set_aside_per_job_max) {
        end_job(job,
                JobState::failed,
                std::to_string(aside) + " blocks failed wherever they were tried; " +
                    last_words(job.blocks, *job.blocks.set_aside_blocks().begin()),
                actions);
        return;
    }
    if (!job.blocks.is_settled()) {
        refresh(job);
        return;
    }
    if (job.state == JobState::running) {
        if (job.blocks.committed().size() == 0) {
            end_job(job,
                    JobState::failed,
                    "every block failed; " +
                        last_words(job.blocks, *job.blocks.set_aside_blocks().begin()),
                    actions);
            return;
        }
        settle_idle();  // The final step tells what the job has cost.
        job.blocks.open_final_step();
        change_state(job, JobState::finalising, {}, actions);
        refresh(job);
        return;
    }
    const std::uint64_t final_step = job.blocks.final_step();
    if (job.blocks.set_aside_blocks().contains(final_step)) {
        end_job(job,
                JobState::failed,
                "the final step failed; " + last_words(job.blocks, final_step),
                actions);
    } else if (aside == 0) {
        end_job(job, JobState::completed, {}, actions);
    } else {
        end_job(
            job, JobState::incomplete, std::to_string(aside) + " blocks were set aside", actions);
    }
}

void SchedulerCore::change_state(JobRow& job,
                                 JobState state,
                                 std::string message,
                                 Actions& actions) {
    job.state = state;
    job.message = message;
    actions.emplace_back(JournalJobState{job.job, state, std::move(message)});
    actions.emplace_back(JobChanged{job.job, state});
}

void SchedulerCore::end_job(JobRow& job, JobState state, std::string message, Actions& actions) {
    while (!job.leases.empty()) {
        const Attempt attempt = job.leases.begin()->first;
        const Incarnation incarnation = job.leases.begin()->second.incarnation;
        end_lease(job, attempt, LeaseEnd::revoked, actions);
        actions.emplace_back(RevokeLease{incarnation, attempt, RevokeReason::job_ended});
    }
    job.blocks.close();
    job.cost_by_worker.clear();
    job.trouble.clear();
    job.vanishings.clear();
    job.redundancy.clear();
    disputed_jobs_.erase(job.job);
    change_state(job, state, std::move(message), actions);
    refresh(job);
    settle_idle();
    --active_jobs_;
    ended_jobs_.push_back(job.job);
    forget_ended_jobs(actions);
}

void SchedulerCore::forget_ended_jobs(Actions& actions) {
    while (ended_jobs_.size() > config_.ended_jobs_max) {
        const JobId job = ended_jobs_.front();
        ended_jobs_.pop_front();
        const JobRow& row = jobs_.at(job);
        remember_owner(row);
        submissions_.erase({row.client, row.request});
        ledgers_changed_.erase(job);
        actions.emplace_back(JournalJobForgotten{job});
        jobs_.erase(job);
    }
}

void SchedulerCore::refresh(JobRow& job) {
    const bool queued = !has_ended(job.state) && !job.paused && job.blocks.available() > 0;
    if (queued == job.queued) {
        return;
    }
    if (queued) {
        job.queued = true;
        queue_.insert(job.job, job.spec);
    } else {
        unqueue(job);
    }
}

void SchedulerCore::unqueue(JobRow& job) {
    if (job.queued) {
        job.queued = false;
        queue_.erase(job.job, job.spec);
    }
}

}  // namespace vargrid::scheduler
