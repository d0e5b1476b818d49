// Action: everything the scheduler core ever asks its shell to do. The order in the vector is the
// order of execution, with one rule before it: the shell makes all Journal* records of a batch
// durable, in one transaction and in order, and only then carries out the others (durable before
// visible). While it cannot, it holds back the whole batch and feeds the core nothing new.
#pragma once

#include "base/time.hpp"
#include "protocol/block_range.hpp"
#include "protocol/ids.hpp"
#include "scheduler/core/event.hpp"
#include "scheduler/core/job.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace vargrid::scheduler {

// ---- To workers.

struct SendWelcome {
    Incarnation incarnation{};
    Epoch epoch{};
    Duration heartbeat_interval{0};
    Duration silence_max{0};

    friend bool operator==(const SendWelcome&, const SendWelcome&) = default;
};

enum class RefusalReason : std::uint8_t {
    workers_full,    ///< CoreConfig::workers_max is reached; try again later.
    invalid_worker,  ///< No threads, too many, or a name beyond text_bytes_max.
};

/// The answer to a Hello that cannot be taken in.
struct RefuseWorker {
    Incarnation incarnation{};
    RefusalReason reason{RefusalReason::workers_full};

    friend bool operator==(const RefuseWorker&, const RefuseWorker&) = default;
};

/// "Please say Hello again": the epoch is old or the incarnation unknown.
struct SendReintroduce {
    Incarnation incarnation{};

    friend bool operator==(const SendReintroduce&, const SendReintroduce&) = default;
};

/// Answer to a heartbeat, so that a worker notices when the scheduler is gone, and how often to
/// beat from now on.
struct AnswerHeartbeat {
    Incarnation incarnation{};
    Duration heartbeat_interval{0};
    Duration silence_max{0};

    friend bool operator==(const AnswerHeartbeat&, const AnswerHeartbeat&) = default;
};

/// The shell adds what the task needs: the payload digest and output folder from job_spec(job),
/// and for a final step the manifest it makes from the journal.
struct GrantLease {
    Incarnation incarnation{};
    JobId job{};
    Attempt attempt{};
    BlockRange range{};
    bool final_step{false};
    LeaseKind kind{LeaseKind::primary};

    friend bool operator==(const GrantLease&, const GrantLease&) = default;
};

/// Begin no further block of this lease and give back what is left.
struct YieldLease {
    Incarnation incarnation{};
    Attempt attempt{};

    friend bool operator==(const YieldLease&, const YieldLease&) = default;
};

enum class RevokeReason : std::uint8_t {
    unknown,      ///< No such live lease of this worker.
    job_ended,    ///< Cancelled or failed.
    expired,      ///< It stalled, or its worker does not seem to know it.
    quarantined,  ///< Its worker has had too many host faults.
    distrusted,   ///< Its worker failed too many blocks of the job that wait for a second opinion.
};

/// Stop computing. Shards already offered still get their answer.
struct RevokeLease {
    Incarnation incarnation{};
    Attempt attempt{};
    RevokeReason reason{RevokeReason::unknown};

    friend bool operator==(const RevokeLease&, const RevokeLease&) = default;
};

struct AcceptCommit {
    Incarnation incarnation{};
    Attempt attempt{};
    std::uint32_t part{0};

    friend bool operator==(const AcceptCommit&, const AcceptCommit&) = default;
};

enum class CommitRefusal : std::uint8_t {
    stale,        ///< The lease is over or these blocks are not its own: delete the shard.
    job_ended,    ///< Cancelled or failed: delete the shard.
    unknown_job,  ///< Long forgotten; nobody can say whether the shard counts: leave it alone.
    superseded,   ///< Another host was first, and the digests were compared: delete the shard.
};

struct RefuseCommit {
    Incarnation incarnation{};
    Attempt attempt{};
    std::uint32_t part{0};
    CommitRefusal reason{CommitRefusal::stale};

    friend bool operator==(const RefuseCommit&, const RefuseCommit&) = default;
};

// ---- To clients.

struct AcceptJob {
    ClientId client{};
    RequestId request{};
    JobId job{};

    friend bool operator==(const AcceptJob&, const AcceptJob&) = default;
};

enum class RejectReason : std::uint8_t {
    queue_full,       ///< CoreConfig::jobs_max jobs are active.
    no_blocks,        ///< A job has at least one block.
    too_many_blocks,  ///< More than CoreConfig::blocks_per_job_max.
    bad_cost,         ///< The nominal cost of a block is not between 1 ns and one day.
    text_too_long,    ///< A name, owner or folder beyond CoreConfig::text_bytes_max.
    unknown_needs,    ///< An instruction set that does not exist.
    not_ready,        ///< The journal has not been read yet.
};

struct RejectJob {
    ClientId client{};
    RequestId request{};
    RejectReason reason{RejectReason::queue_full};

    friend bool operator==(const RejectJob&, const RejectJob&) = default;
};

enum class CancelOutcome : std::uint8_t { cancelled, already_ended, unknown_job };

struct AnswerCancel {
    ClientId client{};
    RequestId request{};
    JobId job{};
    CancelOutcome outcome{CancelOutcome::cancelled};

