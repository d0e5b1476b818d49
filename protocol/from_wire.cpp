// Protobuf classes into plain messages, one function a message.
#include "protocol/wire.hpp"

#include <cstring>

namespace vargrid::protocol {
namespace {

Digest digest_of(const std::string& bytes, const char* what, Problem& problem) {
    auto digest = digest_from_bytes(bytes);
    if (!digest) {
        problem.report(RefusalCode::malformed,
                       std::string{what} + ": a digest has 32 bytes, this one " +
                           std::to_string(bytes.size()));
        return {};
    }
    return *digest;
}

template <class Field>
std::vector<Digest> digests_of(const Field& field, const char* what, Problem& problem) {
    std::vector<Digest> digests;
    digests.reserve(static_cast<std::size_t>(field.size()));
    for (const std::string& bytes : field) {
        digests.push_back(digest_of(bytes, what, problem));
    }
    return digests;
}

Bytes bytes_of(const std::string& text) {
    Bytes bytes(text.size());
    if (!text.empty()) {
        std::memcpy(bytes.data(), text.data(), text.size());
    }
    return bytes;
}

/// Enumerators are numbered 1 .. `last`.
template <class Enum>
Enum enum_of(std::uint32_t value, Enum last, const char* what, Problem& problem) {
    if (value < 1 || value > static_cast<std::uint32_t>(last)) {
        problem.report(RefusalCode::malformed,
                       std::string{what} + ": no such value: " + std::to_string(value));
        return last;
    }
    return static_cast<Enum>(value);
}

template <class Field>
std::vector<BlockRange> ranges_of(const Field& field) {
    std::vector<BlockRange> ranges;
    ranges.reserve(static_cast<std::size_t>(field.size()));
    for (const wire::Range& range : field) {
        ranges.push_back(BlockRange{range.first(), range.last()});
    }
    return ranges;
}

Refusal take(wire::Refusal& in, Problem& problem) {
    return {enum_of(in.code(), RefusalCode::io, "Refusal.code", problem),
            std::move(*in.mutable_text())};
}

Hello take(wire::Hello& in, Problem&) {
    Hello out{.name = std::move(*in.mutable_name()),
              .threads = in.threads(),
              .memory_bytes = in.memory_bytes(),
              .isa = std::move(*in.mutable_isa()),
              .release = std::move(*in.mutable_release()),
              .draining = in.draining(),
              .held = {},
              .started_ago_ns = in.started_ago_ns(),
              .ends_in_ns = in.ends_in_ns(),
              .host = std::move(*in.mutable_host())};
    out.held.reserve(static_cast<std::size_t>(in.held_size()));
    for (const wire::HeldLease& held : in.held()) {
        out.held.push_back({JobId{held.job()}, Attempt{held.attempt()}, ranges_of(held.open())});
    }
    return out;
}

Heartbeat take(wire::Heartbeat& in, Problem&) {
    Heartbeat out{.draining = in.draining(), .held = {}};
    out.held.reserve(static_cast<std::size_t>(in.held_size()));
    for (const wire::LeaseProgress& held : in.held()) {
        out.held.push_back({Attempt{held.attempt()}, held.blocks_done(), held.started()});
    }
    return out;
}

Commit take(wire::Commit& in, Problem&) {
    Commit out{.job = JobId{in.job()},
               .attempt = Attempt{in.attempt()},
               .part = in.part(),
               .ranges = {},
               .shard = std::move(*in.mutable_shard()),
               .core_ns = in.core_ns(),
               .start_up_core_ns = in.start_up_core_ns()};
    out.ranges.reserve(static_cast<std::size_t>(in.ranges_size()));
    for (const wire::RangeDigest& range : in.ranges()) {
        out.ranges.push_back({BlockRange{range.first(), range.last()},
                              BlockDigest{range.digest_high(), range.digest_low()}});
    }
    return out;
}

Return take(wire::Return& in, Problem& problem) {
    return {.job = JobId{in.job()},
            .attempt = Attempt{in.attempt()},
            .ranges = ranges_of(in.ranges()),
            .reason = enum_of(in.reason(), ReturnReason::host_fault, "Return.reason", problem),
            .text = std::move(*in.mutable_text()),
            .core_ns = in.core_ns(),
            .start_up_core_ns = in.start_up_core_ns()};
}

BlockFailed take(wire::BlockFailed& in, Problem& problem) {
    return {.job = JobId{in.job()},
            .attempt = Attempt{in.attempt()},
            .block = in.block(),
            .cause = enum_of(in.cause(), FaultCause::store, "BlockFailed.cause", problem),
            .text = std::move(*in.mutable_text()),
            .core_ns = in.core_ns()};
}

Welcome take(wire::Welcome& in, Problem&) {
    return {in.heartbeat_interval_ns(), in.worker_silence_max_ns()};
}

HeartbeatReply take(wire::HeartbeatReply& in, Problem&) {
    return {in.heartbeat_interval_ns(), in.worker_silence_max_ns()};
}

LeaseGranted take(wire::LeaseGranted& in, Problem& problem) {
    LeaseGranted out{.job = JobId{in.job()},
                     .attempt = Attempt{in.attempt()},
                     .blocks = BlockRange{in.blocks().first(), in.blocks().last()},
                     .n_blocks = in.n_blocks(),
                     .payload = digest_of(in.payload(), "LeaseGranted.payload", problem),
                     .output_folder = std::move(*in.mutable_output_folder()),
                     .commit_interval_ns = in.commit_interval_ns(),
                     .manifest = {},
                     .single_blocks = in.single_blocks(),
                     .digest_only = in.digest_only(),
                     .audit_per_million = in.audit_per_million()};
    if (!in.manifest().empty()) {
        out.manifest = digest_of(in.manifest(), "LeaseGranted.manifest", problem);
    }
    return out;
}

LeaseRevoked take(wire::LeaseRevoked& in, Problem& problem) {
    return {Attempt{in.attempt()},
            enum_of(in.reason(), RevokeReason::distrusted, "LeaseRevoked.reason", problem)};
}

CommitReply take(wire::CommitReply& in, Problem& problem) {
    return {Attempt{in.attempt()},
            in.part(),
            enum_of(in.verdict(), CommitVerdict::superseded, "CommitReply.verdict", problem)};
}

GetBlob take(wire::GetBlob& in, Problem& problem) {
    return {digest_of(in.digest(), "GetBlob.digest", problem), in.offset(), in.length()};
}

BlobChunk take(wire::BlobChunk& in, Problem& problem) {
    return {digest_of(in.digest(), "BlobChunk.digest", problem),
            in.size(),
            in.offset(),
            bytes_of(in.bytes())};
}

PutBlob take(wire::PutBlob& in, Problem& problem) {
    return {digest_of(in.digest(), "PutBlob.digest", problem),
            in.size(),
            in.offset(),
            bytes_of(in.bytes())};
}

BlobStored take(wire::BlobStored& in, Problem& problem) {
    return {digest_of(in.digest(), "BlobStored.digest", problem), in.received(), in.complete()};
}

Price take(const wire::Price& in) {
    return {in.per_core_hour_millionths(), in.currency()};
}

SubmitJob take(wire::SubmitJob& in, Problem& problem) {
    return {.name = std::move(*in.mutable_name()),
            .owner = std::move(*in.mutable_owner()),
            .priority = in.priority(),
            .n_blocks = in.n_blocks(),
            .block_cost_ns = in.block_cost_ns(),
            .blocks_per_task_max = in.blocks_per_task_max(),
            .payload = digest_of(in.payload(), "SubmitJob.payload", problem),
            .blobs = digests_of(in.blobs(), "SubmitJob.blobs", problem),
            .output_folder = std::move(*in.mutable_output_folder()),
            .commit_interval_ns = in.commit_interval_ns(),
            .price = take(in.price()),
            .deadline_unix_ms = in.deadline_unix_ms(),
            .needs_isa = std::move(*in.mutable_needs_isa()),
            .memory_per_thread_bytes = in.memory_per_thread_bytes(),
            .audit_per_million = in.has_audit_per_million()
                                     ? std::optional<std::uint32_t>{in.audit_per_million()}
                                     : std::nullopt};
}

ControlJob take(wire::ControlJob& in, Problem& problem) {
    return {JobId{in.job()},
            enum_of(in.control(), JobControl::priority, "ControlJob.control", problem),
            in.priority()};
}

ControlReply take(wire::ControlReply& in, Problem&) {
    return {.job = JobId{in.job()},
            .applied = in.applied(),
            .text = std::move(*in.mutable_text()),
            .paused = in.paused(),
            .priority = in.priority()};
}

JobRedundancy take(const wire::JobRedundancy& in) {
    return {.leases_yielded = in.leases_yielded(),
            .blocks_copied = in.blocks_copied(),
            .blocks_compared = in.blocks_compared(),
            .blocks_sampled = in.blocks_sampled(),
            .blocks_audited = in.blocks_audited(),
            .disagreements = in.disagreements()};
}

JobLedger take(const wire::JobLedger& in) {
    return {.useful_core_us = in.useful_core_us(),
            .lost_to_reclaim_core_us = in.lost_to_reclaim_core_us(),
            .lost_to_faults_core_us = in.lost_to_faults_core_us(),
            .speculative_core_us = in.speculative_core_us(),
            .audit_core_us = in.audit_core_us(),
            .idle_core_us = in.idle_core_us(),
            .start_up_core_us = in.start_up_core_us(),
            .leases = in.leases(),
            .commits = in.commits(),
            .commits_repeated = in.commits_repeated(),
            .commits_refused = in.commits_refused(),
            .leases_returned = in.leases_returned(),
            .leases_lost = in.leases_lost(),
            .blocks_repeated = in.blocks_repeated(),
            .block_faults = in.block_faults()};
}

Forecast take(const wire::Forecast& in) {
    return {.unknown = in.unknown(),
            .left_10_ms = in.left_10_ms(),
            .left_50_ms = in.left_50_ms(),
            .left_90_ms = in.left_90_ms(),
            .probability_millionths = in.probability_millionths(),
            .cores_needed = in.cores_needed()};
}

GridInfo take(const wire::GridInfo& in) {
    return {.workers = in.workers(),
            .workers_idle = in.workers_idle(),
            .workers_draining = in.workers_draining(),
            .workers_on_probation = in.workers_on_probation(),
            .workers_quarantined = in.workers_quarantined(),
            .workers_awaited = in.workers_awaited(),
            .threads = in.threads(),
            .threads_idle = in.threads_idle(),
            .workers_joined = in.workers_joined(),
            .workers_left = in.workers_left(),
            .workers_lost = in.workers_lost(),
            .connected_core_us = in.connected_core_us(),
            .under_way_core_us = in.under_way_core_us(),
            .spent_core_us = {in.spent_core_us().begin(), in.spent_core_us().end()}};
}

WhyReply take(const wire::WhyReply& in) {
    WhyReply out{.reasons = {}, .forecast = take(in.forecast())};
    out.reasons.reserve(static_cast<std::size_t>(in.reasons_size()));
    for (const wire::WhyReason& reason : in.reasons()) {
        out.reasons.push_back({.kind = reason.kind(),
                               .text = reason.text(),
                               .job = JobId{reason.job()},
                               .worker = reason.worker(),
                               .block = reason.block(),
                               .count = reason.count(),
                               .time_ns = reason.time_ns(),
                               .usual_ns = reason.usual_ns()});
    }
    return out;
}

JobInfo take(wire::JobInfo& in, Problem& problem) {
    JobInfo out{.job = JobId{in.job()},
                .name = std::move(*in.mutable_name()),
                .owner = std::move(*in.mutable_owner()),
                .priority = in.priority(),
                .state = enum_of(in.state(), JobState::cancelled, "JobInfo.state", problem),
                .blocks_total = in.blocks_total(),
                .blocks_committed = in.blocks_committed(),
                .blocks_leased = in.blocks_leased(),
                .blocks_pending = in.blocks_pending(),
                .blocks_set_aside = in.blocks_set_aside(),
                .workers = in.workers(),
                .ledger = take(in.ledger()),
                .failures = {},
                .payload = digest_of(in.payload(), "JobInfo.payload", problem),
                .output_folder = std::move(*in.mutable_output_folder()),
                .text = std::move(*in.mutable_text()),
                .submitted_unix_ms = in.submitted_unix_ms(),
                .ended_unix_ms = in.ended_unix_ms(),
                .price = take(in.price()),
                .deadline_unix_ms = in.deadline_unix_ms(),
                .needs_isa = std::move(*in.mutable_needs_isa()),
                .memory_per_thread_bytes = in.memory_per_thread_bytes(),
                .paused = in.paused(),
                .redundancy = take(in.redundancy())};
    out.forecast = take(in.forecast());
    out.failures.reserve(static_cast<std::size_t>(in.failures_size()));
    for (const wire::JobFailure& failure : in.failures()) {
        out.failures.push_back(
            {failure.block(),
             enum_of(failure.cause(), FaultCause::store, "JobFailure.cause", problem),
             failure.worker(),
             failure.text(),
             failure.host(),
             failure.excused()});
    }
    return out;
}

JobStatusReply take(wire::JobStatusReply& in, Problem& problem) {
    JobStatusReply out{
        .jobs = {}, .jobs_total = in.jobs_total(), .workers_total = in.workers_total()};
    out.jobs.reserve(static_cast<std::size_t>(in.jobs_size()));
    for (wire::JobInfo& job : *in.mutable_jobs()) {
        out.jobs.push_back(take(job, problem));
    }
    out.grid = take(in.grid());
    for (const wire::OwnerLedger& owner : in.owners()) {
        out.owners.push_back({owner.owner(), take(owner.ledger())});
    }
    return out;
}

WorkersStatusReply take(wire::WorkersStatusReply& in, Problem& problem) {
    WorkersStatusReply out{.workers = {}, .workers_total = in.workers_total()};
    out.workers.reserve(static_cast<std::size_t>(in.workers_size()));
    for (const wire::WorkerInfo& worker : in.workers()) {
        out.workers.push_back(
            {.incarnation = Incarnation{worker.incarnation()},
             .name = worker.name(),
             .threads = worker.threads(),
             .memory_bytes = worker.memory_bytes(),
             .isa = worker.isa(),
             .state =
                 enum_of(worker.state(), WorkerState::quarantined, "WorkerInfo.state", problem),
             .leases = worker.leases(),
             .blocks_leased = worker.blocks_leased(),
             .silence_ns = worker.silence_ns(),
             .ends_in_ns = worker.ends_in_ns(),
             .host = worker.host()});
    }
    return out;
}

Body body_of(wire::Message& in, Problem& problem) {
    using Case = wire::Message::BodyCase;
    switch (in.body_case()) {
        case Case::kRefusal:
            return take(*in.mutable_refusal(), problem);
        case Case::kHello:
            return take(*in.mutable_hello(), problem);
        case Case::kHeartbeat:
            return take(*in.mutable_heartbeat(), problem);
        case Case::kCommit:
            return take(*in.mutable_commit(), problem);
        case Case::kReturnBlocks:
            return take(*in.mutable_return_blocks(), problem);
        case Case::kBlockFailed:
            return take(*in.mutable_block_failed(), problem);
        case Case::kLeaving:
            return Leaving{};
        case Case::kWelcome:
            return take(*in.mutable_welcome(), problem);
        case Case::kHelloRefused:
            return HelloRefused{enum_of(in.hello_refused().reason(),
                                        HelloRefusal::invalid_worker,
                                        "HelloRefused.reason",
                                        problem)};
        case Case::kHeartbeatReply:
            return take(*in.mutable_heartbeat_reply(), problem);
        case Case::kReintroduce:
            return Reintroduce{};
        case Case::kLeaseGranted:
            return take(*in.mutable_lease_granted(), problem);
        case Case::kLeaseYield:
            return LeaseYield{Attempt{in.lease_yield().attempt()}};
        case Case::kLeaseRevoked:
            return take(*in.mutable_lease_revoked(), problem);
        case Case::kCommitReply:
            return take(*in.mutable_commit_reply(), problem);
        case Case::kGetBlob:
            return take(*in.mutable_get_blob(), problem);
        case Case::kBlobChunk:
            return take(*in.mutable_blob_chunk(), problem);
        case Case::kPutBlob:
            return take(*in.mutable_put_blob(), problem);
        case Case::kBlobStored:
            return take(*in.mutable_blob_stored(), problem);
        case Case::kHasBlobs:
            return HasBlobs{digests_of(in.has_blobs().digests(), "HasBlobs.digests", problem)};
        case Case::kHasBlobsReply:
            return HasBlobsReply{
                digests_of(in.has_blobs_reply().missing(), "HasBlobsReply.missing", problem)};
        case Case::kSubmitJob:
            return take(*in.mutable_submit_job(), problem);
        case Case::kJobAccepted:
            return JobAccepted{JobId{in.job_accepted().job()}};
        case Case::kJobRejected:
            return JobRejected{in.job_rejected().reason()};
        case Case::kCancelJob:
            return CancelJob{JobId{in.cancel_job().job()}};
        case Case::kCancelReply:
            return CancelReply{JobId{in.cancel_reply().job()},
                               in.cancel_reply().cancelled(),
                               in.cancel_reply().text()};
        case Case::kControlJob:
            return take(*in.mutable_control_job(), problem);
        case Case::kControlReply:
            return take(*in.mutable_control_reply(), problem);
        case Case::kJobStatus:
            return in.job_status().job() == 0 ? JobStatus{}
                                              : JobStatus{JobId{in.job_status().job()}};
        case Case::kJobStatusReply:
            return take(*in.mutable_job_status_reply(), problem);
        case Case::kWorkersStatus:
            return WorkersStatus{};
        case Case::kWorkersStatusReply:
            return take(*in.mutable_workers_status_reply(), problem);
        case Case::kWhy:
            return Why{JobId{in.why().job()}, in.why().worker()};
        case Case::kWhyReply:
            return take(in.why_reply());
        case Case::BODY_NOT_SET:
            break;
    }
    problem.report(RefusalCode::unknown_message, "the message has no body this version knows");
    return Leaving{};
}

}  // namespace

Message from_wire(wire::Message& in, Problem& problem) {
    return {.epoch = Epoch{in.epoch()},
            .sender = in.sender(),
            .request = in.request(),
            .body = body_of(in, problem)};
}

}  // namespace vargrid::protocol
