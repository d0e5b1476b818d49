// The rules of the contract that hold for single messages: limits, ranges, ids, texts.
#include "protocol/codec.hpp"
#include "protocol/version.hpp"

#include <string_view>

namespace vargrid::protocol {
namespace {

/// Block numbers stay below 2^62 so that sums of two never wrap.
constexpr std::uint64_t kBlockMax = std::uint64_t{1} << 62U;
/// Nanoseconds stay below 2^62, 146 years: they become signed durations.
constexpr std::uint64_t kNanosecondsMax = std::uint64_t{1} << 62U;

/// Collects the first broken rule of one message.
class Checker {
  public:
    explicit Checker(const char* message) : message_{message} {}

    [[nodiscard]] bool failed() const { return !text_.empty(); }
    [[nodiscard]] RefusalCode code() const { return code_; }
    [[nodiscard]] const std::string& text() const { return text_; }

    void fail(RefusalCode code, std::string_view field, const std::string& what) {
        if (!failed()) {
            code_ = code;
            text_ = std::string{message_} + "." + std::string{field} + ": " + what;
        }
    }
    void require(bool condition, std::string_view field, const char* what) {
        if (!condition) {
            fail(RefusalCode::malformed, field, what);
        }
    }
    void at_most(std::uint64_t value, std::uint64_t most, std::string_view field) {
        if (value > most) {
            fail(RefusalCode::too_large,
                 field,
                 std::to_string(value) + " is above the limit of " + std::to_string(most));
        }
    }
    template <class Id>
    void id(Id value, std::string_view field) {
        require(value.value() != 0, field, "missing");
    }
    void text(std::string_view value, std::size_t bytes_max, std::string_view field) {
        at_most(value.size(), bytes_max, field);
        require(value.find('\0') == std::string_view::npos, field, "a text has no zero byte");
    }
    void range(const BlockRange& range, std::string_view field) {
        if (range.first >= range.last || range.last > kBlockMax) {
            fail(RefusalCode::malformed,
                 field,
                 "[" + std::to_string(range.first) + ", " + std::to_string(range.last) +
                     ") is no range of blocks");
        }
    }
    void ranges(const std::vector<BlockRange>& ranges, std::string_view field) {
        require(!ranges.empty(), field, "missing");
        at_most(ranges.size(), kRangesMax, field);
        std::uint64_t end = 0;
        for (const BlockRange& one : ranges) {
            range(one, field);
            require(one.first >= end, field, "ranges must ascend and not overlap");
            end = one.last;
        }
    }
    void shard(std::string_view name, std::string_view field) {
        require(!name.empty(), field, "missing");
        text(name, kShardNameBytesMax, field);
        require(name.find('/') == std::string_view::npos && !name.starts_with('.'),
                field,
                "a shard is a file name without '/' and leading '.'");
    }
    void folder(std::string_view path, std::string_view field) {
        text(path, kPathBytesMax, field);
        require(path.starts_with('/'), field, "must be an absolute path");
    }
    void chunk(std::uint64_t size, std::uint64_t offset, std::size_t bytes) {
        at_most(size, kBlobBytesMax, "size");
        at_most(bytes, kChunkBytesMax, "bytes");
        require(offset <= size && bytes <= size - offset, "bytes", "reach beyond the blob's size");
        require(bytes > 0 || size == 0, "bytes", "missing");
    }

