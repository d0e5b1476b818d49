#include "tests/sim/sim_scheduler.hpp"

#include "scheduler/core/describe.hpp"

#include "simulate/wire.hpp"

#include <algorithm>
#include <chrono>

namespace vargrid::sim {

using namespace std::chrono_literals;

SimScheduler::SimScheduler(World world,
                           const scheduler::CoreConfig& config,
                           bool real_journal,
                           std::uint64_t seed)
    : world_{std::move(world)},
      config_{config},
      journal_{world_.ledger, config, real_journal, seed} {}

void SimScheduler::start() {
    if (is_alive()) {
        return;
    }
    ++life_;
    epoch_ = Epoch{epoch_.value() + 1};
    core_ = std::make_unique<scheduler::SchedulerCore>(config_);
    inbox_.clear();
    turn_planned_ = false;
    world_.trace("scheduler starts epoch " + std::to_string(epoch_.value()));
    std::vector<scheduler::Action> actions;
    const Instant now = world_.timeline.now();
    core_->apply({now, journal_.restore(epoch_)}, actions);
    core_->check_invariants();
    world_.ledger.scheduler_started(core_->job_summaries(), silence_awaited(), now);
    persist(std::move(actions));
    plan_turn(now + 1ms);
}

std::vector<scheduler::Action> SimScheduler::persist(std::vector<scheduler::Action> actions) {
    const std::vector<bool> is_record = journal_.write(actions);
    std::vector<scheduler::Action> messages;
    for (std::size_t i = 0; i < actions.size(); ++i) {
        if (!is_record[i]) {
            messages.push_back(std::move(actions[i]));
            continue;
        }
        world_.ledger.journaled(actions[i], world_.timeline.now());
        if (std::holds_alternative<scheduler::JournalJob>(actions[i])) {
            world_.to_client(actions[i]);
        }
    }
    return messages;
}

/// What a fleet of those who held leases may have been told: five heartbeats, as in the scheduler's
/// configuration, of as many a second as it takes.
Duration SimScheduler::silence_awaited() const {
    const auto holders = static_cast<Duration::rep>(world_.ledger.lease_holders());
    const Duration interval =
        std::max<Duration>(1s, Duration{1s} * holders / config_.heartbeats_per_second_max);
    return 5 * interval;
}

void SimScheduler::receive(const scheduler::Event& message) {
    if (!is_alive()) {
        // Its peer keeps what it could not send; half of it goes to the next scheduler.
        if (world_.random.chance(1, 2)) {
            world_.timeline.plan_after(500ms, [this, message] {
                if (is_alive()) {
                    receive(message);
                }
            });
        }
        return;
    }
    inbox_.push_back(message);
    plan_turn(world_.timeline.now() + Duration{world_.random.between(10'000, 2'000'000)});
}

void SimScheduler::plan_turn(Instant at) {
    at = std::max(at, busy_until_);
    if (turn_planned_ && turn_at_ <= at) {
        return;
    }
    turn_planned_ = true;
    turn_at_ = at;
    const std::uint64_t turn_number = ++turn_;
    world_.timeline.plan(at, [this, turn_number, life = life_] {
        if (life == life_ && turn_number == turn_) {
            turn_planned_ = false;
            turn();
        }
    });
}

void SimScheduler::turn() {
    const Instant now = world_.timeline.now();
    if (now < busy_until_) {
        plan_turn(busy_until_);
        return;
    }
    std::vector<scheduler::Action> actions;
    inbox_.push_back(scheduler::Event{now, scheduler::Tick{}});
    for (scheduler::Event& event : inbox_) {
        event.at = now;
        ++events_;
        if (!std::holds_alternative<scheduler::Tick>(event.what)) {
            world_.trace(scheduler::describe(event));
        }
        std::visit(
            [&](const auto& what) {
                if constexpr (requires { what.incarnation; }) {
                    world_.ledger.heard(what.incarnation, now);
                }
            },
            event.what);
        coverage_.note(*core_, event);
        core_->apply(event, actions);
    }
    inbox_.clear();
    core_->check_invariants();

    const bool crash = crash_soon_;
    crash_soon_ = false;
    if (crash && world_.random.chance(1, 2)) {
        journal_.crash_in(actions);  // The batch is lost; nobody was told anything.
        die();
        return;
    }
    for (const scheduler::Action& action : actions) {
        const std::string text = scheduler::describe(action);
        digest_.add(text);
        world_.trace("    " + text);
    }
    std::vector<scheduler::Action> messages = persist(std::move(actions));
    world_.ledger.check_lease_limits(now);
    if (crash) {
        messages.resize(world_.random.below(messages.size() + 1));
    }
    for (const scheduler::Action& action : messages) {
        send(action);
    }
    if (crash) {
        journal_.crash();
        die();
        return;
    }
    if (const auto next = core_->next_deadline()) {
        plan_turn(std::max(*next, now + 1us));
    }
}

void SimScheduler::send(const scheduler::Action& action) {
    world_.ledger.sent(action);
    if (auto message = simulate::to_worker(action, epoch_, config_.audit_per_million)) {
        world_.network.send_down(message->to, std::move(message->message));
    } else {
        world_.to_client(action);
    }
}

void SimScheduler::die() {
    world_.trace("scheduler dies");
    stats_ = stats_total();
    core_.reset();
    inbox_.clear();
    ++life_;
    world_.network.reset_all();
    world_.timeline.plan_after(Duration{world_.random.between(100'000'000, 9'000'000'000)},
                               [this] { start(); });
}

void SimScheduler::heal() {
    crash_soon_ = false;
    busy_until_ = Instant{};
    start();
    plan_turn(world_.timeline.now());
}

scheduler::Stats SimScheduler::stats_total() const {
    scheduler::Stats total = stats_;
    if (!is_alive()) {
        return total;
    }
    const scheduler::Stats& stats = core_->stats();
    total.leases_granted += stats.leases_granted;
    total.leases_unconfirmed += stats.leases_unconfirmed;
    total.leases_stalled += stats.leases_stalled;
    total.leases_late += stats.leases_late;
    total.disagreements += stats.disagreements;
    total.hosts_condemned += stats.hosts_condemned;
    total.workers_lost += stats.workers_lost;
    total.workers_left += stats.workers_left;
    total.quarantines += stats.quarantines;
    total.commits_accepted += stats.commits_accepted;
    total.commits_repeated += stats.commits_repeated;
    total.commits_refused += stats.commits_refused;
    total.ignored_old_epoch += stats.ignored_old_epoch;
    total.ignored_unknown_worker += stats.ignored_unknown_worker;
    total.ignored_stale_lease += stats.ignored_stale_lease;
    total.ignored_repeated_submit += stats.ignored_repeated_submit;
    return total;
}

}  // namespace vargrid::sim
