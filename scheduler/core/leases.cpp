// SchedulerCore: the life of a lease after its grant: commits, returns, ends.
#include "base/check.hpp"
#include "scheduler/core/scheduler_core.hpp"
#include "scheduler/core/task_sizing.hpp"

#include <algorithm>

namespace vargrid::scheduler {
namespace {

/// Ascending, disjoint, and none of them empty: what one shard can hold.
bool is_proper(const std::vector<RangeDigest>& ranges) {
    std::uint64_t next = 0;
    for (const RangeDigest& range : ranges) {
        if (range.range.empty() || range.range.first < next) {
            return false;
        }
        next = range.range.last;
    }
    return !ranges.empty();
}

}  // namespace

JobRow* SchedulerCore::find_job(JobId job) {
    const auto found = jobs_.find(job);
    return found == jobs_.end() ? nullptr : &found->second;
}

Lease* SchedulerCore::live_lease(JobRow& job, Attempt attempt, Incarnation incarnation) {
    const auto found = job.leases.find(attempt);
    if (found == job.leases.end() || found->second.incarnation != incarnation) {
        return nullptr;
    }
    return &found->second;
}

void SchedulerCore::on(const BlocksCommitted& commit, Actions& actions) {
    if (fenced(commit.incarnation, commit.epoch, actions) == nullptr) {
        return;
    }
    JobRow* const job = find_job(commit.job);
    if (job == nullptr) {
        refuse(commit, CommitRefusal::unknown_job, actions);
        return;
    }
    const bool proper = is_proper(commit.ranges);
    Lease* const lease = live_lease(*job, commit.attempt, commit.incarnation);
    if (proper && lease != nullptr &&
        std::all_of(commit.ranges.begin(), commit.ranges.end(), [&](const RangeDigest& range) {
            return lease->open.contains(range.range);
        })) {
        accept(*job, *lease, commit, actions);
        return;
    }
    // The worker offers a shard until it is answered. If this very attempt already has exactly
    // these blocks, our first answer was lost, and a refusal would make it delete good results.
    if (proper &&
        std::all_of(commit.ranges.begin(), commit.ranges.end(), [&](const RangeDigest& range) {
            return job->blocks.committed().is_by(range.range, commit.attempt, commit.incarnation);
        })) {
        ++stats_.commits_repeated;
        ++ledger(*job).commits_repeated;
        actions.emplace_back(AcceptCommit{commit.incarnation, commit.attempt, commit.part});
        return;
    }
    ++ledger(*job).commits_refused;
    book_refused(*job, commit);
    const bool given_up = job->state == JobState::cancelled || job->state == JobState::failed;
    refuse(commit, given_up ? CommitRefusal::job_ended : CommitRefusal::stale, actions);
}

void SchedulerCore::refuse(const BlocksCommitted& commit, CommitRefusal reason, Actions& actions) {
    ++stats_.commits_refused;
    actions.emplace_back(RefuseCommit{commit.incarnation, commit.attempt, commit.part, reason});
}

void SchedulerCore::accept(JobRow& job,
                           Lease& lease,
                           const BlocksCommitted& commit,
                           Actions& actions) {
    actions.emplace_back(
        JournalCommit{job.job, commit.attempt, commit.incarnation, commit.ranges, commit.shard});
    std::uint64_t blocks = 0;
    std::vector<std::string> wrong;
    for (const RangeDigest& range : commit.ranges) {
        blocks += range.range.size();
        lease.open.remove(range.range);
        std::erase_if(job.vanishings, [&](const Vanishings& place) {
            return range.range.first < place.range.last && place.range.first < range.range.last;
        });
        const auto hosts = job.blocks.commit({range.range, commit.attempt, commit.incarnation});
        wrong.insert(wrong.end(), hosts.begin(), hosts.end());
    }
    lease.confirmed_at = now_;
    lease.progress_at = now_;
    lease.blocks_committed += blocks;
    job.trouble.clear();
    ++stats_.commits_accepted;
    ++ledger(job).commits;
    book(job, commit.incarnation, Spent::useful, commit.core_time);
    book(job, commit.incarnation, Spent::start_up, commit.start_up);
    if (!job.blocks.has_final_step()) {  // The final step says nothing about the other blocks.
        CoreTime& cost = job.cost_by_worker[commit.incarnation];
        cost = updated_cost(cost, commit.core_time, blocks);
        job.cost_overall = updated_cost(job.cost_overall, commit.core_time, blocks);
    }
    if (lease.open.empty()) {
        erase_lease(job, commit.attempt, actions);
    }
    actions.emplace_back(AcceptCommit{commit.incarnation, commit.attempt, commit.part});
    note_success(workers_.at(commit.incarnation).host, actions);
    settle(job, actions);
    for (const std::string& host : wrong) {
        charge_host(host, actions);  // The block is fine, so whoever failed it is not.
    }
}

void SchedulerCore::on(const BlocksReturned& returned, Actions& actions) {
    WorkerRow* const worker = fenced(returned.incarnation, returned.epoch, actions);
    if (worker == nullptr) {
        return;
    }
    if (returned.reason == ReturnReason::drain) {
        worker->draining = true;
        refresh(*worker);
    }
    JobRow* const job = find_job(returned.job);
    Lease* const lease =
        job == nullptr ? nullptr : live_lease(*job, returned.attempt, returned.incarnation);
    if (lease == nullptr) {
        ++stats_.ignored_stale_lease;
        return;
    }
    std::uint64_t blocks = 0;
    for (const BlockRange range : normalised(returned.ranges)) {
        for (const BlockRange part : lease->open.intersection(range)) {
            lease->open.remove(part);
            job->blocks.release(part);
            blocks += part.size();
        }
    }
    if (blocks == 0) {
        ++stats_.ignored_stale_lease;
        return;
    }
    ++ledger(*job).leases_returned;
    book(*job,
         returned.incarnation,
         returned.reason == ReturnReason::host_fault ? Spent::lost_to_faults
                                                     : Spent::lost_to_reclaim,
         returned.core_time);
    book(*job, returned.incarnation, Spent::start_up, returned.start_up);
    lease->progress_at = now_;
    journal_shrunk(*job, returned.attempt, actions);
    refresh(*job);
    if (returned.reason == ReturnReason::host_fault) {
        ledger(*job).blocks_repeated += blocks;
        actions.emplace_back(Notice{NoticeKind::block_failed,
                                    worker->name,
                                    job->job,
                                    returned.ranges.front().first,
                                    returned.message.substr(0, config_.text_bytes_max),
                                    worker->host});
        job->trouble = "worker " + worker->name +
                       " cannot: " + returned.message.substr(0, config_.text_bytes_max);
        charge_host(worker->host, actions);
    }
}

void SchedulerCore::journal_shrunk(JobRow& job, Attempt attempt, Actions& actions) {
    const Lease& lease = job.leases.at(attempt);
    if (lease.open.empty()) {
        erase_lease(job, attempt, actions);
        return;
    }
    actions.emplace_back(JournalLease{job.job,
                                      attempt,
                                      lease.incarnation,
                                      workers_.at(lease.incarnation).name,
                                      workers_.at(lease.incarnation).host,
                                      lease.open.ranges()});
}

void SchedulerCore::end_lease(JobRow& job, Attempt attempt, LeaseEnd how, Actions& actions) {
    Lease& lease = job.leases.at(attempt);
    Ledger& counts = ledger(job);
    switch (how) {
        case LeaseEnd::lost:
        case LeaseEnd::stalled:
            ++counts.leases_lost;
            counts.blocks_repeated += lease.open.size();
            break;
        case LeaseEnd::returned:
            ++counts.leases_returned;
            break;
        case LeaseEnd::revoked:
            ++counts.leases_revoked;
            break;
    }
    book_unfinished(job, attempt, lease, how);
    for (const BlockRange range : lease.open.ranges()) {
        job.blocks.release(range);
    }
    erase_lease(job, attempt, actions);
    refresh(job);
}

void SchedulerCore::erase_lease(JobRow& job, Attempt attempt, Actions& actions) {
    const auto found = job.leases.find(attempt);
    CHECK(found != job.leases.end());
    WorkerRow& worker = workers_.at(found->second.incarnation);
    CHECK(worker.leases.erase(attempt) == 1);
    worker.planned -= found->second.planned;
    job.leases.erase(found);
    actions.emplace_back(JournalLeaseEnd{job.job, attempt});
    refresh(worker);
}

}  // namespace vargrid::scheduler
