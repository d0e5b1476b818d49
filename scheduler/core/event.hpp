// Event: everything the scheduler core is ever told. Decoding, authentication and size limits lie
// outside; here an event can be late, repeated or about something unknown, but not malformed.
// Every event of a worker after its Hello carries the epoch that stood in its message.
#pragma once

#include "base/digest.hpp"
#include "base/time.hpp"
#include "protocol/block_range.hpp"
#include "protocol/ids.hpp"
#include "scheduler/core/job.hpp"
#include "scheduler/core/redundancy.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vargrid::scheduler {

/// A lease as its worker knows it. Open blocks: granted and neither acknowledged as committed nor
/// reported failed nor returned. Finished blocks that wait for their shard or for an answer are
/// still open.
struct HeldLease {
    JobId job{};
    Attempt attempt{};
    std::vector<BlockRange> open{};

    friend bool operator==(const HeldLease&, const HeldLease&) = default;
};

/// A worker introduces itself: at its start, after a silence, or because it was asked to.
struct WorkerHello {
    Incarnation incarnation{};
    std::string name{};
    /// The machine it runs on: blame is by host. Empty: the name stands for it.
    std::string host{};
    std::uint32_t threads{1};
    std::uint64_t memory_bytes{0};
    std::string isa{};
    /// What the machine says its processor is; empty: unknown.
    std::string cpu_model{};
    /// It gives back what it has and wants nothing new.
    bool draining{false};
    std::vector<HeldLease> held{};
    /// How long it may still live; none: it knows no end.
    std::optional<Duration> ends_in{};
    /// Since its process started; 0 if a scheduler has welcomed it before.
    Duration started_ago{0};

    friend bool operator==(const WorkerHello&, const WorkerHello&) = default;
};

/// One lease in a heartbeat.
struct LeaseProgress {
    Attempt attempt{};
    /// Blocks of this lease finished so far, committed or not; only its growth matters.
    std::uint64_t blocks_done{0};
    /// False while the task waits for its turn.
    bool started{false};

    friend bool operator==(const LeaseProgress&, const LeaseProgress&) = default;
};

struct WorkerHeartbeat {
    Incarnation incarnation{};
    Epoch epoch{};
    bool draining{false};
    /// Every lease the worker holds, so that grants and returns that were lost come to light.
    std::vector<LeaseProgress> held{};

    friend bool operator==(const WorkerHeartbeat&, const WorkerHeartbeat&) = default;
};

struct RangeDigest {
    BlockRange range{};
    BlockDigest digest{};

    friend bool operator==(const RangeDigest&, const RangeDigest&) = default;
};

/// A shard lies on disk, complete; without one the digests alone were asked for.
struct BlocksCommitted {
    Incarnation incarnation{};
    Epoch epoch{};
    JobId job{};
    Attempt attempt{};
    /// Number of the shard within its attempt, from 0; echoed in the answer.
    std::uint32_t part{0};
    /// Ascending, not overlapping.
    std::vector<RangeDigest> ranges{};
    /// File name of the shard within the job's output folder.
    std::string shard{};
    CoreTime core_time{0};
    /// From the start of the task to its first block; told once.
    CoreTime start_up{0};

    friend bool operator==(const BlocksCommitted&, const BlocksCommitted&) = default;
};

enum class ReturnReason : std::uint8_t {
    drain,       ///< The worker is being reclaimed. Never counted against anybody.
    unneeded,    ///< It has more than it can use, or is going away because it was idle.
    host_fault,  ///< It cannot run the task or write its shard: a host fault.
};

struct BlocksReturned {
    Incarnation incarnation{};
    Epoch epoch{};
    JobId job{};
    Attempt attempt{};
    std::vector<BlockRange> ranges{};
    ReturnReason reason{ReturnReason::drain};
    /// Why, for people; empty unless host_fault.
    std::string message{};
    /// Spent on these blocks in vain.
    CoreTime core_time{0};
    /// As in BlocksCommitted.
    CoreTime start_up{0};

    friend bool operator==(const BlocksReturned&, const BlocksReturned&) = default;
};

struct BlockFailed {
    Incarnation incarnation{};
    Epoch epoch{};
    JobId job{};
    Attempt attempt{};
    std::uint64_t block{0};
    FaultCause cause{FaultCause::task};
    std::string message{};
    CoreTime core_time{0};

    friend bool operator==(const BlockFailed&, const BlockFailed&) = default;
};

/// The worker has nothing left and is about to exit.
struct WorkerLeaving {
    Incarnation incarnation{};
    Epoch epoch{};

    friend bool operator==(const WorkerLeaving&, const WorkerLeaving&) = default;
};

struct SubmitJob {
    ClientId client{};
    RequestId request{};
    JobSpec spec{};

    friend bool operator==(const SubmitJob&, const SubmitJob&) = default;
};

struct CancelJob {
    ClientId client{};
    RequestId request{};
    JobId job{};

    friend bool operator==(const CancelJob&, const CancelJob&) = default;
};

enum class JobControl : std::uint8_t {
    pause,     ///< No new leases; those under way are let finish.
    resume,    ///< Leases again.
    priority,  ///< Another priority, from now on.
};

struct ControlJob {
    ClientId client{};
    RequestId request{};
    JobId job{};
    JobControl control{JobControl::pause};
    /// The new one; only for JobControl::priority.
    std::int32_t priority{0};

    friend bool operator==(const ControlJob&, const ControlJob&) = default;
};

/// A lease as the journal knows it: what the latest JournalLease of its attempt said. The core
/// takes away what was committed since.
struct RestoredLease {
    Attempt attempt{};
    Incarnation incarnation{};
    std::string worker_name{};
    std::string host{};
    std::vector<BlockRange> open{};

    friend bool operator==(const RestoredLease&, const RestoredLease&) = default;
};

struct RestoredJob {
    JobId job{};
    ClientId client{};
    RequestId request{};
    JobSpec spec{};
    JobState state{JobState::running};
    std::string message{};
    bool paused{false};
    Ledger ledger{};
    std::vector<CommittedRange> committed{};
    std::vector<RestoredLease> leases{};
    /// In the order they were journaled; those of committed blocks may be left out.
    std::vector<BlockFault> faults{};
    std::vector<std::uint64_t> set_aside{};
    /// What hosts say of blocks on which they disagree; those of committed blocks may be left out.
    std::vector<DisputedBlock> disputed{};

    friend bool operator==(const RestoredJob&, const RestoredJob&) = default;
};

/// The first event of every epoch, also with an empty journal. Everything before it, and a second
/// one, is ignored.
struct Restored {
    /// This epoch: one more than the journal's last, already durable.
    Epoch epoch{};
    /// One more than the highest id ever given in this journal, forgotten jobs included.
    JobId next_job{1};
    /// Ascending by id.
    std::vector<RestoredJob> jobs{};

    friend bool operator==(const Restored&, const Restored&) = default;
};

/// The end of a batch: expiry and placement happen here, once per turn.
struct Tick {
    friend bool operator==(const Tick&, const Tick&) = default;
};

struct Event {
    /// Never earlier than that of the event before.
    Instant at{};
    std::variant<Tick,
                 WorkerHello,
                 WorkerHeartbeat,
                 BlocksCommitted,
                 BlocksReturned,
                 BlockFailed,
                 WorkerLeaving,
                 SubmitJob,
                 CancelJob,
                 ControlJob,
                 Restored>
        what;

    friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace vargrid::scheduler
