// WorkerSession: leases and what becomes of their blocks.
#include "base/check.hpp"
#include "worker/core/worker_session.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::worker {

Task* WorkerSession::find_task(Attempt attempt) {
    const auto found = tasks_.find(attempt);
    if (found == tasks_.end()) {
        ++stats_.ignored_unknown_task;
        return nullptr;
    }
    return &found->second;
}

std::optional<Instant> WorkerSession::hung_since() const {
    std::optional<Instant> since;
    for (const auto& [attempt, task] : tasks_) {
        if (const auto dropped = task.is_running() ? task.dropped_at() : std::nullopt) {
            since = since ? std::min(*since, *dropped) : *dropped;
        }
    }
    return since;
}

void WorkerSession::erase_if_over(Attempt attempt) {
    const auto found = tasks_.find(attempt);
    if (found == tasks_.end() || !found->second.is_over()) {
        return;
    }
    tasks_.erase(found);
    if (tasks_.empty()) {
        idle_since_ = now_;
    }
}

void WorkerSession::on(const LeaseGranted& granted, Actions& /*actions*/) {
    if (!heard(granted.epoch)) {
        return;
    }
    const Attempt attempt = granted.lease.attempt;
    // A grant that comes twice must not run twice: its shards would overwrite committed ones.
    if (granted.epoch != epoch_ || attempt <= attempt_max_ || granted.lease.range.empty()) {
        ++stats_.ignored_grant;
        return;
    }
    attempt_max_ = attempt;
    Task task{granted.lease};
    if (is_draining()) {
        task.return_rest(ReturnReason::drain, {}, Duration{0});
    } else if (tasks_.size() >= config_.leases_max) {
        task.return_rest(ReturnReason::unneeded, {}, Duration{0});
    }
    tasks_.emplace(attempt, std::move(task));
}

/// Somebody else shall do what has not been begun here. What is under way goes on: it may well be
/// done first.
void WorkerSession::on(const LeaseYielded& yielded, Actions& actions) {
    if (!heard(yielded.epoch)) {
        return;
    }
    Task* const task = find_task(yielded.attempt);
    if (task == nullptr || task->is_dropped() || task->has_yielded() || task->lease().final_step) {
        return;
    }
    ++stats_.tasks_yielded;
    task->yield();
    if (task->is_waiting()) {
        task->return_rest(ReturnReason::unneeded, {}, Duration{0});
    } else if (task->is_running()) {
        actions.emplace_back(StopTask{yielded.attempt});
    }
}

void WorkerSession::on(const LeaseRevoked& revoked, Actions& actions) {
    if (!heard(revoked.epoch)) {
        return;
    }
    Task* const task = find_task(revoked.attempt);
    if (task == nullptr || task->is_dropped()) {
        return;
    }
    ++stats_.tasks_revoked;
    if (task->is_running()) {
        actions.emplace_back(DropTask{revoked.attempt});
    }
    for (auto& [part, shard] : task->drop(now_)) {
        actions.emplace_back(DeleteShard{task->lease().job,
                                         revoked.attempt,
                                         part,
                                         std::move(shard.name),
                                         task->lease().final_step});
    }
    erase_if_over(revoked.attempt);
}

void WorkerSession::on(const CommitAccepted& accepted, Actions& /*actions*/) {
    if (!heard(accepted.epoch)) {
        return;
    }
    Task* const task = find_task(accepted.attempt);
    if (task == nullptr || task->shard(accepted.part) == nullptr) {
        return;
    }
    ++stats_.commits_accepted;
    task->remove_shard(accepted.part);
    erase_if_over(accepted.attempt);
}

void WorkerSession::on(const CommitRefused& refused, Actions& actions) {
    if (!heard(refused.epoch)) {
        return;
    }
    Task* const task = find_task(refused.attempt);
    Task::Shard* const shard = task == nullptr ? nullptr : task->shard(refused.part);
    if (shard == nullptr) {
        return;
    }
    ++stats_.commits_refused;
    if (refused.delete_shard) {
        actions.emplace_back(DeleteShard{task->lease().job,
                                         refused.attempt,
                                         refused.part,
                                         shard->name,
                                         task->lease().final_step});
    }
    task->remove_shard(refused.part);
    erase_if_over(refused.attempt);
}

void WorkerSession::on(const BlocksDone& done, Actions& /*actions*/) {
    Task* const task = find_task(done.attempt);
    if (task != nullptr && !task->finish(done.range, done.core_time, now_)) {
        ++stats_.ignored_unknown_task;
    }
}

void WorkerSession::on(const BlocksNotBegun& rest, Actions& /*actions*/) {
    Task* const task = find_task(rest.attempt);
    const ReturnReason reason = is_draining() ? ReturnReason::drain : ReturnReason::unneeded;
    if (task != nullptr && (!task->is_running() || !task->return_blocks(rest.range, reason))) {
        ++stats_.ignored_unknown_task;
    }
}

void WorkerSession::on(const BlockFailed& failed, Actions& /*actions*/) {
    Task* const task = find_task(failed.attempt);
    if (task != nullptr && !task->fail(failed)) {
        ++stats_.ignored_unknown_task;
    }
}

void WorkerSession::on(const TaskEmptied& emptied, Actions& /*actions*/) {
    Task* const task = find_task(emptied.attempt);
    if (task != nullptr && task->is_running()) {
        task->note_emptied();
    }
}

