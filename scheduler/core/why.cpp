// SchedulerCore: why a job is not finished and why a worker is not used. Questions: they change
// nothing, and look at every lease of the job or worker they are asked about.
#include "scheduler/core/why.hpp"

#include "scheduler/core/describe.hpp"
#include "scheduler/core/scheduler_core.hpp"

#include <algorithm>

namespace vargrid::scheduler {
namespace {

/// A block that takes this many times its usual time is worth a word, unless it is short anyway.
constexpr int kStragglerTimes = 4;
constexpr Duration kStragglerMin{std::chrono::seconds{2}};
/// A worker whose blocks cost this many times the usual is worth a word.
constexpr int kSlowTimes = 2;
/// Silence beyond two heartbeats is worth a word.
constexpr int kHeartbeatsMissed = 2;
constexpr std::size_t kReasonsOfAKindMax = 3;

/// What the worker lacks for the job; empty if nothing.
std::string lacks(const JobSpec& spec, const WorkerRow& worker) {
    const Ability needs = needs_of(spec);
    return words_of({.isa = worker.ability.isa < needs.isa ? needs.isa : 0,
                     .memory_per_thread_bytes =
                         worker.ability.memory_per_thread_bytes < needs.memory_per_thread_bytes
                             ? needs.memory_per_thread_bytes
                             : 0});
}

/// No deadline comes after every deadline.
std::uint64_t deadline_of(const JobSpec& spec) {
    return spec.deadline_unix_ms == 0 ? UINT64_MAX : spec.deadline_unix_ms;
}

}  // namespace

/// Whether the job `first` is served before `second` for certain: higher priority, then, of one
/// owner, the earlier deadline and the earlier submission. Owners take turns by their shares.
bool SchedulerCore::goes_before(const JobRow& first, const JobRow& second) {
    if (first.spec.priority != second.spec.priority) {
        return first.spec.priority > second.spec.priority;
    }
    if (first.spec.owner != second.spec.owner) {
        return false;
    }
    if (deadline_of(first.spec) != deadline_of(second.spec)) {
        return deadline_of(first.spec) < deadline_of(second.spec);
    }
    return first.job < second.job;
}

std::vector<JobId> SchedulerCore::jobs_ahead(JobId job) const {
    std::vector<JobId> ahead;
    const auto found = jobs_.find(job);
    if (found == jobs_.end()) {
        return ahead;
    }
    for (const auto& [id, other] : jobs_) {
        if (id != job && !has_ended(other.state) && !other.paused &&
            goes_before(other, found->second)) {
            ahead.push_back(id);
        }
    }
    return ahead;
}

std::vector<Reason> SchedulerCore::why_job(JobId id) const {
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) {
        return {};
    }
    const JobRow& job = found->second;
    if (has_ended(job.state)) {
        return {{.kind = ReasonKind::job_ended,
                 .text = std::string{name_of(job.state)} +
                         (job.message.empty() ? "" : ": " + job.message)}};
    }
    std::vector<Reason> reasons;
    if (job.paused) {
        reasons.push_back({.kind = ReasonKind::job_paused});
    }
    if (!job.trouble.empty()) {
        reasons.push_back({.kind = ReasonKind::trouble, .text = job.trouble});
    }
    explain_workers(job, reasons);
    explain_queue(job, reasons);
    explain_leases(job, reasons);
    if (reasons.empty()) {
        std::set<Incarnation> workers;
        for (const auto& [attempt, lease] : job.leases) {
            workers.insert(lease.incarnation);
        }
        reasons.push_back({.kind = ReasonKind::computing,
                           .count = job.blocks.leased(),
                           .other_count = workers.size()});
    }
    return reasons;
}

