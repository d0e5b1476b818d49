// The rows of the scheduler core's two tables, jobs and workers. Written by SchedulerCore alone.
#pragma once

#include "base/time.hpp"
#include "protocol/block_range.hpp"
#include "protocol/ids.hpp"
#include "protocol/interval_set.hpp"
#include "scheduler/core/block_table.hpp"
#include "scheduler/core/grid_ledger.hpp"
#include "scheduler/core/indexed_map.hpp"
#include "scheduler/core/job.hpp"
#include "scheduler/core/job_queue.hpp"
#include "scheduler/core/redundancy.hpp"
#include "scheduler/core/requirements.hpp"
#include "scheduler/core/speeds.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vargrid::scheduler {

/// One task lent to one worker. Lives until it holds no block.
struct Lease {
    Incarnation incarnation;
    LeaseKind kind{LeaseKind::primary};
    /// Blocks it has the right to: BlockTable counts them as leased.
    IntervalSet open;
    /// Blocks it computes beside somebody else: beside the lease `of`, as long as they are not
    /// committed, or after somebody committed them. First commit wins, the second is compared.
    IntervalSet second;
    /// The lease that a copy stands beside.
    Attempt of;
    std::uint64_t blocks_granted{0};
    Instant granted_at;
    /// When its worker last showed that it knows the lease; at first, when it was granted.
    Instant confirmed_at;
    /// When it last got on.
    Instant progress_at;
    std::uint64_t blocks_done{0};
    std::uint64_t blocks_committed{0};
    /// What it was planned to take on its worker.
    Duration planned{0};
    bool started{false};
    std::optional<Instant> started_at;
    /// Its worker was asked to give back what it has not begun; at most once.
    std::optional<Instant> yielded_at;
    /// The last block it had the right to was committed by a copy.
    std::optional<Instant> beaten_at;
    /// It takes far longer than predicted.
    bool late{false};
    /// What its owner is charged for blocks not handed in yet, and how many those are.
    Service charged{0};
    std::uint64_t blocks_charged{0};
};

/// Blocks that were under way together when workers vanished, time after time.
struct Vanishings {
    BlockRange range;
    std::uint32_t count{0};
};

struct JobRow {
    JobRow(JobId id, ClientId by, RequestId under, JobSpec asked, BlockTable table)
        : job{id}, client{by}, request{under}, spec{std::move(asked)}, blocks{std::move(table)} {}

    JobId job;
    ClientId client;
    RequestId request;
    JobSpec spec;
    JobState state{JobState::running};
    std::string message;
    /// Gets no new leases until it is resumed.
    bool paused{false};
    /// What keeps a running job from getting on, for whoever asks; gone with the next commit. Not
    /// journaled: it comes back if it is still true.
    std::string trouble;
    std::vector<Vanishings> vanishings;
    Ledger ledger;
    BlockTable blocks;
    IndexedMap<Attempt, Lease> leases;
    Redundancy redundancy;
    /// How often a lease was revoked because it did not get past this block; gone with its commit.
    std::map<std::uint64_t, std::uint32_t> stalls;
    /// Measured cost of one block, by worker, and over all on a machine of speed one; 0: not
    /// measured.
    std::map<Incarnation, CoreTime> cost_by_worker;
    CoreTime cost_overall{0};
    /// What was booked as thrown away when a lease was lost, so that a late commit of the same
    /// attempt, which is refused, is not booked again.
    std::map<Attempt, CoreTime> lost_work;
    /// It stands in the queue of jobs that have something to lease.
    bool queued{false};
};

/// What a worker has read already, so that work near it costs it less: where it stopped last, and
/// whose input it has.
struct Footprint {
    JobId job{};
    /// One past the last block of its last task of that job.
    std::uint64_t stopped_at{0};
    /// The first bytes of the payloads of its latest jobs.
    std::array<std::uint64_t, 4> payloads{};
    std::size_t next{0};
};

enum class WorkerState : std::uint8_t {
    awaited,  ///< The journal says it held leases; it has not said Hello in this epoch.
    active,
};

struct WorkerRow {
    Incarnation incarnation;
    std::string name;
    /// The machine, as it says; its name if it does not.
    std::string host;
    std::uint32_t threads{0};
    std::uint64_t memory_bytes{0};
    std::string isa;
    MachineKind kind;
    Ability ability;
    MeasuredSpeed speed;
    Footprint footprint;
    WorkerState state{WorkerState::awaited};
    bool draining{false};
    Instant heard_at;
    /// When it will be gone, if it said so.
    std::optional<Instant> ends_at;
    /// The silence it was last told, and the one it is allowed: the longer of the last two, because
    /// the last answer may have been lost.
    Duration silence_told{0};
    Duration silence_max{0};
    /// Its place among the silence checks.
    Instant check_at;
    std::map<Attempt, JobId> leases;
    /// What its leases were planned to take.
    Duration planned{0};
    /// Of these, how many are late: it gets no new work before they are over.
    std::uint32_t late_leases{0};
    /// Its place among the workers with room for another lease, by number of leases held.
    std::optional<std::uint32_t> hungry;
    WorkerAccount account;
    /// Its threads are counted, and its host among those in good standing.
    bool counted{false};
    /// Threads x speed, as it is counted.
    std::uint64_t capacity{0};
};

}  // namespace vargrid::scheduler
