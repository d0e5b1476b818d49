#include "scheduler/core/describe.hpp"

#include "base/check.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace vargrid::scheduler {
namespace {

template <std::size_t Count, class Enum>
std::string_view pick(const std::array<std::string_view, Count>& names, Enum value) {
    const auto index = static_cast<std::size_t>(value);
    CHECK(index < Count);
    return names[index];
}

/// Builds "kind key=value key=value".
class Line {
  public:
    explicit Line(std::string_view kind) : text_{kind} {}

    Line& who(Incarnation incarnation) { return raw(hex(incarnation.value())); }
    Line& job(JobId job) { return number("job", job.value()); }
    Line& attempt(Attempt attempt) { return text("attempt", attempt_text(attempt)); }
    Line& number(std::string_view key, std::uint64_t value) {
        return text(key, std::to_string(value));
    }
    Line& range(BlockRange range) { return text("blocks", range_text(range)); }
    Line& ranges(const std::vector<BlockRange>& ranges) {
        return text("blocks", ranges_text(ranges));
    }
    Line& ranges(const std::vector<RangeDigest>& digests) {
        std::vector<BlockRange> plain;
        for (const RangeDigest& range : digests) {
            plain.push_back(range.range);
        }
        return ranges(plain);
    }
    Line& text(std::string_view key, std::string_view value) {
        text_ += ' ';
        text_ += key;
        text_ += '=';
        text_ += value;
        return *this;
    }
    Line& held(std::string item) { return raw(item); }
    Line& raw(std::string_view value) {
        text_ += ' ';
        text_ += value;
        return *this;
    }
    std::string take() { return std::move(text_); }

    static std::string attempt_text(Attempt attempt) {
        return std::to_string(attempt.value() >> 32U) + "." +
               std::to_string(attempt.value() & 0xffffffffU);
    }
    static std::string range_text(BlockRange range) {
        return std::to_string(range.first) + "-" + std::to_string(range.last);
    }
    static std::string ranges_text(const std::vector<BlockRange>& ranges) {
        std::string all;
        for (const BlockRange range : ranges) {
            all += (all.empty() ? "" : ",") + range_text(range);
        }
        return all;
    }

  private:
    static std::string hex(std::uint64_t value) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        std::string digits;
        do {
            digits.insert(digits.begin(), kDigits[value % 16]);
            value /= 16;
        } while (value != 0);
        return digits;
    }

    std::string text_;
};

// ---- Events.

std::string line(const Tick& /*tick*/) {
    return "tick";
}
std::string line(const WorkerHello& e) {
    Line text{"worker_hello"};
    text.who(e.incarnation).text("name", e.name).text("host", e.host).number("threads", e.threads);
    for (const HeldLease& lease : e.held) {
        text.held(Line::attempt_text(lease.attempt) + ":" + Line::ranges_text(lease.open));
    }
    if (e.ends_in) {
        text.number("ends_in_ns", static_cast<std::uint64_t>(e.ends_in->count()));
    }
    return text.raw(e.draining ? "draining" : "").take();
}
std::string line(const WorkerHeartbeat& e) {
    Line text{"worker_heartbeat"};
    text.who(e.incarnation).number("epoch", e.epoch.value());
    for (const LeaseProgress& lease : e.held) {
        text.held(Line::attempt_text(lease.attempt) + ":" + std::to_string(lease.blocks_done));
    }
    return text.raw(e.draining ? "draining" : "").take();
}
std::string line(const BlocksCommitted& e) {
    return Line{"blocks_committed"}
        .who(e.incarnation)
        .number("epoch", e.epoch.value())
        .job(e.job)
        .attempt(e.attempt)
        .number("part", e.part)
        .ranges(e.ranges)
        .text("shard", e.shard)
        .take();
}
std::string line(const BlocksReturned& e) {
    return Line{"blocks_returned"}
        .who(e.incarnation)
        .number("epoch", e.epoch.value())
        .job(e.job)
        .attempt(e.attempt)
        .ranges(e.ranges)
        .raw(name_of(e.reason))
        .raw(e.message)
        .take();
}
std::string line(const BlockFailed& e) {
    return Line{"block_failed"}
        .who(e.incarnation)
        .number("epoch", e.epoch.value())
        .job(e.job)
        .attempt(e.attempt)
        .number("block", e.block)
        .raw(name_of(e.cause))
        .raw(e.message)
        .take();
}
std::string line(const WorkerLeaving& e) {
    return Line{"worker_leaving"}.who(e.incarnation).number("epoch", e.epoch.value()).take();
}
std::string line(const SubmitJob& e) {
    return Line{"submit_job"}
        .number("client", e.client.value())
        .number("request", e.request.value())
        .text("name", e.spec.name)
        .number("blocks", e.spec.blocks)
        .take();
}
std::string line(const CancelJob& e) {
    return Line{"cancel_job"}.number("client", e.client.value()).job(e.job).take();
}
std::string line(const ControlJob& e) {
    return Line{"control_job"}
        .number("client", e.client.value())
        .job(e.job)
        .raw(name_of(e.control))
        .text("priority", std::to_string(e.priority))
        .take();
}
std::string line(const Restored& e) {
    return Line{"restored"}.number("epoch", e.epoch.value()).number("jobs", e.jobs.size()).take();
}