/// Is there anybody to work on it?
void SchedulerCore::explain_workers(const JobRow& job, std::vector<Reason>& reasons) const {
    std::uint64_t awaited = 0;
    std::uint64_t active = 0;
    std::uint64_t fit = 0;
    std::uint64_t in_use = 0;
    std::uint64_t distrusted = 0;
    for (const auto& [incarnation, worker] : workers_) {
        if (worker.state == WorkerState::awaited) {
            ++awaited;
            continue;
        }
        ++active;
        const bool fits = lacks(job.spec, worker).empty();
        const bool used = !worker.draining && blame_.standing(worker.host) != Standing::quarantined;
        fit += fits ? 1U : 0U;
        in_use += fits && used ? 1U : 0U;
        distrusted +=
            job.blocks.unresolved_faults(worker.host) >= config_.unresolved_faults_max ? 1U : 0U;
    }
    if (awaited > 0) {
        reasons.push_back({.kind = ReasonKind::awaited_workers, .count = awaited});
    }
    if (active == 0) {
        reasons.push_back({.kind = ReasonKind::no_workers});
    } else if (fit == 0) {
        reasons.push_back({.kind = ReasonKind::no_worker_fits,
                           .count = active,
                           .text = words_of(needs_of(job.spec))});
    } else if (in_use == 0) {
        reasons.push_back({.kind = ReasonKind::no_worker_in_use, .count = fit});
    }
    if (distrusted > 0) {
        reasons.push_back({.kind = ReasonKind::workers_distrusted, .count = distrusted});
    }
}

/// What waits, and for what?
void SchedulerCore::explain_queue(const JobRow& job, std::vector<Reason>& reasons) const {
    const auto& suspects = job.blocks.suspects();
    if (!suspects.empty()) {
        reasons.push_back({.kind = ReasonKind::second_opinion,
                           .block = *suspects.begin(),
                           .count = suspects.size()});
    }
    const std::uint64_t final_step = job.blocks.final_step();
    if (job.blocks.pending().contains(final_step)) {
        reasons.push_back({.kind = ReasonKind::final_step_waits});
        return;
    }
    const std::uint64_t pending = job.blocks.pending().size();
    if (pending == 0 || job.paused) {
        return;
    }
    std::size_t told = 0;
    for (const JobId ahead : jobs_ahead(job.job)) {
        const JobRow& other = jobs_.at(ahead);
        if (other.blocks.available() == 0) {
            continue;
        }
        reasons.push_back(
            {.kind = ReasonKind::behind_job, .job = ahead, .count = other.blocks.available()});
        if (++told == kReasonsOfAKindMax) {
            break;
        }
    }
    if (told == 0 && job.leases.empty() && hungry_.empty() && threads_total_ > 0) {
        reasons.push_back({.kind = ReasonKind::all_workers_busy, .count = pending});
    }
}

/// Who holds it up?
void SchedulerCore::explain_leases(const JobRow& job, std::vector<Reason>& reasons) const {
    const std::uint64_t final_step = job.blocks.final_step();
    const CoreTime usual = job.cost_overall.count() > 0 ? usual_cost(job) : CoreTime{0};
    std::vector<Reason> slow;
    std::vector<Reason> stuck;
    for (const auto& [attempt, lease] : job.leases) {
        const std::string& name = workers_.at(lease.incarnation).name;
        if (lease.open.contains(final_step)) {
            reasons.push_back({.kind = ReasonKind::final_step_runs,
                               .worker = name,
                               .time = now_ - lease.granted_at});
            continue;
        }
        const Duration still = now_ - lease.progress_at;
        if (usual.count() > 0 && lease.started && !lease.open.empty() && still > kStragglerMin &&
            still > usual * kStragglerTimes) {
            stuck.push_back({.kind = ReasonKind::straggler,
                             .worker = name,
                             .block = lease.open.front().first,
                             .time = still,
                             .usual = usual});
        }
    }
    for (const auto& [incarnation, cost] : job.cost_by_worker) {
        const auto worker = workers_.find(incarnation);
        if (usual.count() > 0 && cost > usual * kSlowTimes && worker != workers_.end()) {
            slow.push_back({.kind = ReasonKind::slow_worker,
                            .worker = worker->second.name,
                            .time = cost,
                            .usual = usual});
        }
    }
    for (std::vector<Reason>* const kind : {&stuck, &slow}) {
        std::stable_sort(kind->begin(), kind->end(), [](const Reason& a, const Reason& b) {
            return a.time > b.time;
        });
        kind->resize(std::min(kind->size(), kReasonsOfAKindMax));
        reasons.insert(reasons.end(), kind->begin(), kind->end());
    }
}

