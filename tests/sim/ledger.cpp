#include "tests/sim/ledger.hpp"

#include <algorithm>

namespace vargrid::sim {
namespace {

std::string text_of(Attempt attempt) {
    return "attempt " + std::to_string(attempt.value() >> 32U) + "." +
           std::to_string(attempt.value() & 0xffffffffU);
}

std::string text_of(JobId job, std::uint64_t block) {
    return "block " + std::to_string(block) + " of job " + std::to_string(job.value());
}

}  // namespace

BlockDigest true_digest(JobId job, std::uint64_t block) {
    // Any mixing will do, as long as ranges of blocks can be added up by exclusive or.
    std::uint64_t mixed = (job.value() << 40U) ^ block;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
    return BlockDigest{mixed ^ (mixed >> 31U), mixed};
}

BlockDigest true_digest(JobId job, BlockRange range) {
    BlockDigest sum;
    for (std::uint64_t block = range.first; block < range.last; ++block) {
        const BlockDigest one = true_digest(job, block);
        sum.high ^= one.high;
        sum.low ^= one.low;
    }
    return sum;
}

void Ledger::journaled(const scheduler::Action& record, Instant now) {
    now_ = now;
    std::visit(
        [&](const auto& what) {
            if constexpr (requires { this->on(what); }) {
                on(what);
            }
        },
        record);
}

void Ledger::on(const scheduler::JournalJob& record) {
    if (jobs_.contains(record.job)) {
        fail("job " + std::to_string(record.job.value()) + " was given its id twice");
    }
    jobs_[record.job].blocks.resize(record.spec.blocks + 1);
}

void Ledger::on(const scheduler::JournalJobState& record) {
    Job& job = jobs_.at(record.job);
    if (scheduler::has_ended(job.state)) {
        fail("job " + std::to_string(record.job.value()) + " changed after its end");
    }
    job.state = record.state;
}

void Ledger::on(const scheduler::JournalJobControl& record) {
    Job& job = jobs_.at(record.job);
    if (scheduler::has_ended(job.state)) {
        fail("job " + std::to_string(record.job.value()) + " is controlled after its end");
    }
    job.paused = record.paused;
}

void Ledger::on(const scheduler::JournalJobForgotten& record) {
    Job& job = jobs_.at(record.job);
    if (!scheduler::has_ended(job.state)) {
        fail("job " + std::to_string(record.job.value()) + " is forgotten before its end");
    }
    job.forgotten = true;
}

/// Nothing may be leased twice, nor what is committed or given up, but to look at it a second time,
/// on another host.
void Ledger::check_new_holder(const scheduler::JournalLease& record, std::uint64_t block) {
    using scheduler::LeaseKind;
    Job& job = jobs_.at(record.job);
    const Block& row = job.blocks.at(block);
    const std::string text = text_of(record.job, block);
    const bool is_copy = record.kind == LeaseKind::copy;
    const bool is_audit = record.kind == LeaseKind::audit;
    if (row.holders.size() != (is_copy ? 1U : 0U)) {
        fail(text + " is leased as " + (is_copy ? "a copy" : "one of a kind") + " beside " +
             std::to_string(row.holders.size()) + " attempts");
    }
    if ((row.committed.value() != 0) != is_audit || row.set_aside) {
        fail(text +
             (is_audit ? " is audited before it is done" : " is leased although it is done"));
    }
    const Attempt other = is_audit                          ? row.committed
                          : is_copy && !row.holders.empty() ? *row.holders.begin()
                                                            : Attempt{};
    if (other.value() != 0 && host_of_.at(other) == record.host) {
        fail(text + " is looked at twice by one host");
    }
    const bool is_final = block + 1 == job.blocks.size();
    if (is_final && job.state != scheduler::JobState::finalising) {
        fail("the final step is leased before its time");
    }
}

/// Inserts a lease, or shrinks one.
void Ledger::on(const scheduler::JournalLease& record) {
    const auto [at, is_new] = leases_.try_emplace(record.attempt);
    LiveLease& lease = at->second;
    std::set<std::uint64_t> open;
    for (const BlockRange range : record.open) {
        for (std::uint64_t block = range.first; block < range.last; ++block) {
            open.insert(block);
        }
    }
    if (is_new) {
        if (record.attempt <= attempt_max_) {
            fail(text_of(record.attempt) + " is not new");
        }
        if (jobs_.at(record.job).paused) {
            fail(text_of(record.attempt) + " was granted to a paused job");
        }
        attempt_max_ = record.attempt;
        lease.since = now_;
        job_of_[record.attempt] = record.job;
        host_of_[record.attempt] = record.host;
        for (const std::uint64_t block : open) {
            check_new_holder(record, block);
        }
    } else if (!std::includes(lease.open.begin(), lease.open.end(), open.begin(), open.end())) {
        fail(text_of(record.attempt) + " grew");
    }
    release(lease, record.attempt);
    lease.job = record.job;
    lease.incarnation = record.incarnation;
    lease.open = std::move(open);
    Job& job = jobs_.at(record.job);
    for (const std::uint64_t block : lease.open) {
        job.blocks.at(block).holders.insert(record.attempt);
    }
}

void Ledger::on(const scheduler::JournalLeaseEnd& record) {
    const auto found = leases_.find(record.attempt);
    if (found == leases_.end()) {
        fail(text_of(record.attempt) + " ends twice");
        return;
    }
    release(found->second, record.attempt);
    leases_.erase(found);
}

void Ledger::release(LiveLease& lease, Attempt attempt) {
    for (const std::uint64_t block : lease.open) {
        jobs_.at(lease.job).blocks.at(block).holders.erase(attempt);
    }
    lease.open.clear();
}

void Ledger::on(const scheduler::JournalCommit& record) {
    const auto found = leases_.find(record.attempt);
    if (found == leases_.end() || found->second.incarnation != record.incarnation) {
        fail(text_of(record.attempt) + " commits without a live lease");
        return;
    }
    for (const scheduler::RangeDigest& range : record.ranges) {
        const bool wrong = range.digest != true_digest(record.job, range.range);
        if (wrong && !liars_.contains(host_of_.at(record.attempt))) {
            fail("a wrong digest was committed for " + text_of(record.job, range.range.first));
        }
        for (std::uint64_t block = range.range.first; block < range.range.last; ++block) {
            Block& row = jobs_.at(record.job).blocks.at(block);
            if (row.committed.value() != 0) {
                fail(text_of(record.job, block) + " is committed twice");
            }
            if (found->second.open.erase(block) != 1) {
                fail(text_of(record.job, block) + " is committed outside its lease");
            }
            row.holders.erase(record.attempt);
            row.committed = record.attempt;
            ever_committed_.insert({record.attempt, block});
            ++blocks_committed_;
        }
    }
}

void Ledger::on(const scheduler::JournalUncommit& record) {
    if (liars_.empty()) {
        fail("commits are taken back although nobody lied");
    }
    for (std::uint64_t block = record.range.first; block < record.range.last; ++block) {
        Block& row = jobs_.at(record.job).blocks.at(block);
        if (row.committed.value() == 0) {
            fail(text_of(record.job, block) + " is taken back and was not committed");
        }
        row.committed = Attempt{};
        --blocks_committed_;
    }
}

void Ledger::on(const scheduler::JournalSetAside& record) {
    Block& row = jobs_.at(record.job).blocks.at(record.block);
    if (row.committed.value() != 0 || row.set_aside) {
        fail(text_of(record.job, record.block) + " is set aside although it is done");
    }
    row.set_aside = true;
}

void Ledger::told(Incarnation incarnation, Duration silence_max) {
    Told& told = silence_told_[incarnation];
    told = {told.last, silence_max};
}

void Ledger::sent(const scheduler::Action& action) {
    if (const auto* welcome = std::get_if<scheduler::SendWelcome>(&action)) {
        told(welcome->incarnation, welcome->silence_max);
    } else if (const auto* answer = std::get_if<scheduler::AnswerHeartbeat>(&action)) {
        told(answer->incarnation, answer->silence_max);
    }
    if (const auto* accept = std::get_if<scheduler::AcceptCommit>(&action)) {
        const auto offer = offers_.find({accept->attempt, accept->part});
        if (offer == offers_.end() || !job_of_.contains(accept->attempt) ||
            std::none_of(offer->second.begin(), offer->second.end(), [&](const auto& range) {
                return ever_committed_.contains({accept->attempt, range.range.first});
            })) {
            fail(text_of(accept->attempt) + " was acknowledged and is not durable");
        }
    }
    if (const auto* notice = std::get_if<scheduler::Notice>(&action);
        notice != nullptr && notice->kind == scheduler::NoticeKind::host_lied) {
        check_condemned(notice->host);
    }
    if (const auto* grant = std::get_if<scheduler::GrantLease>(&action)) {
        const auto lease = leases_.find(grant->attempt);
        if (lease == leases_.end() || lease->second.incarnation != grant->incarnation) {
            fail(text_of(grant->attempt) + " was granted and is not durable");
        }
    }
}

/// No honest host is out, and nothing of a liar stays in a job that goes on.
void Ledger::check_condemned(const std::string& host) {
    if (!liars_.contains(host)) {
        fail(host + " is condemned and never lied");
    }
    for (const auto& [id, job] : jobs_) {
        for (std::uint64_t block = 0; block + 1 < job.blocks.size(); ++block) {
            const Attempt by = job.blocks[block].committed;
            if (!scheduler::has_ended(job.state) && by.value() != 0 && host_of_.at(by) == host) {
                fail(text_of(id, block) + " is the word of a host that was found to lie");
            }
        }
    }
}

/// A shard of which any block counts must stay.
bool Ledger::has_part_committed_by(const Offer& offer, JobId job, Attempt attempt) const {
    const auto& blocks = jobs_.at(job).blocks;
    return std::any_of(offer.begin(), offer.end(), [&](const auto& range) {
        for (std::uint64_t block = range.range.first; block < range.range.last; ++block) {
            if (blocks.at(block).committed == attempt) {
                return true;
            }
        }
        return false;
    });
}

std::size_t Ledger::lease_holders() const {
    std::set<Incarnation> holders;
    for (const auto& [attempt, lease] : leases_) {
        holders.insert(lease.incarnation);
    }
    return holders.size();
}

void Ledger::scheduler_started(const std::vector<scheduler::JobSummary>& jobs,
                               Duration silence_awaited,
                               Instant now) {
    scheduler_since_ = now;
    silence_awaited_ = silence_awaited;
    silence_told_.clear();
    const auto remembered = std::count_if(
        jobs_.begin(), jobs_.end(), [](const auto& job) { return !job.second.forgotten; });
    if (static_cast<std::size_t>(remembered) != jobs.size()) {
        fail("a job was lost over a restart");
    }
    for (const scheduler::JobSummary& job : jobs) {
        const Job& rows = jobs_.at(job.job);
        const auto committed =
            std::count_if(rows.blocks.begin(), rows.blocks.end() - 1, [](const Block& block) {
                return block.committed.value() != 0;
            });
        if (static_cast<std::uint64_t>(committed) != job.blocks_committed) {
            fail("job " + std::to_string(job.job.value()) + " came back with " +
                 std::to_string(job.blocks_committed) + " committed blocks of " +
                 std::to_string(committed));
        }
    }
}

void Ledger::check_lease_limits(Instant now) {
    for (const auto& [attempt, lease] : leases_) {
        const auto heard = heard_at_.find(lease.incarnation);
        Instant since = std::max(lease.since, scheduler_since_);
        if (heard != heard_at_.end()) {
            since = std::max(since, heard->second);
        }
        const auto told = silence_told_.find(lease.incarnation);
        const Duration silence_max = told == silence_told_.end()
                                         ? silence_awaited_
                                         : std::max(told->second.before, told->second.last);
        if (now - since >= silence_max) {
            fail(text_of(attempt) + " outlives the silence of its worker");
        }
    }
}

void Ledger::offered(Attempt attempt,
                     std::uint32_t part,
                     const std::vector<scheduler::RangeDigest>& ranges) {
    const auto [at, is_new] = offers_.try_emplace({attempt, part}, ranges);
    if (!is_new && at->second != ranges) {
        fail(text_of(attempt) + " offers another shard under the same number");
    }
    for (const scheduler::RangeDigest& range : ranges) {
        for (std::uint64_t block = range.range.first; block < range.range.last; ++block) {
            const auto [of, first] = part_of_.try_emplace({attempt, block}, part);
            if (!first && of->second != part) {
                fail(text_of(attempt) + " offers a block in two shards");
            }
        }
    }
}

void Ledger::deleted(Attempt attempt, std::uint32_t part) {
    shards_.erase({attempt, part});
    const auto offer = offers_.find({attempt, part});
    if (offer != offers_.end() && job_of_.contains(attempt) && !offer->second.empty() &&
        has_part_committed_by(offer->second, job_of_.at(attempt), attempt)) {
        fail(text_of(attempt) + " deleted a committed shard");
    }
}

void Ledger::check_ended(const scheduler::JobSummary& job, const std::set<std::uint64_t>& poison) {
    using scheduler::JobState;
    const Job& rows = jobs_.at(job.job);
    if (rows.state != job.state) {
        fail("the journal and the scheduler disagree on a job");
    }
    if (job.state != JobState::completed && job.state != JobState::incomplete) {
        return;
    }
    for (std::uint64_t block = 0; block < rows.blocks.size(); ++block) {
        const Block& row = rows.blocks[block];
        if ((row.committed.value() != 0) == row.set_aside) {
            fail(text_of(job.job, block) + " is lost");
        }
        if (row.set_aside && job.state == JobState::completed) {
            fail(text_of(job.job, block) + " is missing from a completed job");
        }
        if (poison.contains(block) && row.committed.value() != 0) {
            fail(text_of(job.job, block) + " cannot have been computed");
        }
        if (row.committed.value() != 0 &&
            !shards_.contains({row.committed, part_of_.at({row.committed, block})})) {
            fail("the shard of " + text_of(job.job, block) + " is gone");
        }
    }
}

}  // namespace vargrid::sim
