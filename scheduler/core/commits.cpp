// SchedulerCore: what becomes of a commit. Each of its ranges is taken, if these blocks are this
// lease's or the lease computed them faster than their rightful holder; or it was beaten, and its
// bits are compared with those that were committed; or it is refused.
#include "base/check.hpp"
#include "scheduler/core/scheduler_core.hpp"
#include "scheduler/core/task_sizing.hpp"

#include <algorithm>

namespace vargrid::scheduler {
namespace {

/// Ascending, disjoint, and none of them empty: what one shard can hold.
bool is_proper(const std::vector<RangeDigest>& ranges) {
    std::uint64_t next = 0;
    for (const RangeDigest& range : ranges) {
        if (range.range.empty() || range.range.first < next) {
            return false;
        }
        next = range.range.last;
    }
    return !ranges.empty();
}

std::uint64_t blocks_in(const IntervalSet& set, BlockRange range) {
    std::uint64_t blocks = 0;
    for (const BlockRange part : set.intersection(range)) {
        blocks += part.size();
    }
    return blocks;
}

bool holds(const Lease& lease, BlockRange range) {
    return blocks_in(lease.open, range) + blocks_in(lease.second, range) == range.size();
}

/// `part` of `whole`, which was spent on `blocks` blocks.
CoreTime share(CoreTime whole, std::uint64_t part, std::uint64_t blocks) {
    const auto count = static_cast<CoreTime::rep>(std::max<std::uint64_t>(1, blocks));
    return part == blocks ? whole : whole / count * static_cast<CoreTime::rep>(part);
}

}  // namespace

void SchedulerCore::on(const BlocksCommitted& commit, Actions& actions) {
    if (fenced(commit.incarnation, commit.epoch, actions) == nullptr) {
        return;
    }
    JobRow* const job = find_job(commit.job);
    if (job == nullptr) {
        refuse(commit, CommitRefusal::unknown_job, actions);
        return;
    }
    const bool proper = is_proper(commit.ranges);
    const Lease* const lease = live_lease(*job, commit.attempt, commit.incarnation);
    if (proper && lease != nullptr &&
        std::all_of(commit.ranges.begin(), commit.ranges.end(), [&](const RangeDigest& range) {
            return holds(*lease, range.range);
        })) {
        take_in(*job, commit, actions);
        return;
    }
    // The worker offers a shard until it is answered. If this very attempt already has blocks of
    // it, our first answer was lost, and a refusal would make it delete good results.
    if (proper &&
        std::any_of(commit.ranges.begin(), commit.ranges.end(), [&](const RangeDigest& range) {
            return job->blocks.committed().is_by(range.range, commit.attempt, commit.incarnation);
        })) {
        ++stats_.commits_repeated;
        ++ledger(*job).commits_repeated;
        actions.emplace_back(AcceptCommit{commit.incarnation, commit.attempt, commit.part});
        return;
    }
    ++ledger(*job).commits_refused;
    book_refused(*job, commit);
    const bool given_up = job->state == JobState::cancelled || job->state == JobState::failed;
    refuse(commit, given_up ? CommitRefusal::job_ended : CommitRefusal::stale, actions);
}

void SchedulerCore::refuse(const BlocksCommitted& commit, CommitRefusal reason, Actions& actions) {
    ++stats_.commits_refused;
    actions.emplace_back(RefuseCommit{commit.incarnation, commit.attempt, commit.part, reason});
}

SchedulerCore::Fate SchedulerCore::fate_of(const JobRow& job,
                                           const RangeDigest& range,
                                           const std::string& host,
                                           bool has_shard) const {
    const CommittedMap& committed = job.blocks.committed();
    if (committed.contains(range.range)) {
        return Fate::beaten;
    }
    // Part of it is somebody else's: what the shard holds cannot be told from the digest of the
    // whole range.
    if (committed.overlaps(range.range) || !has_shard) {
        return Fate::refused;
    }
    const auto& disputes = job.redundancy.disputes();
    const auto disputed = disputes.lower_bound(range.range.first);
    if (disputed == disputes.end() || disputed->first >= range.range.last) {
        return Fate::taken;
    }
    if (range.range.size() > 1 || job.redundancy.has_claim(disputed->first, host)) {
        return Fate::refused;
    }
    const auto& claims = disputed->second.claims;
    const bool confirmed = std::any_of(claims.begin(), claims.end(), [&](const Claim& claim) {
        return claim.digest == range.digest;
    });
    return confirmed ? Fate::taken : Fate::undecided;
}

void SchedulerCore::take_in(JobRow& job, const BlocksCommitted& commit, Actions& actions) {
    const std::string host = workers_.at(commit.incarnation).host;
    CommitOutcome outcome;
    for (const RangeDigest& range : commit.ranges) {
        switch (fate_of(job, range, host, !commit.shard.empty())) {
            case Fate::taken:
                take_over(job, commit.attempt, range.range);
                hear_arbiter(job, range, host, outcome);
                outcome.taken.push_back(range);
                break;
            case Fate::beaten:
                compare(job, range, host, outcome);
                drop_second(job, commit.attempt, range.range);
                outcome.shrunk = true;
                break;
            case Fate::undecided:
                take_over(job, commit.attempt, range.range);
                job.leases.at(commit.attempt).open.remove(range.range);
                hear_arbiter(job, range, host, outcome);
                outcome.undecided.push_back(range.range.first);
                outcome.shrunk = true;
                break;
            case Fate::refused:
                give_back(job, commit.attempt, range.range);
                outcome.shrunk = true;
                break;
        }
    }
    Lease& lease = job.leases.at(commit.attempt);
    lease.confirmed_at = now_;
    lease.progress_at = now_;
    book_commit(job, lease, commit, outcome);
    if (!outcome.taken.empty()) {
        accept(job, lease, commit, outcome, actions);
    }
    if (lease.open.empty() && lease.second.empty()) {
        erase_lease(job, commit.attempt, actions);
    } else if (outcome.shrunk) {
        journal_shrunk(job, commit.attempt, actions);
    }
    if (!outcome.taken.empty()) {
        actions.emplace_back(AcceptCommit{commit.incarnation, commit.attempt, commit.part});
        note_success(host, actions);
    } else {
        const bool beaten = outcome.blocks_beaten > 0 || !outcome.undecided.empty();
        refuse(commit, beaten ? CommitRefusal::superseded : CommitRefusal::stale, actions);
    }
    decide_disputes(job, outcome, actions);
    settle(job, actions);
    for (const std::string& wrong : outcome.wrong) {
        charge_host(wrong, actions);  // The block is fine, so whoever failed it is not.
    }
}

/// The lease was faster than the rightful holder of these blocks, who may hand them in later to be
/// compared.
void SchedulerCore::take_over(JobRow& job, Attempt attempt, BlockRange range) {
    Lease& lease = job.leases.at(attempt);
    for (const BlockRange part : lease.second.intersection(range)) {
        Lease& holder = job.leases.at(lease.of);
        holder.open.remove(part);
        holder.second.add(part);
        lease.second.remove(part);
        lease.open.add(part);
        for (std::uint64_t block = part.first; block < part.last; ++block) {
            job.redundancy.remove_second(block);
            job.redundancy.add_second(block, lease.of);
        }
        if (holder.open.empty()) {
            holder.beaten_at = now_;
        }
    }
}

/// Books the core time of a commit: what was taken is useful, what was beaten is what a second
/// opinion costs, what was refused is lost.
void SchedulerCore::book_commit(JobRow& job,
                                Lease& lease,
                                const BlocksCommitted& commit,
                                const CommitOutcome& outcome) {
    std::uint64_t blocks = 0;
    std::uint64_t taken = 0;
    for (const RangeDigest& range : commit.ranges) {
        blocks += range.range.size();
    }
    for (const RangeDigest& range : outcome.taken) {
        taken += range.range.size();
    }
    const std::uint64_t second = outcome.blocks_beaten + outcome.undecided.size();
    const Spent looked_twice = lease.kind == LeaseKind::audit ? Spent::audit : Spent::speculative;
    book(job, commit.incarnation, Spent::useful, share(commit.core_time, taken, blocks));
    book(job, commit.incarnation, Spent::start_up, commit.start_up);
    book(job, commit.incarnation, looked_twice, share(commit.core_time, second, blocks));
    book(job,
         commit.incarnation,
         Spent::lost_to_faults,
         share(commit.core_time, blocks - taken - second, blocks));
    if (!job.blocks.has_final_step()) {  // The final step says nothing about the other blocks.
        learn(job, workers_.at(commit.incarnation), commit.core_time, blocks);
    }
    // A second look is the grid's own idea: nobody pays for it.
    settle_charge(job, lease, blocks, share(commit.core_time, taken, blocks));
}

void SchedulerCore::accept(JobRow& job,
                           Lease& lease,
                           const BlocksCommitted& commit,
                           CommitOutcome& outcome,
                           Actions& actions) {
    actions.emplace_back(
        JournalCommit{job.job, commit.attempt, commit.incarnation, outcome.taken, commit.shard});
    const std::string& host = workers_.at(commit.incarnation).host;
    job.redundancy.note_committer(commit.incarnation, host);
    for (const RangeDigest& range : outcome.taken) {
        lease.blocks_committed += range.range.size();
        lease.open.remove(range.range);
        std::erase_if(job.vanishings,
                      [&](const Vanishings& place) { return range.range.overlaps(place.range); });
        job.stalls.erase(job.stalls.lower_bound(range.range.first),
                         job.stalls.lower_bound(range.range.last));
        const auto failed_on = job.blocks.commit({range.range, commit.attempt, commit.incarnation});
        outcome.wrong.insert(outcome.wrong.end(), failed_on.begin(), failed_on.end());
        const std::uint64_t block = range.range.first;
        const bool audited = range.range.size() == 1 && is_audited(job, block);
        if (audited || (range.range.size() == 1 && job.redundancy.has_second(block))) {
            job.redundancy.keep(block, Claim{host, range.digest}, config_.kept_digests_max);
        }
        if (audited) {
            job.redundancy.add_sample(block);
            ++job.redundancy.counts.blocks_sampled;
        }
    }
    job.trouble.clear();
    ++stats_.commits_accepted;
    ++ledger(job).commits;
}

}  // namespace vargrid::scheduler