  private:
    const char* message_;
    RefusalCode code_{RefusalCode::malformed};
    std::string text_;
};

void check(const Refusal& m, Checker& c) {
    c.text(m.text, kTextBytesMax, "text");
}

void check(const Hello& m, Checker& c) {
    c.require(!m.name.empty(), "name", "missing");
    c.text(m.name, kNameBytesMax, "name");
    c.text(m.isa, kNameBytesMax, "isa");
    c.text(m.release, kNameBytesMax, "release");
    c.text(m.host, kNameBytesMax, "host");
    c.require(m.threads >= 1, "threads", "a worker has at least one");
    c.at_most(m.threads, kThreadsMax, "threads");
    c.at_most(m.started_ago_ns, kNanosecondsMax, "started_ago_ns");
    c.at_most(m.ends_in_ns, kLifeNsMax, "ends_in_ns");
    c.at_most(m.held.size(), kHeldLeasesMax, "held");
    for (const HeldLease& held : m.held) {
        c.id(held.job, "held.job");
        c.id(held.attempt, "held.attempt");
        if (!held.open.empty()) {
            c.ranges(held.open, "held.open");
        }
    }
}

void check(const Heartbeat& m, Checker& c) {
    c.at_most(m.held.size(), kHeldLeasesMax, "held");
    for (const LeaseProgress& held : m.held) {
        c.id(held.attempt, "held.attempt");
        c.at_most(held.blocks_done, kBlockMax, "held.blocks_done");
    }
}

void check(const Commit& m, Checker& c) {
    c.id(m.job, "job");
    c.id(m.attempt, "attempt");
    c.require(!m.ranges.empty(), "ranges", "missing");
    c.at_most(m.ranges.size(), kRangesMax, "ranges");
    std::uint64_t end = 0;
    for (const RangeDigest& one : m.ranges) {
        c.range(one.range, "ranges");
        c.require(one.range.first >= end, "ranges", "must ascend and not overlap");
        end = one.range.last;
    }
    if (!m.shard.empty()) {
        c.shard(m.shard, "shard");
    }
    c.at_most(m.core_ns, kNanosecondsMax, "core_ns");
    c.at_most(m.start_up_core_ns, kNanosecondsMax, "start_up_core_ns");
}

void check(const Return& m, Checker& c) {
    c.id(m.job, "job");
    c.id(m.attempt, "attempt");
    c.ranges(m.ranges, "ranges");
    c.text(m.text, kTextBytesMax, "text");
    c.at_most(m.core_ns, kNanosecondsMax, "core_ns");
    c.at_most(m.start_up_core_ns, kNanosecondsMax, "start_up_core_ns");
}

void check(const BlockFailed& m, Checker& c) {
    c.id(m.job, "job");
    c.id(m.attempt, "attempt");
    c.at_most(m.block, kBlockMax, "block");
    c.text(m.text, kTextBytesMax, "text");
    c.at_most(m.core_ns, kNanosecondsMax, "core_ns");
}

void check(const Leaving&, Checker&) {}
void check(const HelloRefused&, Checker&) {}
void check(const Reintroduce&, Checker&) {}
void check(const WorkersStatus&, Checker&) {}

template <class Terms>
void check_terms(const Terms& m, Checker& c) {
    c.require(m.heartbeat_interval_ns > 0, "heartbeat_interval_ns", "missing");
    c.require(m.worker_silence_max_ns > m.heartbeat_interval_ns,
              "worker_silence_max_ns",
              "must be longer than a heartbeat");
    c.at_most(m.worker_silence_max_ns, kNanosecondsMax, "worker_silence_max_ns");
}

void check(const Welcome& m, Checker& c) {
    check_terms(m, c);
}

void check(const HeartbeatReply& m, Checker& c) {
    check_terms(m, c);
}

void check(const LeaseGranted& m, Checker& c) {
    c.id(m.job, "job");
    c.id(m.attempt, "attempt");
    c.range(m.blocks, "blocks");
    c.require(m.n_blocks > 0, "n_blocks", "missing");
    c.at_most(m.n_blocks, kBlockMax, "n_blocks");
    const bool is_final = m.blocks == BlockRange{m.n_blocks, m.n_blocks + 1};
    c.require(is_final || m.blocks.last <= m.n_blocks, "blocks", "reach beyond the job");
    c.require(is_final == m.is_final_step(), "manifest", "goes with the final step and only then");
    c.folder(m.output_folder, "output_folder");
    c.at_most(m.commit_interval_ns, kNanosecondsMax, "commit_interval_ns");
    c.at_most(m.audit_per_million, 1'000'000, "audit_per_million");
    c.require(!is_final || (!m.single_blocks && !m.digest_only), "blocks", "is leased whole");
}

void check(const LeaseYield& m, Checker& c) {
    c.id(m.attempt, "attempt");
}

void check(const LeaseRevoked& m, Checker& c) {
    c.id(m.attempt, "attempt");
}

void check(const CommitReply& m, Checker& c) {
    c.id(m.attempt, "attempt");
}

void check(const GetBlob& m, Checker& c) {
    c.require(m.length >= 1, "length", "missing");
    c.at_most(m.length, kChunkBytesMax, "length");
    c.at_most(m.offset, kBlobBytesMax, "offset");
}

void check(const BlobChunk& m, Checker& c) {
    c.chunk(m.size, m.offset, m.bytes.size());
}

void check(const PutBlob& m, Checker& c) {
    c.chunk(m.size, m.offset, m.bytes.size());
}

void check(const BlobStored& m, Checker& c) {
    c.at_most(m.received, kBlobBytesMax, "received");
}

void check(const HasBlobs& m, Checker& c) {
    c.at_most(m.digests.size(), kDigestsMax, "digests");
}

void check(const HasBlobsReply& m, Checker& c) {
    c.at_most(m.missing.size(), kDigestsMax, "missing");
}

void check(const Price& m, Checker& c) {
    c.at_most(m.per_core_hour_millionths, kPriceMillionthsMax, "price.per_core_hour_millionths");
    c.text(m.currency, kCurrencyBytesMax, "price.currency");
}

void check(const SubmitJob& m, Checker& c) {
    c.require(!m.name.empty(), "name", "missing");
    c.text(m.name, kNameBytesMax, "name");
    c.text(m.owner, kNameBytesMax, "owner");
    c.require(m.n_blocks > 0, "n_blocks", "a job has at least one block");
    c.at_most(m.n_blocks, kBlockMax, "n_blocks");
    c.at_most(m.block_cost_ns, kNanosecondsMax, "block_cost_ns");
    c.at_most(m.blocks_per_task_max, kBlockMax, "blocks_per_task_max");
    c.at_most(m.blobs.size(), kDigestsMax, "blobs");
    c.folder(m.output_folder, "output_folder");
    c.at_most(m.commit_interval_ns, kNanosecondsMax, "commit_interval_ns");
    check(m.price, c);
    c.at_most(m.deadline_unix_ms, kNanosecondsMax, "deadline_unix_ms");
    c.require(m.needs_isa.empty() || m.needs_isa == "avx2" || m.needs_isa == "avx512",
              "needs_isa",
              "expected avx2 or avx512");
    c.at_most(m.memory_per_thread_bytes, kMemoryBytesMax, "memory_per_thread_bytes");
    c.at_most(m.audit_per_million.value_or(0), 1'000'000, "audit_per_million");
}

void check(const ControlJob& m, Checker& c) {
    c.id(m.job, "job");
}

void check(const ControlReply& m, Checker& c) {
    c.id(m.job, "job");
    c.text(m.text, kTextBytesMax, "text");
}

void check(const JobAccepted& m, Checker& c) {
    c.id(m.job, "job");
}

void check(const JobRejected& m, Checker& c) {
    c.text(m.reason, kTextBytesMax, "reason");
}

void check(const CancelJob& m, Checker& c) {
    c.id(m.job, "job");
}

void check(const CancelReply& m, Checker& c) {
    c.id(m.job, "job");
    c.text(m.text, kTextBytesMax, "text");
}

void check(const JobStatus& m, Checker& c) {
    if (m.job) {
        c.id(*m.job, "job");
    }
}

void check(const JobStatusReply& m, Checker& c) {
    c.at_most(m.owners.size(), kOwnersPerReplyMax, "owners");
    c.at_most(m.grid.spent_core_us.size(), kSpentKindsMax, "grid.spent_core_us");
    for (const OwnerLedger& owner : m.owners) {
        c.text(owner.owner, kNameBytesMax, "owners.owner");
    }
    c.at_most(m.jobs.size(), kJobsPerReplyMax, "jobs");
    for (const JobInfo& job : m.jobs) {
        c.id(job.job, "jobs.job");
        c.text(job.name, kNameBytesMax, "jobs.name");
        c.text(job.owner, kNameBytesMax, "jobs.owner");
        c.text(job.text, kTextBytesMax, "jobs.text");
        c.text(job.output_folder, kPathBytesMax, "jobs.output_folder");
        c.text(job.needs_isa, kNameBytesMax, "jobs.needs_isa");
        c.at_most(job.failures.size(), kFailuresPerReplyMax, "jobs.failures");
        for (const JobFailure& failure : job.failures) {
            c.text(failure.worker, kNameBytesMax, "jobs.failures.worker");
            c.text(failure.host, kNameBytesMax, "jobs.failures.host");
            c.text(failure.text, kTextBytesMax, "jobs.failures.text");
        }
    }
}

void check(const Forecast& m, Checker& c) {
    c.text(m.unknown, kTextBytesMax, "forecast.unknown");
}

void check(const Why& m, Checker& c) {
    c.text(m.worker, kNameBytesMax, "worker");
    c.require((m.job == JobId{}) != m.worker.empty(), "job", "either a job or a worker");
}

void check(const WhyReply& m, Checker& c) {
    c.at_most(m.reasons.size(), kReasonsMax, "reasons");
    for (const WhyReason& reason : m.reasons) {
        c.text(reason.kind, kNameBytesMax, "reasons.kind");
        c.text(reason.text, kTextBytesMax, "reasons.text");
        c.text(reason.worker, kNameBytesMax, "reasons.worker");
    }
    check(m.forecast, c);
}

void check(const WorkersStatusReply& m, Checker& c) {
    c.at_most(m.workers.size(), kWorkersPerReplyMax, "workers");
    for (const WorkerInfo& worker : m.workers) {
        c.text(worker.name, kNameBytesMax, "workers.name");
        c.text(worker.host, kNameBytesMax, "workers.host");
        c.text(worker.isa, kNameBytesMax, "workers.isa");
    }
}

}  // namespace

Result<void> validate(const Message& message, RefusalCode* why) {
    Checker checker{name_of(message.body)};
    std::visit([&](const auto& body) { check(body, checker); }, message.body);
    if (std::holds_alternative<SubmitJob>(message.body) ||
        std::holds_alternative<CancelJob>(message.body) ||
        std::holds_alternative<ControlJob>(message.body)) {
        checker.require(message.request != 0, "request", "missing");
    }
    if (checker.failed()) {
        if (why != nullptr) {
            *why = checker.code();
        }
        return Error{ErrorCode::invalid_input, checker.text()};
    }
    return {};
}

}  // namespace vargrid::protocol
