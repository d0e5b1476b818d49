// SchedulerCore: blame by evidence. A block that fails is tried by others, alone; if it succeeds
// there, whoever failed it is to blame, if it does not, the block is. A reclaim blames nobody.
#include "base/check.hpp"
#include "scheduler/core/scheduler_core.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::scheduler {

void SchedulerCore::on(const BlockFailed& failed, Actions& actions) {
    const WorkerRow* const worker = fenced(failed.incarnation, failed.epoch, actions);
    if (worker == nullptr) {
        return;
    }
    JobRow* const job = find_job(failed.job);
    Lease* const lease =
        job == nullptr ? nullptr : live_lease(*job, failed.attempt, failed.incarnation);
    if (lease != nullptr && lease->second.contains(failed.block)) {
        judge_second_fault(*job, failed, actions);
        return;
    }
    if (lease == nullptr || !lease->open.contains(failed.block)) {
        ++stats_.ignored_stale_lease;
        return;
    }
    lease->open.remove(single_block(failed.block));
    lease->progress_at = now_;
    Ledger& counts = ledger(*job);
    ++counts.block_faults;
    book(*job, failed.incarnation, Spent::lost_to_faults, failed.core_time);
    const std::string name = worker->name;
    const std::string host = worker->host;
    const std::uint32_t unresolved = job->blocks.unresolved_faults(host);
    actions.emplace_back(Notice{NoticeKind::block_failed,
                                name,
                                job->job,
                                failed.block,
                                failed.message.substr(0, config_.text_bytes_max),
                                host});
    if (failed.cause == FaultCause::task) {
        judge_fault(*job, failed, actions);
    } else {
        release(*job, single_block(failed.block));
        ++counts.blocks_repeated;
        job->trouble =
            "worker " + name + " cannot: " + failed.message.substr(0, config_.text_bytes_max);
    }
    journal_shrunk(*job, failed.attempt, actions);
    refresh(*job);
    if (failed.cause == FaultCause::host) {
        charge_host(host, actions);
    } else if (!has_ended(job->state)) {
        if (job->blocks.unresolved_faults(host) > unresolved) {
            distrust(*job, host, actions);
        }
        settle(*job, actions);
    }
}

/// A second look at a block failed. If somebody has committed it the block is fine, and the host is
/// not; if not, the one who has the right to it is still at it.
void SchedulerCore::judge_second_fault(JobRow& job, const BlockFailed& failed, Actions& actions) {
    const std::string name = workers_.at(failed.incarnation).name;
    const std::string host = workers_.at(failed.incarnation).host;
    std::string message = failed.message.substr(0, config_.text_bytes_max);
    drop_second(job, failed.attempt, single_block(failed.block));
    job.leases.at(failed.attempt).progress_at = now_;
    ++ledger(job).block_faults;
    book(job, failed.incarnation, Spent::lost_to_faults, failed.core_time);
    actions.emplace_back(
        Notice{NoticeKind::block_failed, name, job.job, failed.block, message, host});
    journal_shrunk(job, failed.attempt, actions);
    const bool is_fine = job.blocks.committed().overlaps(single_block(failed.block));
    if (failed.cause == FaultCause::host || is_fine) {
        charge_host(host, actions);
        return;
    }
    BlockFault fault{failed.block, host, name, FaultCause::task, std::move(message)};
    actions.emplace_back(JournalBlockFault{job.job, fault});
    job.blocks.add_fault(std::move(fault));
}

/// Records the fault of a block that just left its lease, and decides whether anybody tries again.
void SchedulerCore::judge_fault(JobRow& job, const BlockFailed& failed, Actions& actions) {
    BlockFault fault{failed.block,
                     workers_.at(failed.incarnation).host,
                     workers_.at(failed.incarnation).name,
                     FaultCause::task,
                     failed.message.substr(0, config_.text_bytes_max)};
    actions.emplace_back(JournalBlockFault{job.job, fault});
    job.blocks.add_fault(std::move(fault));
    const bool condemned =
        job.blocks.distinct_hosts_failed(failed.block) >= config_.task_fault_max ||
        job.blocks.faults_of(failed.block).size() >= config_.task_fault_total_max;
    if (condemned && !job.redundancy.has_second(failed.block)) {
        set_aside(job, failed.block, actions);
    } else {
        release(job, single_block(failed.block));
        ++ledger(job).blocks_repeated;
    }
}

void SchedulerCore::set_aside(JobRow& job, std::uint64_t block, Actions& actions) {
    end_dispute(job, block);
    end_seconds(job, single_block(block), actions);
    job.blocks.set_aside(block);
    const BlockFault last = job.blocks.faults_of(block).back();
    actions.emplace_back(JournalSetAside{job.job, block});
    actions.emplace_back(Notice{
        NoticeKind::block_set_aside, last.worker_name, job.job, block, last.message, last.host});
}

