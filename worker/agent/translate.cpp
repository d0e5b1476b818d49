#include "worker/agent/translate.hpp"

#include "protocol/audit_sample.hpp"
#include "protocol/version.hpp"

#include <string>
#include <utility>

#ifndef VARGRID_VERSION
#define VARGRID_VERSION "unknown"
#endif

namespace vargrid::worker {
namespace {

namespace wire = protocol;

Duration duration(std::uint64_t nanoseconds) {
    return Duration{static_cast<std::int64_t>(nanoseconds)};
}

std::uint64_t nanoseconds(Duration duration) {
    return duration.count() > 0 ? static_cast<std::uint64_t>(duration.count()) : 0U;
}

/// Within the wire's limit, and never in the middle of a UTF-8 character.
std::string shortened(const std::string& text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) {
        return text;
    }
    std::size_t end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return text.substr(0, end);
}

Lease lease_of(const wire::LeaseGranted& granted) {
    return {.job = granted.job,
            .attempt = granted.attempt,
            .range = granted.blocks,
            .final_step = granted.is_final_step(),
            .commit_interval = duration(granted.commit_interval_ns),
            .single_blocks = granted.single_blocks,
            .digest_only = granted.digest_only,
            .audit_per_million = granted.audit_per_million,
            .audit_seed = audit_seed(granted.payload)};
}

wire::ReturnReason reason_of(ReturnReason reason) {
    switch (reason) {
        case ReturnReason::drain:
            return wire::ReturnReason::drain;
        case ReturnReason::unneeded:
            return wire::ReturnReason::unneeded;
        case ReturnReason::host_fault:
            return wire::ReturnReason::host_fault;
    }
    return wire::ReturnReason::host_fault;
}

// One overload a message of the scheduler that the core wants to know of.
auto told(Epoch epoch, const wire::Welcome& m) {
    return Welcome{epoch, duration(m.heartbeat_interval_ns), duration(m.worker_silence_max_ns)};
}
auto told(Epoch epoch, const wire::HelloRefused& /*m*/) {
    return HelloRefused{epoch};
}
auto told(Epoch epoch, const wire::Reintroduce& /*m*/) {
    return Reintroduce{epoch};
}
auto told(Epoch epoch, const wire::HeartbeatReply& m) {
    return HeartbeatAnswered{
        epoch, duration(m.heartbeat_interval_ns), duration(m.worker_silence_max_ns)};
}
auto told(Epoch epoch, const wire::LeaseGranted& m) {
    return LeaseGranted{epoch, lease_of(m)};
}
auto told(Epoch epoch, const wire::LeaseYield& m) {
    return LeaseYielded{epoch, m.attempt};
}
auto told(Epoch epoch, const wire::LeaseRevoked& m) {
    return LeaseRevoked{epoch, m.attempt};
}

// One overload an action that is a message.
wire::Body said(const SendHello& a, const WorkerConfig& config) {
    wire::Hello hello{.name = shortened(config.name, wire::kNameBytesMax),
                      .threads = config.threads,
                      .memory_bytes = config.memory_bytes,
                      .isa = config.isa,
                      .release = VARGRID_VERSION,
                      .draining = a.draining,
                      .held = {},
                      .ends_in_ns = a.ends_in ? nanoseconds(*a.ends_in) : 0,
                      .host = shortened(config.host, wire::kNameBytesMax)};
    hello.started_ago_ns = nanoseconds(a.started_ago);
    for (const HeldLease& held : a.held) {
        hello.held.push_back({held.job, held.attempt, held.open});
    }
    return hello;
}
wire::Body said(const SendHeartbeat& a, const WorkerConfig& /*config*/) {
    wire::Heartbeat heartbeat{.draining = a.draining, .held = {}};
    for (const LeaseProgress& held : a.held) {
        heartbeat.held.push_back({held.attempt, held.blocks_done, held.started});
    }
    return heartbeat;
}
wire::Body said(const SendCommit& a, const WorkerConfig& /*config*/) {
    wire::Commit commit{.job = a.job,
                        .attempt = a.attempt,
                        .part = a.part,
                        .ranges = {},
                        .shard = a.shard,
                        .core_ns = nanoseconds(a.core_time),
                        .start_up_core_ns = nanoseconds(a.start_up)};
    for (const RangeDigest& range : a.ranges) {
        commit.ranges.push_back({range.range, range.digest});
    }
    return commit;
}
wire::Body said(const SendReturn& a, const WorkerConfig& /*config*/) {
    return wire::Return{.job = a.job,
                        .attempt = a.attempt,
                        .ranges = a.ranges,
                        .reason = reason_of(a.reason),
                        .text = shortened(a.message, wire::kTextBytesMax),
                        .core_ns = nanoseconds(a.core_time),
                        .start_up_core_ns = nanoseconds(a.start_up)};
}
wire::Body said(const SendBlockFailed& a, const WorkerConfig& /*config*/) {
    return wire::BlockFailed{
        .job = a.job,
        .attempt = a.attempt,
        .block = a.block,
        .cause = a.cause == FaultCause::task ? wire::FaultCause::task : wire::FaultCause::host,
        .text = shortened(a.message, wire::kTextBytesMax),
        .core_ns = nanoseconds(a.core_time)};
}
wire::Body said(const SendLeaving& /*a*/, const WorkerConfig& /*config*/) {
    return wire::Leaving{};
}

}  // namespace

std::optional<Event> event_of(const protocol::Message& message, Instant at) {
    if (const auto* reply = std::get_if<wire::CommitReply>(&message.body)) {
        if (reply->verdict == wire::CommitVerdict::accepted) {
            return Event{at, CommitAccepted{message.epoch, reply->attempt, reply->part}};
        }
        return Event{
            at,
            CommitRefused{.epoch = message.epoch,
                          .attempt = reply->attempt,
                          .part = reply->part,
                          .delete_shard = reply->verdict != wire::CommitVerdict::unknown_job}};
    }
    return std::visit(
        [&](const auto& what) -> std::optional<Event> {
            if constexpr (requires { told(message.epoch, what); }) {
                return Event{at, told(message.epoch, what)};
            } else {
                return std::nullopt;
            }
        },
        message.body);
}

std::optional<protocol::Body> body_of(const Action& action, const WorkerConfig& config) {
    return std::visit(
        [&](const auto& what) -> std::optional<protocol::Body> {
            if constexpr (requires { said(what, config); }) {
                return said(what, config);
            } else {
                return std::nullopt;
            }
        },
        action);
}

TaskDescription task_of(const protocol::LeaseGranted& granted, Incarnation incarnation) {
    return {.lease = lease_of(granted),
            .incarnation = incarnation,
            .n_blocks = granted.n_blocks,
            .payload = granted.payload,
            .output_folder = granted.output_folder,
            .manifest = granted.manifest};
}

}  // namespace vargrid::worker
