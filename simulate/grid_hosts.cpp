// Grid: the machines. Each has the shipped worker session, a pretended executor that computes the
// blocks of one task in rounds of one block a thread, and a pretended writer. Progress is told to
// the session whenever it has something else to do, which is what it would know by then.
#include "base/check.hpp"

#include "simulate/grid.hpp"
#include "simulate/wire.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vargrid::simulate {
namespace {

using namespace std::chrono_literals;

constexpr Duration kShardTime{20ms};
constexpr Duration kFinalStepTime{1s};
constexpr Instant kNever{INT64_MAX};

std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31U);
}

/// Looks random, as in life, and says which machine it is.
Incarnation incarnation_of(std::uint64_t seed, std::uint32_t index, std::uint32_t life) {
    const std::uint64_t random = mixed(mixed(seed) ^ (std::uint64_t{life} << 32U) ^ index);
    return Incarnation{(random & 0xffffffff00000000ULL) | index};
}

}  // namespace

std::int64_t Grid::noise_permille(Attempt attempt) const {
    return 900 + static_cast<std::int64_t>(mixed(options_.seed ^ attempt.value()) % 201);
}

Grid::Host& Grid::host_of(Incarnation incarnation) {
    return hosts_.at(incarnation.value() & 0xffffffffU);
}

void Grid::start_life(std::uint32_t index) {
    Host& host = hosts_[index];
    if (host.session) {
        return;
    }
    ++host.life;
    worker::WorkerConfig config;
    config.incarnation = incarnation_of(options_.seed, index, host.life);
    config.name = "m" + std::to_string(index) + "." + std::to_string(host.life);
    config.threads = host.machine.threads;
    config.memory_bytes = std::uint64_t{4} << 30U;
    config.isa = host.machine.generation == 0 ? "avx2" : "avx512";
    // A task that takes somewhat longer than planned is still one shard.
    config.commit_interval = options_.task_time / 4 * 5;
    host.session.emplace(std::move(config));
    host.wake_at = kNever;
    tick_soon(index);
}

void Grid::end_life(std::uint32_t index) {
    Host& host = hosts_[index];
    report_progress(index);
    if (host.running && !host.running->dropped) {
        // Blocks that every thread was in the middle of.
        const Running& task = *host.running;
        const std::uint64_t left = task.lease.range.size() - task.reported;
        const Duration since = (wheel_.now() - task.started_at) % task.block_time;
        const auto threads =
            static_cast<std::int64_t>(std::min<std::uint64_t>(left, host.machine.threads));
        if (!task.lease.final_step) {
            blocks_begun_ += static_cast<double>(since.count()) * static_cast<double>(threads) /
                             static_cast<double>(task.block_time.count());
        }
    }
    host.session.reset();
    host.running.reset();
    host.writes.clear();
    ++host.token;
    const std::int64_t fifth = options_.replace_after.count() / 5;
    const Duration away = options_.replace_after + Duration{faults_.between(-fifth, fifth)};
    wheel_.plan(wheel_.now() + away, {index, 0, StepKind::start});
}

/// Any machine that is there, like a cloud that wants some back.
void Grid::reclaim() {
    auto index = static_cast<std::uint32_t>(faults_.below(hosts_.size()));
    const bool with_notice = faults_.chance(options_.notice_percent, 100);
    for (std::size_t tried = 0; tried < hosts_.size() && !hosts_[index].session; ++tried) {
        index = (index + 1) % static_cast<std::uint32_t>(hosts_.size());
    }
    Host& host = hosts_[index];
    if (!host.session) {
        return;
    }
    if (!with_notice) {
        ++counts_.reclaims_without_notice;
        end_life(index);
        return;
    }
    ++counts_.reclaims_with_notice;
    wheel_.plan(wheel_.now() + options_.notice, {index, host.life, StepKind::kill});
    report_progress(index);
    apply(index, worker::DrainRequested{options_.notice - options_.notice / 6});
    tick_soon(index);
}

void Grid::apply(std::uint32_t index, decltype(worker::Event::what) what) {
    ++counts_.worker_events;
    std::vector<worker::Action> actions = std::exchange(spare_actions_, {});
    hosts_[index].session->apply(worker::Event{wheel_.now(), std::move(what)}, actions);
    for (worker::Action& action : actions) {
        obey(index, action);
    }
    actions.clear();
    spare_actions_ = std::move(actions);
}

void Grid::deliver(Delivery& delivery) {
    Host& host = host_of(delivery.to);
    if (!host.session || host.session->config().incarnation != delivery.to) {
        return;  // It is gone; so is the message.
    }
    const auto index = static_cast<std::uint32_t>(delivery.to.value() & 0xffffffffU);
    if (!host.ticks_soon) {
        report_progress(index);
    }
    apply(index, std::move(delivery.message.what));
    tick_soon(index);
}

void Grid::tick_soon(std::uint32_t index) {
    if (!hosts_[index].ticks_soon) {
        hosts_[index].ticks_soon = true;
        ticking_.push_back(index);
    }
}

void Grid::tick_all() {
    for (std::size_t i = 0; i < ticking_.size(); ++i) {
        const std::uint32_t index = ticking_[i];
        Host& host = hosts_[index];
        host.ticks_soon = false;
        if (!host.session) {
            continue;
        }
        apply(index, worker::Tick{});
        plan_wake(index);
    }
    ticking_.clear();
}

