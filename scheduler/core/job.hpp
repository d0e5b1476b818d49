// What the scheduler knows of a job, as plain values: what was asked for, the states it goes
// through, and the ledger of the core time it has cost. The payload is opaque: a digest.
#pragma once

#include "base/digest.hpp"
#include "base/time.hpp"
#include "protocol/block_range.hpp"
#include "protocol/ids.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vargrid::scheduler {

/// Core time: nanoseconds one core was busy. Signed like every duration, never negative.
using CoreTime = Duration;
/// Sums of core time: a million cores spend more nanoseconds in a night than 64 bits hold. Each
/// amount is cut to whole microseconds when it is booked.
using CoreSum = std::chrono::microseconds;

/// What core time costs; nothing is decided by it. No currency: nobody said.
struct Price {
    std::uint64_t per_core_hour_millionths{0};
    std::string currency{};

    friend bool operator==(const Price&, const Price&) = default;
};

inline constexpr std::uint32_t kAuditByDefault = 0xffff'ffff;

struct JobSpec {
    std::string name{};
    std::string owner{};
    /// Higher goes first.
    std::int32_t priority{0};
    /// Blocks 0 .. blocks-1; block number `blocks` is the final step.
    std::uint64_t blocks{0};
    /// What the plan thinks one block costs one core; replaced by measurement as commits come in.
    CoreTime block_cost{0};
    /// A task is never longer than this many blocks, so that its shard fits memory. 0: no limit.
    std::uint64_t blocks_per_task_max{0};
    /// Finished blocks of a running task are committed at least this often. 0: the worker's own
    /// default. The core only keeps it for the shell.
    Duration commit_interval{0};
    Digest payload{};
    std::string output_folder{};
    Price price{};
    /// Of a million blocks, how many are computed again on another host. kAuditByDefault becomes
    /// the default of the scheduler when the job is accepted.
    std::uint32_t audit_per_million{kAuditByDefault};
    /// When its owner needs it, as milliseconds since 1970; 0: no matter when. Only ever compared
    /// with that of another job.
    std::uint64_t deadline_unix_ms{0};
    /// The least instruction set a worker must have: "" for any, "avx2", "avx512".
    std::string needs_isa{};
    /// Memory a worker must have for each of its threads; 0: any.
    std::uint64_t memory_per_thread_bytes{0};

    friend bool operator==(const JobSpec&, const JobSpec&) = default;
};

enum class JobState : std::uint8_t {
    running,     ///< Blocks are pending or leased.
    finalising,  ///< Every block is committed or set aside; the final step is pending or leased.
    completed,   ///< Ended: every block is in the result.
    incomplete,  ///< Ended: the result exists, but blocks were set aside.
    failed,      ///< Ended: there is no result; the message says why.
    cancelled,   ///< Ended: somebody asked for it.
};

[[nodiscard]] constexpr bool has_ended(JobState state) {
    return state != JobState::running && state != JobState::finalising;
}

/// Whose fault a failed block is, as the worker sees it.
enum class FaultCause : std::uint8_t {
    task,          ///< The block's own inputs: it would fail anywhere.
    host,          ///< The machine: disk, memory, a missing library, a blob that would not come.
    vanished,      ///< The worker was gone while it computed this block and nothing else.
    disagreement,  ///< Two computations of the block gave different bits.
    store,         ///< The results could not be written.
};

/// What core time was spent on. Booked with SchedulerCore::book(), so that job and grid agree.
enum class Spent : std::uint8_t {
    useful,           ///< Behind commits that made their blocks committed.
    lost_to_reclaim,  ///< Gone with a worker that was taken away or fell silent, or given back.
    lost_to_faults,   ///< Failed blocks, refused shards, leases taken back.
    speculative,      ///< Second copies of blocks, whichever copy won.
    audit,            ///< Blocks computed once more to compare.
    idle,             ///< Nobody used it. Of a job: while it was the only one.
    start_up,         ///< From the start of a process or a task to its first block.
};
inline constexpr std::size_t kSpentKinds = 7;

/// Where the core time of a job went (docs/scheduling.md, Ledger), and how often what happened.
/// Counts are of events, not of distinct blocks, unless the name says blocks.
struct Ledger {
    std::array<CoreSum, kSpentKinds> spent{};
    std::uint64_t leases{0};
    std::uint64_t commits{0};
    std::uint64_t commits_repeated{0};  ///< Acknowledged again: the first answer was lost.
    std::uint64_t commits_refused{0};
    std::uint64_t leases_returned{0};  ///< Given back, whole or in part, by a worker that drains.
    std::uint64_t leases_lost{0};      ///< Their worker fell silent, or no longer knew them.
    std::uint64_t leases_revoked{0};   ///< Taken back: job ended, worker quarantined or distrusted.
    std::uint64_t blocks_repeated{0};  ///< Leased again after a lost lease or a failure.
    std::uint64_t block_faults{0};

    Ledger& operator+=(const Ledger& other);
    /// Of all kinds.
    [[nodiscard]] CoreSum total() const;
    [[nodiscard]] CoreSum& operator[](Spent kind) { return spent[static_cast<std::size_t>(kind)]; }
    [[nodiscard]] CoreSum operator[](Spent kind) const {
        return spent[static_cast<std::size_t>(kind)];
    }
    friend bool operator==(const Ledger&, const Ledger&) = default;
};

/// One failed attempt at a block. Kept until the block is committed, and with it if set aside.
struct BlockFault {
    std::uint64_t block{0};
    std::string host{};
    std::string worker_name{};
    FaultCause cause{FaultCause::task};
    std::string message{};
    /// The host was quarantined since: listed, but no evidence against the block any more.
    bool excused{false};

    friend bool operator==(const BlockFault&, const BlockFault&) = default;
};

/// Blocks that one attempt committed.
struct CommittedRange {
    BlockRange range{};
    Attempt attempt{};
    Incarnation incarnation{};

    friend bool operator==(const CommittedRange&, const CommittedRange&) = default;
};

}  // namespace vargrid::scheduler