// ---- Actions.

std::string line(const SendWelcome& a) {
    return Line{"send_welcome"}.who(a.incarnation).number("epoch", a.epoch.value()).take();
}
std::string line(const RefuseWorker& a) {
    return Line{"refuse_worker"}.who(a.incarnation).raw(name_of(a.reason)).take();
}
std::string line(const SendReintroduce& a) {
    return Line{"send_reintroduce"}.who(a.incarnation).take();
}
std::string line(const AnswerHeartbeat& a) {
    return Line{"answer_heartbeat"}.who(a.incarnation).take();
}
std::string line(const GrantLease& a) {
    return Line{"grant_lease"}
        .who(a.incarnation)
        .job(a.job)
        .attempt(a.attempt)
        .range(a.range)
        .raw(a.final_step ? "final_step" : "")
        .raw(a.kind == LeaseKind::primary ? "" : name_of(a.kind))
        .take();
}
std::string line(const YieldLease& a) {
    return Line{"yield_lease"}.who(a.incarnation).attempt(a.attempt).take();
}
std::string line(const RevokeLease& a) {
    return Line{"revoke_lease"}.who(a.incarnation).attempt(a.attempt).raw(name_of(a.reason)).take();
}
std::string line(const AcceptCommit& a) {
    return Line{"accept_commit"}
        .who(a.incarnation)
        .attempt(a.attempt)
        .number("part", a.part)
        .take();
}
std::string line(const RefuseCommit& a) {
    return Line{"refuse_commit"}
        .who(a.incarnation)
        .attempt(a.attempt)
        .number("part", a.part)
        .raw(name_of(a.reason))
        .take();
}
std::string line(const AcceptJob& a) {
    return Line{"accept_job"}.number("client", a.client.value()).job(a.job).take();
}
std::string line(const RejectJob& a) {
    return Line{"reject_job"}.number("client", a.client.value()).raw(name_of(a.reason)).take();
}
std::string line(const AnswerCancel& a) {
    return Line{"answer_cancel"}
        .number("client", a.client.value())
        .job(a.job)
        .raw(name_of(a.outcome))
        .take();
}
std::string line(const AnswerControl& a) {
    return Line{"answer_control"}
        .number("client", a.client.value())
        .job(a.job)
        .raw(name_of(a.outcome))
        .raw(a.paused ? "paused" : "")
        .text("priority", std::to_string(a.priority))
        .take();
}
std::string line(const JobChanged& a) {
    return Line{"job_changed"}.job(a.job).raw(name_of(a.state)).take();
}
std::string line(const Notice& a) {
    return Line{"notice"}
        .raw(name_of(a.kind))
        .text("worker", a.worker_name)
        .text("host", a.host)
        .job(a.job)
        .number("block", a.block)
        .raw(a.message)
        .take();
}
std::string line(const JournalJob& a) {
    return Line{"journal_job"}.job(a.job).text("name", a.spec.name).take();
}
std::string line(const JournalJobState& a) {
    return Line{"journal_job_state"}.job(a.job).raw(name_of(a.state)).raw(a.message).take();
}
std::string line(const JournalJobControl& a) {
    return Line{"journal_job_control"}
        .job(a.job)
        .raw(a.paused ? "paused" : "")
        .text("priority", std::to_string(a.priority))
        .take();
}
std::string line(const JournalJobForgotten& a) {
    return Line{"journal_job_forgotten"}.job(a.job).take();
}
std::string line(const JournalLease& a) {
    return Line{"journal_lease"}
        .who(a.incarnation)
        .job(a.job)
        .attempt(a.attempt)
        .ranges(a.open)
        .raw(a.kind == LeaseKind::primary ? "" : name_of(a.kind))
        .take();
}
std::string line(const JournalLeaseEnd& a) {
    return Line{"journal_lease_end"}.job(a.job).attempt(a.attempt).take();
}
std::string line(const JournalCommit& a) {
    return Line{"journal_commit"}
        .who(a.incarnation)
        .job(a.job)
        .attempt(a.attempt)
        .ranges(a.ranges)
        .text("shard", a.shard)
        .take();
}
std::string line(const JournalUncommit& a) {
    return Line{"journal_uncommit"}.job(a.job).range(a.range).take();
}
std::string line(const JournalClaim& a) {
    return Line{"journal_claim"}
        .job(a.job)
        .number("block", a.disputed.block)
        .text("host", a.disputed.claim.host)
        .raw(to_hex(a.disputed.claim.digest))
        .take();
}
std::string line(const JournalBlockFault& a) {
    return Line{"journal_block_fault"}
        .job(a.job)
        .number("block", a.fault.block)
        .text("worker", a.fault.worker_name)
        .text("host", a.fault.host)
        .raw(name_of(a.fault.cause))
        .raw(a.fault.message)
        .take();
}
std::string line(const JournalSetAside& a) {
    return Line{"journal_set_aside"}.job(a.job).number("block", a.block).take();
}
std::string line(const JournalLedger& a) {
    return Line{"journal_ledger"}.job(a.job).number("commits", a.ledger.commits).take();
}

