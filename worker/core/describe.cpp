#include "worker/core/describe.hpp"

#include <string_view>
#include <vector>

namespace vargrid::worker {
namespace {

std::string text_of(Attempt attempt) {
    return " attempt=" + std::to_string(attempt.value() >> 32U) + "." +
           std::to_string(attempt.value() & 0xffffffffU);
}

std::string text_of(Attempt attempt, std::uint32_t part) {
    return text_of(attempt) + " part=" + std::to_string(part);
}

std::string text_of(BlockRange range) {
    return " " + std::to_string(range.first) + "-" + std::to_string(range.last);
}

std::string text_of(const std::vector<BlockRange>& ranges) {
    std::string all;
    for (const BlockRange range : ranges) {
        all += text_of(range);
    }
    return all;
}

std::string text_of(const std::vector<RangeDigest>& ranges) {
    std::string all;
    for (const RangeDigest& range : ranges) {
        all += text_of(range.range);
    }
    return all;
}

std::string text_of(const Lease& lease) {
    return " job=" + std::to_string(lease.job.value()) + text_of(lease.attempt) +
           text_of(lease.range) + (lease.final_step ? " final_step" : "") +
           (lease.single_blocks ? " single_blocks" : "") +
           (lease.digest_only ? " digest_only" : "");
}

std::string_view name_of(FaultCause cause) {
    return cause == FaultCause::task ? " task" : " host";
}

std::string_view name_of(ReturnReason reason) {
    switch (reason) {
        case ReturnReason::drain:
            return " drain";
        case ReturnReason::unneeded:
            return " unneeded";
        case ReturnReason::host_fault:
            return " host_fault";
    }
    return "";
}

std::string with_epoch(std::string_view kind, Epoch epoch) {
    return std::string{kind} + " epoch=" + std::to_string(epoch.value());
}

// ---- Events.

std::string line(const Tick& /*tick*/) {
    return "tick";
}
std::string line(const Welcome& e) {
    return with_epoch("welcome", e.epoch);
}
std::string line(const HelloRefused& e) {
    return with_epoch("hello_refused", e.epoch);
}
std::string line(const Reintroduce& e) {
    return with_epoch("reintroduce", e.epoch);
}
std::string line(const HeartbeatAnswered& e) {
    return with_epoch("heartbeat_answered", e.epoch);
}
std::string line(const LeaseGranted& e) {
    return with_epoch("lease_granted", e.epoch) + text_of(e.lease);
}
std::string line(const LeaseYielded& e) {
    return with_epoch("lease_yielded", e.epoch) + text_of(e.attempt);
}
std::string line(const LeaseRevoked& e) {
    return with_epoch("lease_revoked", e.epoch) + text_of(e.attempt);
}
std::string line(const CommitAccepted& e) {
    return with_epoch("commit_accepted", e.epoch) + text_of(e.attempt, e.part);
}
std::string line(const CommitRefused& e) {
    return with_epoch("commit_refused", e.epoch) + text_of(e.attempt, e.part);
}
std::string line(const BlocksDone& e) {
    return "blocks_done" + text_of(e.attempt) + text_of(e.range);
}
std::string line(const BlocksNotBegun& e) {
    return "blocks_not_begun" + text_of(e.attempt) + text_of(e.range);
}
std::string line(const BlockFailed& e) {
    return "block_failed" + text_of(e.attempt) + " " + std::to_string(e.block) +
           std::string{name_of(e.cause)} + " " + e.message;
}
std::string line(const TaskEmptied& e) {
    return "task_emptied" + text_of(e.attempt);
}
std::string line(const TaskBegun& e) {
    return "task_begun" + text_of(e.attempt);
}
std::string line(const TaskStopped& e) {
    return "task_stopped" + text_of(e.attempt) + " " + e.failure;
}
std::string line(const ShardWritten& e) {
    return "shard_written" + text_of(e.attempt, e.part) + text_of(e.ranges);
}
std::string line(const ShardFailed& e) {
    return "shard_failed" + text_of(e.attempt, e.part) + " " + e.message;
}
std::string line(const DrainRequested& e) {
    return "drain_requested grace_ms=" + std::to_string(e.grace.count() / 1'000'000);
}

// ---- Actions.

std::string line(const SendHello& a) {
    std::string text = "send_hello";
    for (const HeldLease& lease : a.held) {
        text += text_of(lease.attempt) + text_of(lease.open);
    }
    if (a.ends_in) {
        text += " ends_in_ns=" + std::to_string(a.ends_in->count());
    }
    return text + (a.draining ? " draining" : "");
}
std::string line(const SendHeartbeat& a) {
    std::string text = "send_heartbeat";
    for (const LeaseProgress& lease : a.held) {
        text += text_of(lease.attempt) + " done=" + std::to_string(lease.blocks_done);
    }
    return text + (a.draining ? " draining" : "");
}
std::string line(const SendCommit& a) {
    return "send_commit" + text_of(a.attempt, a.part) + text_of(a.ranges) + " " + a.shard;
}
std::string line(const SendReturn& a) {
    return "send_return" + text_of(a.attempt) + text_of(a.ranges) + std::string{name_of(a.reason)} +
           " " + a.message;
}
std::string line(const SendBlockFailed& a) {
    return "send_block_failed" + text_of(a.attempt) + " " + std::to_string(a.block) +
           std::string{name_of(a.cause)} + " " + a.message;
}
std::string line(const SendLeaving& /*a*/) {
    return "send_leaving";
}
std::string line(const Reconnect& /*a*/) {
    return "reconnect";
}
std::string line(const StartTask& a) {
    return "start_task" + text_of(a.lease);
}
std::string line(const StopTask& a) {
    return "stop_task" + text_of(a.attempt);
}
std::string line(const DropTask& a) {
    return "drop_task" + text_of(a.attempt);
}
std::string line(const WriteShard& a) {
    return "write_shard" + text_of(a.attempt, a.part) + text_of(a.ranges);
}
std::string line(const DeleteShard& a) {
    return "delete_shard" + text_of(a.attempt, a.part) + " " + a.name;
}
std::string line(const Exit& a) {
    return "exit " + std::to_string(a.code);
}

}  // namespace

std::string describe(const Event& event) {
    return std::visit([](const auto& what) { return line(what); }, event.what);
}

std::string describe(const Action& action) {
    return std::visit([](const auto& what) { return line(what); }, action);
}

}  // namespace vargrid::worker
