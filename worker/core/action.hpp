// Action: everything the worker session ever asks its shell to do, in order of execution. The
// Send* actions of a session that knows an epoch carry it in their envelope:
// WorkerSession::epoch().
#pragma once

#include "base/time.hpp"
#include "protocol/block_range.hpp"
#include "protocol/ids.hpp"
#include "worker/core/event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vargrid::worker {

// ---- To the scheduler.

/// Open blocks: granted and neither acknowledged as committed nor reported failed nor returned.
struct HeldLease {
    JobId job{};
    Attempt attempt{};
    std::vector<BlockRange> open{};

    friend bool operator==(const HeldLease&, const HeldLease&) = default;
};

/// The rest of the message is in WorkerConfig.
struct SendHello {
    bool draining{false};
    std::vector<HeldLease> held{};
    /// What is left of a life that has an end; never 0.
    std::optional<Duration> ends_in{};
    /// Since the process started; 0 once a scheduler has welcomed it.
    Duration started_ago{0};

    friend bool operator==(const SendHello&, const SendHello&) = default;
};

struct LeaseProgress {
    Attempt attempt{};
    std::uint64_t blocks_done{0};
    bool started{false};

    friend bool operator==(const LeaseProgress&, const LeaseProgress&) = default;
};

struct SendHeartbeat {
    bool draining{false};
    std::vector<LeaseProgress> held{};

    friend bool operator==(const SendHeartbeat&, const SendHeartbeat&) = default;
};

struct SendCommit {
    JobId job{};
    Attempt attempt{};
    std::uint32_t part{0};
    std::vector<RangeDigest> ranges{};
    std::string shard{};
    Duration core_time{0};
    Duration start_up{0};

    friend bool operator==(const SendCommit&, const SendCommit&) = default;
};

struct SendReturn {
    JobId job{};
    Attempt attempt{};
    std::vector<BlockRange> ranges{};
    ReturnReason reason{ReturnReason::drain};
    std::string message{};
    Duration core_time{0};
    Duration start_up{0};

    friend bool operator==(const SendReturn&, const SendReturn&) = default;
};

struct SendBlockFailed {
    JobId job{};
    Attempt attempt{};
    std::uint64_t block{0};
    FaultCause cause{FaultCause::task};
    std::string message{};
    Duration core_time{0};

    friend bool operator==(const SendBlockFailed&, const SendBlockFailed&) = default;
};

struct SendLeaving {
    friend bool operator==(const SendLeaving&, const SendLeaving&) = default;
};

/// Nothing was heard for too long: close the connection and open it anew; a SendHello follows.
struct Reconnect {
    friend bool operator==(const Reconnect&, const Reconnect&) = default;
};

// ---- To the executor.

struct StartTask {
    Lease lease{};

    friend bool operator==(const StartTask&, const StartTask&) = default;
};

/// Take no further block; those in flight may finish and are reported. BlocksNotBegun says at once
/// which blocks are left, if any are.
struct StopTask {
    Attempt attempt{};

    friend bool operator==(const StopTask&, const StopTask&) = default;
};

/// Give up as fast as possible; what was computed and not yet asked for by WriteShard may be
/// thrown away. TaskStopped still follows if the task was started.
struct DropTask {
    Attempt attempt{};

    friend bool operator==(const DropTask&, const DropTask&) = default;
};

// ---- To the shard writer.

/// Write the results of these finished blocks, sync, rename; ShardWritten names the digest of each
/// of these ranges. For a final step this gives the result file its final name.
struct WriteShard {
    JobId job{};
    Attempt attempt{};
    std::uint32_t part{0};
    std::vector<BlockRange> ranges{};
    bool final_step{false};
    /// Write nothing: only the digests are wanted, and the name is empty.
    bool digest_only{false};

    friend bool operator==(const WriteShard&, const WriteShard&) = default;
};

/// The scheduler refused it: no longer of use to anybody. The result file of a final step stays,
/// because another attempt may have put its own in that place.
struct DeleteShard {
    JobId job{};
    Attempt attempt{};
    std::uint32_t part{0};
    std::string name{};
    bool final_step{false};

    friend bool operator==(const DeleteShard&, const DeleteShard&) = default;
};

// ---- To the process.

/// The last action of a session. Whatever is still running may be cut off.
struct Exit {
    int code{0};

    friend bool operator==(const Exit&, const Exit&) = default;
};

using Action = std::variant<SendHello,
                            SendHeartbeat,
                            SendCommit,
                            SendReturn,
                            SendBlockFailed,
                            SendLeaving,
                            Reconnect,
                            StartTask,
                            StopTask,
                            DropTask,
                            WriteShard,
                            DeleteShard,
                            Exit>;

}  // namespace vargrid::worker
