// SchedulerCore: the life of a lease after its grant: what is given back, and how it ends. Commits
// are in commits.cpp.
#include "base/check.hpp"
#include "scheduler/core/proportion.hpp"
#include "scheduler/core/scheduler_core.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::scheduler {
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
    const bool yielded = returned.reason == ReturnReason::unneeded && lease->yielded_at.has_value();
    std::uint64_t blocks = 0;
    for (const BlockRange range : normalised(returned.ranges)) {
        blocks += give_back(*job, returned.attempt, range);
    }
    if (blocks == 0) {
        ++stats_.ignored_stale_lease;
        return;
    }
    ledger(*job).leases_returned += yielded ? 0U : 1U;  // It was asked to; nobody drains.
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

std::uint64_t SchedulerCore::give_back(JobRow& job, Attempt attempt, BlockRange range) {
    Lease& lease = job.leases.at(attempt);
    std::uint64_t blocks = 0;
    for (const BlockRange part : lease.open.intersection(range)) {
        lease.open.remove(part);
        release(job, part);
        blocks += part.size();
    }
    for (const BlockRange part : lease.second.intersection(range)) {
        drop_second(job, attempt, part);
        blocks += part.size();
    }
    return blocks;
}

/// Takes blocks to which a lease had the right, and has no more.
void SchedulerCore::release(JobRow& job, BlockRange range) {
    std::uint64_t next = range.first;
    for (const std::uint64_t block : job.redundancy.seconds_in(range)) {
        Lease& heir = job.leases.at(job.redundancy.second_holders().at(block));
        heir.second.remove(single_block(block));
        heir.open.add(single_block(block));
        job.redundancy.remove_second(block);
        job.blocks.release(BlockRange{next, block});
        next = block + 1;
    }
    job.blocks.release(BlockRange{next, range.last});
}

void SchedulerCore::drop_second(JobRow& job, Attempt attempt, BlockRange range) {
    Lease& lease = job.leases.at(attempt);
    for (const BlockRange part : lease.second.intersection(range)) {
        lease.second.remove(part);
        for (std::uint64_t block = part.first; block < part.last; ++block) {
            job.redundancy.remove_second(block);
        }
    }
}

std::vector<BlockRange> SchedulerCore::held_blocks(const Lease& lease) {
    std::vector<BlockRange> all = lease.open.ranges();
    const auto second = lease.second.ranges();
    all.insert(all.end(), second.begin(), second.end());
    return normalised(std::move(all));
}

/// Takes the part of the charge that was for the blocks just handed in off the lease.
void SchedulerCore::settle_charge(JobRow& job, Lease& lease, std::uint64_t blocks, CoreTime took) {
    const std::uint64_t part = std::min(blocks, lease.blocks_charged);
    const auto charged =
        part == 0 ? Service{0}
                  : static_cast<Service>(proportion(
                        static_cast<std::uint64_t>(lease.charged), part, lease.blocks_charged));
    lease.charged -= charged;
    lease.blocks_charged -= part;
    queue_.settle(job.spec, charged, took);
}

void SchedulerCore::journal_shrunk(JobRow& job, Attempt attempt, Actions& actions) {
    const Lease& lease = job.leases.at(attempt);
    if (lease.open.empty() && lease.second.empty()) {
        erase_lease(job, attempt, actions);
        return;
    }
    actions.emplace_back(JournalLease{job.job,
                                      attempt,
                                      lease.incarnation,
                                      workers_.at(lease.incarnation).name,
                                      workers_.at(lease.incarnation).host,
                                      held_blocks(lease),
                                      lease.kind});
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
    for (const BlockRange range : held_blocks(lease)) {
        give_back(job, attempt, range);
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
    if (found->second.late) {
        --worker.late_leases;
        late_leases_.erase({job.job, attempt});
    }
    queue_.close(job.spec, found->second.charged);
    job.leases.erase(found);
    actions.emplace_back(JournalLeaseEnd{job.job, attempt});
    refresh(worker);
}

}  // namespace vargrid::scheduler