void WorkerSession::on(const TaskBegun& begun, Actions& /*actions*/) {
    Task* const task = find_task(begun.attempt);
    if (task != nullptr && task->is_running()) {
        task->begin(begun);
    }
}

void WorkerSession::on(const TaskStopped& stopped, Actions& /*actions*/) {
    Task* const task = find_task(stopped.attempt);
    if (task == nullptr || !task->is_running()) {
        return;
    }
    task->stop();
    if (!stopped.failure.empty()) {
        task->return_rest(ReturnReason::host_fault, stopped.failure, stopped.core_time);
    } else if (is_draining()) {
        task->return_rest(ReturnReason::drain, {}, stopped.core_time);
    } else if (task->has_yielded()) {
        task->return_rest(ReturnReason::unneeded, {}, stopped.core_time);
    } else {
        task->return_rest(ReturnReason::host_fault,
                          "the executor stopped before the task was done",
                          stopped.core_time);
    }
    erase_if_over(stopped.attempt);
}

void WorkerSession::on(const ShardWritten& written, Actions& actions) {
    Task* const task = find_task(written.attempt);
    Task::Shard* const shard = task == nullptr ? nullptr : task->shard(written.part);
    if (shard == nullptr || shard->written) {
        return;
    }
    if (task->is_dropped()) {  // Never offered, so nobody can have counted on it.
        actions.emplace_back(DeleteShard{task->lease().job,
                                         written.attempt,
                                         written.part,
                                         written.name,
                                         task->lease().final_step});
        task->remove_shard(written.part);
        erase_if_over(written.attempt);
        return;
    }
    shard->written = true;
    shard->name = written.name;
    shard->digests = written.ranges;
}

void WorkerSession::on(const ShardFailed& failed, Actions& /*actions*/) {
    Task* const task = find_task(failed.attempt);
    Task::Shard* const shard = task == nullptr ? nullptr : task->shard(failed.part);
    if (shard == nullptr || shard->written) {
        return;
    }
    task->give_up_shard(failed.part, failed.message);
    erase_if_over(failed.attempt);
}

void WorkerSession::start_next(Actions& actions) {
    const bool busy = std::any_of(tasks_.begin(), tasks_.end(), [](const auto& entry) {
        return entry.second.is_running() && !entry.second.is_emptied();
    });
    if (is_draining() || busy) {
        return;
    }
    for (auto& [attempt, task] : tasks_) {
        if (task.is_waiting()) {
            task.start(now_);
            ++stats_.tasks_started;
            actions.emplace_back(StartTask{task.lease()});
            return;
        }
    }
}

/// A shard is cut when the task has stopped, or when finished blocks have waited long enough: what
/// is committed cannot be lost to a reclaim.
void WorkerSession::cut_shards(Actions& actions) {
    for (auto& [attempt, task] : tasks_) {
        if (task.has_finished_blocks() && (!task.is_running() || task.has_yielded() ||
                                           now_ - task.finished_since() >= commit_interval(task))) {
            actions.emplace_back(task.cut_shard());
        }
    }
}

/// Near the end of a drain: blocks in flight are given up, so that what is finished gets written.
void WorkerSession::cut_short(Actions& actions) {
    if (!is_draining() || now_ < cut_short_at_) {
        return;
    }
    for (auto& [attempt, task] : tasks_) {
        if (!task.is_running() || task.is_dropped() || task.is_abandoned()) {
            continue;
        }
        if (task.has_finished_blocks()) {
            actions.emplace_back(task.cut_shard());
        }
        actions.emplace_back(DropTask{attempt});
        task.abandon(now_, config_.threads);
    }
}

void WorkerSession::offer_shards(Actions& actions) {
    if (!welcome_) {
        return;
    }
    for (auto& [attempt, task] : tasks_) {
        for (auto& [part, shard] : task.shards()) {
            const bool due =
                !shard.offered_at || now_ - *shard.offered_at >= config_.commit_reply_max;
            if (!shard.written || !due) {
                continue;
            }
            stats_.commits_offered_again += shard.offered_once ? 1U : 0U;
            shard.offered_at = now_;
            shard.offered_once = true;
            actions.emplace_back(SendCommit{task.lease().job,
                                            attempt,
                                            part,
                                            shard.digests,
                                            shard.name,
                                            shard.core_time,
                                            shard.start_up});
        }
    }
}

/// Failures and returns are sent once; if they are lost, the next Hello or heartbeat shows it.
void WorkerSession::report(Actions& actions) {
    if (!welcome_) {
        return;
    }
    std::vector<Attempt> attempts;
    for (auto& [attempt, task] : tasks_) {
        for (SendBlockFailed& failed : task.take_failures()) {
            actions.emplace_back(std::move(failed));
        }
        for (SendReturn& returned : task.take_returns()) {
            actions.emplace_back(std::move(returned));
        }
        attempts.push_back(attempt);
    }
    for (const Attempt attempt : attempts) {
        erase_if_over(attempt);
    }
}

Duration WorkerSession::commit_interval(const Task& task) const {
    const Duration own = task.lease().commit_interval;
    return own.count() > 0 ? own : config_.commit_interval;
}

}  // namespace vargrid::worker
