#include "tests/sim/sim_worker.hpp"

#include "worker/core/describe.hpp"

#include "simulate/wire.hpp"

#include <algorithm>
#include <chrono>

namespace vargrid::sim {

using namespace std::chrono_literals;

SimWorker::SimWorker(SimWorld& world, std::uint32_t index) : world_{world} {
    config_.name = "host" + std::to_string(index / world.plan.hosts_per_name);
    config_.threads = static_cast<std::uint32_t>(1 + world.random.below(world.plan.threads_max));
    config_.isa = "avx2";
    config_.commit_interval = 2s;
    config_.stop_max = 15s;
    const auto skew = static_cast<std::int64_t>(world.plan.clock_skew_permille);
    if (skew > 0) {
        clock_permille_ += world.random.between(-skew, skew);
    }
    if (world.plan.workers_leave_when_idle) {
        config_.idle_timeout = 3s;
    }
}

void SimWorker::start() {
    if (is_alive()) {
        return;
    }
    ++life_;
    config_.incarnation = Incarnation{world_.random.next()};
    session_ = std::make_unique<worker::WorkerSession>(config_);
    running_.clear();
    paused_until_ = Instant{};
    world_.trace(config_.name + " starts");
    turn(std::nullopt);
}

void SimWorker::end_life(Duration restart_after) {
    stats_ = stats_total();
    session_.reset();
    running_.clear();
    ++life_;
    world_.timeline.plan_after(restart_after, [this] { start(); });
}

worker::Stats SimWorker::stats_total() const {
    worker::Stats total = stats_;
    if (!is_alive()) {
        return total;
    }
    const worker::Stats& stats = session_->stats();
    total.reconnects += stats.reconnects;
    total.tasks_revoked += stats.tasks_revoked;
    total.commits_accepted += stats.commits_accepted;
    total.commits_refused += stats.commits_refused;
    total.commits_offered_again += stats.commits_offered_again;
    total.ignored_old_epoch += stats.ignored_old_epoch;
    total.ignored_grant += stats.ignored_grant;
    return total;
}

void SimWorker::crash() {
    if (is_alive()) {
        world_.trace(config_.name + " is killed");
        world_.network.reset(config_.incarnation);
        end_life(Duration{world_.random.between(0, 8'000'000'000)});
    }
}

void SimWorker::pause(Instant until) {
    if (is_alive()) {
        world_.trace(config_.name + " is stopped");
        paused_until_ = std::max(paused_until_, until);
    }
}

void SimWorker::drain(Duration grace) {
    if (!is_alive()) {
        return;
    }
    world_.trace(config_.name + " is told to drain");
    plan_after(0s, [this, grace] { turn(worker::DrainRequested{grace}); });
    plan_after(grace / 2, [this, grace] { turn(worker::DrainRequested{grace}); });
    const std::uint64_t life = life_;
    world_.timeline.plan_after(grace + 50ms, [this, life] {
        if (life == life_) {
            crash();
        }
    });
}

void SimWorker::heal() {
    slow_until_ = bad_until_ = disk_full_until_ = lies_until_ = Instant{};
    store_slow_until_ = store_unsure_until_ = Instant{};
    hang_next_ = false;
    paused_until_ = world_.timeline.now();
    start();
}

void SimWorker::receive(Incarnation to, const worker::Event& message) {
    if (!is_alive() || to != config_.incarnation) {
        return;
    }
    plan_after(0s, [this, what = message.what] { turn(what); });
}

void SimWorker::plan_after(Duration delay, std::function<void()> step) {
    world_.timeline.plan_after(
        delay, [this, life = life_, step = std::move(step)] { run_in_life(life, step); });
}

void SimWorker::run_in_life(std::uint64_t life, const std::function<void()>& step) {
    if (life != life_) {
        return;
    }
    if (world_.timeline.now() < paused_until_) {
        world_.timeline.plan(paused_until_, [this, life, step] { run_in_life(life, step); });
        return;
    }
    step();
}

void SimWorker::turn(std::optional<decltype(worker::Event::what)> what) {
    std::vector<worker::Action> actions;
    const Instant now = own_time();
    if (what) {
        session_->apply({now, *what}, actions);
    }
    session_->apply({now, worker::Tick{}}, actions);
    session_->check_invariants();
    const std::uint64_t life = life_;
    for (const worker::Action& action : actions) {
        if (life == life_) {  // Exit ends it.
            carry_out(action);
        }
    }
    if (life == life_) {
        plan_wake();
    }
}

void SimWorker::plan_wake() {
    const auto next = session_->next_deadline();
    if (!next) {
        return;
    }
    const std::uint64_t wake = ++wake_;
    plan_after(true_time(*next) - world_.timeline.now(), [this, wake] {
        if (wake == wake_) {  // A later turn made its own plan.
            turn(std::nullopt);
        }
    });
}

Instant SimWorker::own_time() const {
    return Instant{world_.timeline.now().nanoseconds / 1'000 * clock_permille_};
}

Instant SimWorker::true_time(Instant own) const {
    // The first moment at which own_time() has got there.
    const std::int64_t thousands = (own.nanoseconds + clock_permille_ - 1) / clock_permille_;
    return Instant{thousands * 1'000};
}

void SimWorker::carry_out(const worker::Action& action) {
    if (auto message = simulate::to_scheduler(action, config_, session_->epoch())) {
        if (const auto* commit = std::get_if<scheduler::BlocksCommitted>(&message->what)) {
            world_.ledger.offered(commit->attempt, commit->part, commit->ranges);
        }
        world_.network.send_up(config_.incarnation, std::move(*message));
        return;
    }
    world_.trace(config_.name + " " + worker::describe(action));
    std::visit(
        [&](const auto& what) {
            if constexpr (requires { this->on(what); }) {
                on(what);
            }
        },
        action);
}

void SimWorker::on(const worker::Reconnect& /*reconnect*/) {
    world_.network.reset(config_.incarnation);
}

void SimWorker::on(const worker::StartTask& start) {
    for (const auto& [attempt, task] : running_) {
        if (!task.stopping && task.next < task.lease.range.last) {
            world_.ledger.fail(config_.name + " starts a task while another has blocks to begin");
        }
    }
    running_.emplace(start.lease.attempt,
                     Running{start.lease, start.lease.range.first, 0, 0, false, false});
    fill_threads();
}

void SimWorker::on(const worker::StopTask& stop) {
    const auto task = running_.find(stop.attempt);
    if (task != running_.end()) {
        Running& running = task->second;
        running.stopping = true;
        if (running.next < running.lease.range.last) {
            const BlockRange rest{running.next, running.lease.range.last};
            plan_after(10us, [this, attempt = stop.attempt, rest] {
                turn(worker::BlocksNotBegun{attempt, rest});
            });
        }
        stop_if_idle(stop.attempt);
    }
}

void SimWorker::on(const worker::DropTask& drop) {
    const auto task = running_.find(drop.attempt);
    if (task != running_.end()) {
        task->second.stopping = true;
        task->second.dropped = true;
        stop_if_idle(drop.attempt);
    }
}

std::uint32_t SimWorker::busy_threads() const {
    std::uint32_t busy = 0;
    for (const auto& [attempt, task] : running_) {
        busy += task.busy;
    }
    return busy;
}

void SimWorker::fill_threads() {
    for (auto& [attempt, task] : running_) {
        while (!task.stopping && task.next < task.lease.range.last &&
               busy_threads() < config_.threads) {
            begin_block(task);
        }
    }
}

void SimWorker::begin_block(Running& task) {
    const Attempt attempt = task.lease.attempt;
    const std::uint64_t block = task.next++;
    ++task.busy;
    if (task.next == task.lease.range.last) {
        plan_after(10us, [this, attempt] { turn(worker::TaskEmptied{attempt}); });
    }
    if (hang_next_) {
        hang_next_ = false;
        ++task.hung;
        return;
    }
    const bool slow = world_.timeline.now() < slow_until_;
    const Duration took{world_.plan.block_cost.count() * (slow ? 10 : 1) / 100 *
                        world_.random.between(70, 130)};
    plan_after(took, [this, attempt, block, took] {
        if (running_.contains(attempt)) {
            finish_block(attempt, block, took);
        }
    });
}

std::optional<std::pair<worker::FaultCause, std::string>> SimWorker::fault_of(JobId job,
                                                                              std::uint64_t block) {
    const auto poison = world_.poison.find(job);
    if (poison != world_.poison.end() && poison->second.contains(block)) {
        return std::pair{worker::FaultCause::task, std::string{"poison"}};
    }
    if (world_.timeline.now() < bad_until_) {
        const bool own = world_.random.chance(1, 2);
        return std::pair{own ? worker::FaultCause::task : worker::FaultCause::host,
                         std::string{"bad host"}};
    }
    return std::nullopt;
}

void SimWorker::finish_block(Attempt attempt, std::uint64_t block, Duration took) {
    Running& task = running_.at(attempt);
    --task.busy;
    if (!task.dropped) {
        ++blocks_computed_;
        const std::uint64_t life = life_;
        if (auto fault = fault_of(task.lease.job, block)) {
            turn(worker::BlockFailed{attempt, block, fault->first, fault->second, took});
        } else {
            turn(worker::BlocksDone{attempt, single_block(block), took});
        }
        if (life != life_) {
            return;
        }
    }
    fill_threads();
    stop_if_idle(attempt);
}

void SimWorker::stop_if_idle(Attempt attempt) {
    const auto task = running_.find(attempt);
    if (task == running_.end() || task->second.busy > 0 ||
        (!task->second.stopping && task->second.next < task->second.lease.range.last)) {
        return;
    }
    plan_after(10us, [this, attempt] {
        if (running_.erase(attempt) == 1) {
            turn(worker::TaskStopped{attempt, {}, {}});
        }
    });
}

void SimWorker::on(const worker::WriteShard& write) {
    Duration took{world_.random.between(100'000, 30'000'000)};
    if (world_.timeline.now() < store_slow_until_) {
        took *= 300;
    }
    plan_after(took, [this, write] {
        if (world_.timeline.now() < disk_full_until_) {
            turn(worker::ShardFailed{write.attempt, write.part, "disk full"});
            return;
        }
        worker::ShardWritten written{write.attempt, write.part, {}, {}};
        for (const BlockRange range : write.ranges) {
            written.ranges.push_back({range, digest_of(write, range)});
        }
        if (!write.digest_only) {
            written.name = "shard-" + std::to_string(write.attempt.value());
            world_.ledger.written(write.attempt, write.part);
        }
        if (world_.timeline.now() < store_unsure_until_) {
            turn(worker::ShardFailed{write.attempt, write.part, "no answer from the store"});
            return;
        }
        turn(std::move(written));
    });
}

/// A liar's bits are its own: no two of them agree.
BlockDigest SimWorker::digest_of(const worker::WriteShard& write, BlockRange range) {
    BlockDigest digest = true_digest(write.job, range);
    if (world_.timeline.now() < lies_until_ && !write.final_step) {
        world_.ledger.lied(config_.name);
        for (const char letter : config_.name) {
            digest.high = digest.high * 31 + static_cast<unsigned char>(letter);
        }
    }
    return digest;
}

void SimWorker::on(const worker::DeleteShard& shard) {
    world_.ledger.deleted(shard.attempt, shard.part);
}

void SimWorker::on(const worker::Exit& exit) {
    world_.trace(config_.name + " exits with " + std::to_string(exit.code));
    end_life(Duration{world_.random.between(0, 5'000'000'000)});
}

}  // namespace vargrid::sim
