// SchedulerCore: hosts that disagree. The bits of a block are a function of its inputs, so of two
// hosts that differ one is broken. Neither is believed: the commit is taken back and a third host
// decides. Whoever stands alone is quarantined, and nothing it handed in stays in a result.
// docs/scheduling.md, "Audit".
#include "base/check.hpp"
#include "scheduler/core/scheduler_core.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::scheduler {
namespace {

std::string last_digits(const BlockDigest& digest) {
    return to_hex(digest).substr(24);
}

std::string text_of(const std::vector<Claim>& claims) {
    std::string text;
    for (const Claim& claim : claims) {
        text += (text.empty() ? "" : ", ") + claim.host + " says .." + last_digits(claim.digest);
    }
    return text;
}

}  // namespace

/// A block that somebody else committed was handed in too: are these the same bits?
void SchedulerCore::compare(JobRow& job,
                            const RangeDigest& range,
                            const std::string& host,
                            CommitOutcome& outcome) {
    outcome.blocks_beaten += range.range.size();
    const std::uint64_t block = range.range.first;
    const Claim* const claim = job.redundancy.kept(block);
    if (range.range.size() > 1 || claim == nullptr || claim->host == host) {
        return;  // Only single blocks have digests of their own.
    }
    RedundancyCounts& counts = job.redundancy.counts;
    ++counts.blocks_compared;
    counts.blocks_audited += job.redundancy.end_sample(block) ? 1U : 0U;
    if (claim->digest != range.digest) {
        outcome.mismatches.push_back({block, *claim, Claim{host, range.digest}});
    }
    job.redundancy.drop_kept(block);
}

/// The word of a third host on a block about which two disagree.
void SchedulerCore::hear_arbiter(JobRow& job,
                                 const RangeDigest& range,
                                 const std::string& host,
                                 CommitOutcome& outcome) {
    const std::uint64_t block = range.range.first;
    const auto* const dispute = job.redundancy.dispute_on(block);
    if (range.range.size() > 1 || dispute == nullptr) {
        return;
    }
    ++job.redundancy.counts.blocks_compared;
    const auto& claims = dispute->claims;
    if (std::any_of(claims.begin(), claims.end(), [&](const Claim& claim) {
            return claim.digest == range.digest;
        })) {
        for (const Claim& claim : claims) {
            if (claim.digest != range.digest) {
                outcome.liars.emplace_back(claim.host, block);
            }
        }
        end_dispute(job, block);
        return;
    }
    job.redundancy.add_claim(block, Claim{host, range.digest}, now_);
}

void SchedulerCore::end_dispute(JobRow& job, std::uint64_t block) {
    job.redundancy.end_dispute(block);
    job.blocks.end_dispute(block);
    if (job.redundancy.disputes().empty()) {
        disputed_jobs_.erase(job.job);
    }
}

void SchedulerCore::decide_disputes(JobRow& job, const CommitOutcome& outcome, Actions& actions) {
    for (const Mismatch& mismatch : outcome.mismatches) {
        open_dispute(job, mismatch, actions);
    }
    for (const auto& [host, block] : outcome.liars) {
        condemn(job, block, host, actions);
    }
    for (const std::uint64_t block : outcome.undecided) {
        set_aside_disputed(job, block, actions);
    }
}

void SchedulerCore::open_dispute(JobRow& job, const Mismatch& mismatch, Actions& actions) {
    if (!job.blocks.committed().overlaps(single_block(mismatch.block))) {
        return;
    }
    ++job.redundancy.counts.disagreements;
    ++stats_.disagreements;
    take_back(job, single_block(mismatch.block), actions);
    job.blocks.dispute(mismatch.block);
    for (const Claim& claim : {mismatch.committed, mismatch.other}) {
        actions.emplace_back(JournalClaim{job.job, {mismatch.block, claim}});
        job.redundancy.add_claim(mismatch.block, claim, now_);
    }
    disputed_jobs_.insert(job.job);
    actions.emplace_back(Notice{NoticeKind::hosts_disagree,
                                {},
                                job.job,
                                mismatch.block,
                                text_of({mismatch.committed, mismatch.other}),
                                mismatch.other.host});
    reopen(job, actions);
}

/// Commits of these blocks count no longer, whoever made them: they are pending again.
void SchedulerCore::take_back(JobRow& job, BlockRange range, Actions& actions) {
    job.blocks.uncommit(range);
    job.redundancy.forget(range);
    actions.emplace_back(JournalUncommit{job.job, range});
    ledger(job).blocks_repeated += range.size();
    end_seconds(job, range, actions);
}

