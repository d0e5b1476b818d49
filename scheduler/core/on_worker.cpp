// SchedulerCore: workers come, are heard, fall silent and leave.
#include "base/check.hpp"
#include "scheduler/core/scheduler_core.hpp"

#include <algorithm>

namespace vargrid::scheduler {

/// The worker an event comes from, or null if it speaks from another epoch or is not known; it is
/// then asked to introduce itself, and the event is ignored. What it said is not lost: a Hello
/// carries its leases, and commits are offered until they are answered.
WorkerRow* SchedulerCore::fenced(Incarnation incarnation, Epoch epoch, Actions& actions) {
    const auto found = workers_.find(incarnation);
    if (epoch != epoch_) {
        ++stats_.ignored_old_epoch;
    } else if (found == workers_.end() || found->second.state == WorkerState::awaited) {
        ++stats_.ignored_unknown_worker;
    } else {
        found->second.heard_at = now_;
        return &found->second;
    }
    actions.emplace_back(SendReintroduce{incarnation});
    return nullptr;
}

void SchedulerCore::on(const WorkerHello& hello, Actions& actions) {
    WorkerRow* const worker = admit(hello, actions);
    if (worker == nullptr) {
        ++stats_.workers_refused;
        return;
    }
    const HeartbeatTerms terms = tell_terms(*worker);
    actions.emplace_back(
        SendWelcome{worker->incarnation, epoch_, terms.interval, terms.silence_max});
    reconcile_held(*worker, hello.held, actions);
    refresh(*worker);
}

/// Enters the worker, or renews what is known of it; null if there is no room or it makes no sense.
WorkerRow* SchedulerCore::admit(const WorkerHello& hello, Actions& actions) {
    if (hello.threads < 1 || hello.threads > config_.threads_per_worker_max ||
        hello.name.size() > config_.text_bytes_max || hello.host.size() > config_.text_bytes_max ||
        hello.isa.size() > config_.text_bytes_max ||
        hello.cpu_model.size() > config_.text_bytes_max) {
        actions.emplace_back(RefuseWorker{hello.incarnation, RefusalReason::invalid_worker});
        return nullptr;
    }
    auto found = workers_.find(hello.incarnation);
    if (found == workers_.end()) {
        if (workers_.size() >= config_.workers_max) {
            actions.emplace_back(RefuseWorker{hello.incarnation, RefusalReason::workers_full});
            return nullptr;
        }
        found = workers_.emplace(hello.incarnation, WorkerRow{}).first;
        found->second.incarnation = hello.incarnation;
        found->second.check_at = now_ + heartbeat_terms(config_, workers_.size()).silence_max;
        silence_checks_.emplace(found->second.check_at, hello.incarnation);
    } else {
        forget_in_indexes(found->second);
    }
    WorkerRow& worker = found->second;
    count_in(worker, hello);
    if (worker.state == WorkerState::awaited) {
        actions.emplace_back(Notice{NoticeKind::worker_joined, hello.name, {}, 0, {}, hello.host});
    }
    worker.name = hello.name;
    worker.host = hello.host.empty() ? hello.name : hello.host;
    worker.threads = hello.threads;
    worker.memory_bytes = hello.memory_bytes;
    worker.isa = hello.isa;
    worker.ability = ability_of(hello.isa, hello.memory_bytes, hello.threads);
    MachineKind kind{hello.isa, hello.cpu_model, hello.threads, hello.memory_bytes >> 30U};
    if (!worker.speed.measured || kind != worker.kind) {
        worker.speed = speeds_.guess(kind);
    }
    worker.kind = std::move(kind);
    worker.draining = hello.draining;
    worker.state = WorkerState::active;
    worker.heard_at = now_;
    worker.ends_at.reset();
    if (hello.ends_in) {
        worker.ends_at = now_ + std::clamp(*hello.ends_in, Duration{0}, config_.worker_life_max);
    }
    by_host_[worker.host].insert(worker.incarnation);
    return &worker;
}

/// After a Hello both sides must mean the same leases: what only we know is lost, what only the
/// worker knows is revoked.
void SchedulerCore::reconcile_held(WorkerRow& worker,
                                   const std::vector<HeldLease>& held,
                                   Actions& actions) {
    const auto leases = worker.leases;  // A copy: leases end while we walk.
    for (const auto& [attempt, job] : leases) {
        const auto same = std::find_if(held.begin(), held.end(), [&](const HeldLease& lease) {
            return lease.attempt == attempt;
        });
        JobRow& row = jobs_.at(job);
        if (same != held.end()) {
            row.leases.at(attempt).confirmed_at = now_;
            shrink_to_held(row, attempt, same->open, actions);
        } else {
            end_lease(row, attempt, LeaseEnd::lost, actions);
            // The Hello may have crossed the grant on its way: then it must be taken back.
            actions.emplace_back(RevokeLease{worker.incarnation, attempt, RevokeReason::expired});
        }
    }
    for (const HeldLease& lease : held) {
        if (!worker.leases.contains(lease.attempt) && !leases.contains(lease.attempt)) {
            actions.emplace_back(
                RevokeLease{worker.incarnation, lease.attempt, RevokeReason::unknown});
        }
    }
}

/// Blocks that the worker no longer counts as open were returned or failed, and the word was lost.
void SchedulerCore::shrink_to_held(JobRow& job,
                                   Attempt attempt,
                                   const std::vector<BlockRange>& held,
                                   Actions& actions) {
    IntervalSet gone;
    for (const BlockRange range : held_blocks(job.leases.at(attempt))) {
        gone.add(range);
    }
    for (const BlockRange range : normalised(held)) {
        for (const BlockRange part : gone.intersection(range)) {
            gone.remove(part);
        }
    }
    if (gone.empty()) {
        return;
    }
    for (const BlockRange range : gone.ranges()) {
        give_back(job, attempt, range);
    }
    ledger(job).blocks_repeated += gone.size();
    journal_shrunk(job, attempt, actions);
    refresh(job);
}

void SchedulerCore::on(const WorkerHeartbeat& heartbeat, Actions& actions) {
    WorkerRow* const worker = fenced(heartbeat.incarnation, heartbeat.epoch, actions);
    if (worker == nullptr) {
        return;
    }
    const HeartbeatTerms terms = tell_terms(*worker);
    actions.emplace_back(AnswerHeartbeat{worker->incarnation, terms.interval, terms.silence_max});
    worker->draining = worker->draining || heartbeat.draining;
    for (const LeaseProgress& progress : heartbeat.held) {
        note_progress(*worker, progress, actions);
    }
    drop_unconfirmed(*worker, heartbeat.held, actions);
    refresh(*worker);
}

void SchedulerCore::note_progress(WorkerRow& worker,
                                  const LeaseProgress& progress,
                                  Actions& actions) {
    const auto found = worker.leases.find(progress.attempt);
    if (found == worker.leases.end()) {
        actions.emplace_back(
            RevokeLease{worker.incarnation, progress.attempt, RevokeReason::unknown});
        return;
    }
    JobRow& job = jobs_.at(found->second);
    Lease& lease = job.leases.at(progress.attempt);
    lease.confirmed_at = now_;
    if (progress.started && !lease.started_at) {
        lease.started_at = now_;
    }
    if (progress.blocks_done > lease.blocks_done || !progress.started || !lease.started) {
        lease.blocks_done = std::max(lease.blocks_done, progress.blocks_done);
        lease.started = progress.started;
        lease.progress_at = now_;
    }
    judge_progress(worker, progress.attempt, actions);
}

/// Ends leases the worker shows no sign of: the grant, or the word that it is over, was lost. A
/// grant may still be under way, so one heartbeat without it proves nothing.
void SchedulerCore::drop_unconfirmed(WorkerRow& worker,
                                     const std::vector<LeaseProgress>& held,
                                     Actions& actions) {
    std::vector<std::pair<Attempt, JobId>> dropped;  // As a rule none; leases end while we walk.
    for (const auto& [attempt, job] : worker.leases) {
        const bool mentioned = std::any_of(
            held.begin(), held.end(), [&](const auto& lease) { return lease.attempt == attempt; });
        if (!mentioned &&
            now_ - jobs_.at(job).leases.at(attempt).confirmed_at >= config_.lease_unconfirmed_max) {
            dropped.emplace_back(attempt, job);
        }
    }
    for (const auto& [attempt, job] : dropped) {
        ++stats_.leases_unconfirmed;
        end_lease(jobs_.at(job), attempt, LeaseEnd::lost, actions);
        actions.emplace_back(RevokeLease{worker.incarnation, attempt, RevokeReason::expired});
    }
}

void SchedulerCore::on(const WorkerLeaving& leaving, Actions& actions) {
    const auto found = workers_.find(leaving.incarnation);
    if (found == workers_.end() || leaving.epoch != epoch_) {
        ++(leaving.epoch != epoch_ ? stats_.ignored_old_epoch : stats_.ignored_unknown_worker);
        return;  // It is gone by now; asking it to come back would be of no use.
    }
    ++stats_.workers_left;
    actions.emplace_back(Notice{NoticeKind::worker_left, found->second.name, {}, 0, {}});
    remove_worker(leaving.incarnation, LeaseEnd::returned, actions);
}

HeartbeatTerms SchedulerCore::tell_terms(WorkerRow& worker) {
    const HeartbeatTerms terms = heartbeat_terms(config_, workers_.size());
    worker.silence_max = std::max(worker.silence_told, terms.silence_max);
    worker.silence_told = terms.silence_max;
    if (worker.check_at > worker.heard_at + worker.silence_max) {
        check_silence_at(worker, worker.heard_at + worker.silence_max);
    }
    return terms;
}

void SchedulerCore::check_silence_at(WorkerRow& worker, Instant at) {
    silence_checks_.erase({worker.check_at, worker.incarnation});
    worker.check_at = at;
    silence_checks_.emplace(at, worker.incarnation);
}

void SchedulerCore::expire_workers(Actions& actions) {
    while (!silence_checks_.empty() && silence_checks_.begin()->first <= now_) {
        const Incarnation incarnation = silence_checks_.begin()->second;
        WorkerRow& worker = workers_.at(incarnation);
        const Instant lost_at = worker.heard_at + worker.silence_max;
        if (lost_at > now_) {
            check_silence_at(worker, lost_at);
            continue;
        }
        ++stats_.workers_lost;
        actions.emplace_back(Notice{NoticeKind::worker_lost, worker.name, {}, 0, {}});
        remove_worker(incarnation, LeaseEnd::lost, actions);
    }
}

void SchedulerCore::remove_worker(Incarnation incarnation, LeaseEnd how, Actions& actions) {
    WorkerRow& worker = workers_.at(incarnation);
    const auto leases = worker.leases;
    for (const auto& [attempt, job] : leases) {
        JobRow& row = jobs_.at(job);
        if (how == LeaseEnd::lost) {
            note_vanished(row, row.leases.at(attempt), actions);
        }
        end_lease(row, attempt, how, actions);
    }
    count_out(worker, how);
    forget_in_indexes(worker);
    for (auto& [job, row] : jobs_) {
        row.cost_by_worker.erase(incarnation);
    }
    CHECK(silence_checks_.erase({worker.check_at, incarnation}) == 1);
    workers_.erase(incarnation);
}

void SchedulerCore::refresh(WorkerRow& worker) {
    const Standing standing = blame_.standing(worker.host);
    const bool takes_work = worker.state == WorkerState::active && !worker.draining &&
                            standing != Standing::quarantined;
    const bool counts = takes_work && standing == Standing::good;
    if (counts != worker.counted) {
        count(worker, counts);
        if (counts) {
            ++in_good_standing_[worker.host];
        } else {
            if (--in_good_standing_.at(worker.host) == 0) {
                in_good_standing_.erase(worker.host);
            }
        }
    }
    const auto leases = static_cast<std::uint32_t>(worker.leases.size());
    std::uint32_t leases_max = config_.leases_per_worker_max;
    if (standing == Standing::on_probation) {
        leases_max = 1;
    } else if (worker.planned < config_.prefetch_time) {
        leases_max = std::max(leases_max, config_.short_leases_per_worker_max);
    }
    std::optional<std::uint32_t> hungry;
    if (takes_work && leases < leases_max && worker.late_leases == 0) {
        hungry = leases;
    }
    if (hungry == worker.hungry) {
        return;
    }
    if (worker.hungry) {
        hungry_.erase({*worker.hungry, worker.incarnation});
    }
    worker.hungry = hungry;
    if (hungry) {
        hungry_.emplace(*hungry, worker.incarnation);
    }
}

void SchedulerCore::count(WorkerRow& worker, bool counts) {
    if (worker.counted) {
        abilities_.remove(worker.ability, worker.capacity);
        threads_total_ -= worker.threads;
    }
    worker.counted = counts;
    if (counts) {
        worker.capacity = worker.threads * worker.speed.speed;
        abilities_.add(worker.ability, worker.capacity);
        threads_total_ += worker.threads;
    }
}

void SchedulerCore::forget_in_indexes(WorkerRow& worker) {
    const WorkerState state = worker.state;
    worker.state = WorkerState::awaited;  // Which is in no index but that of names.
    refresh(worker);
    worker.state = state;
    const auto named = by_host_.find(worker.host);
    if (named != by_host_.end()) {
        named->second.erase(worker.incarnation);
        if (named->second.empty()) {
            by_host_.erase(named);
        }
    }
}

}  // namespace vargrid::scheduler
