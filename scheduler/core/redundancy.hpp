// What is computed twice and what came of it, of one job: who holds a block beside its rightful
// holder, the digests that wait to be compared, the blocks the audit has chosen, and the blocks on
// which hosts disagree. Tables only; stragglers.cpp, audit.cpp and disputes.cpp decide.
#pragma once

#include "base/digest.hpp"
#include "base/time.hpp"
#include "protocol/block_range.hpp"
#include "protocol/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vargrid::scheduler {

/// Why a task was lent.
enum class LeaseKind : std::uint8_t {
    primary,  ///< To compute blocks that nobody computes.
    copy,     ///< Beside a worker that lags; the first commit wins.
    audit,    ///< Once more, to compare; nothing is kept but the digest.
    arbiter,  ///< Two hosts disagree on the block.
};

/// Counters of a job since this epoch of the scheduler began.
struct RedundancyCounts {
    std::uint64_t leases_yielded{0};   ///< Asked to give back what they had not begun.
    std::uint64_t blocks_copied{0};    ///< Leased a second time because their worker lagged.
    std::uint64_t blocks_compared{0};  ///< Computed by two hosts, and the bits compared.
    std::uint64_t blocks_sampled{0};   ///< Committed blocks that the audit has chosen.
    std::uint64_t blocks_audited{0};   ///< Of these, compared.
    std::uint64_t disagreements{0};    ///< Comparisons that differed.

    friend bool operator==(const RedundancyCounts&, const RedundancyCounts&) = default;
};

/// What one host says a block's digest is.
struct Claim {
    std::string host{};
    BlockDigest digest{};

    friend bool operator==(const Claim&, const Claim&) = default;
};

/// A claim about a disputed block, as the journal keeps it.
struct DisputedBlock {
    std::uint64_t block{0};
    Claim claim{};

    friend bool operator==(const DisputedBlock&, const DisputedBlock&) = default;
};

class Redundancy {
  public:
    // ---- Second holders: who computes a block beside the one who has the right to it, or beside
    // the one who committed it. At most one for each block.

    [[nodiscard]] const std::map<std::uint64_t, Attempt>& second_holders() const {
        return second_holders_;
    }
    /// CHECKs that the block has none.
    void add_second(std::uint64_t block, Attempt attempt);
    /// CHECKs that the block has one.
    void remove_second(std::uint64_t block);
    [[nodiscard]] bool has_second(std::uint64_t block) const {
        return second_holders_.contains(block);
    }
    [[nodiscard]] std::vector<std::uint64_t> seconds_in(BlockRange range) const;
    /// The first part of `range` of which no block has a second holder; empty if there is none.
    [[nodiscard]] BlockRange first_without_second(BlockRange range) const;

    // ---- Digests of committed blocks that may yet be compared.

    /// Forgets the lowest block if there are more than `kept_max`.
    void keep(std::uint64_t block, Claim claim, std::size_t kept_max);
    [[nodiscard]] const Claim* kept(std::uint64_t block) const;
    void drop_kept(std::uint64_t block) { kept_.erase(block); }

    // ---- The audit.

    /// Notes that a sampled block is committed and its digest kept.
    void add_sample(std::uint64_t block) { samples_.insert(block); }
    /// True if the block waited for its audit, which is over now.
    bool end_sample(std::uint64_t block) { return samples_.erase(block) > 0; }
    [[nodiscard]] const std::set<std::uint64_t>& samples() const { return samples_; }

    // ---- Disputes.

    struct Dispute {
        std::vector<Claim> claims;
        Instant since;
    };
    void add_claim(std::uint64_t block, Claim claim, Instant now);
    void end_dispute(std::uint64_t block) { disputes_.erase(block); }
    [[nodiscard]] const std::map<std::uint64_t, Dispute>& disputes() const { return disputes_; }
    [[nodiscard]] const Dispute* dispute_on(std::uint64_t block) const;
    [[nodiscard]] bool has_claim(std::uint64_t block, const std::string& host) const;
    /// Takes away what a host that was found to lie has said; returns the blocks about which at
    /// most one host has said anything now, and whose dispute is over.
    std::vector<std::uint64_t> void_claims(const std::string& host);

    // ---- Hosts.

    /// A host handed in blocks of this job under this incarnation.
    void note_committer(Incarnation incarnation, const std::string& host) {
        committers_.try_emplace(incarnation, host);
    }
    [[nodiscard]] const std::string* host_of(Incarnation incarnation) const;

    /// Commits of these blocks count no longer.
    void forget(BlockRange range);
    /// The job has ended: all but the counts. CHECKs that no block has a second holder.
    void clear();

    RedundancyCounts counts;

  private:
    std::map<std::uint64_t, Attempt> second_holders_;
    std::map<std::uint64_t, Claim> kept_;
    std::set<std::uint64_t> samples_;
    std::map<std::uint64_t, Dispute> disputes_;
    std::map<Incarnation, std::string> committers_;
};

}  // namespace vargrid::scheduler
