// SchedulerCore: who gets what, decided once per Tick. Workers with the fewest leases choose first;
// each takes from the job of highest priority that has something for it.
#include "base/check.hpp"
#include "scheduler/core/scheduler_core.hpp"
#include "scheduler/core/task_sizing.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::scheduler {
namespace {

/// Suspect blocks a worker looks at before it goes on to fresh ones. Those it may not try were
/// failed by itself, so others find them in front.
constexpr int kSuspectsTriedMax = 64;

}  // namespace

void SchedulerCore::place(Actions& actions) {
    placement_cut_short_ = false;
    std::uint32_t grants = 0;
    auto at = hungry_.begin();
    while (at != hungry_.end() && !queue_.empty()) {
        if (grants == config_.grants_per_tick_max) {
            placement_cut_short_ = true;
            return;
        }
        const auto key = *at;
        if (place_one(workers_.at(key.second), actions)) {
            ++grants;
        }
        // A worker that got something stands further back now, if it has room for more.
        at = hungry_.upper_bound(key);
    }
}

bool SchedulerCore::place_one(WorkerRow& worker, Actions& actions) {
    for (const auto& [priority, id] : queue_) {
        JobRow& job = jobs_.at(id);
        if (!may_hold(job, worker)) {
            continue;
        }
        if (const auto suspect = suspect_for(job, worker)) {
            job.blocks.lease_suspect(*suspect);
            grant(job, worker, single_block(*suspect), actions);
            return true;
        }
        if (job.blocks.pending().empty()) {
            continue;
        }
        const BlockRange front = job.blocks.pending().front();
        std::uint64_t blocks = 1;
        if (worker.counted) {
            blocks = blocks_for_task({.pending = job.blocks.pending().size(),
                                      .interval = front.size(),
                                      .block_cost = cost_on(job, worker.incarnation),
                                      .threads = worker.threads,
                                      .threads_total = threads_total_,
                                      .blocks_max = job.spec.blocks_per_task_max},
                                     config_);
        }  // On probation it shows first that it can do one.
        const BlockRange task{front.first, front.first + blocks};
        job.blocks.lease_pending(task);
        grant(job, worker, task, actions);
        return true;
    }
    return false;
}

std::optional<std::uint64_t> SchedulerCore::suspect_for(const JobRow& job,
                                                        const WorkerRow& worker) const {
    int tried = 0;
    for (const std::uint64_t block : job.blocks.suspects()) {
        if (may_try(job, block, worker.host)) {
            return block;
        }
        if (++tried == kSuspectsTriedMax) {
            break;
        }
    }
    return std::nullopt;
}

/// A block that failed goes to a host it has not failed on. If every host in good standing has
/// failed it, anybody may try again, or a grid of one worker would never end.
bool SchedulerCore::may_try(const JobRow& job, std::uint64_t block, const std::string& host) const {
    if (job.redundancy.has_claim(block, host)) {
        return false;  // It has said its word; only others can decide.
    }
    if (!job.blocks.has_failed_on(block, host)) {
        return true;
    }
    return std::all_of(
        in_good_standing_.begin(), in_good_standing_.end(), [&](const auto& counted) {
            return job.blocks.has_failed_on(block, counted.first);
        });
}

CoreTime SchedulerCore::cost_on(const JobRow& job, Incarnation incarnation) const {
    const auto found = job.cost_by_worker.find(incarnation);
    if (found != job.cost_by_worker.end()) {
        return found->second;
    }
    return job.cost_overall.count() > 0 ? job.cost_overall : job.spec.block_cost;
}

bool SchedulerCore::may_hold(const JobRow& job, const WorkerRow& worker) const {
    return job.blocks.unresolved_faults(worker.host) < config_.unresolved_faults_max;
}

void SchedulerCore::grant(JobRow& job, WorkerRow& worker, BlockRange range, Actions& actions) {
    Lease lease;
    lease.open.add(range);
    if (job.redundancy.dispute_on(range.first) != nullptr) {
        lease.kind = LeaseKind::arbiter;
    }
    lend(job, worker, std::move(lease), range, actions);
}

void SchedulerCore::lend_second(JobRow& job,
                                WorkerRow& worker,
                                BlockRange range,
                                LeaseKind kind,
                                Attempt of,
                                Actions& actions) {
    Lease lease;
    lease.kind = kind;
    lease.of = of;
    lease.second.add(range);
    // lend() hands out the next attempt.
    const Attempt attempt = make_attempt(epoch_, next_sequence_);
    for (std::uint64_t block = range.first; block < range.last; ++block) {
        job.redundancy.add_second(block, attempt);
    }
    lend(job, worker, std::move(lease), range, actions);
}

void SchedulerCore::lend(
    JobRow& job, WorkerRow& worker, Lease lease, BlockRange range, Actions& actions) {
    // 2^32 leases an epoch: twelve hours at 100,000 a second. A restart begins anew, and better a
    // restart than an attempt that was there before.
    CHECK_MSG(next_sequence_ != 0, "the attempts of this epoch are used up; restart");
    const Attempt attempt = make_attempt(epoch_, next_sequence_++);
    const LeaseKind kind = lease.kind;
    lease.incarnation = worker.incarnation;
    lease.blocks_granted = range.size();
    lease.granted_at = now_;
    lease.confirmed_at = now_;
    lease.progress_at = now_;
    // A final step is one long block, whatever the others cost.
    const auto final_step = range.contains(job.blocks.final_step());
    lease.planned = final_step ? config_.prefetch_time
                               : planned_time(cost_on(job, worker.incarnation),
                                              range.size(),
                                              worker.threads,
                                              config_.prefetch_time);
    worker.planned += lease.planned;
    job.leases.emplace(attempt, std::move(lease));
    if (worker.leases.empty()) {
        worker.account.begin_work(now_);
    }
    worker.leases.emplace(attempt, job.job);
    ++stats_.leases_granted;
    ++ledger(job).leases;
    actions.emplace_back(JournalLease{
        job.job, attempt, worker.incarnation, worker.name, worker.host, {range}, kind});
    actions.emplace_back(GrantLease{worker.incarnation,
                                    job.job,
                                    attempt,
                                    range,
                                    range.contains(job.blocks.final_step()),
                                    kind});
    refresh(worker);
    refresh(job);
}

}  // namespace vargrid::scheduler
