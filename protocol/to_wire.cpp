// Plain messages into Protobuf classes, one overload a message.
#include "protocol/wire.hpp"

namespace vargrid::protocol {
namespace {

std::string bytes_of(const Digest& digest) {
    return {digest.bytes.begin(), digest.bytes.end()};
}

std::string bytes_of(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class Enum>
std::uint32_t number(Enum value) {
    return static_cast<std::uint32_t>(value);
}

void fill(const BlockRange& in, wire::Range& out) {
    out.set_first(in.first);
    out.set_last(in.last);
}

template <class Field>
void fill(const std::vector<BlockRange>& in, Field& out) {
    out.Reserve(static_cast<int>(in.size()));
    for (const BlockRange& range : in) {
        fill(range, *out.Add());
    }
}

void fill(const Refusal& in, wire::Refusal& out) {
    out.set_code(number(in.code));
    out.set_text(in.text);
}

void fill(const Hello& in, wire::Hello& out) {
    out.set_name(in.name);
    out.set_threads(in.threads);
    out.set_memory_bytes(in.memory_bytes);
    out.set_isa(in.isa);
    out.set_release(in.release);
    out.set_draining(in.draining);
    out.set_host(in.host);
    for (const HeldLease& held : in.held) {
        wire::HeldLease& one = *out.add_held();
        one.set_job(held.job.value());
        one.set_attempt(held.attempt.value());
        fill(held.open, *one.mutable_open());
    }
    out.set_started_ago_ns(in.started_ago_ns);
    out.set_ends_in_ns(in.ends_in_ns);
}

void fill(const Heartbeat& in, wire::Heartbeat& out) {
    out.set_draining(in.draining);
    for (const LeaseProgress& held : in.held) {
        wire::LeaseProgress& one = *out.add_held();
        one.set_attempt(held.attempt.value());
        one.set_blocks_done(held.blocks_done);
        one.set_started(held.started);
    }
}

void fill(const Commit& in, wire::Commit& out) {
    out.set_job(in.job.value());
    out.set_attempt(in.attempt.value());
    out.set_part(in.part);
    for (const RangeDigest& range : in.ranges) {
        wire::RangeDigest& one = *out.add_ranges();
        one.set_first(range.range.first);
        one.set_last(range.range.last);
        one.set_digest_high(range.digest.high);
        one.set_digest_low(range.digest.low);
    }
    out.set_shard(in.shard);
    out.set_core_ns(in.core_ns);
    out.set_start_up_core_ns(in.start_up_core_ns);
}

void fill(const Return& in, wire::Return& out) {
    out.set_job(in.job.value());
    out.set_attempt(in.attempt.value());
    fill(in.ranges, *out.mutable_ranges());
    out.set_reason(number(in.reason));
    out.set_text(in.text);
    out.set_core_ns(in.core_ns);
    out.set_start_up_core_ns(in.start_up_core_ns);
}

void fill(const BlockFailed& in, wire::BlockFailed& out) {
    out.set_job(in.job.value());
    out.set_attempt(in.attempt.value());
    out.set_block(in.block);
    out.set_cause(number(in.cause));
    out.set_text(in.text);
    out.set_core_ns(in.core_ns);
}

void fill(const Leaving&, wire::Leaving&) {}
void fill(const HelloRefused& in, wire::HelloRefused& out) {
    out.set_reason(number(in.reason));
}

void fill(const HeartbeatReply& in, wire::HeartbeatReply& out) {
    out.set_heartbeat_interval_ns(in.heartbeat_interval_ns);
    out.set_worker_silence_max_ns(in.worker_silence_max_ns);
}
void fill(const Reintroduce&, wire::Reintroduce&) {}
void fill(const WorkersStatus&, wire::WorkersStatus&) {}

void fill(const Welcome& in, wire::Welcome& out) {
    out.set_heartbeat_interval_ns(in.heartbeat_interval_ns);
    out.set_worker_silence_max_ns(in.worker_silence_max_ns);
}

void fill(const LeaseGranted& in, wire::LeaseGranted& out) {
    out.set_job(in.job.value());
    out.set_attempt(in.attempt.value());
    fill(in.blocks, *out.mutable_blocks());
    out.set_n_blocks(in.n_blocks);
    out.set_payload(bytes_of(in.payload));
    out.set_output_folder(in.output_folder);
    out.set_commit_interval_ns(in.commit_interval_ns);
    if (in.manifest) {
        out.set_manifest(bytes_of(*in.manifest));
    }
    out.set_single_blocks(in.single_blocks);
    out.set_digest_only(in.digest_only);
    out.set_audit_per_million(in.audit_per_million);
}

void fill(const LeaseYield& in, wire::LeaseYield& out) {
    out.set_attempt(in.attempt.value());
}

void fill(const LeaseRevoked& in, wire::LeaseRevoked& out) {
    out.set_attempt(in.attempt.value());
    out.set_reason(number(in.reason));
}

void fill(const CommitReply& in, wire::CommitReply& out) {
    out.set_attempt(in.attempt.value());
    out.set_part(in.part);
    out.set_verdict(number(in.verdict));
}

void fill(const GetBlob& in, wire::GetBlob& out) {
    out.set_digest(bytes_of(in.digest));
    out.set_offset(in.offset);
    out.set_length(in.length);
}

template <class Chunk, class WireChunk>
void fill_chunk(const Chunk& in, WireChunk& out) {
    out.set_digest(bytes_of(in.digest));
    out.set_size(in.size);
    out.set_offset(in.offset);
    out.set_bytes(bytes_of(in.bytes));
}

void fill(const BlobChunk& in, wire::BlobChunk& out) {
    fill_chunk(in, out);
}

void fill(const PutBlob& in, wire::PutBlob& out) {
    fill_chunk(in, out);
}

void fill(const BlobStored& in, wire::BlobStored& out) {
    out.set_digest(bytes_of(in.digest));
    out.set_received(in.received);
    out.set_complete(in.complete);
}

void fill(const HasBlobs& in, wire::HasBlobs& out) {
    for (const Digest& digest : in.digests) {
        out.add_digests(bytes_of(digest));
    }
}

void fill(const HasBlobsReply& in, wire::HasBlobsReply& out) {
    for (const Digest& digest : in.missing) {
        out.add_missing(bytes_of(digest));
    }
}

void fill(const Price& in, wire::Price& out) {
    out.set_per_core_hour_millionths(in.per_core_hour_millionths);
    out.set_currency(in.currency);
}

void fill(const SubmitJob& in, wire::SubmitJob& out) {
    out.set_name(in.name);
    out.set_owner(in.owner);
    out.set_priority(in.priority);
    out.set_n_blocks(in.n_blocks);
    out.set_block_cost_ns(in.block_cost_ns);
    out.set_blocks_per_task_max(in.blocks_per_task_max);
    out.set_payload(bytes_of(in.payload));
    for (const Digest& digest : in.blobs) {
        out.add_blobs(bytes_of(digest));
    }
    out.set_output_folder(in.output_folder);
    out.set_commit_interval_ns(in.commit_interval_ns);
    fill(in.price, *out.mutable_price());
    out.set_deadline_unix_ms(in.deadline_unix_ms);
    out.set_needs_isa(in.needs_isa);
    out.set_memory_per_thread_bytes(in.memory_per_thread_bytes);
    if (in.audit_per_million) {
        out.set_audit_per_million(*in.audit_per_million);
    }
}

void fill(const JobAccepted& in, wire::JobAccepted& out) {
    out.set_job(in.job.value());
}

void fill(const JobRejected& in, wire::JobRejected& out) {
    out.set_reason(in.reason);
}

void fill(const CancelJob& in, wire::CancelJob& out) {
    out.set_job(in.job.value());
}

void fill(const CancelReply& in, wire::CancelReply& out) {
    out.set_job(in.job.value());
    out.set_cancelled(in.cancelled);
    out.set_text(in.text);
}

void fill(const ControlJob& in, wire::ControlJob& out) {
    out.set_job(in.job.value());
    out.set_control(number(in.control));
    out.set_priority(in.priority);
}

void fill(const ControlReply& in, wire::ControlReply& out) {
    out.set_job(in.job.value());
    out.set_applied(in.applied);
    out.set_text(in.text);
    out.set_paused(in.paused);
    out.set_priority(in.priority);
}

void fill(const JobStatus& in, wire::JobStatus& out) {
    out.set_job(in.job.value_or(JobId{}).value());
}

void fill(const JobLedger& in, wire::JobLedger& out) {
    out.set_useful_core_us(in.useful_core_us);
    out.set_lost_to_reclaim_core_us(in.lost_to_reclaim_core_us);
    out.set_lost_to_faults_core_us(in.lost_to_faults_core_us);
    out.set_speculative_core_us(in.speculative_core_us);
    out.set_audit_core_us(in.audit_core_us);
    out.set_idle_core_us(in.idle_core_us);
    out.set_start_up_core_us(in.start_up_core_us);
    out.set_leases(in.leases);
    out.set_commits(in.commits);
    out.set_commits_repeated(in.commits_repeated);
    out.set_commits_refused(in.commits_refused);
    out.set_leases_returned(in.leases_returned);
    out.set_leases_lost(in.leases_lost);
    out.set_blocks_repeated(in.blocks_repeated);
    out.set_block_faults(in.block_faults);
}

void fill(const JobRedundancy& in, wire::JobRedundancy& out) {
    out.set_leases_yielded(in.leases_yielded);
    out.set_blocks_copied(in.blocks_copied);
    out.set_blocks_compared(in.blocks_compared);
    out.set_blocks_sampled(in.blocks_sampled);
    out.set_blocks_audited(in.blocks_audited);
    out.set_disagreements(in.disagreements);
}

void fill(const Forecast& in, wire::Forecast& out) {
    out.set_unknown(in.unknown);
    out.set_left_10_ms(in.left_10_ms);
    out.set_left_50_ms(in.left_50_ms);
    out.set_left_90_ms(in.left_90_ms);
    out.set_probability_millionths(in.probability_millionths);
    out.set_cores_needed(in.cores_needed);
}

void fill(const GridInfo& in, wire::GridInfo& out) {
    out.set_workers(in.workers);
    out.set_workers_idle(in.workers_idle);
    out.set_workers_draining(in.workers_draining);
    out.set_workers_on_probation(in.workers_on_probation);
    out.set_workers_quarantined(in.workers_quarantined);
    out.set_workers_awaited(in.workers_awaited);
    out.set_threads(in.threads);
    out.set_threads_idle(in.threads_idle);
    out.set_workers_joined(in.workers_joined);
    out.set_workers_left(in.workers_left);
    out.set_workers_lost(in.workers_lost);
    out.set_connected_core_us(in.connected_core_us);
    out.set_under_way_core_us(in.under_way_core_us);
    for (const std::uint64_t kind : in.spent_core_us) {
        out.add_spent_core_us(kind);
    }
}

void fill(const Why& in, wire::Why& out) {
    out.set_job(in.job.value());
    out.set_worker(in.worker);
}

void fill(const WhyReply& in, wire::WhyReply& out) {
    for (const WhyReason& reason : in.reasons) {
        wire::WhyReason& one = *out.add_reasons();
        one.set_kind(reason.kind);
        one.set_text(reason.text);
        one.set_job(reason.job.value());
        one.set_worker(reason.worker);
        one.set_block(reason.block);
        one.set_count(reason.count);
        one.set_time_ns(reason.time_ns);
        one.set_usual_ns(reason.usual_ns);
    }
    fill(in.forecast, *out.mutable_forecast());
}

void fill(const JobInfo& in, wire::JobInfo& out) {
    out.set_job(in.job.value());
    out.set_name(in.name);
    out.set_owner(in.owner);
    out.set_priority(in.priority);
    out.set_state(number(in.state));
    out.set_blocks_total(in.blocks_total);
    out.set_blocks_committed(in.blocks_committed);
    out.set_blocks_leased(in.blocks_leased);
    out.set_blocks_pending(in.blocks_pending);
    out.set_blocks_set_aside(in.blocks_set_aside);
    out.set_workers(in.workers);
    fill(in.ledger, *out.mutable_ledger());
    for (const JobFailure& failure : in.failures) {
        wire::JobFailure& one = *out.add_failures();
        one.set_block(failure.block);
        one.set_cause(number(failure.cause));
        one.set_worker(failure.worker);
        one.set_text(failure.text);
        one.set_host(failure.host);
        one.set_excused(failure.excused);
    }
    out.set_payload(bytes_of(in.payload));
    out.set_output_folder(in.output_folder);
    out.set_text(in.text);
    out.set_submitted_unix_ms(in.submitted_unix_ms);
    out.set_ended_unix_ms(in.ended_unix_ms);
    fill(in.forecast, *out.mutable_forecast());
    fill(in.price, *out.mutable_price());
    out.set_deadline_unix_ms(in.deadline_unix_ms);
    out.set_needs_isa(in.needs_isa);
    out.set_memory_per_thread_bytes(in.memory_per_thread_bytes);
    out.set_paused(in.paused);
    fill(in.redundancy, *out.mutable_redundancy());
}

void fill(const JobStatusReply& in, wire::JobStatusReply& out) {
    for (const JobInfo& job : in.jobs) {
        fill(job, *out.add_jobs());
    }
    out.set_jobs_total(in.jobs_total);
    out.set_workers_total(in.workers_total);
    fill(in.grid, *out.mutable_grid());
    for (const OwnerLedger& owner : in.owners) {
        wire::OwnerLedger& one = *out.add_owners();
        one.set_owner(owner.owner);
        fill(owner.ledger, *one.mutable_ledger());
    }
}

void fill(const WorkersStatusReply& in, wire::WorkersStatusReply& out) {
    for (const WorkerInfo& worker : in.workers) {
        wire::WorkerInfo& one = *out.add_workers();
        one.set_incarnation(worker.incarnation.value());
        one.set_name(worker.name);
        one.set_threads(worker.threads);
        one.set_memory_bytes(worker.memory_bytes);
        one.set_isa(worker.isa);
        one.set_state(number(worker.state));
        one.set_leases(worker.leases);
        one.set_blocks_leased(worker.blocks_leased);
        one.set_silence_ns(worker.silence_ns);
        one.set_ends_in_ns(worker.ends_in_ns);
        one.set_host(worker.host);
    }
    out.set_workers_total(in.workers_total);
}

/// One overload a body; tells which field of the oneof carries it.
struct BodyField {
    wire::Message& out;

    wire::Refusal& field(const Refusal&) { return *out.mutable_refusal(); }
    wire::Hello& field(const Hello&) { return *out.mutable_hello(); }
    wire::Heartbeat& field(const Heartbeat&) { return *out.mutable_heartbeat(); }
    wire::Commit& field(const Commit&) { return *out.mutable_commit(); }
    wire::Return& field(const Return&) { return *out.mutable_return_blocks(); }
    wire::BlockFailed& field(const BlockFailed&) { return *out.mutable_block_failed(); }
    wire::Leaving& field(const Leaving&) { return *out.mutable_leaving(); }
    wire::Welcome& field(const Welcome&) { return *out.mutable_welcome(); }
    wire::HelloRefused& field(const HelloRefused&) { return *out.mutable_hello_refused(); }
    wire::HeartbeatReply& field(const HeartbeatReply&) { return *out.mutable_heartbeat_reply(); }
    wire::Reintroduce& field(const Reintroduce&) { return *out.mutable_reintroduce(); }
    wire::LeaseGranted& field(const LeaseGranted&) { return *out.mutable_lease_granted(); }
    wire::LeaseYield& field(const LeaseYield&) { return *out.mutable_lease_yield(); }
    wire::LeaseRevoked& field(const LeaseRevoked&) { return *out.mutable_lease_revoked(); }
    wire::CommitReply& field(const CommitReply&) { return *out.mutable_commit_reply(); }
    wire::GetBlob& field(const GetBlob&) { return *out.mutable_get_blob(); }
    wire::BlobChunk& field(const BlobChunk&) { return *out.mutable_blob_chunk(); }
    wire::PutBlob& field(const PutBlob&) { return *out.mutable_put_blob(); }
    wire::BlobStored& field(const BlobStored&) { return *out.mutable_blob_stored(); }
    wire::HasBlobs& field(const HasBlobs&) { return *out.mutable_has_blobs(); }
    wire::HasBlobsReply& field(const HasBlobsReply&) { return *out.mutable_has_blobs_reply(); }
    wire::SubmitJob& field(const SubmitJob&) { return *out.mutable_submit_job(); }
    wire::JobAccepted& field(const JobAccepted&) { return *out.mutable_job_accepted(); }
    wire::JobRejected& field(const JobRejected&) { return *out.mutable_job_rejected(); }
    wire::CancelJob& field(const CancelJob&) { return *out.mutable_cancel_job(); }
    wire::CancelReply& field(const CancelReply&) { return *out.mutable_cancel_reply(); }
    wire::ControlJob& field(const ControlJob&) { return *out.mutable_control_job(); }
    wire::ControlReply& field(const ControlReply&) { return *out.mutable_control_reply(); }
    wire::JobStatus& field(const JobStatus&) { return *out.mutable_job_status(); }
    wire::JobStatusReply& field(const JobStatusReply&) { return *out.mutable_job_status_reply(); }
    wire::WorkersStatus& field(const WorkersStatus&) { return *out.mutable_workers_status(); }
    wire::WorkersStatusReply& field(const WorkersStatusReply&) {
        return *out.mutable_workers_status_reply();
    }
    wire::Why& field(const Why&) { return *out.mutable_why(); }
    wire::WhyReply& field(const WhyReply&) { return *out.mutable_why_reply(); }
};

}  // namespace

void to_wire(const Message& message, wire::Message& out) {
    out.set_epoch(message.epoch.value());
    out.set_sender(message.sender);
    out.set_request(message.request);
    std::visit([&](const auto& body) { fill(body, BodyField{out}.field(body)); }, message.body);
}

}  // namespace vargrid::protocol