/// Seconds with three decimals.
std::string seconds(Instant at) {
    const std::int64_t milliseconds = at.nanoseconds / 1'000'000;
    std::string thousandths = std::to_string(milliseconds % 1'000);
    thousandths.insert(0, 3 - thousandths.size(), '0');
    return std::to_string(milliseconds / 1'000) + "." + thousandths + "s";
}

}  // namespace

std::string describe(const Event& event) {
    return seconds(event.at) + " " +
           std::visit([](const auto& what) { return line(what); }, event.what);
}

std::string describe(const Action& action) {
    return std::visit([](const auto& what) { return line(what); }, action);
}

std::string_view name_of(JobState state) {
    return pick<6>({"running", "finalising", "completed", "incomplete", "failed", "cancelled"},
                   state);
}
std::string_view name_of(FaultCause cause) {
    return pick<5>({"task", "host", "vanished", "disagreement", "store"}, cause);
}
std::string_view name_of(ReturnReason reason) {
    return pick<3>({"drain", "unneeded", "host_fault"}, reason);
}
std::string_view name_of(RevokeReason reason) {
    return pick<5>({"unknown", "job_ended", "expired", "quarantined", "distrusted"}, reason);
}
std::string_view name_of(CommitRefusal reason) {
    return pick<4>({"stale", "job_ended", "unknown_job", "superseded"}, reason);
}
std::string_view name_of(RejectReason reason) {
    return pick<7>({"queue_full",
                    "no_blocks",
                    "too_many_blocks",
                    "bad_cost",
                    "text_too_long",
                    "unknown_needs",
                    "not_ready"},
                   reason);
}
std::string_view name_of(RefusalReason reason) {
    return pick<2>({"workers_full", "invalid_worker"}, reason);
}
std::string_view name_of(NoticeKind kind) {
    return pick<12>({"worker_joined",
                     "worker_left",
                     "worker_lost",
                     "host_quarantined",
                     "host_on_probation",
                     "host_trusted_again",
                     "lease_stalled",
                     "block_failed",
                     "block_set_aside",
                     "workers_vanish",
                     "hosts_disagree",
                     "host_lied"},
                    kind);
}
std::string_view name_of(JobControl control) {
    return pick<3>({"pause", "resume", "priority"}, control);
}
std::string_view name_of(ControlOutcome outcome) {
    return pick<3>({"done", "already_ended", "unknown_job"}, outcome);
}
std::string_view name_of(ReasonKind kind) {
    return pick<27>({"job_ended",
                     "job_paused",
                     "no_workers",
                     "no_worker_fits",
                     "no_worker_in_use",
                     "behind_job",
                     "all_workers_busy",
                     "workers_distrusted",
                     "second_opinion",
                     "awaited_workers",
                     "straggler",
                     "slow_worker",
                     "trouble",
                     "final_step_waits",
                     "final_step_runs",
                     "computing",
                     "worker_awaited",
                     "worker_silent",
                     "worker_draining",
                     "worker_ends",
                     "worker_quarantined",
                     "worker_on_probation",
                     "worker_working",
                     "worker_full",
                     "worker_unfit",
                     "worker_distrusted",
                     "no_work"},
                    kind);
}
std::string_view name_of(LeaseKind kind) {
    return pick<4>({"primary", "copy", "audit", "arbiter"}, kind);
}
std::string_view name_of(CancelOutcome outcome) {
    return pick<3>({"cancelled", "already_ended", "unknown_job"}, outcome);
}

}  // namespace vargrid::scheduler
