#include "worker/core/worker_session.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::worker {

WorkerSession::WorkerSession(WorkerConfig config)
    : config_{std::move(config)},
      heartbeat_interval_{config_.heartbeat_interval},
      silence_max_{config_.silence_max},
      hello_retry_{config_.hello_retry_first} {
    CHECK(config_.threads >= 1 && config_.hello_retry_first.count() > 0);
}

void WorkerSession::apply(const Event& event, std::vector<Action>& actions) {
    CHECK_MSG(event.at >= now_, "time ran back");
    now_ = event.at;
    ++stats_.events;
    if (exited_) {
        ++stats_.ignored_after_exit;
        return;
    }
    std::visit([&](const auto& what) { on(what, actions); }, event.what);
}

void WorkerSession::on(const Tick& /*tick*/, Actions& actions) {
    if (!begun_) {
        begun_ = true;
        begun_at_ = now_;
        heard_at_ = now_;
        idle_since_ = now_;
        hello_at_ = now_;
        reconnect_at_ = now_ + silence_max_;
        if (config_.life) {
            const Duration life = std::max(*config_.life, Duration{0});
            ends_at_ = now_ + life;
            end_drain_at_ = *ends_at_ - std::min(config_.end_grace, life / 2);
        }
    }
    watch_end(actions);
    if (const auto hung = hung_since(); hung && now_ - *hung >= config_.stop_max) {
        leave(kExitFailed, actions);
        return;
    }
    tend_link(actions);
    start_next(actions);
    cut_shards(actions);
    cut_short(actions);
    offer_shards(actions);
    report(actions);
    if (welcome_ && now_ >= heartbeat_at_) {
        send_heartbeat(actions);
    }
    leave_if_done(actions);
}

bool WorkerSession::heard(Epoch epoch) {
    if (epoch < epoch_) {
        ++stats_.ignored_old_epoch;
        return false;
    }
    heard_at_ = now_;
    reconnect_at_ = now_ + silence_max_;
    return true;
}

void WorkerSession::introduce_again() {
    if (welcome_) {
        welcome_ = false;
        hello_at_ = now_;
        hello_retry_ = config_.hello_retry_first;
    }
}

void WorkerSession::on(const Welcome& welcome, Actions& /*actions*/) {
    if (!heard(welcome.epoch)) {
        return;
    }
    epoch_ = welcome.epoch;
    welcome_ = true;
    follow_terms(welcome.heartbeat_interval, welcome.silence_max);
    reconnect_at_ = now_ + silence_max_;
    heartbeat_at_ = now_ + heartbeat_interval_;
    // Whatever was offered before this Hello may have been lost with the old connection.
    for (auto& [attempt, task] : tasks_) {
        for (auto& [part, shard] : task.shards()) {
            shard.offered_at.reset();
        }
    }
}

void WorkerSession::on(const HelloRefused& refused, Actions& /*actions*/) {
    if (heard(refused.epoch)) {
        welcome_ = false;
        hello_at_ = now_ + config_.refused_retry;
    }
}

void WorkerSession::on(const Reintroduce& reintroduce, Actions& /*actions*/) {
    if (heard(reintroduce.epoch)) {
        introduce_again();
    }
}

void WorkerSession::on(const HeartbeatAnswered& answered, Actions& /*actions*/) {
    if (!heard(answered.epoch)) {
        return;
    }
    if (answered.epoch > epoch_) {
        introduce_again();
    } else if (answered.heartbeat_interval.count() > 0) {
        follow_terms(answered.heartbeat_interval, answered.silence_max);
        heartbeat_at_ = std::min(heartbeat_at_, now_ + heartbeat_interval_);
        reconnect_at_ = now_ + silence_max_;
    }
}

void WorkerSession::follow_terms(Duration heartbeat_interval, Duration silence_max) {
    heartbeat_interval_ = std::max(heartbeat_interval, Duration{1});
    silence_max_ = std::max(silence_max, heartbeat_interval_);
}

void WorkerSession::on(const DrainRequested& drain, Actions& actions) {
    const Duration left = ends_at_ ? std::min(drain.grace, *ends_at_ - now_) : drain.grace;
    const Duration grace = std::max(left, Duration{0});
    const Instant by = now_ + grace;
    const Duration reserve = std::min(grace / 4, config_.drain_reserve_max);
    if (drain_by_) {  // A second notice may hurry us, never give us more time.
        drain_by_ = std::min(*drain_by_, by);
        cut_short_at_ = std::min(cut_short_at_, by - reserve);
        return;
    }
    drain_by_ = by;
    cut_short_at_ = by - reserve;
    heartbeat_at_ = now_;  // Says that we want nothing new.
    for (auto& [attempt, task] : tasks_) {
        if (task.is_waiting()) {
            task.return_rest(ReturnReason::drain, {}, Duration{0});
        } else if (task.is_running() && !task.is_dropped()) {
            actions.emplace_back(StopTask{attempt});
        }
    }
}

