// Every message of the wire contract as a plain value. docs/protocol.md says who sends what when;
// codec.hpp turns these into bytes and back. Times and durations are nanoseconds unless named
// otherwise; core time is summed over threads.
#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "protocol/block_range.hpp"
#include "protocol/ids.hpp"

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
    std::string text;
    friend bool operator==(const Refusal&, const Refusal&) = default;
};

// ---- worker -> scheduler ------------------------------------------------------------------

struct HeldLease {
    JobId job;
    Attempt attempt;
    /// The blocks of the lease whose commit has not been acknowledged; sorted, disjoint.
    std::vector<BlockRange> open;
    friend bool operator==(const HeldLease&, const HeldLease&) = default;
};

struct Hello {
    std::string name;  ///< For people: host:pid unless the operator chose another.
    std::uint32_t threads{1};
    std::uint64_t memory_bytes{0};
    std::string isa;      ///< "avx2" or "avx512".
    std::string release;  ///< Version of the executable.
    std::vector<HeldLease> held;
    friend bool operator==(const Hello&, const Hello&) = default;
};

struct Heartbeat {
    std::uint32_t busy_threads{0};
    std::vector<Attempt> held;  ///< The attempts of the leases the worker knows of.
    friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

struct CommittedRange {
    BlockRange range;
    BlockDigest digest;  ///< Over the digests of the blocks in the range, in order.
    friend bool operator==(const CommittedRange&, const CommittedRange&) = default;
};

/// The ranges are in a shard that is synced and under its final name.
struct Commit {
    JobId job;
    Attempt attempt;
    std::vector<CommittedRange> ranges;  ///< Sorted, disjoint, at least one.
    std::string shard;                   ///< File name within OUTPUT/shards.
    std::uint64_t core_ns{0};            ///< Core time spent on these ranges.
    friend bool operator==(const Commit&, const Commit&) = default;
};

enum class ReturnReason : std::uint8_t {
    drain = 1,  ///< The worker is being reclaimed. Never counts against task or host.
    unneeded,   ///< The lease was revoked or is not wanted.
};

struct Return {
    JobId job;
    Attempt attempt;
    std::vector<BlockRange> ranges;  ///< Sorted, disjoint, at least one.
    ReturnReason reason{ReturnReason::drain};
    std::uint64_t core_ns{0};  ///< Core time spent on blocks that are given back unfinished.
    friend bool operator==(const Return&, const Return&) = default;
};

enum class FaultCause : std::uint8_t {
    task = 1,  ///< The block itself is bad; counted per block over distinct workers.
    host,      ///< Disk, memory, a missing library; counted per worker name.
};

struct BlockFailed {
    JobId job;
    Attempt attempt;
    std::uint64_t block{0};
    FaultCause cause{FaultCause::task};
    std::string text;
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

struct HeartbeatReply {
    friend bool operator==(const HeartbeatReply&, const HeartbeatReply&) = default;
};

/// Say Hello again: the scheduler does not know this worker in this epoch.
struct Reintroduce {
    friend bool operator==(const Reintroduce&, const Reintroduce&) = default;
};

struct LeaseGranted {
    JobId job;
    Attempt attempt;
    BlockRange blocks;
    std::uint64_t n_blocks{0};  ///< Of the job; block n_blocks is the final step.
    Digest payload;             ///< The blob that says what the job computes.
    std::string output_folder;
    /// How much finished work may wait before it is committed; 0: commit when the task is done.
    std::uint64_t commit_interval_ns{0};
    /// Present exactly when `blocks` is the final step: the blob of protocol/manifest.hpp.
    std::optional<Digest> manifest;
    friend bool operator==(const LeaseGranted&, const LeaseGranted&) = default;

