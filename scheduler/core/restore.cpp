// SchedulerCore: the first event of an epoch. Jobs, commits, leases and faults come back as the
// journal has them; workers are awaited for one silence, counted from now, and whoever says Hello
// with a lease keeps it.
#include "base/check.hpp"
#include "scheduler/core/scheduler_core.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::scheduler {
namespace {

bool names_final_step(const RestoredJob& job) {
    const std::uint64_t final_step = job.spec.blocks;
    const auto reaches = [&](BlockRange range) { return range.contains(final_step); };
    return job.state == JobState::finalising ||
           std::any_of(job.committed.begin(),
                       job.committed.end(),
                       [&](const CommittedRange& committed) { return reaches(committed.range); }) ||
           std::find(job.set_aside.begin(), job.set_aside.end(), final_step) != job.set_aside.end();
}

}  // namespace

void SchedulerCore::on(const Restored& restored, Actions& actions) {
    if (restored_) {
        ++stats_.ignored_second_restore;
        return;
    }
    restored_ = true;
    epoch_ = restored.epoch;
    next_job_ = restored.next_job;
    for (const RestoredJob& job : restored.jobs) {
        restore_job(job, actions);
    }
    // One silence from now, as a fleet of this size was told.
    const Duration silence = heartbeat_terms(config_, workers_.size()).silence_max;
    for (auto& [incarnation, worker] : workers_) {
        worker.silence_max = silence;
        check_silence_at(worker, now_ + silence);
    }
    forget_ended_jobs(actions);
}

void SchedulerCore::restore_job(const RestoredJob& restored, Actions& actions) {
    const auto at = jobs_.emplace(restored.job,
                                  JobRow{restored.job,
                                         restored.client,
                                         restored.request,
                                         restored.spec,
                                         BlockTable{restored.spec.blocks,
                                                    names_final_step(restored),
                                                    restored.committed,
                                                    restored.set_aside,
                                                    restored.faults}});
    CHECK(at.second);
    JobRow& job = at.first->second;
    job.state = restored.state;
    job.message = restored.message;
    job.paused = restored.paused;
    job.ledger = restored.ledger;
    submissions_.emplace(std::pair{job.client, job.request}, job.job);
    next_job_ = std::max(next_job_, JobId{job.job.value() + 1});
    if (has_ended(job.state)) {
        job.blocks.close();
        ended_jobs_.push_back(job.job);
        return;
    }
    ++active_jobs_;
    for (const DisputedBlock& disputed : restored.disputed) {
        if (job.redundancy.dispute_on(disputed.block) == nullptr) {
            if (!job.blocks.pending().contains(disputed.block) &&
                !job.blocks.suspects().contains(disputed.block)) {
                continue;  // Committed since, or set aside.
            }
            job.blocks.dispute(disputed.block);
            disputed_jobs_.insert(job.job);
        }
        job.redundancy.add_claim(disputed.block, disputed.claim, now_);
    }
    for (const RestoredLease& lease : restored.leases) {
        restore_lease(job, lease, actions);
    }
    refresh(job);
    settle(job, actions);
}

void SchedulerCore::restore_lease(JobRow& job, const RestoredLease& restored, Actions& actions) {
    Lease lease;
    for (const BlockRange range : normalised(restored.open)) {
        for (const BlockRange part : job.blocks.lease_again(range)) {
            lease.open.add(part);
        }
        restore_seconds(job, restored.attempt, range, lease);
    }
    if (lease.open.empty() && lease.second.empty()) {
        actions.emplace_back(JournalLeaseEnd{job.job, restored.attempt});
        return;
    }
    lease.kind = lease.open.empty() ? LeaseKind::copy : LeaseKind::primary;
    lease.incarnation = restored.incarnation;
    lease.blocks_granted = lease.open.size() + lease.second.size();
    lease.granted_at = now_;
    lease.confirmed_at = now_;
    lease.progress_at = now_;
    const auto [at, is_new] = workers_.emplace(restored.incarnation, WorkerRow{});
    WorkerRow& worker = at->second;
    if (is_new) {
        worker.incarnation = restored.incarnation;
        worker.name = restored.worker_name;
        worker.host = restored.host;
        worker.heard_at = now_;
        worker.check_at = now_;
        silence_checks_.emplace(worker.check_at, worker.incarnation);
        by_host_[worker.host].insert(worker.incarnation);
    }
    lease.planned = config_.prefetch_time;  // Nobody knows any more.
    worker.planned += lease.planned;
    worker.leases.emplace(restored.attempt, job.job);
    lease.charged = queue_.charge(job.spec, predicted_cost(job, worker, lease.blocks_granted));
    lease.blocks_charged = lease.blocks_granted;
    job.leases.emplace(restored.attempt, std::move(lease));
}

/// What the lease names and has no right to any more was committed by somebody else, or is leased
/// to an older attempt: it is computed a second time.
void SchedulerCore::restore_seconds(JobRow& job, Attempt attempt, BlockRange range, Lease& lease) {
    for (std::uint64_t block = range.first; block < range.last; ++block) {
        if (lease.open.contains(block) || job.redundancy.has_second(block) ||
            job.blocks.set_aside_blocks().contains(block) || block == job.blocks.final_step()) {
            continue;
        }
        if (job.blocks.committed().overlaps(single_block(block))) {
            if (job.blocks.committed().is_by(single_block(block), attempt)) {
                continue;
            }
        } else {
            const auto holder =
                std::find_if(job.leases.begin(), job.leases.end(), [&](const auto& older) {
                    return older.second.open.contains(block);
                });
            if (holder == job.leases.end() ||
                (lease.of != Attempt{} && lease.of != holder->first)) {
                continue;
            }
            lease.of = holder->first;
        }
        lease.second.add(single_block(block));
        job.redundancy.add_second(block, attempt);
    }
}

}  // namespace vargrid::scheduler
