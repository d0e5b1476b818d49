// SchedulerCore: who gets what, decided once per Tick. Workers with the fewest leases choose first;
// each takes from the first job in the queue that has something for it. docs/scheduling.md.
#include "base/check.hpp"
#include "scheduler/core/proportion.hpp"
#include "scheduler/core/scheduler_core.hpp"
#include "scheduler/core/task_sizing.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace vargrid::scheduler {
namespace {

/// Suspect blocks a worker looks at before it goes on to fresh ones. Those it may not try were
/// failed by itself, so others find them in front.
constexpr int kSuspectsTriedMax = 64;

/// Neither priority, nor share, nor deadline says which of them is first.
bool stands_equal(const JobSpec& a, const JobSpec& b) {
    return a.priority == b.priority && a.owner == b.owner &&
           a.deadline_unix_ms == b.deadline_unix_ms;
}

/// Enough of a digest to tell a few payloads apart; 0 stands for none.
std::uint64_t mark_of(const Digest& payload) {
    std::uint64_t mark = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        mark = (mark << 8U) | static_cast<std::uint64_t>(payload.bytes[i]);
    }
    return mark == 0 ? 1 : mark;
}

bool knows(const Footprint& footprint, const JobSpec& spec) {
    return std::find(footprint.payloads.begin(), footprint.payloads.end(), mark_of(spec.payload)) !=
           footprint.payloads.end();
}

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
    const auto chosen = choose(worker);
    if (!chosen) {
        return false;
    }
    JobRow& job = *chosen->job;
    if (chosen->suspect) {
        job.blocks.lease_suspect(chosen->task.first);
    } else {
        job.blocks.lease_pending(chosen->task);
    }
    grant(job, worker, chosen->task, actions);
    return true;
}

std::optional<SchedulerCore::Offer> SchedulerCore::choose(const WorkerRow& worker) {
    std::optional<Offer> best;
    std::uint32_t looks = 0;
    queue_.visit(worker.ability, [&](JobId id) {
        JobRow& job = jobs_.at(id);
        if (best && !stands_equal(job.spec, best->job->spec)) {
            return true;
        }
        const auto has = offer(job, worker);
        if (!has) {
            return false;
        }
        const bool knows_it = knows(worker.footprint, job.spec);
        if (!best || knows_it) {
            best = has;
        }
        return knows_it || ++looks >= config_.affinity_looks_max;
    });
    return best;
}

std::optional<SchedulerCore::Offer> SchedulerCore::offer(JobRow& job,
                                                         const WorkerRow& worker) const {
    if (!meets(worker.ability, needs_of(job.spec))) {
        return std::nullopt;
    }
    // Also for a host that failed many of them: if every host did, nobody else is left to try.
    if (const auto suspect = suspect_for(job, worker)) {
        const BlockRange task = single_block(*suspect);
        return size_of_task(job, worker, task) == 1 ? std::optional{Offer{&job, task, true}}
                                                    : std::nullopt;
    }
    const IntervalSet& pending = job.blocks.pending();
    if (pending.empty() || !may_hold(job, worker)) {
        return std::nullopt;
    }
    // Where it stopped last, what lies there is like what it has read already.
    const auto next = worker.footprint.job == job.job
                          ? pending.interval_from(worker.footprint.stopped_at)
                          : std::nullopt;
    const BlockRange interval = next.value_or(pending.front());
    const std::uint64_t blocks = size_of_task(job, worker, interval);
    if (blocks == 0) {
        return std::nullopt;
    }
    return Offer{&job, {interval.first, interval.first + blocks}, false};
}

/// Blocks from the front of `interval`; 0 if not even one can be finished before the worker's end.
std::uint64_t SchedulerCore::size_of_task(const JobRow& job,
                                          const WorkerRow& worker,
                                          BlockRange interval) const {
    const auto left = time_to_end(worker);
    if (interval.contains(job.blocks.final_step())) {
        return left && *left < config_.final_step_time ? 0 : 1;
    }
    const CoreTime cost = cost_on(job, worker);
    if (!worker.counted || interval.size() == 1) {
        // On probation it shows first that it can do one.
        return left && *left < cost ? 0 : 1;
    }
    return blocks_for_task({.pending = std::max(job.blocks.pending().size(), interval.size()),
                            .interval = interval.size(),
                            .block_cost = cost,
                            .threads = worker.threads,
                            .capacity = worker.capacity,
                            .capacity_total = abilities_.capacity(needs_of(job.spec).isa),
                            .time_left = left,
                            .blocks_max = job.spec.blocks_per_task_max},
                           config_);
}

