#include "scheduler/server/translate.hpp"

#include "protocol/version.hpp"

#include <type_traits>
#include <utility>

namespace vargrid::scheduler {
namespace {

namespace wire = protocol;

Duration duration(std::uint64_t nanoseconds) {
    return Duration{static_cast<std::int64_t>(nanoseconds)};
}

std::uint64_t nanoseconds(Duration duration) {
    return duration.count() > 0 ? static_cast<std::uint64_t>(duration.count()) : 0U;
}

FaultCause cause_of(wire::FaultCause cause) {
    switch (cause) {
        case wire::FaultCause::task:
            return FaultCause::task;
        case wire::FaultCause::host:
            return FaultCause::host;
        case wire::FaultCause::vanished:
            return FaultCause::vanished;
        case wire::FaultCause::disagreement:
            return FaultCause::disagreement;
        case wire::FaultCause::store:
            return FaultCause::store;
    }
    return FaultCause::host;
}

ReturnReason reason_of(wire::ReturnReason reason) {
    switch (reason) {
        case wire::ReturnReason::drain:
            return ReturnReason::drain;
        case wire::ReturnReason::unneeded:
            return ReturnReason::unneeded;
        case wire::ReturnReason::host_fault:
            return ReturnReason::host_fault;
    }
    return ReturnReason::drain;
}

wire::RevokeReason reason_of(RevokeReason reason) {
    switch (reason) {
        case RevokeReason::unknown:
            return wire::RevokeReason::unknown;
        case RevokeReason::job_ended:
            return wire::RevokeReason::job_ended;
        case RevokeReason::expired:
            return wire::RevokeReason::expired;
        case RevokeReason::quarantined:
            return wire::RevokeReason::quarantined;
        case RevokeReason::distrusted:
            return wire::RevokeReason::distrusted;
    }
    return wire::RevokeReason::unknown;
}

wire::CommitVerdict verdict_of(CommitRefusal refusal) {
    switch (refusal) {
        case CommitRefusal::stale:
            return wire::CommitVerdict::stale;
        case CommitRefusal::job_ended:
            return wire::CommitVerdict::job_ended;
        case CommitRefusal::unknown_job:
            return wire::CommitVerdict::unknown_job;
        case CommitRefusal::superseded:
            return wire::CommitVerdict::superseded;
    }
    return wire::CommitVerdict::unknown_job;
}

const char* text_of(RejectReason reason) {
    switch (reason) {
        case RejectReason::queue_full:
            return "the scheduler has as many jobs as it takes; try again when one has ended";
        case RejectReason::no_blocks:
            return "the job has no blocks";
        case RejectReason::too_many_blocks:
            return "the job has too many blocks";
        case RejectReason::bad_cost:
            return "the nominal cost of a block must be between 1 ns and one day";
        case RejectReason::text_too_long:
            return "a name, the owner or the folder is too long";
        case RejectReason::unknown_needs:
            return "the job needs an instruction set that does not exist; avx2 and avx512 do";
        case RejectReason::not_ready:
            return "the scheduler is still reading its journal";
    }
    return "rejected";
}

WorkerHello event_from(const wire::Hello& hello, Incarnation from) {
    WorkerHello event{.incarnation = from,
                      .name = hello.name,
                      .host = hello.host,
                      .threads = hello.threads,
                      .memory_bytes = hello.memory_bytes,
                      .isa = hello.isa,
                      .draining = hello.draining,
                      .held = {}};
    if (hello.ends_in_ns > 0) {
        event.ends_in = duration(hello.ends_in_ns);
    }
    event.held.reserve(hello.held.size());
    for (const wire::HeldLease& held : hello.held) {
        event.held.push_back({held.job, held.attempt, held.open});
    }
    return event;
}

WorkerHeartbeat event_from(const wire::Heartbeat& beat, Incarnation from, Epoch epoch) {
    WorkerHeartbeat event{
        .incarnation = from, .epoch = epoch, .draining = beat.draining, .held = {}};
    event.held.reserve(beat.held.size());
    for (const wire::LeaseProgress& held : beat.held) {
        event.held.push_back({held.attempt, held.blocks_done, held.started});
    }
    return event;
}

BlocksCommitted event_from(const wire::Commit& commit, Incarnation from, Epoch epoch) {
    BlocksCommitted event{.incarnation = from,
                          .epoch = epoch,
                          .job = commit.job,
                          .attempt = commit.attempt,
                          .part = commit.part,
                          .ranges = {},
                          .shard = commit.shard,
                          .core_time = duration(commit.core_ns)};
    event.ranges.reserve(commit.ranges.size());
    for (const wire::RangeDigest& range : commit.ranges) {
        event.ranges.push_back({range.range, range.digest});
    }
    return event;
}

JobSpec spec_of(const wire::SubmitJob& job) {
    return {.name = job.name,
            .owner = job.owner,
            .priority = job.priority,
            .blocks = job.n_blocks,
            .block_cost = duration(job.block_cost_ns),
            .blocks_per_task_max = job.blocks_per_task_max,
            .commit_interval = duration(job.commit_interval_ns),
            .payload = job.payload,
            .output_folder = job.output_folder,
            .price = {job.price.per_core_hour_millionths, job.price.currency},
            .audit_per_million = job.audit_per_million.value_or(kAuditByDefault),
            .deadline_unix_ms = job.deadline_unix_ms,
            .needs_isa = job.needs_isa,
            .memory_per_thread_bytes = job.memory_per_thread_bytes};
}

JobControl control_of(wire::JobControl control) {
    switch (control) {
        case wire::JobControl::pause:
            return JobControl::pause;
        case wire::JobControl::resume:
            return JobControl::resume;
        case wire::JobControl::priority:
            return JobControl::priority;
    }
    return JobControl::pause;
}

wire::Peer worker(Incarnation incarnation) {
    return {wire::Role::worker, incarnation.value()};
}

wire::Peer client(ClientId id) {
    return {wire::Role::client, id.value()};
}

Outgoing to(const wire::Peer& peer, RequestId request, wire::Body body) {
    return {peer, {.epoch = {}, .sender = 0, .request = request.value(), .body = std::move(body)}};
}
Outgoing to(const wire::Peer& peer, wire::Body body) {
    return to(peer, RequestId{}, std::move(body));
}

// One overload an action that sends something.
Outgoing send(const SendWelcome& a) {
    return to(worker(a.incarnation),
              wire::Welcome{nanoseconds(a.heartbeat_interval), nanoseconds(a.silence_max)});
}
Outgoing send(const RefuseWorker& a) {
    return to(worker(a.incarnation),
              wire::HelloRefused{a.reason == RefusalReason::workers_full
                                     ? wire::HelloRefusal::workers_full
                                     : wire::HelloRefusal::invalid_worker});
}
Outgoing send(const SendReintroduce& a) {
    return to(worker(a.incarnation), wire::Reintroduce{});
}
Outgoing send(const AnswerHeartbeat& a) {
    return to(worker(a.incarnation),
              wire::HeartbeatReply{nanoseconds(a.heartbeat_interval), nanoseconds(a.silence_max)});
}
Outgoing send(const YieldLease& a) {
    return to(worker(a.incarnation), wire::LeaseYield{a.attempt});
}
Outgoing send(const RevokeLease& a) {
    return to(worker(a.incarnation), wire::LeaseRevoked{a.attempt, reason_of(a.reason)});
}
Outgoing send(const AcceptCommit& a) {
    return to(worker(a.incarnation),
              wire::CommitReply{a.attempt, a.part, wire::CommitVerdict::accepted});
}
Outgoing send(const RefuseCommit& a) {
    return to(worker(a.incarnation), wire::CommitReply{a.attempt, a.part, verdict_of(a.reason)});
}
Outgoing send(const AcceptJob& a) {
    return to(client(a.client), a.request, wire::JobAccepted{a.job});
}
Outgoing send(const RejectJob& a) {
    return to(client(a.client), a.request, wire::JobRejected{text_of(a.reason)});
}
Outgoing send(const AnswerCancel& a) {
    if (a.outcome == CancelOutcome::unknown_job) {
        return to(
            client(a.client),
            a.request,
            wire::Refusal{wire::RefusalCode::not_found, "no job " + std::to_string(a.job.value())});
    }
    const bool cancelled = a.outcome == CancelOutcome::cancelled;
    return to(client(a.client),
              a.request,
              wire::CancelReply{a.job, cancelled, cancelled ? "" : "the job had already ended"});
}
Outgoing send(const AnswerControl& a) {
    if (a.outcome == ControlOutcome::unknown_job) {
        return to(
            client(a.client),
            a.request,
            wire::Refusal{wire::RefusalCode::not_found, "no job " + std::to_string(a.job.value())});
    }
    const bool applied = a.outcome == ControlOutcome::done;
    return to(
        client(a.client),
        a.request,
        wire::ControlReply{
            a.job, applied, applied ? "" : "the job had already ended", a.paused, a.priority});
}

}  // namespace

bool may_send(protocol::Role role, const protocol::Body& body) {
    return std::visit(
        [&](const auto& what) {
            using What = std::decay_t<decltype(what)>;
            constexpr bool is_worker_message =
                std::is_same_v<What, wire::Hello> || std::is_same_v<What, wire::Heartbeat> ||
                std::is_same_v<What, wire::Commit> || std::is_same_v<What, wire::Return> ||
                std::is_same_v<What, wire::BlockFailed> || std::is_same_v<What, wire::Leaving>;
            constexpr bool is_client_message =
                std::is_same_v<What, wire::PutBlob> || std::is_same_v<What, wire::HasBlobs> ||
                std::is_same_v<What, wire::SubmitJob> || std::is_same_v<What, wire::CancelJob> ||
                std::is_same_v<What, wire::ControlJob> || std::is_same_v<What, wire::JobStatus> ||
                std::is_same_v<What, wire::WorkersStatus> || std::is_same_v<What, wire::Why>;
            constexpr bool is_for_both = std::is_same_v<What, wire::GetBlob>;
            return is_for_both ||
                   (role == wire::Role::worker ? is_worker_message : is_client_message);
        },
        body);
}

std::optional<Event> event_of(const protocol::Peer& peer,
                              const protocol::Message& message,
                              Instant at) {
    const Incarnation from{peer.id};
    const Epoch epoch = message.epoch;
    if (const auto* m = std::get_if<wire::Hello>(&message.body)) {
        return Event{at, event_from(*m, from)};
    }
    if (const auto* m = std::get_if<wire::Heartbeat>(&message.body)) {
        return Event{at, event_from(*m, from, epoch)};
    }
    if (const auto* m = std::get_if<wire::Commit>(&message.body)) {
        return Event{at, event_from(*m, from, epoch)};
    }
    if (const auto* m = std::get_if<wire::Return>(&message.body)) {
        return Event{at,
                     BlocksReturned{.incarnation = from,
                                    .epoch = epoch,
                                    .job = m->job,
                                    .attempt = m->attempt,
                                    .ranges = m->ranges,
                                    .reason = reason_of(m->reason),
                                    .message = m->text,
                                    .core_time = duration(m->core_ns)}};
    }
    if (const auto* m = std::get_if<wire::BlockFailed>(&message.body)) {
        return Event{at,
                     BlockFailed{.incarnation = from,
                                 .epoch = epoch,
                                 .job = m->job,
                                 .attempt = m->attempt,
                                 .block = m->block,
                                 .cause = cause_of(m->cause),
                                 .message = m->text,
                                 .core_time = duration(m->core_ns)}};
    }
    if (std::holds_alternative<wire::Leaving>(message.body)) {
        return Event{at, WorkerLeaving{from, epoch}};
    }
    if (const auto* m = std::get_if<wire::SubmitJob>(&message.body)) {
        return Event{at, SubmitJob{ClientId{peer.id}, RequestId{message.request}, spec_of(*m)}};
    }
    if (const auto* m = std::get_if<wire::CancelJob>(&message.body)) {
        return Event{at, CancelJob{ClientId{peer.id}, RequestId{message.request}, m->job}};
    }
    if (const auto* m = std::get_if<wire::ControlJob>(&message.body)) {
        return Event{at,
                     ControlJob{ClientId{peer.id},
                                RequestId{message.request},
                                m->job,
                                control_of(m->control),
                                m->priority}};
    }
    return {};
}

std::optional<Outgoing> message_of(const Action& action, Epoch epoch) {
    return std::visit(
        [&](const auto& what) -> std::optional<Outgoing> {
            if constexpr (requires { send(what); }) {
                Outgoing outgoing = send(what);
                outgoing.message.epoch = epoch;
                return outgoing;
            } else {
                return {};
            }
        },
        action);
}

Outgoing message_of(const GrantLease& grant,
                    const JobSpec& spec,
                    const std::optional<Digest>& manifest,
                    Epoch epoch) {
    Outgoing outgoing =
        to(worker(grant.incarnation),
           wire::LeaseGranted{.job = grant.job,
                              .attempt = grant.attempt,
                              .blocks = grant.range,
                              .n_blocks = spec.blocks,
                              .payload = spec.payload,
                              .output_folder = spec.output_folder,
                              .commit_interval_ns = nanoseconds(spec.commit_interval),
                              .manifest = manifest,
                              .single_blocks = grant.kind != LeaseKind::primary,
                              .digest_only = grant.kind == LeaseKind::audit,
                              .audit_per_million = spec.audit_per_million});
    outgoing.message.epoch = epoch;
    return outgoing;
}

}  // namespace vargrid::scheduler