    [[nodiscard]] bool is_final_step() const { return manifest.has_value(); }
};

struct LeaseRevoked {
    JobId job;
    Attempt attempt;
    std::string reason;
    friend bool operator==(const LeaseRevoked&, const LeaseRevoked&) = default;
};

struct CommitReply {
    JobId job;
    Attempt attempt;
    std::vector<BlockRange> ranges;  ///< As in the Commit that is answered.
    std::string shard;               ///< As in the Commit; to be deleted when refused.
    bool accepted{false};
    std::string reason;  ///< Empty when accepted.
    friend bool operator==(const CommitReply&, const CommitReply&) = default;
};

// ---- blobs --------------------------------------------------------------------------------

struct GetBlob {
    Digest digest;
    std::uint64_t offset{0};
    std::uint32_t length{0};  ///< 1 .. kChunkBytesMax; the reply is shorter at the end.
    friend bool operator==(const GetBlob&, const GetBlob&) = default;
};

struct BlobChunk {
    Digest digest;
    std::uint64_t size{0};  ///< Of the whole blob.
    std::uint64_t offset{0};
    Bytes bytes;
    friend bool operator==(const BlobChunk&, const BlobChunk&) = default;
};

struct PutBlob {
    Digest digest;
    std::uint64_t size{0};
    std::uint64_t offset{0};
    Bytes bytes;
    friend bool operator==(const PutBlob&, const PutBlob&) = default;
};

struct BlobStored {
    Digest digest;
    std::uint64_t received{0};
    bool complete{false};
    friend bool operator==(const BlobStored&, const BlobStored&) = default;
};

struct HasBlobs {
    std::vector<Digest> digests;
    friend bool operator==(const HasBlobs&, const HasBlobs&) = default;
};

struct HasBlobsReply {
    std::vector<Digest> missing;
    friend bool operator==(const HasBlobsReply&, const HasBlobsReply&) = default;
};

// ---- jobs ---------------------------------------------------------------------------------

struct SubmitJob {
    std::uint64_t submission{0};  ///< Random, not 0. The same key gives the same job.
    std::string name;
    std::string owner;
    std::int32_t priority{0};  ///< Larger runs first.
    std::uint64_t n_blocks{0};
    std::uint64_t block_cost_ns{0};  ///< Nominal, on one core.
    Digest payload;
    std::vector<Digest> blobs;  ///< All the job reads, without the payload; checked at submit.
    std::string output_folder;  ///< Absolute, seen by every worker.
    std::uint64_t commit_interval_ns{0};
    friend bool operator==(const SubmitJob&, const SubmitJob&) = default;
};

struct JobAccepted {
    std::uint64_t submission{0};
    JobId job;
    friend bool operator==(const JobAccepted&, const JobAccepted&) = default;
};

struct JobRejected {
    std::uint64_t submission{0};
    std::string reason;
    friend bool operator==(const JobRejected&, const JobRejected&) = default;
};

struct CancelJob {
    JobId job;
    friend bool operator==(const CancelJob&, const CancelJob&) = default;
};

struct CancelReply {
    JobId job;
    bool cancelled{false};  ///< False: it had already ended.
    std::string text;
    friend bool operator==(const CancelReply&, const CancelReply&) = default;
};

struct JobStatus {
    std::optional<JobId> job;  ///< Absent: all jobs, newest first.
    friend bool operator==(const JobStatus&, const JobStatus&) = default;
};

enum class JobState : std::uint8_t {
    running = 1,  ///< Accepted; blocks wait, are leased, or are being finalised.
    complete,     ///< Every block and the final step committed.
    incomplete,   ///< The final step committed, some blocks set aside.
    failed,       ///< The final step was set aside: there is no result.
    cancelled,
};

struct JobFailure {
    std::uint64_t block{0};
    FaultCause cause{FaultCause::task};
    std::string worker;
    std::string text;
    friend bool operator==(const JobFailure&, const JobFailure&) = default;
};

/// What became of the work paid for.
struct JobLedger {
    std::uint64_t useful_core_ns{0};
    std::uint64_t thrown_away_core_ns{0};
    std::uint64_t returned_core_ns{0};
    std::uint64_t leases{0};
    std::uint64_t commits{0};
    std::uint64_t duplicate_commits{0};
    std::uint64_t refused_commits{0};
    std::uint64_t reclaims{0};
    std::uint64_t lost_workers{0};
    std::uint64_t blocks_repeated{0};
    friend bool operator==(const JobLedger&, const JobLedger&) = default;
};

struct JobInfo {
    JobId job;
    std::string name;
    std::string owner;
    std::int32_t priority{0};
    JobState state{JobState::running};
    std::uint64_t blocks_total{0};  ///< Without the final step.
    std::uint64_t blocks_committed{0};
    std::uint64_t blocks_leased{0};
    std::uint64_t blocks_pending{0};
    std::uint64_t blocks_set_aside{0};
    std::uint64_t workers{0};  ///< Holding a lease of this job.
    bool finalising{false};    ///< Only the final step is left.
    JobLedger ledger;
    std::vector<JobFailure> failures;  ///< The latest, at most kFailuresPerReplyMax.
    Digest payload;
    std::string output_folder;
    std::string text;  ///< Why it failed or waits, for people.
    std::uint64_t submitted_unix_ms{0};
    std::uint64_t ended_unix_ms{0};  ///< 0 while running.
    friend bool operator==(const JobInfo&, const JobInfo&) = default;
};

struct JobStatusReply {
    std::vector<JobInfo> jobs;
    std::uint64_t jobs_total{0};
    std::uint64_t workers_total{0};
    friend bool operator==(const JobStatusReply&, const JobStatusReply&) = default;
};

struct WorkersStatus {
    friend bool operator==(const WorkersStatus&, const WorkersStatus&) = default;
};

enum class WorkerState : std::uint8_t {
    active = 1,
    probation,    ///< Back from quarantine, one block at a time until one succeeds.
    quarantined,  ///< Too many host faults; gets no work until its time is over.
};

struct WorkerInfo {
    Incarnation incarnation;
    std::string name;
    std::uint32_t threads{0};
    std::uint64_t memory_bytes{0};
    std::string isa;
    WorkerState state{WorkerState::active};
    std::uint64_t leases{0};
    std::uint64_t blocks_leased{0};
    std::uint64_t silence_ns{0};  ///< Since it was last heard.
    friend bool operator==(const WorkerInfo&, const WorkerInfo&) = default;
};

struct WorkersStatusReply {
    std::vector<WorkerInfo> workers;
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
                          HeartbeatReply,
                          Reintroduce,
                          LeaseGranted,
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
                          JobStatus,
                          JobStatusReply,
                          WorkersStatus,
                          WorkersStatusReply>;

struct Message {
    Epoch epoch;               ///< 0: the sender has not met a scheduler.
    std::uint64_t sender{0};   ///< The 64 bits of the sender's routing id; 0: the scheduler.
    std::uint64_t request{0};  ///< Copied from question to answer.
    Body body;
    friend bool operator==(const Message&, const Message&) = default;
};

}  // namespace vargrid::protocol