void Grid::plan_wake(std::uint32_t index) {
    Host& host = hosts_[index];
    if (!host.session) {
        return;
    }
    host.deadline = host.session->next_deadline().value_or(kNever);
    if (host.deadline < host.wake_at) {
        const std::int64_t slot_time = wheel_.kSlotNanoseconds;
        const Instant later = wheel_.now() + Duration{slot_time};
        const Instant at{(host.deadline.nanoseconds + slot_time - 1) / slot_time * slot_time};
        host.wake_at = std::max(at, later);
        wheel_.plan(host.wake_at, {index, host.life, StepKind::wake});
    }
}

void Grid::wake(std::uint32_t index) {
    Host& host = hosts_[index];
    host.wake_at = kNever;
    if (host.deadline > wheel_.now()) {
        plan_wake(index);
        return;
    }
    report_progress(index);
    tick_soon(index);
}

std::uint64_t Grid::blocks_done(const Host& host) const {
    const Running& task = *host.running;
    const auto rounds = static_cast<std::uint64_t>((wheel_.now() - task.started_at).count() /
                                                   task.block_time.count());
    return std::min(task.lease.range.size(), rounds * host.machine.threads);
}

void Grid::report_progress(std::uint32_t index) {
    Host& host = hosts_[index];
    if (!host.session || !host.running || host.running->dropped) {
        return;
    }
    Running& task = *host.running;
    const std::uint64_t done = blocks_done(host);
    if (done <= task.reported) {
        return;
    }
    const std::uint64_t blocks = done - task.reported;
    const std::uint64_t first = task.lease.range.first;
    if (!task.lease.final_step) {
        blocks_computed_ += blocks;
    }
    const worker::BlocksDone news{task.lease.attempt,
                                  {first + task.reported, first + done},
                                  task.block_time * static_cast<std::int64_t>(blocks)};
    task.reported = done;
    apply(index, news);
}

void Grid::start_task(std::uint32_t index, const worker::Lease& lease) {
    Host& host = hosts_[index];
    CHECK_MSG(!host.running, "a task starts while another runs");
    const std::int64_t cost = options_.block_cost.count() / 1'000 * noise_permille(lease.attempt);
    const Duration block_time =
        lease.final_step ? kFinalStepTime : Duration{cost * 1'000 / host.machine.speed_permille};
    host.running = Running{lease, wheel_.now(), block_time, 0, ++host.token, false};
    const std::uint64_t threads = host.machine.threads;
    const std::uint64_t rounds = (lease.range.size() + threads - 1) / threads;
    wheel_.plan(wheel_.now() + block_time * static_cast<std::int64_t>(rounds),
                {index, host.running->token, StepKind::task_end});
}

/// The blocks in flight are finished, or given up if it is dropped.
void Grid::stop_task(std::uint32_t index, Attempt attempt, bool dropped) {
    Host& host = hosts_[index];
    if (!host.running || host.running->lease.attempt != attempt) {
        return;
    }
    report_progress(index);
    Running& task = *host.running;
    Duration left{0};
    if (dropped) {
        task.dropped = true;
    } else {
        left = task.block_time - (wheel_.now() - task.started_at) % task.block_time;
        const std::uint64_t most = task.reported + host.machine.threads;
        const std::uint64_t end = task.lease.range.last;
        task.lease.range.last = std::min(end, task.lease.range.first + most);
        if (task.lease.range.last < end) {
            apply(index, worker::BlocksNotBegun{attempt, {task.lease.range.last, end}});
            tick_soon(index);
        }
    }
    task.token = ++host.token;
    wheel_.plan(wheel_.now() + left, {index, task.token, StepKind::task_end});
}

void Grid::finish_task(std::uint32_t index) {
    Host& host = hosts_[index];
    report_progress(index);
    const Attempt attempt = host.running->lease.attempt;
    host.running.reset();
    apply(index, worker::TaskStopped{attempt, {}, {}});
    tick_soon(index);
}

void Grid::finish_shard(std::uint32_t index) {
    Host& host = hosts_[index];
    CHECK(!host.writes.empty());
    const worker::WriteShard write = std::move(host.writes.front());
    host.writes.pop_front();
    worker::ShardWritten written{write.attempt, write.part, "s", {}};
    for (const BlockRange range : write.ranges) {
        written.ranges.push_back({range, {}});
    }
    report_progress(index);
    apply(index, std::move(written));
    tick_soon(index);
}

void Grid::obey(std::uint32_t index, worker::Action& action) {
    Host& host = hosts_[index];
    if (!host.session) {
        return;  // It has just exited.
    }
    if (auto message = to_scheduler(action, host.session->config(), host.session->epoch())) {
        counts_.heartbeats +=
            std::holds_alternative<scheduler::WorkerHeartbeat>(message->what) ? 1U : 0U;
        inbox_.push_back(std::move(*message));
    } else if (auto* start = std::get_if<worker::StartTask>(&action)) {
        start_task(index, start->lease);
    } else if (auto* stop = std::get_if<worker::StopTask>(&action)) {
        stop_task(index, stop->attempt, false);
    } else if (auto* drop = std::get_if<worker::DropTask>(&action)) {
        stop_task(index, drop->attempt, true);
    } else if (auto* write = std::get_if<worker::WriteShard>(&action)) {
        host.writes.push_back(std::move(*write));
        wheel_.plan(wheel_.now() + kShardTime, {index, host.life, StepKind::shard_written});
    } else if (std::holds_alternative<worker::Exit>(action)) {
        end_life(index);
    }
}

}  // namespace vargrid::simulate