void WorkerSession::watch_end(Actions& actions) {
    if (ends_at_ && !drain_by_ && now_ >= end_drain_at_) {
        on(DrainRequested{*ends_at_ - now_}, actions);
    }
}

void WorkerSession::tend_link(Actions& actions) {
    if (welcome_ && now_ - heard_at_ >= silence_max_) {
        introduce_again();
    }
    if (welcome_ || now_ < hello_at_) {
        return;
    }
    if (now_ >= reconnect_at_) {
        ++stats_.reconnects;
        reconnect_at_ = now_ + silence_max_;
        actions.emplace_back(Reconnect{});
    }
    send_hello(actions);
}

void WorkerSession::send_hello(Actions& actions) {
    SendHello hello;
    hello.draining = is_draining();
    if (epoch_ == Epoch{}) {
        hello.started_ago = config_.age_at_start + (now_ - begun_at_);
    }
    for (const auto& [attempt, task] : tasks_) {
        if (!task.is_dropped()) {
            hello.held.push_back(HeldLease{task.lease().job, attempt, task.open()});
        }
    }
    if (ends_at_) {
        hello.ends_in = std::max(*ends_at_ - now_, Duration{1});
    }
    ++stats_.hellos;
    actions.emplace_back(std::move(hello));
    hello_at_ = now_ + hello_retry_;
    hello_retry_ = std::min(hello_retry_ * 2, config_.hello_retry_max);
}

void WorkerSession::send_heartbeat(Actions& actions) {
    SendHeartbeat heartbeat;
    heartbeat.draining = is_draining();
    for (const auto& [attempt, task] : tasks_) {
        if (!task.is_dropped()) {
            heartbeat.held.push_back(task.progress());
        }
    }
    actions.emplace_back(std::move(heartbeat));
    heartbeat_at_ = now_ + heartbeat_interval_;
}

void WorkerSession::leave(int code, Actions& actions) {
    if (welcome_) {
        actions.emplace_back(SendLeaving{});
    }
    actions.emplace_back(Exit{code});
    exited_ = true;
}

void WorkerSession::leave_if_done(Actions& actions) {
    if (drain_by_) {
        const bool done = std::all_of(tasks_.begin(), tasks_.end(), [](const auto& entry) {
            return entry.second.can_be_left();
        });
        if (done || now_ >= *drain_by_) {
            leave(kExitReclaimed, actions);
        }
    } else if (tasks_.empty() && config_.idle_timeout &&
               now_ - idle_since_ >= *config_.idle_timeout) {
        leave(kExitOk, actions);
    }
}

std::optional<Instant> WorkerSession::next_deadline() const {
    if (exited_) {
        return std::nullopt;
    }
    if (!begun_) {
        return now_;
    }
    Instant next = welcome_ ? std::min(heartbeat_at_, heard_at_ + silence_max_) : hello_at_;
    for (const auto& [attempt, task] : tasks_) {
        if (task.has_finished_blocks()) {
            next = std::min(next, task.finished_since() + commit_interval(task));
        }
        for (const auto& [part, shard] : task.shards()) {
            if (welcome_ && shard.offered_at) {
                next = std::min(next, *shard.offered_at + config_.commit_reply_max);
            }
        }
    }
    if (const auto hung = hung_since()) {
        next = std::min(next, *hung + config_.stop_max);
    }
    if (drain_by_) {
        next = std::min(next, now_ < cut_short_at_ ? cut_short_at_ : *drain_by_);
    } else {
        if (tasks_.empty() && config_.idle_timeout) {
            next = std::min(next, idle_since_ + *config_.idle_timeout);
        }
        if (ends_at_) {
            next = std::min(next, end_drain_at_);
        }
    }
    return next;
}

void WorkerSession::check_invariants() const {
    std::size_t beginning = 0;
    for (const auto& [attempt, task] : tasks_) {
        CHECK(attempt == task.lease().attempt && attempt <= attempt_max_);
        task.check_invariants();
        beginning += task.is_running() && !task.is_emptied() ? 1U : 0U;
    }
    CHECK_MSG(beginning <= 1, "two tasks compete for threads");
}

}  // namespace vargrid::worker