void SchedulerCore::note_vanished(JobRow& job, const Lease& lease, Actions& actions) {
    if (lease.open.empty()) {
        return;
    }
    auto& places = job.vanishings;
    auto place = std::find_if(places.begin(), places.end(), [&](const Vanishings& seen) {
        return !lease.open.intersection(seen.range).empty();
    });
    if (place == places.end()) {
        if (places.size() >= config_.vanishings_remembered_max) {
            places.erase(std::min_element(
                places.begin(), places.end(), [](const Vanishings& a, const Vanishings& b) {
                    return a.count < b.count;
                }));
        }
        place = places.insert(places.end(), Vanishings{lease.open.front(), 0});
    }
    // The block to blame, if there is one, was there every time.
    place->range = lease.open.intersection(place->range).front();
    if (++place->count < config_.vanishings_notice) {
        return;
    }
    job.trouble = std::to_string(place->count) +
                  " workers vanished one after the other while they held " +
                  (place->range.contains(job.blocks.final_step())
                       ? std::string{"the final step"}
                       : "blocks " + std::to_string(place->range.first) + " to " +
                             std::to_string(place->range.last - 1)) +
                  ": it may be what ends them; look at their output and memory";
    if (place->count % config_.vanishings_notice == 0) {
        actions.emplace_back(
            Notice{NoticeKind::workers_vanish, {}, job.job, place->range.first, job.trouble});
    }
}

/// Takes the remaining blocks of the job from a host that fails one after the other, before it
/// has touched them all; others find out whether it is the blocks or the host.
void SchedulerCore::distrust(JobRow& job, const std::string& host, Actions& actions) {
    if (job.blocks.unresolved_faults(host) < config_.unresolved_faults_max) {
        return;
    }
    const auto leases = leases_of(host, job);
    for (const auto& [incarnation, attempt] : leases) {
        end_lease(job, attempt, LeaseEnd::revoked, actions);
        actions.emplace_back(RevokeLease{incarnation, attempt, RevokeReason::distrusted});
    }
}

std::vector<std::pair<Incarnation, Attempt>> SchedulerCore::leases_of(const std::string& host,
                                                                      const JobRow& job) const {
    std::vector<std::pair<Incarnation, Attempt>> found;
    const auto there = by_host_.find(host);
    if (there == by_host_.end()) {
        return found;
    }
    for (const Incarnation incarnation : there->second) {
        for (const auto& [attempt, of] : workers_.at(incarnation).leases) {
            if (of == job.job) {
                found.emplace_back(incarnation, attempt);
            }
        }
    }
    return found;
}

void SchedulerCore::charge_host(const std::string& host, Actions& actions) {
    if (blame_.charge(host, now_)) {
        take_leases_of(host, actions);
    }
}

void SchedulerCore::quarantine(const std::string& host, Duration time, Actions& actions) {
    blame_.condemn(host, now_ + time);
    take_leases_of(host, actions);
}

/// The host was put into quarantine just now.
void SchedulerCore::take_leases_of(const std::string& host, Actions& actions) {
    ++stats_.quarantines;
    actions.emplace_back(Notice{NoticeKind::host_quarantined, {}, {}, 0, {}, host});
    const auto there = by_host_.find(host);
    if (there == by_host_.end()) {
        return;
    }
    for (const Incarnation incarnation : there->second) {
        const auto leases = workers_.at(incarnation).leases;
        for (const auto& [attempt, job] : leases) {
            end_lease(jobs_.at(job), attempt, LeaseEnd::revoked, actions);
            actions.emplace_back(RevokeLease{incarnation, attempt, RevokeReason::quarantined});
        }
    }
    refresh_all_on(host);
}

void SchedulerCore::note_success(const std::string& host, Actions& actions) {
    if (blame_.succeeded(host)) {
        actions.emplace_back(Notice{NoticeKind::host_trusted_again, {}, {}, 0, {}, host});
        refresh_all_on(host);
    }
}

void SchedulerCore::end_quarantines(Actions& actions) {
    for (const std::string& host : blame_.expire(now_)) {
        actions.emplace_back(Notice{NoticeKind::host_on_probation, {}, {}, 0, {}, host});
        refresh_all_on(host);
    }
}

void SchedulerCore::refresh_all_on(const std::string& host) {
    const auto there = by_host_.find(host);
    if (there == by_host_.end()) {
        return;
    }
    for (const Incarnation incarnation : there->second) {
        refresh(workers_.at(incarnation));
    }
}

}  // namespace vargrid::scheduler
