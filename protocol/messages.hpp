// Every message of the wire contract as a plain value. docs/protocol.md says who sends what when;
// codec.hpp turns these into bytes and back. Times and durations are nanoseconds unless named
// otherwise; core time is summed over threads.
#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "protocol/block_range.hpp"
#include "protocol/ids.hpp"
#include "protocol/insight_messages.hpp"
#include "protocol/redundancy_messages.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vargrid::protocol {

enum class RefusalCode : std::uint8_t {
    malformed = 1,
    too_large,
    unsupported_version,
    unknown_message,
    wrong_role,
    not_found,
    conflict,
    limit,
    io,
};

/// The message could not be honoured and changed nothing.
struct Refusal {
    RefusalCode code{RefusalCode::malformed};
    std::string text{};
    friend bool operator==(const Refusal&, const Refusal&) = default;
};

// ---- worker -> scheduler ------------------------------------------------------------------

struct HeldLease {
    JobId job{};
    Attempt attempt{};
    /// Granted and neither acknowledged as committed nor reported failed nor returned; sorted,
    /// disjoint.
    std::vector<BlockRange> open{};
    friend bool operator==(const HeldLease&, const HeldLease&) = default;
};

struct Hello {
    std::string name{};  ///< For people: host:pid unless the operator chose another.
    std::uint32_t threads{1};
    std::uint64_t memory_bytes{0};
    std::string isa{};      ///< "avx2" or "avx512".
    std::string release{};  ///< Version of the executable.
    bool draining{false};   ///< It gives back what it has and wants nothing new.
    std::vector<HeldLease> held{};
    /// Since the process started; 0 once a scheduler has welcomed it.
    std::uint64_t started_ago_ns{0};
    /// How long it may still live when it says this (a cluster's time limit); 0: it knows no end.
    std::uint64_t ends_in_ns{0};
    std::string host{};  ///< The machine; blame is by host. Empty: the name stands for it.
    friend bool operator==(const Hello&, const Hello&) = default;
};

struct LeaseProgress {
    Attempt attempt{};
    std::uint64_t blocks_done{0};  ///< Finished so far, committed or not.
    bool started{false};           ///< False while the task waits for its turn.
    friend bool operator==(const LeaseProgress&, const LeaseProgress&) = default;
};

