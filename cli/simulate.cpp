// vargrid simulate: a night in virtual time, with and without its reclaims.
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"

#include "simulate/grid.hpp"
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <optional>
#include <string>

namespace vargrid::cli {
namespace {

using simulate::Outcome;

struct SimulateOptions {
    simulate::Options night;
    double hours{4};
    double task_seconds{30};
    double block_ms{100};
    double replace_seconds{120};
    double notice_seconds{30};
    double notice_share{0.5};
    std::optional<double> reclaim_share;
    double zone_loss{0};
    double at_hour{2};
    bool no_baseline{false};
    bool json{false};
};

/// One night, and what it cost to play it.
struct Played {
    Outcome night;
    double wall_seconds{0};
    double cpu_seconds{0};
};

std::int64_t clock_ns(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// Turn times are processor time: on a machine that does other things too, wall time would be
/// theirs.
std::int64_t turn_clock() {
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

std::uint64_t peak_memory_bytes() {
    std::ifstream status{"/proc/self/status"};
    std::string word;
    while (status >> word) {
        if (word == "VmHWM:") {
            std::uint64_t kilobytes = 0;
            status >> kilobytes;
            return kilobytes * 1'024;
        }
    }
    return 0;
}

Duration seconds(double count) {
    return Duration{static_cast<std::int64_t>(std::llround(count * 1e9))};
}

double seconds(Duration duration) {
    return static_cast<double>(duration.count()) * 1e-9;
}

Played play(const simulate::Options& options) {
    const std::int64_t wall = clock_ns(CLOCK_MONOTONIC);
    const std::int64_t cpu = turn_clock();
    Played played{simulate::Grid{options, turn_clock}.run(), 0, 0};
    played.wall_seconds = static_cast<double>(clock_ns(CLOCK_MONOTONIC) - wall) * 1e-9;
    played.cpu_seconds = static_cast<double>(turn_clock() - cpu) * 1e-9;
    return played;
}

double per_second(std::uint64_t count, double took) {
    return took > 0 ? static_cast<double>(count) / took : 0.0;
}

double excess(Duration longer, Duration than) {
    return than.count() > 0 ? seconds(longer) / seconds(than) - 1.0 : 0.0;
}

nlohmann::ordered_json times_json(const simulate::TurnTimes& times) {
    return {{"count", times.count()},
            {"p50_us", static_cast<double>(times.quantile_permille(500)) * 1e-3},
            {"p99_us", static_cast<double>(times.quantile_permille(990)) * 1e-3},
            {"max_us", static_cast<double>(times.max()) * 1e-3}};
}

nlohmann::ordered_json asked_json(const simulate::Options& night) {
    return {{"seed", night.seed},
            {"workers", night.workers},
            {"cores", night.cores_total},
            {"machine_types", night.machine_kinds},
            {"hours", seconds(night.length) / 3'600},
            {"jobs", night.jobs},
            {"block_ms", seconds(night.block_cost) * 1e3},
            {"task_seconds", seconds(night.task_time)},
            {"reclaims", night.reclaims},
            {"zone_loss_share", night.zone_permille / 1'000.0},
            {"notice_share", night.notice_percent / 100.0},
            {"replace_after_seconds", seconds(night.replace_after)}};
}

std::string to_json(const SimulateOptions& options,
                    const Played& played,
                    const std::optional<Played>& calm) {
    const Outcome& night = played.night;
    nlohmann::ordered_json document{{"schema", 1}, {"asked", asked_json(options.night)}};
    document["completed"] = night.completed;
    document["blocks_total"] = night.blocks_total;
    document["blocks_committed"] = night.blocks_committed;
    document["blocks_lost"] = night.blocks_lost;
    document["blocks_committed_twice"] = night.blocks_committed_twice;
    document["work_repeated_share"] = night.work_repeated_share;
    document["makespan_seconds"] = seconds(night.makespan);
    document["makespan_ideal_seconds"] = seconds(night.ideal);
    document["makespan_over_ideal_share"] = excess(night.makespan, night.ideal);
    if (calm) {
        document["makespan_fault_free_seconds"] = seconds(calm->night.makespan);
        document["makespan_over_fault_free_share"] = excess(night.makespan, calm->night.makespan);
    }
    document["reclaims_with_notice"] = night.reclaims_with_notice;
    document["reclaims_without_notice"] = night.reclaims_without_notice;
    document["workers_lost"] = night.workers_lost;
    document["leases"] = night.leases_granted;
    document["commits"] = night.commits;
    document["commits_refused"] = night.commits_refused;
    document["heartbeat_interval_seconds"] = seconds(night.heartbeat_interval);
    document["lost_after_seconds"] = seconds(night.silence_max);
    document["messages_to_scheduler"] = night.messages_up;
    document["messages_to_workers"] = night.messages_down;
    document["heartbeats"] = night.heartbeats;
    document["journal_records"] = night.journal_records;
    document["events"] = night.events;
    document["events_per_second"] = per_second(night.events, played.wall_seconds);
    document["events_per_cpu_second"] = per_second(night.events, played.cpu_seconds);
    document["wall_seconds"] = played.wall_seconds + (calm ? calm->wall_seconds : 0);
    document["cpu_seconds"] = played.cpu_seconds + (calm ? calm->cpu_seconds : 0);
    document["peak_memory_bytes"] = peak_memory_bytes();
    document["scheduler_turns_cpu"] = times_json(night.turns);
    document["scheduler_ticks_cpu"] = times_json(night.ticks);
    document["digest"] = fmt::format("{:016x}", night.digest);
    return document.dump(2) + "\n";
}

std::string to_table(const SimulateOptions& options,
                     const Played& played,
                     const std::optional<Played>& calm) {
    const Outcome& night = played.night;
    const simulate::Options& asked = options.night;
    std::string text = fmt::format(
        "fleet       {} workers, {} cores, {} kinds of machine, seed {}\n"
        "work        {} blocks of {:.0f} ms, {:.2f} h of the whole fleet; tasks of {:.0f} s\n"
        "reclaims    {} with notice, {} without; a worker is lost after {:.1f} s of silence\n"
        "blocks      {} committed, {} lost, {} committed twice\n"
        "repeated    {:.4f} % of the work\n"
        "makespan    {:.1f} s, ideal {:.1f} s: {:+.2f} %\n",
        asked.workers,
        asked.cores_total,
        asked.machine_kinds,
        asked.seed,
        night.blocks_total,
        seconds(asked.block_cost) * 1e3,
        seconds(asked.length) / 3'600,
        seconds(asked.task_time),
        night.reclaims_with_notice,
        night.reclaims_without_notice,
        seconds(night.silence_max),
        night.blocks_committed,
        night.blocks_lost,
        night.blocks_committed_twice,
        night.work_repeated_share * 100,
        seconds(night.makespan),
        seconds(night.ideal),
        excess(night.makespan, night.ideal) * 100);
    if (calm) {
        text += fmt::format("fault-free  {:.1f} s: {:+.2f} %\n",
                            seconds(calm->night.makespan),
                            excess(night.makespan, calm->night.makespan) * 100);
    }
    text += fmt::format(
        "scheduler   {} turns of CPU time p50 {:.0f} us, p99 {:.0f} us, max {:.1f} ms\n"
        "simulator   {} events, {:.2f} M/s of CPU time; {:.0f} s wall, {:.0f} s CPU{}; {} MiB\n",
        night.turns.count(),
        static_cast<double>(night.turns.quantile_permille(500)) * 1e-3,
        static_cast<double>(night.turns.quantile_permille(990)) * 1e-3,
        static_cast<double>(night.turns.max()) * 1e-6,
        night.events,
        per_second(night.events, played.cpu_seconds) * 1e-6,
        played.wall_seconds + (calm ? calm->wall_seconds : 0),
        played.cpu_seconds + (calm ? calm->cpu_seconds : 0),
        calm ? " for both nights" : "",
        peak_memory_bytes() >> 20U);
    return text;
}

simulate::Options night_of(const SimulateOptions& options) {
    simulate::Options night = options.night;
    night.length = seconds(options.hours * 3'600);
    night.task_time = seconds(options.task_seconds);
    night.block_cost = seconds(options.block_ms * 1e-3);
    night.replace_after = seconds(options.replace_seconds);
    night.notice = seconds(options.notice_seconds);
    night.notice_percent = static_cast<std::uint32_t>(std::lround(options.notice_share * 100));
    night.zone_permille = static_cast<std::uint32_t>(std::lround(options.zone_loss * 1'000));
    night.zone_at = seconds(options.at_hour * 3'600);
    if (options.reclaim_share) {
        night.reclaims =
            static_cast<std::uint32_t>(std::lround(*options.reclaim_share * night.workers));
    }
    return night;
}

std::optional<std::string> objection_to(const simulate::Options& night) {
    if (night.cores_total < night.workers ||
        night.cores_total > std::uint64_t{night.workers} * 1'024) {
        return "--cores-total: a worker has between 1 and 1024 cores";
    }
    if (night.task_time < night.block_cost) {
        return "--task-seconds: a task is at least one block";
    }
    if (night.length < 2 * night.task_time) {
        return "--hours: the work is at least two tasks for every worker";
    }
    if (night.zone_permille > 0 && night.zone_at > night.length) {
        return "--at-hour lies after the end of the work";
    }
    return std::nullopt;
}

int run_simulate(SimulateOptions options) {
    options.night = night_of(options);
    if (const auto objection = objection_to(options.night)) {
        say("vargrid simulate: " + *objection + "\n");
        return kExitUsage;
    }
    const Played played = play(options.night);
    std::optional<Played> calm;
    if (!options.no_baseline) {
        simulate::Options undisturbed = options.night;
        undisturbed.reclaims = 0;
        undisturbed.zone_permille = 0;
        calm = play(undisturbed);
    }
    print(options.json ? to_json(options, played, calm) : to_table(options, played, calm));
    const Outcome& night = played.night;
    const bool good =
        night.completed && night.blocks_lost == 0 && night.blocks_committed_twice == 0;
    return good ? kExitOk : kExitFailed;
}

}  // namespace

Action add_simulate(CLI::App& app) {
    auto options = std::make_shared<SimulateOptions>();
    simulate::Options& night = options->night;
    app.add_option("--workers", night.workers, "Machines")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    app.add_option("--cores-total", night.cores_total, "Cores of all machines together")
        ->capture_default_str();
    app.add_option("--machine-types", night.machine_kinds, "Kinds of machine, in 3 generations")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    app.add_option("--hours", options->hours, "Work: hours of the whole fleet")
        ->check(CLI::Range(0.01, 100.0))
        ->capture_default_str();
    app.add_option("--jobs", night.jobs, "Jobs that share the work")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    app.add_option("--block-ms", options->block_ms, "Core time of one block")
        ->check(CLI::Range(1.0, 600'000.0))
        ->capture_default_str();
    app.add_option("--task-seconds", options->task_seconds, "Planned length of a task")
        ->check(CLI::Range(0.1, 3'600.0))
        ->capture_default_str();
    app.add_option("--reclaims", night.reclaims, "Machines taken away, one by one")
        ->check(CLI::Range(0, 10'000'000))
        ->capture_default_str();
    app.add_option("--reclaim-share", options->reclaim_share, "The same as a share of the fleet")
        ->check(CLI::Range(0.0, 10.0));
    app.add_option("--notice-share", options->notice_share, "Reclaims that are told before")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    app.add_option("--notice-seconds", options->notice_seconds, "How long before")
        ->check(CLI::Range(1.0, 600.0))
        ->capture_default_str();
    app.add_option("--replace-after", options->replace_seconds, "Seconds until a machine is back")
        ->check(CLI::Range(1.0, 100'000.0))
        ->capture_default_str();
    app.add_option("--zone-loss", options->zone_loss, "Share of the fleet that goes in one second")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    app.add_option("--at-hour", options->at_hour, "When the zone goes")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    app.add_option("--heartbeats-per-second",
                   night.heartbeats_per_second_max,
                   "Heartbeats of the whole fleet that the scheduler wants at most")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--seed", night.seed, "Draws machines, speeds and reclaims")
        ->capture_default_str();
    app.add_flag("--no-baseline", options->no_baseline, "Leave out the night without faults");
    app.add_flag("--json", options->json, "Print one JSON document on stdout");
    return [options] { return run_simulate(*options); };
}

}  // namespace vargrid::cli