    friend bool operator==(const AnswerCancel&, const AnswerCancel&) = default;
};

enum class ControlOutcome : std::uint8_t { done, already_ended, unknown_job };

/// How the job stands after the question.
struct AnswerControl {
    ClientId client{};
    RequestId request{};
    JobId job{};
    ControlOutcome outcome{ControlOutcome::done};
    bool paused{false};
    std::int32_t priority{0};

    friend bool operator==(const AnswerControl&, const AnswerControl&) = default;
};

/// For whoever watches the job; the numbers are in job_summary(job).
struct JobChanged {
    JobId job{};
    JobState state{JobState::running};

    friend bool operator==(const JobChanged&, const JobChanged&) = default;
};

// ---- To people.

enum class NoticeKind : std::uint8_t {
    worker_joined,
    worker_left,
    worker_lost,
    host_quarantined,
    host_on_probation,
    host_trusted_again,
    lease_stalled,
    block_failed,
    block_set_aside,
    workers_vanish,
    hosts_disagree,
    host_lied,
};

/// Something an operator wants to read in the log and count in the metrics; changes nothing.
struct Notice {
    NoticeKind kind{NoticeKind::worker_joined};
    std::string worker_name{};
    JobId job{};
    std::uint64_t block{0};
    std::string message{};
    std::string host{};

    friend bool operator==(const Notice&, const Notice&) = default;
};

// ---- To the journal. Folded in order they give the Restored event of the next epoch.

/// A new job; the journal also remembers job + 1 as the next id.
struct JournalJob {
    JobId job{};
    ClientId client{};
    RequestId request{};
    JobSpec spec{};

    friend bool operator==(const JournalJob&, const JournalJob&) = default;
};

struct JournalJobState {
    JobId job{};
    JobState state{JobState::running};
    std::string message{};

    friend bool operator==(const JournalJobState&, const JournalJobState&) = default;
};

/// What people may change about a job after its submission, as it stands now.
struct JournalJobControl {
    JobId job{};
    bool paused{false};
    std::int32_t priority{0};

    friend bool operator==(const JournalJobControl&, const JournalJobControl&) = default;
};

/// Everything about the job may be deleted.
struct JournalJobForgotten {
    JobId job{};

    friend bool operator==(const JournalJobForgotten&, const JournalJobForgotten&) = default;
};

/// Inserts the lease, or replaces its blocks after a part was returned or failed. Commits do not
/// repeat it: what an attempt committed is no longer open. A copy names blocks that another lease
/// names too: the older one has the right to them.
struct JournalLease {
    JobId job{};
    Attempt attempt{};
    Incarnation incarnation{};
    std::string worker_name{};
    std::string host{};
    std::vector<BlockRange> open{};
    /// For whoever watches; the journal need not keep it.
    LeaseKind kind{LeaseKind::primary};

    friend bool operator==(const JournalLease&, const JournalLease&) = default;
};

struct JournalLeaseEnd {
    JobId job{};
    Attempt attempt{};

    friend bool operator==(const JournalLeaseEnd&, const JournalLeaseEnd&) = default;
};

struct JournalCommit {
    JobId job{};
    Attempt attempt{};
    Incarnation incarnation{};
    std::vector<RangeDigest> ranges{};
    std::string shard{};

    friend bool operator==(const JournalCommit&, const JournalCommit&) = default;
};

/// Takes back what was committed of these blocks: whole ranges of JournalCommits.
struct JournalUncommit {
    JobId job{};
    BlockRange range{};

    friend bool operator==(const JournalUncommit&, const JournalUncommit&) = default;
};

/// What one host says of a block on which hosts disagree. Of no more use once it is committed.
struct JournalClaim {
    JobId job{};
    DisputedBlock disputed{};

    friend bool operator==(const JournalClaim&, const JournalClaim&) = default;
};

struct JournalBlockFault {
    JobId job{};
    BlockFault fault{};

    friend bool operator==(const JournalBlockFault&, const JournalBlockFault&) = default;
};

struct JournalSetAside {
    JobId job{};
    std::uint64_t block{0};

    friend bool operator==(const JournalSetAside&, const JournalSetAside&) = default;
};

/// The job's ledger as it stands now; at most once per job and Tick.
struct JournalLedger {
    JobId job{};
    Ledger ledger{};

    friend bool operator==(const JournalLedger&, const JournalLedger&) = default;
};

using Action = std::variant<SendWelcome,
                            RefuseWorker,
                            SendReintroduce,
                            AnswerHeartbeat,
                            GrantLease,
                            YieldLease,
                            RevokeLease,
                            AcceptCommit,
                            RefuseCommit,
                            AcceptJob,
                            RejectJob,
                            AnswerCancel,
                            AnswerControl,
                            JobChanged,
                            Notice,
                            JournalJob,
                            JournalJobState,
                            JournalJobControl,
                            JournalJobForgotten,
                            JournalLease,
                            JournalLeaseEnd,
                            JournalCommit,
                            JournalUncommit,
                            JournalClaim,
                            JournalBlockFault,
                            JournalSetAside,
                            JournalLedger>;

}  // namespace vargrid::scheduler
