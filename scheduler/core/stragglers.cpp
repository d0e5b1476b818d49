// SchedulerCore: work that does not get on. A lease far behind its prediction gives back what it
// has not begun, and what hangs is leased a second time on another host; workers without work take
// from those who have most of it left. Nothing under way is killed for being slow.
// docs/scheduling.md, "Stragglers", has the numbers.
#include "base/check.hpp"
#include "scheduler/core/scheduler_core.hpp"
#include "scheduler/core/task_sizing.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::scheduler {
namespace {

/// Workers without work that are looked at for one block.
constexpr int kSpareWorkersTriedMax = 64;

std::string whole_seconds(Duration time) {
    return std::to_string(time.count() / 1'000'000'000) + " s";
}

/// Doubled each time the block stalled a lease, so that a block of any length comes to its end
/// somewhere, and a hung thread is still given up at the first limit.
constexpr std::uint32_t kDoublingsMax = 16;
constexpr std::size_t kStallsRememberedMax = 64;

}  // namespace

/// What a lease has still to compute, at what a block costs its worker.
Duration SchedulerCore::time_left(const JobRow& job, const Lease& lease) const {
    const std::uint64_t handed_in = lease.blocks_committed;
    const std::uint64_t waiting = lease.blocks_done > handed_in ? lease.blocks_done - handed_in : 0;
    const std::uint64_t held = lease.open.size() + lease.second.size();
    return time_for(job, lease.incarnation, held > waiting ? held - waiting : 0);
}

Duration SchedulerCore::time_for(const JobRow& job,
                                 Incarnation incarnation,
                                 std::uint64_t blocks) const {
    const std::uint64_t threads = std::max<std::uint64_t>(1, workers_.at(incarnation).threads);
    const std::uint64_t rounds = blocks / threads + (blocks % threads == 0 ? 0 : 1);
    const CoreTime cost = cost_on(job, workers_.at(incarnation));
    const auto rounds_max = static_cast<std::uint64_t>(Duration::max() / 16 / cost);
    return cost * static_cast<Duration::rep>(std::min(rounds, rounds_max));
}

/// How long without a finished block is too long for a worker.
Duration SchedulerCore::patience(const JobRow& job, Incarnation incarnation) const {
    return cost_on(job, workers_.at(incarnation)) * 2 + config_.straggler_grace;
}

Duration SchedulerCore::stall_max(const JobRow& job, const Lease& lease) const {
    std::uint32_t stalls = 0;
    for (const auto& [block, count] : job.stalls) {
        if (lease.open.contains(block) || lease.second.contains(block)) {
            stalls = std::max(stalls, count);
        }
    }
    return config_.lease_stall_max * (1 << std::min(stalls, kDoublingsMax));
}

void SchedulerCore::yield_lease(JobRow& job, Attempt attempt, Actions& actions) {
    Lease& lease = job.leases.at(attempt);
    if (lease.yielded_at) {
        return;
    }
    lease.yielded_at = now_;
    ++job.redundancy.counts.leases_yielded;
    actions.emplace_back(YieldLease{lease.incarnation, attempt});
}

/// The lease is behind: it gives back what it has not begun, and its worker gets nothing new that
/// would only wait behind it.
void SchedulerCore::mark_late(JobRow& job, Attempt attempt, Actions& actions) {
    Lease& lease = job.leases.at(attempt);
    if (lease.late) {
        return;
    }
    lease.late = true;
    late_leases_.emplace(job.job, attempt);
    ++stats_.leases_late;
    WorkerRow& worker = workers_.at(lease.incarnation);
    ++worker.late_leases;
    const auto leases = worker.leases;
    for (const auto& [other, of] : leases) {
        JobRow& row = jobs_.at(of);
        if (other == attempt || !row.leases.at(other).started) {
            yield_lease(row, other, actions);
        }
    }
    refresh(worker);
}

/// After a heartbeat: is the lease behind, or has it stalled?
void SchedulerCore::judge_progress(WorkerRow& worker, Attempt attempt, Actions& actions) {
    JobRow& job = jobs_.at(worker.leases.at(attempt));
    Lease& lease = job.leases.at(attempt);
    if (lease.open.contains(job.blocks.final_step())) {
        if (now_ - lease.progress_at >= config_.final_step_stall_max) {
            stall(job, attempt, actions);
            charge_host(worker.host, actions);
        }
        return;
    }
    if (!lease.started_at) {
        return;
    }
    const Duration predicted = time_for(job, lease.incarnation, lease.blocks_granted);
    if (now_ - *lease.started_at > predicted * 2 + config_.straggler_grace) {
        mark_late(job, attempt, actions);
    }
    if (now_ - lease.progress_at >= stall_max(job, lease)) {
        stall(job, attempt, actions);
    }
}

/// Gives a lease up. Whoever computes its blocks a second time goes on with the right to them.
void SchedulerCore::stall(JobRow& job, Attempt attempt, Actions& actions) {
    const Lease& lease = job.leases.at(attempt);
    const Incarnation incarnation = lease.incarnation;
    const std::uint64_t block =
        lease.open.empty() ? lease.second.front().first : lease.open.front().first;
    ++stats_.leases_stalled;
    ++job.stalls[block];
    if (job.stalls.size() > kStallsRememberedMax) {
        job.stalls.erase(job.stalls.begin());
    }
    actions.emplace_back(
        Notice{NoticeKind::lease_stalled,
               workers_.at(incarnation).name,
               job.job,
               block,
               "no block finished for " + whole_seconds(now_ - lease.progress_at)});
    end_lease(job, attempt, LeaseEnd::stalled, actions);
    actions.emplace_back(RevokeLease{incarnation, attempt, RevokeReason::expired});
}

// ---- Copies.

/// Leases the blocks of leases that hang a second time. `urgent`: those that hang so long that they
/// are worth a place beside other work; the others only get workers that have nothing to do.
void SchedulerCore::copy_late(bool urgent, Actions& actions) {
    const auto late = late_leases_;
    for (const auto& [id, attempt] : late) {
        JobRow& job = jobs_.at(id);
        const auto found = job.leases.find(attempt);
        if (found == job.leases.end() || job.paused) {
            continue;
        }
        const Lease& lease = found->second;
        if (lease.open.empty()) {
            const auto second = lease.second.ranges();
            if (std::all_of(second.begin(), second.end(), [&](BlockRange range) {
                    return job.blocks.committed().contains(range);
                })) {
                give_up_beaten(job, attempt, actions);
            }
            continue;  // A copy that hangs like its original: both go on.
        }
        const Instant since =
            lease.yielded_at ? std::max(lease.progress_at, *lease.yielded_at) : lease.progress_at;
        const Duration limit = patience(job, lease.incarnation) * (urgent ? 10 : 1);
        if (now_ - since >= limit) {
            copy_lease(job, attempt, urgent, actions);
        }
    }
}

/// A worker that has not been heard for half its silence may be gone: while others have nothing to
/// do, they need not wait for the other half.
void SchedulerCore::copy_silent(Actions& actions) {
    for (const auto& [incarnation, worker] : workers_) {
        if (worker.leases.empty() || now_ - worker.heard_at < config_.worker_silence_max / 2) {
            continue;
        }
        const auto leases = worker.leases;
        for (const auto& [attempt, id] : leases) {
            JobRow& job = jobs_.at(id);
            const auto found = job.leases.find(attempt);
            if (found == job.leases.end() || job.paused ||
                found->second.open.contains(job.blocks.final_step())) {
                continue;
            }
            mark_late(job, attempt, actions);
            copy_lease(job, attempt, false, actions);
        }
    }
}

void SchedulerCore::copy_lease(JobRow& job, Attempt attempt, bool urgent, Actions& actions) {
    while (true) {
        const Lease& lease = job.leases.at(attempt);
        BlockRange part;
        for (const BlockRange open : lease.open.ranges()) {
            part = job.redundancy.first_without_second(open);
            if (!part.empty()) {
                break;
            }
        }
        if (part.empty()) {
            return;
        }
        const std::string host = workers_.at(lease.incarnation).host;
        WorkerRow* const worker = spare_worker(job, part.first, host, urgent);
        if (worker == nullptr) {
            return;
        }
        const std::uint64_t blocks = size_of_task(job, *worker, part);
        const BlockRange copied{part.first, part.first + blocks};
        job.redundancy.counts.blocks_copied += blocks;
        lend_second(job, *worker, copied, LeaseKind::copy, attempt, actions);
    }
}

/// A worker in good standing that may look at this block and is on another host than `host`: one
/// that has nothing to do, or, if it is urgent, one with room for another lease.
WorkerRow* SchedulerCore::spare_worker(const JobRow& job,
                                       std::uint64_t block,
                                       const std::string& host,
                                       bool urgent) {
    int looked_at = 0;
    for (const auto& [leases, incarnation] : hungry_) {
        if ((leases > 0 && !urgent) || ++looked_at > kSpareWorkersTriedMax) {
            return nullptr;
        }
        WorkerRow& worker = workers_.at(incarnation);
        if (worker.counted && worker.host != host && may_hold(job, worker) &&
            may_try(job, block, worker.host) &&
            size_of_task(job, worker, single_block(block)) == 1) {
            return &worker;
        }
    }
    return nullptr;
}

/// All blocks of the lease were committed by somebody else. It has a while to hand them in for the
/// comparison; a worker that does not even finish one in that time hangs.
void SchedulerCore::give_up_beaten(JobRow& job, Attempt attempt, Actions& actions) {
    const Lease& lease = job.leases.at(attempt);
    const Instant since = std::max(lease.progress_at, lease.beaten_at.value_or(lease.progress_at));
    if (now_ - since < config_.beaten_grace + patience(job, lease.incarnation)) {
        return;
    }
    const std::string host = workers_.at(lease.incarnation).host;
    stall(job, attempt, actions);
    charge_host(host, actions);  // Its blocks took others a fraction of this.
}

// ---- Work stealing at the tail.

/// Workers have nothing to do and nothing is left to lease: those with most work left give back
/// what they have not begun. Once for each lease, and only what is worth the way.
void SchedulerCore::steal(Actions& actions) {
    std::size_t idle = 0;
    for (auto at = hungry_.begin(); at != hungry_.end() && at->first == 0; ++at) {
        ++idle;
    }
    struct Candidate {
        Duration left;
        JobId job;
        Attempt attempt;
    };
    std::vector<Candidate> candidates;
    for (const auto& [incarnation, worker] : workers_) {
        if (worker.draining || worker.state != WorkerState::active ||
            now_ - worker.heard_at >= config_.worker_silence_max / 2) {
            continue;
        }
        Duration queued{0};
        for (const auto& [attempt, id] : worker.leases) {
            const JobRow& job = jobs_.at(id);
            const Lease& lease = job.leases.at(attempt);
            const Duration left = time_left(job, lease);
            queued += left;
            // What is under way on its threads cannot be taken; a lease that waits can, whole.
            const bool divisible =
                !lease.started_at || left > cost_on(job, workers_.at(incarnation));
            if (divisible && !lease.yielded_at && !job.paused && queued > config_.steal_time_min &&
                lease.kind != LeaseKind::audit && !lease.open.contains(job.blocks.final_step())) {
                candidates.push_back({queued, id, attempt});
            }
        }
    }
    const std::size_t count = std::min(idle, candidates.size());
    std::partial_sort(candidates.begin(),
                      candidates.begin() + static_cast<std::ptrdiff_t>(count),
                      candidates.end(),
                      [](const Candidate& a, const Candidate& b) {
                          return std::pair{b.left, a.attempt} < std::pair{a.left, b.attempt};
                      });
    candidates.resize(count);
    for (const Candidate& candidate : candidates) {
        yield_lease(jobs_.at(candidate.job), candidate.attempt, actions);
    }
}

}  // namespace vargrid::scheduler
