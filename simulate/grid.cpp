#include "simulate/grid.hpp"

#include "base/check.hpp"
#include "scheduler/core/heartbeat_terms.hpp"

#include <algorithm>
#include <chrono>

namespace vargrid::simulate {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kFaultStream = 2;
constexpr std::uint64_t kStartStream = 3;

scheduler::CoreConfig core_config(const Options& options) {
    scheduler::CoreConfig config;
    config.task_target = options.task_time;
    config.reclaim_cost_max = options.task_time;
    config.heartbeats_per_second_max = options.heartbeats_per_second_max;
    // The dead are remembered until their silence is over.
    config.workers_max = std::max(config.workers_max, 2 * options.workers);
    config.blocks_per_job_max = std::uint64_t{1} << 50U;
    return config;
}

}  // namespace

Grid::Grid(const Options& options, Clock clock)
    : options_{options},
      clock_{clock},
      fleet_{draw_fleet(options)},
      faults_{options.seed, kFaultStream},
      hosts_(options.workers),
      core_{core_config(options)} {
    CHECK(options.block_cost.count() > 0 && options.task_time >= options.block_cost);
    CHECK(options.jobs >= 1 && options.length > options.task_time);
    turn_every_ =
        std::max<std::int64_t>(1, options.turn_interval.count() / wheel_.kSlotNanoseconds);
    RandomStream starts{options.seed, kStartStream};
    for (std::uint32_t i = 0; i < options.workers; ++i) {
        hosts_[i].machine = fleet_.machines[i];
        wheel_.plan(Instant{starts.between(0, options.ramp.count())}, {i, 0, StepKind::start});
    }
    plan_faults();
    core_.apply(scheduler::Event{wheel_.now(), scheduler::Restored{Epoch{1}, JobId{1}, {}}},
                actions_);
    submit_jobs();
}

void Grid::plan_faults() {
    const std::int64_t last = options_.length.count() / 20 * 19;
    for (std::uint32_t i = 0; i < options_.reclaims; ++i) {
        wheel_.plan(Instant{faults_.between(options_.ramp.count(), last)},
                    {0, 0, StepKind::reclaim});
    }
    if (options_.zone_permille == 0) {
        return;
    }
    for (std::uint32_t i = 0; i < options_.workers; ++i) {
        if (i % 1'000 < options_.zone_permille) {
            const Duration within{faults_.between(0, Duration{1s}.count())};
            wheel_.plan(Instant{} + options_.zone_at + within, {i, 0, StepKind::kill});
        }
    }
}

void Grid::submit_jobs() {
    // Speed in thousandths of a core times nanoseconds, so divided by a thousand blocks' cost.
    const auto speed = static_cast<double>(fleet_.speed_permille()) / 1'000.0;
    const double work = speed * static_cast<double>(options_.length.count());
    const auto blocks = static_cast<std::uint64_t>(
        work / static_cast<double>(options_.block_cost.count()) / options_.jobs);
    for (std::uint32_t i = 0; i < options_.jobs; ++i) {
        scheduler::JobSpec spec;
        spec.name = "night" + std::to_string(i);
        spec.owner = "owner" + std::to_string(i);
        spec.blocks = std::max<std::uint64_t>(blocks, 1);
        spec.block_cost = options_.block_cost;
        inbox_.push_back({{}, scheduler::SubmitJob{ClientId{1}, RequestId{i + 1}, spec}});
    }
    const double total = static_cast<double>(blocks) * options_.jobs;
    counts_.ideal = Duration{static_cast<std::int64_t>(
        total * static_cast<double>(options_.block_cost.count()) / speed)};
}

void Grid::carry_out(const Step& step) {
    ++counts_.events;
    if (step.kind == StepKind::reclaim) {
        reclaim();
        return;
    }
    Host& host = hosts_[step.host];
    switch (step.kind) {
        case StepKind::start:
            start_life(step.host);
            return;
        case StepKind::wake:
            if (host.session && step.token == host.life && host.wake_at == wheel_.now()) {
                wake(step.host);
            }
            return;
        case StepKind::task_end:
            if (host.running && host.running->token == step.token) {
                finish_task(step.host);
            }
            return;
        case StepKind::shard_written:
            if (host.session && step.token == host.life) {
                finish_shard(step.host);
            }
            return;
        case StepKind::kill:
            // Token 0: whatever life it is in, as when a zone goes.
            if (host.session && (step.token == 0 || step.token == host.life)) {
                counts_.reclaims_without_notice += step.token == 0 ? 1U : 0U;
                end_life(step.host);
            }
            return;
        case StepKind::reclaim:
            return;
    }
}

Outcome Grid::run() {
    const Instant limit = Instant{} + options_.length * 3;
    while (jobs_ended_ < options_.jobs && wheel_.now() < limit) {
        const auto& steps = wheel_.advance();
        arriving_.swap(sent_);
        sent_.clear();
        for (Delivery& delivery : arriving_) {
            deliver(delivery);
        }
        // What was sent up before this slot has arrived; what is sent in it has not.
        if (turn_is_due()) {
            turn();
        }
        tick_all();
        for (const Step& step : steps) {
            carry_out(step);
        }
        tick_all();
    }
    return outcome();
}

Outcome Grid::outcome() const {
    Outcome outcome = counts_;
    outcome.completed = jobs_completed_ == options_.jobs;
    outcome.makespan = last_end_ - Instant{};
    for (const auto& [job, ledger] : ledgers_) {
        outcome.blocks_total += ledger.blocks();
        outcome.blocks_committed += ledger.distinct();
        outcome.blocks_lost += ledger.missing();
        outcome.blocks_committed_twice += ledger.twice();
    }
    const auto again = static_cast<double>(blocks_computed_ - outcome.blocks_committed);
    outcome.work_repeated_share =
        (again + blocks_begun_) /
        static_cast<double>(std::max<std::uint64_t>(outcome.blocks_total, 1));
    outcome.workers_lost = core_.stats().workers_lost;
    outcome.leases_granted = core_.stats().leases_granted;
    outcome.commits = core_.stats().commits_accepted;
    outcome.commits_refused = core_.stats().commits_refused;
    outcome.scheduler_events = core_.stats().events;
    outcome.events += outcome.scheduler_events + outcome.worker_events;
    const auto terms = scheduler::heartbeat_terms(core_.config(), options_.workers);
    outcome.heartbeat_interval = terms.interval;
    outcome.silence_max = terms.silence_max;
    return outcome;
}

}  // namespace vargrid::simulate
