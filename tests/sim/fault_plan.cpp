#include "tests/sim/fault_plan.hpp"

#include "base/random.hpp"

#include <chrono>

namespace vargrid::sim {
namespace {

using namespace std::chrono_literals;

/// The stream of a seed that draws its plan; stream 0 draws what happens.
constexpr std::uint64_t kPlanStream = 1;

Duration between(RandomStream& random, Duration low, Duration high) {
    return Duration{random.between(low.count(), high.count())};
}

void draw_controls(RandomStream& random, SimJob& job) {
    Instant at = job.submitted_at;
    const std::uint64_t count = 1 + random.below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
        at = at + between(random, 10ms, 10s);
        job.controls.push_back({.at = at,
                                .control = static_cast<scheduler::JobControl>(random.below(3)),
                                .priority = static_cast<std::int32_t>(random.below(3))});
    }
    job.controls.push_back(
        {.at = at + between(random, 10ms, 20s), .control = scheduler::JobControl::resume});
}

SimJob draw_job(RandomStream& random, Duration storm) {
    SimJob job;
    job.blocks = 1 + random.below(random.chance(1, 4) ? 12 : 600);
    job.priority = static_cast<std::int32_t>(random.below(3));
    job.submitted_at = Instant{} + between(random, 0s, storm / 2);
    if (random.chance(1, 4)) {
        job.cancelled_at = job.submitted_at + between(random, 100ms, 20s);
    }
    if (random.chance(1, 3)) {
        const std::uint64_t count = 1 + random.below(3);
        for (std::uint64_t i = 0; i < count; ++i) {
            job.poison.push_back(random.below(job.blocks));
        }
    } else if (job.blocks <= 12 && random.chance(1, 3)) {
        for (std::uint64_t block = 0; block < job.blocks; ++block) {
            job.poison.push_back(block);
        }
    }
    if (random.chance(1, 3)) {
        draw_controls(random, job);
    }
    return job;
}

}  // namespace

std::string_view name_of(Fault fault) {
    constexpr std::array<std::string_view, kFaultKinds> kNames{"worker_crash",
                                                               "worker_pause",
                                                               "worker_slow",
                                                               "worker_drain",
                                                               "block_hang",
                                                               "host_bad",
                                                               "disk_full",
                                                               "connection_reset",
                                                               "link_clog",
                                                               "link_cut_up",
                                                               "link_cut_down",
                                                               "scheduler_crash",
                                                               "journal_stall",
                                                               "store_slow",
                                                               "store_unsure",
                                                               "zone_loss",
                                                               "host_lies"};
    return kNames[static_cast<std::size_t>(fault)];
}

FaultPlan swarm_plan(std::uint64_t seed) {
    RandomStream random{seed, kPlanStream};
    FaultPlan plan;
    plan.workers = static_cast<std::uint32_t>(1 + random.below(10));
    plan.threads_max = static_cast<std::uint32_t>(1 + random.below(8));
    plan.hosts_per_name = random.chance(1, 5) ? 2 : 1;
    plan.workers_limited = random.chance(1, 4);
    plan.workers_leave_when_idle = random.chance(1, 5);
    plan.grants_per_tick_max = random.chance(1, 5) ? 1 : 10'000;
    plan.ended_jobs_max = random.chance(1, 5) ? 1 : 100;
    plan.block_cost = between(random, 1ms, random.chance(1, 3) ? 4'000ms : 200ms);
    const std::int64_t wrong_by = random.between(1, 20);
    plan.block_cost_nominal =
        random.chance(1, 2) ? plan.block_cost * wrong_by : plan.block_cost / wrong_by + 1ns;
    plan.storm = between(random, 20s, 90s);
    plan.latency_max = between(random, 100us, random.chance(1, 5) ? 800ms : 5ms);
    plan.lost_percent = static_cast<std::uint32_t>(random.below(101));
    plan.repeated_percent = static_cast<std::uint32_t>(random.below(51));
    const std::uint64_t jobs = 1 + random.below(4);
    for (std::uint64_t i = 0; i < jobs; ++i) {
        plan.jobs.push_back(draw_job(random, plan.storm));
    }
    for (Duration& interval : plan.mean_interval) {
        if (random.chance(2, 5)) {
            interval = between(random, 500ms, 30s);
        }
    }
    if (random.chance(1, 4)) {
        plan.heartbeats_per_second_max = static_cast<std::uint32_t>(1 + random.below(4));
    }
    plan.real_journal = random.chance(1, 10);
    if (random.chance(1, 4)) {
        plan.clock_skew_permille = static_cast<std::uint32_t>(1 + random.below(200));
    }
    plan.audit_per_million = random.chance(1, 2) ? 1'000'000 : 100'000;
    // All blocks on one core, three times over, and time for every timer of both cores to run out.
    Duration work{0};
    for (const SimJob& job : plan.jobs) {
        work += plan.block_cost * static_cast<std::int64_t>(job.blocks);
    }
    plan.heal_max = work * 3 + 5min;
    return plan;
}

FaultPlan quiet_plan(std::uint32_t workers, std::uint64_t blocks) {
    FaultPlan plan;
    plan.workers = workers;
    plan.threads_max = 1;
    plan.block_cost = 100ms;
    plan.block_cost_nominal = 100ms;
    plan.jobs.push_back(SimJob{
        .blocks = blocks, .priority = 0, .submitted_at = {}, .cancelled_at = {}, .poison = {}});
    plan.storm = 10s;
    plan.heal_max = 5min;
    plan.latency_max = 1ms;
    plan.lost_percent = 100;
    return plan;
}

}  // namespace vargrid::sim
