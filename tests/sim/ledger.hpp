// Ledger: the outside checker. It watches what is journaled, sent, written and deleted, keeps one
// row for every block, and knows the promises of the grid, not the code that keeps them: it shares
// nothing with the cores but their vocabulary. The first broken promise is kept in words.
#pragma once

#include "base/digest.hpp"
#include "base/time.hpp"
#include "scheduler/core/action.hpp"
#include "scheduler/core/status.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vargrid::sim {

/// What the pretended computation of a block gives.
[[nodiscard]] BlockDigest true_digest(JobId job, std::uint64_t block);
[[nodiscard]] BlockDigest true_digest(JobId job, BlockRange range);

class Ledger {
  public:
    // ---- What is durable.
    void journaled(const scheduler::Action& record, Instant now);
    // ---- What the scheduler says, and hears.
    void sent(const scheduler::Action& action);
    void heard(Incarnation incarnation, Instant now) { heard_at_[incarnation] = now; }
    /// `silence_awaited`: how long those who held a lease before may take to come back.
    void scheduler_started(const std::vector<scheduler::JobSummary>& jobs,
                           Duration silence_awaited,
                           Instant now);
    [[nodiscard]] std::size_t lease_holders() const;
    /// After a Tick: no lease outlives the silence its holder was told, in the last answer or in
    /// the one before, which it may follow if the last was lost.
    void check_lease_limits(Instant now);
    // ---- What workers do.
    void offered(Attempt attempt, std::uint32_t part, const std::vector<scheduler::RangeDigest>&);
    /// This host gave wrong bits.
    void lied(const std::string& host) { liars_.insert(host); }
    void written(Attempt attempt, std::uint32_t part) { shards_.insert({attempt, part}); }
    void deleted(Attempt attempt, std::uint32_t part);
    // ---- At the end.
    void check_ended(const scheduler::JobSummary& job, const std::set<std::uint64_t>& poison);

    [[nodiscard]] const std::optional<std::string>& broken() const { return broken_; }
    [[nodiscard]] std::uint64_t blocks_committed() const { return blocks_committed_; }
    void fail(std::string why) {
        if (!broken_) {
            broken_ = std::move(why);
        }
    }

  private:
    struct Block {
        /// At most two: the one with the right to it and a copy, or those who look again.
        std::set<Attempt> holders;
        Attempt committed;
        bool set_aside{false};
    };
    struct Job {
        std::vector<Block> blocks;
        scheduler::JobState state{scheduler::JobState::running};
        bool forgotten{false};
        bool paused{false};
    };
    struct LiveLease {
        JobId job;
        Incarnation incarnation;
        std::set<std::uint64_t> open;
        Instant since;
    };
    using Offer = std::vector<scheduler::RangeDigest>;

    void on(const scheduler::JournalJob& record);
    void on(const scheduler::JournalJobState& record);
    void on(const scheduler::JournalJobControl& record);
    void on(const scheduler::JournalJobForgotten& record);
    void on(const scheduler::JournalLease& record);
    void on(const scheduler::JournalLeaseEnd& record);
    void on(const scheduler::JournalCommit& record);
    void on(const scheduler::JournalUncommit& record);
    void on(const scheduler::JournalSetAside& record);
    void check_condemned(const std::string& host);
    void check_new_holder(const scheduler::JournalLease& record, std::uint64_t block);
    void release(LiveLease& lease, Attempt attempt);
    void told(Incarnation incarnation, Duration silence_max);
    [[nodiscard]] bool has_part_committed_by(const Offer& offer, JobId job, Attempt attempt) const;

    std::map<JobId, Job> jobs_;
    std::map<Attempt, LiveLease> leases_;
    std::map<Attempt, JobId> job_of_;
    std::map<Attempt, std::string> host_of_;
    std::set<std::string> liars_;
    /// Every block that was ever committed, by attempt, taken back or not.
    std::set<std::pair<Attempt, std::uint64_t>> ever_committed_;
    Attempt attempt_max_;
    std::map<Incarnation, Instant> heard_at_;
    struct Told {
        Duration before{0};
        Duration last{0};
    };
    std::map<Incarnation, Told> silence_told_;
    Duration silence_awaited_{0};
    Instant scheduler_since_;
    Instant now_;
    /// Every shard ever offered, by attempt and part.
    std::map<std::pair<Attempt, std::uint32_t>, Offer> offers_;
    std::set<std::pair<Attempt, std::uint32_t>> shards_;
    std::map<std::pair<Attempt, std::uint64_t>, std::uint32_t> part_of_;
    std::uint64_t blocks_committed_{0};
    std::optional<std::string> broken_;
};

}  // namespace vargrid::sim