/// Nobody needs a second look at these blocks any more.
void SchedulerCore::end_seconds(JobRow& job, BlockRange range, Actions& actions) {
    for (const std::uint64_t block : job.redundancy.seconds_in(range)) {
        const Attempt attempt = job.redundancy.second_holders().at(block);
        drop_second(job, attempt, single_block(block));
        const Lease& lease = job.leases.at(attempt);
        if (lease.open.empty() && lease.second.empty()) {
            const Incarnation incarnation = lease.incarnation;
            erase_lease(job, attempt, actions);
            actions.emplace_back(RevokeLease{incarnation, attempt, RevokeReason::expired});
        } else {
            journal_shrunk(job, attempt, actions);
        }
    }
}

const std::string* SchedulerCore::committer(const JobRow& job, Incarnation incarnation) const {
    if (const std::string* const host = job.redundancy.host_of(incarnation)) {
        return host;
    }
    const auto found = workers_.find(incarnation);
    return found == workers_.end() ? nullptr : &found->second.host;
}

/// Two hosts stand against this one: it computes wrong numbers without knowing it. It is out at
/// once, and whatever it handed in, for any job that has not ended, is computed again.
void SchedulerCore::condemn(JobRow& job,
                            std::uint64_t block,
                            const std::string& host,
                            Actions& actions) {
    ++stats_.hosts_condemned;
    actions.emplace_back(Notice{NoticeKind::host_lied,
                                {},
                                job.job,
                                block,
                                "two hosts agree on other bits; its commits are taken back",
                                host});
    for (auto& [id, row] : jobs_) {
        if (has_ended(row.state)) {
            continue;
        }
        for (const CommittedRange& committed : row.blocks.committed().ranges()) {
            const std::string* const by = committer(row, committed.incarnation);
            // Nobody knows whose those before a restart are, unless their worker is still here.
            if (by == nullptr || *by == host) {
                take_back(row, committed.range, actions);
            }
        }
        for (const std::uint64_t disputed : row.redundancy.void_claims(host)) {
            row.blocks.end_dispute(disputed);
        }
        if (row.redundancy.disputes().empty()) {
            disputed_jobs_.erase(id);
        }
        reopen(row, actions);
    }
    quarantine(host, config_.lie_quarantine_time, actions);
}

/// A job that had every block committed has some to compute again.
void SchedulerCore::reopen(JobRow& job, Actions& actions) {
    if (job.state == JobState::finalising &&
        job.blocks.committed().size() + job.blocks.set_aside_blocks().size() < job.spec.blocks) {
        const auto held =
            std::find_if(job.leases.begin(), job.leases.end(), [&](const auto& lease) {
                return lease.second.open.contains(job.blocks.final_step());
            });
        if (held != job.leases.end()) {
            const Attempt attempt = held->first;
            const Incarnation incarnation = held->second.incarnation;
            end_lease(job, attempt, LeaseEnd::revoked, actions);
            actions.emplace_back(RevokeLease{incarnation, attempt, RevokeReason::expired});
        }
        job.blocks.close_final_step();
        change_state(job, JobState::running, {}, actions);
    }
    refresh(job);
}

/// As many different answers as hosts, or nobody who could decide: the block is not in the result.
void SchedulerCore::set_aside_disputed(JobRow& job, std::uint64_t block, Actions& actions) {
    const auto* const dispute = job.redundancy.dispute_on(block);
    CHECK(dispute != nullptr && dispute->claims.size() >= 2);
    BlockFault fault{block,
                     dispute->claims.back().host,
                     {},
                     FaultCause::disagreement,
                     "hosts disagree: " + text_of(dispute->claims)};
    actions.emplace_back(JournalBlockFault{job.job, fault});
    job.blocks.add_fault(std::move(fault));
    end_dispute(job, block);
    set_aside(job, block, actions);
}

/// Disputes that nobody can decide, when there is nothing else to do for the job.
void SchedulerCore::give_up_disputes(Actions& actions) {
    const auto disputed = disputed_jobs_;
    for (const JobId id : disputed) {
        JobRow& job = jobs_.at(id);
        if (!job.blocks.pending().empty() || job.blocks.leased() > 0) {
            continue;
        }
        const auto disputes = job.redundancy.disputes();
        for (const auto& [block, dispute] : disputes) {
            const bool somebody = std::any_of(
                in_good_standing_.begin(), in_good_standing_.end(), [&](const auto& counted) {
                    return may_try(job, block, counted.first);
                });
            if (!somebody && now_ - dispute.since >= config_.dispute_wait_max) {
                job.blocks.lease_suspect(block);
                set_aside_disputed(job, block, actions);
            }
        }
        settle(job, actions);
    }
}

}  // namespace vargrid::scheduler
