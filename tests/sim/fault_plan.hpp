// FaultPlan: what a seed breaks and how hard (swarm testing: a plan that breaks everything at once
// hides what a plan that breaks two things finds). Also how large the grid and its jobs are.
#pragma once

#include "base/time.hpp"
#include "scheduler/core/event.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vargrid::sim {

enum class Fault : std::uint8_t {
    worker_crash,      ///< SIGKILL; comes back under the same name as another incarnation.
    worker_pause,      ///< SIGSTOP, often past its lease, then SIGCONT.
    worker_slow,       ///< Blocks take ten times as long for a while.
    worker_drain,      ///< SIGTERM, twice, then SIGKILL when the grace is over.
    block_hang,        ///< A thread never comes back from a block.
    host_bad,          ///< For a while every block fails on one host.
    disk_full,         ///< For a while no shard can be written on one host.
    connection_reset,  ///< What is under way is lost or comes twice; nobody is told.
    link_clog,         ///< Nothing gets through for a while, then everything at once.
    link_cut_up,       ///< Messages to the scheduler are lost for a while.
    link_cut_down,     ///< Messages to the worker are lost for a while.
    scheduler_crash,   ///< kill -9, before or after the journal took the batch.
    journal_stall,     ///< The disk of the journal does not answer for a while.
    store_slow,        ///< Shards of one host take seconds for a while.
    store_unsure,      ///< For a while shards are written and the host is told they are not.
    zone_loss,         ///< A third of all hosts is killed at once.
    host_lies,         ///< For a while every block has wrong bits on one host.
    count_,
};
inline constexpr std::size_t kFaultKinds = static_cast<std::size_t>(Fault::count_);

[[nodiscard]] std::string_view name_of(Fault fault);

/// What somebody asks of a job while it runs.
struct SimControl {
    Instant at;
    scheduler::JobControl control{scheduler::JobControl::pause};
    std::int32_t priority{0};
};

struct SimJob {
    std::uint64_t blocks{0};
    std::int32_t priority{0};
    Instant submitted_at;
    /// Cancelled at this time; never if zero.
    Instant cancelled_at;
    /// Blocks that fail wherever they run.
    std::vector<std::uint64_t> poison{};
    /// In the order of their times; whoever pauses a job resumes it in the end.
    std::vector<SimControl> controls{};
};

struct FaultPlan {
    std::uint32_t workers{1};
    std::uint32_t threads_max{1};
    /// Hosts that share a name, as when a cluster manager starts a second copy. 1: none do.
    std::uint32_t hosts_per_name{1};
    /// The scheduler takes no more workers than there are hosts, dead incarnations included.
    bool workers_limited{false};
    /// Workers leave after three idle seconds and come back.
    bool workers_leave_when_idle{false};
    std::uint32_t grants_per_tick_max{10'000};
    std::uint32_t ended_jobs_max{100};
    /// So few that the intervals of heartbeats depend on who is there.
    std::uint32_t heartbeats_per_second_max{10'000};
    /// The scheduler restarts from the bytes of the real journal.
    bool real_journal{false};
    /// Clocks of hosts run fast or slow by up to this much.
    std::uint32_t clock_skew_permille{0};
    /// True cost of one block; the nominal cost that the job states may be far off.
    Duration block_cost{0};
    Duration block_cost_nominal{0};
    std::vector<SimJob> jobs;
    /// Mean time between two faults of a kind; zero: the seed has none of it.
    std::array<Duration, kFaultKinds> mean_interval{};
    /// How long faults are injected before everything heals.
    Duration storm{0};
    /// After it, within this time, every job must have ended.
    Duration heal_max{0};
    Duration latency_max{0};
    /// Of what is under way when a connection is reset, percent.
    std::uint32_t lost_percent{0};
    std::uint32_t repeated_percent{0};
    std::uint32_t audit_per_million{1'000};

    [[nodiscard]] Duration interval(Fault fault) const {
        return mean_interval[static_cast<std::size_t>(fault)];
    }
};

/// The plan of a seed.
[[nodiscard]] FaultPlan swarm_plan(std::uint64_t seed);
/// A grid without faults, to start a scripted scenario from.
[[nodiscard]] FaultPlan quiet_plan(std::uint32_t workers, std::uint64_t blocks);

}  // namespace vargrid::sim
