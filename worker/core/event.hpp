// Event: everything the worker session is ever told, by the scheduler (with the epoch that stood
// in the message), by the executor, by the shard writer and by the machine.
#pragma once

#include "base/digest.hpp"
#include "base/time.hpp"
#include "protocol/block_range.hpp"
#include "protocol/ids.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace vargrid::worker {

struct Lease {
    JobId job{};
    Attempt attempt{};
    BlockRange range{};
    bool final_step{false};
    /// Finished blocks wait at most this long for their shard. 0: WorkerConfig's default.
    Duration commit_interval{0};
    /// Every block is committed as a range of its own.
    bool single_blocks{false};
    /// Only the digests are wanted: no shard is kept.
    bool digest_only{false};
    /// Blocks sampled at this rate are committed as ranges of their own; see audit_sample.hpp.
    std::uint32_t audit_per_million{0};
    std::uint64_t audit_seed{0};

    friend bool operator==(const Lease&, const Lease&) = default;
};

struct RangeDigest {
    BlockRange range{};
    BlockDigest digest{};

    friend bool operator==(const RangeDigest&, const RangeDigest&) = default;
};

enum class FaultCause : std::uint8_t { task, host };
enum class ReturnReason : std::uint8_t { drain, unneeded, host_fault };

// ---- From the scheduler.

struct Welcome {
    Epoch epoch{};
    Duration heartbeat_interval{0};
    Duration silence_max{0};

    friend bool operator==(const Welcome&, const Welcome&) = default;
};

/// The scheduler is full or does not want this worker.
struct HelloRefused {
    Epoch epoch{};

    friend bool operator==(const HelloRefused&, const HelloRefused&) = default;
};

struct Reintroduce {
    Epoch epoch{};

    friend bool operator==(const Reintroduce&, const Reintroduce&) = default;
};

/// From now on beat this often; 0: as before.
struct HeartbeatAnswered {
    Epoch epoch{};
    Duration heartbeat_interval{0};
    Duration silence_max{0};

    friend bool operator==(const HeartbeatAnswered&, const HeartbeatAnswered&) = default;
};

/// The shell keeps what else the message says (payload, folder, manifest) by attempt until the
/// session drops or ends the task.
struct LeaseGranted {
    Epoch epoch{};
    Lease lease{};

    friend bool operator==(const LeaseGranted&, const LeaseGranted&) = default;
};

/// Begin no further block, hand in what is under way, give the rest back.
struct LeaseYielded {
    Epoch epoch{};
    Attempt attempt{};

    friend bool operator==(const LeaseYielded&, const LeaseYielded&) = default;
};

struct LeaseRevoked {
    Epoch epoch{};
    Attempt attempt{};

    friend bool operator==(const LeaseRevoked&, const LeaseRevoked&) = default;
};

struct CommitAccepted {
    Epoch epoch{};
    Attempt attempt{};
    std::uint32_t part{0};

    friend bool operator==(const CommitAccepted&, const CommitAccepted&) = default;
};

struct CommitRefused {
    Epoch epoch{};
    Attempt attempt{};
    std::uint32_t part{0};
    /// False when the scheduler no longer knows the job: the shard may count, leave it alone.
    bool delete_shard{true};

    friend bool operator==(const CommitRefused&, const CommitRefused&) = default;
};

// ---- From the executor. After StartTask come at most one TaskBegun, any number of BlocksDone,
// BlocksNotBegun and BlockFailed, at most one TaskEmptied, and at last exactly one TaskStopped.

/// These blocks are computed: one as it comes, or a whole range, so that a task of 10,000 short
/// blocks is not 10,000 events.
struct BlocksDone {
    Attempt attempt{};
    BlockRange range{};
    /// Of all blocks of the range together.
    Duration core_time{0};

    friend bool operator==(const BlocksDone&, const BlocksDone&) = default;
};

/// After a StopTask: no thread will begin these blocks any more. Those before them are under way.
struct BlocksNotBegun {
    Attempt attempt{};
    BlockRange range{};

    friend bool operator==(const BlocksNotBegun&, const BlocksNotBegun&) = default;
};

struct BlockFailed {
    Attempt attempt{};
    std::uint64_t block{0};
    FaultCause cause{FaultCause::task};
    std::string message{};
    Duration core_time{0};

    friend bool operator==(const BlockFailed&, const BlockFailed&) = default;
};

/// No block of the attempt is left to begin, some are still being computed: the next task may start
/// beside it, so that no thread waits for the slowest block.
struct TaskEmptied {
    Attempt attempt{};

    friend bool operator==(const TaskEmptied&, const TaskEmptied&) = default;
};

/// The input of a task is at hand and its first block begins.
struct TaskBegun {
    Attempt attempt{};
    /// Since StartTask, times the threads that waited.
    Duration start_up{0};

    friend bool operator==(const TaskBegun&, const TaskBegun&) = default;
};

/// No thread works on the attempt any more: it is through, was stopped or dropped, or could not
/// start. Blocks not reported by now were not computed.
struct TaskStopped {
    Attempt attempt{};
    /// Not empty if the task could not run at all (a blob that would not come, no memory): a host
    /// fault.
    std::string failure{};
    /// Spent on blocks that were not finished.
    Duration core_time{0};

    friend bool operator==(const TaskStopped&, const TaskStopped&) = default;
};

// ---- From the shard writer: exactly one answer to each WriteShard.

/// The shard is on disk under its final name, synced.
struct ShardWritten {
    Attempt attempt{};
    std::uint32_t part{0};
    std::string name{};
    /// The ranges of the WriteShard, each with the digest of its blocks.
    std::vector<RangeDigest> ranges{};

    friend bool operator==(const ShardWritten&, const ShardWritten&) = default;
};

struct ShardFailed {
    Attempt attempt{};
    std::uint32_t part{0};
    std::string message{};

    friend bool operator==(const ShardFailed&, const ShardFailed&) = default;
};

// ---- From the machine.

/// SIGTERM, SIGINT or a reclaim notice; may come several times, the earliest end counts.
struct DrainRequested {
    Duration grace{0};

    friend bool operator==(const DrainRequested&, const DrainRequested&) = default;
};

/// Time passed. The first one is the start of the session.
struct Tick {
    friend bool operator==(const Tick&, const Tick&) = default;
};

struct Event {
    /// Never earlier than that of the event before.
    Instant at{};
    std::variant<Tick,
                 Welcome,
                 HelloRefused,
                 Reintroduce,
                 HeartbeatAnswered,
                 LeaseGranted,
                 LeaseYielded,
                 LeaseRevoked,
                 CommitAccepted,
                 CommitRefused,
                 BlocksDone,
                 BlocksNotBegun,
                 BlockFailed,
                 TaskBegun,
                 TaskEmptied,
                 TaskStopped,
                 ShardWritten,
                 ShardFailed,
                 DrainRequested>
        what;

    friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace vargrid::worker