std::optional<Duration> SchedulerCore::time_to_end(const WorkerRow& worker) const {
    if (!worker.ends_at) {
        return std::nullopt;
    }
    Duration left = *worker.ends_at - now_ - config_.worker_end_reserve;
    for (const auto& [attempt, id] : worker.leases) {
        const JobRow& job = jobs_.at(id);
        const Lease& lease = job.leases.at(attempt);
        left -= lease.open.contains(job.blocks.final_step()) ? config_.final_step_time
                                                             : time_left(job, lease);
    }
    return std::max(left, Duration{0});
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

CoreTime SchedulerCore::cost_on(const JobRow& job, const WorkerRow& worker) const {
    const auto found = job.cost_by_worker.find(worker.incarnation);
    if (found != job.cost_by_worker.end()) {
        return found->second;
    }
    return cost_at(job.cost_overall.count() > 0 ? job.cost_overall : job.spec.block_cost,
                   worker.speed.speed);
}

CoreTime SchedulerCore::usual_cost(const JobRow& job) const {
    if (job.cost_overall.count() == 0) {
        return job.spec.block_cost;
    }
    const Speed mean = threads_total_ == 0 ? kSpeedOne : abilities_.capacity(0) / threads_total_;
    return cost_at(job.cost_overall, mean);
}

CoreTime SchedulerCore::predicted_cost(const JobRow& job,
                                       const WorkerRow& worker,
                                       std::uint64_t blocks) const {
    const auto cost = static_cast<std::uint64_t>(cost_on(job, worker).count());
    constexpr std::uint64_t kMax = std::numeric_limits<CoreTime::rep>::max();
    return CoreTime{static_cast<CoreTime::rep>(std::min(proportion(cost, blocks, 1), kMax))};
}

void SchedulerCore::learn(JobRow& job, WorkerRow& worker, CoreTime took, std::uint64_t blocks) {
    CoreTime& own = job.cost_by_worker[worker.incarnation];
    own = updated_cost(own, took, blocks);
    const CoreTime cost = updated_cost({}, took, blocks);
    const bool worker_known = worker.speed.measured || worker.speed.guessed;
    if (job.cost_overall.count() > 0 || !worker_known) {
        // The first worker of the first job is the unit; whoever is new is compared with the job.
        const CoreTime reference = job.cost_overall.count() > 0 ? job.cost_overall : cost;
        speeds_.learn(worker.kind, worker.speed, reference, cost);
        count(worker, worker.counted);
    }
    job.cost_overall = updated_cost(job.cost_overall, reference_cost(cost, worker.speed.speed), 1);
}

void SchedulerCore::note_footprint(WorkerRow& worker, const JobRow& job, BlockRange range) {
    Footprint& footprint = worker.footprint;
    footprint.job = job.job;
    footprint.stopped_at = range.last;
    if (!knows(footprint, job.spec)) {
        footprint.payloads[footprint.next] = mark_of(job.spec.payload);
        footprint.next = (footprint.next + 1) % footprint.payloads.size();
    }
}

bool SchedulerCore::may_hold(const JobRow& job, const WorkerRow& worker) const {
    return meets(worker.ability, needs_of(job.spec)) &&
           job.blocks.unresolved_faults(worker.host) < config_.unresolved_faults_max;
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
    lease.planned =
        final_step ? config_.prefetch_time
                   : planned_time(
                         cost_on(job, worker), range.size(), worker.threads, config_.prefetch_time);
    worker.planned += lease.planned;
    lease.charged = queue_.charge(job.spec, predicted_cost(job, worker, range.size()));
    lease.blocks_charged = range.size();
    note_footprint(worker, job, range);
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
