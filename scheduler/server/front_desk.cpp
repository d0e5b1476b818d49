#include "scheduler/server/front_desk.hpp"

#include "base/check.hpp"
#include "protocol/version.hpp"
#include "scheduler/server/translate.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace vargrid::scheduler {

namespace {

std::uint64_t unix_ms() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

}  // namespace

protocol::Refusal refusal_of(const Error& error) {
    using protocol::RefusalCode;
    RefusalCode code = RefusalCode::io;
    switch (error.code) {
        case ErrorCode::invalid_input:
            code = RefusalCode::malformed;
            break;
        case ErrorCode::not_found:
            code = RefusalCode::not_found;
            break;
        case ErrorCode::unauthorised:
            code = RefusalCode::wrong_role;
            break;
        case ErrorCode::limit:
            code = RefusalCode::limit;
            break;
        case ErrorCode::conflict:
            code = RefusalCode::conflict;
            break;
        case ErrorCode::unreachable:
        case ErrorCode::io:
        case ErrorCode::internal:
            break;
    }
    return {code, shortened(error.message, protocol::kTextBytesMax)};
}

protocol::Body FrontDesk::answer(ClientId from, const protocol::Body& question, Instant now) {
    if (const auto* chunk = std::get_if<protocol::PutBlob>(&question)) {
        return put(from, *chunk, now);
    }
    if (const auto* get_blob = std::get_if<protocol::GetBlob>(&question)) {
        return get(*get_blob);
    }
    if (const auto* has_blobs = std::get_if<protocol::HasBlobs>(&question)) {
        return has(*has_blobs);
    }
    if (const auto* job_status = std::get_if<protocol::JobStatus>(&question)) {
        return status(*job_status);
    }
    if (const auto* why = std::get_if<protocol::Why>(&question)) {
        return insight_.answer(*why, unix_ms());
    }
    CHECK(std::holds_alternative<protocol::WorkersStatus>(question));
    return workers();
}

protocol::Body FrontDesk::put(ClientId from, const protocol::PutBlob& chunk, Instant now) {
    const auto progress =
        blobs_.put(from, chunk.digest, chunk.size, chunk.offset, chunk.bytes, now);
    if (!progress) {
        return refusal_of(progress.error());
    }
    return protocol::BlobStored{chunk.digest, progress->received, progress->complete};
}

protocol::Body FrontDesk::get(const protocol::GetBlob& question) {
    auto part = blobs_.read(question.digest, question.offset, question.length);
    if (!part && part.error().code == ErrorCode::not_found) {
        if (const Bytes* const manifest = manifests_.find(question.digest)) {
            const auto first = std::min<std::uint64_t>(question.offset, manifest->size());
            const auto last = std::min<std::uint64_t>(first + question.length, manifest->size());
            part = BlobPart{manifest->size(),
                            Bytes(manifest->begin() + static_cast<std::ptrdiff_t>(first),
                                  manifest->begin() + static_cast<std::ptrdiff_t>(last))};
        }
    }
    if (!part) {
        return refusal_of(part.error());
    }
    if (question.offset > part->size || (part->bytes.empty() && part->size > 0)) {
        return protocol::Refusal{protocol::RefusalCode::malformed,
                                 "offset " + std::to_string(question.offset) + " is beyond the " +
                                     std::to_string(part->size) + " bytes of blob " +
                                     to_hex(question.digest)};
    }
    return protocol::BlobChunk{
        question.digest, part->size, question.offset, std::move(part->bytes)};
}

protocol::Body FrontDesk::has(const protocol::HasBlobs& question) const {
    protocol::HasBlobsReply reply;
    for (const Digest& digest : question.digests) {
        if (!blobs_.has(digest)) {
            reply.missing.push_back(digest);
        }
    }
    return reply;
}

std::optional<protocol::Refusal> FrontDesk::objection_to(const protocol::SubmitJob& job) const {
    auto missing = [&](const Digest& digest) { return !blobs_.has(digest); };
    if (missing(job.payload)) {
        return protocol::Refusal{
            protocol::RefusalCode::not_found,
            "blob " + to_hex(job.payload) + " (the payload) is not here; store it before the job"};
    }
    if (const auto blob = std::find_if(job.blobs.begin(), job.blobs.end(), missing);
        blob != job.blobs.end()) {
        return protocol::Refusal{protocol::RefusalCode::not_found,
                                 "blob " + to_hex(*blob) + " is not here; store it before the job"};
    }
    return {};
}

protocol::Body FrontDesk::status(const protocol::JobStatus& question) {
    protocol::JobStatusReply reply;
    std::vector<JobSummary> summaries;
    if (question.job) {
        auto summary = core_.job_summary(*question.job);
        if (!summary) {
            return protocol::Refusal{protocol::RefusalCode::not_found,
                                     "no job " + std::to_string(question.job->value())};
        }
        summaries.push_back(std::move(*summary));
        reply.jobs_total = 1;
    } else {
        summaries = core_.job_summaries();
        reply.jobs_total = summaries.size();
        std::reverse(summaries.begin(), summaries.end());
        summaries.resize(std::min(summaries.size(), protocol::kJobsPerReplyMax));
    }
    reply.workers_total = core_.worker_count();
    // Failures only where one job is asked for: a reply has a largest size.
    const std::size_t failures_max = question.job ? protocol::kFailuresPerReplyMax : 0;
    for (const JobSummary& summary : summaries) {
        const JobSpec* const spec = core_.job_spec(summary.job);
        CHECK(spec != nullptr);
        reply.jobs.push_back(info_of(summary,
                                     *spec,
                                     journal_.times(summary.job),
                                     core_.job_faults(summary.job, failures_max)));
        reply.jobs.back().ledger = ledger_of(core_.ledger_now(summary.job));
        reply.jobs.back().forecast = insight_.forecast_of(summary, unix_ms());
    }
    reply.grid = insight_.grid();
    if (!question.job) {
        reply.owners = owners();
    }
    return reply;
}

std::vector<protocol::OwnerLedger> FrontDesk::owners() const {
    std::vector<std::pair<CoreSum, protocol::OwnerLedger>> all;
    for (const auto& [owner, ledger] : core_.owner_ledgers()) {
        all.push_back(
            {ledger.total(), {shortened(owner, protocol::kNameBytesMax), ledger_of(ledger)}});
    }
    std::stable_sort(
        all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    all.resize(std::min(all.size(), protocol::kOwnersPerReplyMax));
    std::vector<protocol::OwnerLedger> owners;
    for (auto& [total, owner] : all) {
        owners.push_back(std::move(owner));
    }
    return owners;
}

protocol::Body FrontDesk::workers() const {
    protocol::WorkersStatusReply reply;
    std::vector<WorkerSummary> summaries = core_.worker_summaries();
    reply.workers_total = summaries.size();
    summaries.resize(std::min(summaries.size(), protocol::kWorkersPerReplyMax));
    reply.workers.reserve(summaries.size());
    for (const WorkerSummary& summary : summaries) {
        reply.workers.push_back(info_of(summary));
    }
    return reply;
}

}  // namespace vargrid::scheduler