std::vector<Incarnation> SchedulerCore::workers_named(const std::string& name) const {
    std::vector<Incarnation> found;
    for (const auto& [incarnation, worker] : workers_) {
        if (worker.name == name || worker.host == name) {
            found.push_back(incarnation);
        }
    }
    return found;
}

std::vector<Reason> SchedulerCore::why_worker(Incarnation incarnation) const {
    const auto found = workers_.find(incarnation);
    if (found == workers_.end()) {
        return {};
    }
    const WorkerRow& worker = found->second;
    if (worker.state == WorkerState::awaited) {
        return {{.kind = ReasonKind::worker_awaited,
                 .time = now_ - worker.heard_at,
                 .usual = config_.worker_silence_max}};
    }
    std::vector<Reason> reasons;
    if (const Duration silent = now_ - worker.heard_at;
        silent > config_.heartbeat_interval * kHeartbeatsMissed) {
        reasons.push_back({.kind = ReasonKind::worker_silent,
                           .time = silent,
                           .usual = config_.worker_silence_max});
    }
    if (worker.draining) {
        reasons.push_back({.kind = ReasonKind::worker_draining});
    }
    if (worker.ends_at) {
        reasons.push_back({.kind = ReasonKind::worker_ends,
                           .time = std::max(Duration{0}, *worker.ends_at - now_)});
    }
    explain_standing(worker, reasons);
    for (const auto& [attempt, job] : worker.leases) {
        reasons.push_back({.kind = ReasonKind::worker_working,
                           .job = job,
                           .count = jobs_.at(job).leases.at(attempt).open.size()});
    }
    if (worker.hungry && worker.leases.empty()) {
        explain_idleness(worker, reasons);
    } else if (!worker.hungry && !worker.leases.empty() && !worker.draining) {
        reasons.push_back({.kind = ReasonKind::worker_full, .count = worker.leases.size()});
    }
    return reasons;
}

void SchedulerCore::explain_standing(const WorkerRow& worker, std::vector<Reason>& reasons) const {
    const auto record = blame_.records().find(worker.host);
    if (record == blame_.records().end()) {
        return;
    }
    if (record->second.standing == Standing::quarantined) {
        reasons.push_back({.kind = ReasonKind::worker_quarantined,
                           .count = record->second.faults,
                           .time = record->second.since - now_});
    } else if (record->second.standing == Standing::on_probation) {
        reasons.push_back(
            {.kind = ReasonKind::worker_on_probation, .count = record->second.faults});
    }
}

/// It would take work and has none.
void SchedulerCore::explain_idleness(const WorkerRow& worker, std::vector<Reason>& reasons) const {
    std::size_t told = 0;
    for (const auto& [id, job] : jobs_) {
        if (!job.queued || told == kReasonsOfAKindMax) {
            continue;
        }
        if (const std::string what = lacks(job.spec, worker); !what.empty()) {
            ++told;
            reasons.push_back({.kind = ReasonKind::worker_unfit, .job = id, .text = what});
        } else if (job.blocks.unresolved_faults(worker.host) >= config_.unresolved_faults_max) {
            ++told;
            reasons.push_back({.kind = ReasonKind::worker_distrusted, .job = id});
        }
    }
    if (told == 0) {
        reasons.push_back({.kind = ReasonKind::no_work});
    }
}

}  // namespace vargrid::scheduler