struct Heartbeat {
    bool draining{false};
    std::vector<LeaseProgress> held{};  ///< Every lease the worker holds.
    friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

struct RangeDigest {
    BlockRange range{};
    BlockDigest digest{};  ///< combined_digest() of the blocks in the range, in order.
    friend bool operator==(const RangeDigest&, const RangeDigest&) = default;
};

/// The ranges are in a shard that is synced and under its final name.
struct Commit {
    JobId job{};
    Attempt attempt{};
    std::uint32_t part{0};              ///< Number of the shard within its attempt, from 0.
    std::vector<RangeDigest> ranges{};  ///< Ascending, not overlapping, at least one.
    /// File name of the shard; of the result, if final step; empty if only digests were asked for.
    std::string shard{};
    std::uint64_t core_ns{0};  ///< Core time spent on these ranges.
    /// From the start of the task to its first block, x threads; with the first shard only.
    std::uint64_t start_up_core_ns{0};
    friend bool operator==(const Commit&, const Commit&) = default;
};

enum class ReturnReason : std::uint8_t {
    drain = 1,   ///< The worker is being reclaimed. Never counts against task or host.
    unneeded,    ///< It has more than it can use, or goes away because it was idle.
    host_fault,  ///< It cannot run the task or write its shard.
};

struct Return {
    JobId job{};
    Attempt attempt{};
    std::vector<BlockRange> ranges{};  ///< Sorted, disjoint, at least one.
    ReturnReason reason{ReturnReason::drain};
    std::string text{};        ///< Why, for people; only for host_fault.
    std::uint64_t core_ns{0};  ///< Core time spent on blocks that are given back unfinished.
    std::uint64_t start_up_core_ns{0};  ///< As in Commit, if no shard told it.
    friend bool operator==(const Return&, const Return&) = default;
};

enum class FaultCause : std::uint8_t {
    task = 1,      ///< The block itself is bad; counted per block over distinct hosts.
    host,          ///< Disk, memory, a missing library; counted per host.
    vanished,      ///< The worker was gone while it computed the block and nothing else.
    disagreement,  ///< Two computations of the block gave different bits.
    store,         ///< The results could not be written.
};

struct BlockFailed {
    JobId job{};
    Attempt attempt{};
    std::uint64_t block{0};
    FaultCause cause{FaultCause::task};
    std::string text{};
    std::uint64_t core_ns{0};
    friend bool operator==(const BlockFailed&, const BlockFailed&) = default;
};

/// Everything is committed or returned; the worker is about to exit.
struct Leaving {
    friend bool operator==(const Leaving&, const Leaving&) = default;
};

// ---- scheduler -> worker ------------------------------------------------------------------

struct Welcome {
    std::uint64_t heartbeat_interval_ns{0};
    std::uint64_t worker_silence_max_ns{0};  ///< Leases are lost after this much silence.
    friend bool operator==(const Welcome&, const Welcome&) = default;
};

enum class HelloRefusal : std::uint8_t {
    workers_full = 1,  ///< The scheduler has as many as it takes; try again later.
    invalid_worker,    ///< No threads, too many, or a name that is too long.
};

/// The answer to a Hello that cannot be taken in.
struct HelloRefused {
    HelloRefusal reason{HelloRefusal::workers_full};
    friend bool operator==(const HelloRefused&, const HelloRefused&) = default;
};

struct HeartbeatReply {
    std::uint64_t heartbeat_interval_ns{0};  ///< From now on; grows with the fleet.
    std::uint64_t worker_silence_max_ns{0};
    friend bool operator==(const HeartbeatReply&, const HeartbeatReply&) = default;
};

/// Say Hello again: the scheduler does not know this worker in this epoch.
struct Reintroduce {
    friend bool operator==(const Reintroduce&, const Reintroduce&) = default;
};

struct LeaseGranted {
    JobId job{};
    Attempt attempt{};
    BlockRange blocks{};
    std::uint64_t n_blocks{0};  ///< Of the job; block n_blocks is the final step.
    Digest payload{};           ///< The blob that says what the job computes.
    std::string output_folder{};
    /// Finished blocks of a running task are committed at least this often. 0: the worker decides.
    std::uint64_t commit_interval_ns{0};
    /// Present exactly when `blocks` is the final step: the blob of protocol/manifest.hpp.
    std::optional<Digest> manifest{};
    /// Commit each block as a range of its own, so that digests can be compared block by block.
    bool single_blocks{false};
    /// Only the digests are wanted: commit without a shard.
    bool digest_only{false};
    /// Blocks that audit_sample.hpp picks at this rate are committed as ranges of their own.
    std::uint32_t audit_per_million{0};
    friend bool operator==(const LeaseGranted&, const LeaseGranted&) = default;

    [[nodiscard]] bool is_final_step() const { return manifest.has_value(); }
};

enum class RevokeReason : std::uint8_t {
    unknown = 1,  ///< The scheduler knows no such live lease of this worker.
    job_ended,    ///< Cancelled or failed.
    expired,      ///< It stalled, or the worker does not seem to know it.
    quarantined,  ///< The worker had too many host faults.
    distrusted,   ///< The worker failed too many blocks that wait for a second opinion.
};

/// Stop computing. Shards already offered still get their answer.
struct LeaseRevoked {
    Attempt attempt{};
    RevokeReason reason{RevokeReason::unknown};
    friend bool operator==(const LeaseRevoked&, const LeaseRevoked&) = default;
};

enum class CommitVerdict : std::uint8_t {
    accepted = 1,
    stale,        ///< The lease is over or these blocks are not its own: delete the shard.
    job_ended,    ///< Cancelled or failed: delete the shard.
    unknown_job,  ///< Nobody can say whether the shard counts: leave it alone.
    superseded,   ///< Another host was first; the digests were compared. Delete the shard.
};

struct CommitReply {
    Attempt attempt{};
    std::uint32_t part{0};  ///< As in the Commit that is answered.
    CommitVerdict verdict{CommitVerdict::accepted};
    friend bool operator==(const CommitReply&, const CommitReply&) = default;
};

// ---- blobs --------------------------------------------------------------------------------

struct GetBlob {
    Digest digest{};
    std::uint64_t offset{0};
    std::uint32_t length{0};  ///< 1 .. kChunkBytesMax; the reply is shorter at the end.
    friend bool operator==(const GetBlob&, const GetBlob&) = default;
};

struct BlobChunk {
    Digest digest{};
    std::uint64_t size{0};  ///< Of the whole blob.
    std::uint64_t offset{0};
    Bytes bytes{};
    friend bool operator==(const BlobChunk&, const BlobChunk&) = default;
};

struct PutBlob {
    Digest digest{};
    std::uint64_t size{0};
    std::uint64_t offset{0};
    Bytes bytes{};
    friend bool operator==(const PutBlob&, const PutBlob&) = default;
};

struct BlobStored {
    Digest digest{};
    std::uint64_t received{0};
    bool complete{false};
    friend bool operator==(const BlobStored&, const BlobStored&) = default;
};

struct HasBlobs {
    std::vector<Digest> digests{};
    friend bool operator==(const HasBlobs&, const HasBlobs&) = default;
};

struct HasBlobsReply {
    std::vector<Digest> missing{};
    friend bool operator==(const HasBlobsReply&, const HasBlobsReply&) = default;
};

// ---- jobs ---------------------------------------------------------------------------------

/// The request number of its envelope is not 0: the same client and number give the same job.
struct SubmitJob {
    std::string name{};
    std::string owner{};
    std::int32_t priority{0};  ///< Larger runs first.
    std::uint64_t n_blocks{0};
    std::uint64_t block_cost_ns{0};        ///< Nominal, on one core.
    std::uint64_t blocks_per_task_max{0};  ///< So that a shard fits memory; 0: no limit.
    Digest payload{};
    std::vector<Digest> blobs{};  ///< All the job reads, without the payload; checked at submit.
    std::string output_folder{};  ///< Absolute, seen by every worker.
    /// Finished blocks of a running task are committed at least this often. 0: the worker decides.
    std::uint64_t commit_interval_ns{0};
    Price price{};
    std::uint64_t deadline_unix_ms{0};  ///< When its owner needs it; 0: no matter when.
    std::string needs_isa{};            ///< "", "avx2" or "avx512": the least a worker must have.
    std::uint64_t memory_per_thread_bytes{0};  ///< The least a worker must have; 0: any.
    /// Of a million blocks, how many are computed again on another host and compared. Absent: the
    /// scheduler's default.
    std::optional<std::uint32_t> audit_per_million{};
    friend bool operator==(const SubmitJob&, const SubmitJob&) = default;
};

struct JobAccepted {
    JobId job{};
    friend bool operator==(const JobAccepted&, const JobAccepted&) = default;
};

struct JobRejected {
    std::string reason{};
    friend bool operator==(const JobRejected&, const JobRejected&) = default;
};

struct CancelJob {
    JobId job{};
    friend bool operator==(const CancelJob&, const CancelJob&) = default;
};

struct CancelReply {
    JobId job{};
    bool cancelled{false};  ///< False: it had already ended.
    std::string text{};
    friend bool operator==(const CancelReply&, const CancelReply&) = default;
};

enum class JobControl : std::uint8_t {
    pause = 1,  ///< No new leases; those under way are let finish.
    resume,
    priority,
};

struct ControlJob {
    JobId job{};
    JobControl control{JobControl::pause};
    std::int32_t priority{0};  ///< The new one; only for JobControl::priority.
    friend bool operator==(const ControlJob&, const ControlJob&) = default;
};

struct ControlReply {
    JobId job{};
    bool applied{false};  ///< False: it had already ended.
    std::string text{};
    bool paused{false};  ///< As it is now.
    std::int32_t priority{0};
    friend bool operator==(const ControlReply&, const ControlReply&) = default;
};

struct JobStatus {
    std::optional<JobId> job{};  ///< Absent: all jobs, newest first.
    friend bool operator==(const JobStatus&, const JobStatus&) = default;
};

enum class JobState : std::uint8_t {
    running = 1,  ///< Blocks are pending or leased.
    finalising,   ///< Only the final step is left, pending or leased.
    completed,    ///< Ended: every block is in the result.
    incomplete,   ///< Ended: the result exists, but blocks were set aside.
    failed,       ///< Ended: there is no result; the text says why.
    cancelled,    ///< Ended: somebody asked for it.
};

struct JobFailure {
    std::uint64_t block{0};
    FaultCause cause{FaultCause::task};
    std::string worker{};
    std::string text{};
    std::string host{};
    bool excused{false};  ///< The host was quarantined since: it does not count any more.
    friend bool operator==(const JobFailure&, const JobFailure&) = default;
};

struct JobInfo {
    JobId job{};
    std::string name{};
    std::string owner{};
    std::int32_t priority{0};
    JobState state{JobState::running};
    std::uint64_t blocks_total{0};  ///< Without the final step.
    std::uint64_t blocks_committed{0};
    std::uint64_t blocks_leased{0};
    std::uint64_t blocks_pending{0};
    std::uint64_t blocks_set_aside{0};
    std::uint64_t workers{0};  ///< Holding a lease of this job.
    JobLedger ledger{};
    std::vector<JobFailure> failures{};  ///< The latest, at most kFailuresPerReplyMax.
    Digest payload{};
    std::string output_folder{};
    std::string text{};  ///< Why it failed or waits, for people.
    std::uint64_t submitted_unix_ms{0};
    std::uint64_t ended_unix_ms{0};  ///< 0 while running.
    Price price{};
    std::uint64_t deadline_unix_ms{0};
    std::string needs_isa{};
    std::uint64_t memory_per_thread_bytes{0};
    bool paused{false};
    JobRedundancy redundancy{};
    Forecast forecast{};
    friend bool operator==(const JobInfo&, const JobInfo&) = default;
};

struct JobStatusReply {
    std::vector<JobInfo> jobs{};
    std::uint64_t jobs_total{0};
    std::uint64_t workers_total{0};
    GridInfo grid{};
    std::vector<OwnerLedger> owners{};  ///< Those who spent most first; with all jobs only.
    friend bool operator==(const JobStatusReply&, const JobStatusReply&) = default;
};

struct WorkersStatus {
    friend bool operator==(const WorkersStatus&, const WorkersStatus&) = default;
};

enum class WorkerState : std::uint8_t {
    active = 1,
    awaited,      ///< Held leases before the scheduler restarted; has not said Hello since.
    draining,     ///< Gives back what it has.
    probation,    ///< Back from quarantine, one block at a time until one succeeds.
    quarantined,  ///< Too many host faults; gets no work until its time is over.
};

struct WorkerInfo {
    Incarnation incarnation{};
    std::string name{};
    std::uint32_t threads{0};
    std::uint64_t memory_bytes{0};
    std::string isa{};
    WorkerState state{WorkerState::active};
    std::uint64_t leases{0};
    std::uint64_t blocks_leased{0};
    std::uint64_t silence_ns{0};  ///< Since it was last heard.
    std::uint64_t ends_in_ns{0};  ///< What is left until the end it announced; 0: it knows none.
    std::string host{};
    friend bool operator==(const WorkerInfo&, const WorkerInfo&) = default;
};

struct WorkersStatusReply {
    std::vector<WorkerInfo> workers{};
    std::uint64_t workers_total{0};
    friend bool operator==(const WorkersStatusReply&, const WorkersStatusReply&) = default;
};

// ---- the envelope -------------------------------------------------------------------------

using Body = std::variant<Refusal,
                          Hello,
                          Heartbeat,
                          Commit,
                          Return,
                          BlockFailed,
                          Leaving,
                          Welcome,
                          HelloRefused,
                          HeartbeatReply,
                          Reintroduce,
                          LeaseGranted,
                          LeaseYield,
                          LeaseRevoked,
                          CommitReply,
                          GetBlob,
                          BlobChunk,
                          PutBlob,
                          BlobStored,
                          HasBlobs,
                          HasBlobsReply,
                          SubmitJob,
                          JobAccepted,
                          JobRejected,
                          CancelJob,
                          CancelReply,
                          ControlJob,
                          ControlReply,
                          JobStatus,
                          JobStatusReply,
                          WorkersStatus,
                          WorkersStatusReply,
                          Why,
                          WhyReply>;

struct Message {
    Epoch epoch{};            ///< 0: the sender has not met a scheduler.
    std::uint64_t sender{0};  ///< The 64 bits of the sender's routing id; 0: the scheduler.
    /// Chosen by whoever asks, kept when the question is repeated, copied into the answer.
    std::uint64_t request{0};
    Body body{};
    friend bool operator==(const Message&, const Message&) = default;
};

}  // namespace vargrid::protocol
