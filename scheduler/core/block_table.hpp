// BlockTable: where every block of one job is. Each block is in exactly one of five places:
// pending, suspect (pending after a fault of its own or a disagreement of hosts: leased alone, to
// somebody new), leased,
// committed, set aside. Who holds a leased block is in the leases of the job; the table only counts
// them. The final step, block N, comes in when all others are committed or set aside.
#pragma once

#include "protocol/block_range.hpp"
#include "protocol/interval_set.hpp"
#include "scheduler/core/committed_map.hpp"
#include "scheduler/core/job.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace vargrid::scheduler {

class BlockTable {
  public:
    /// All blocks 0 .. blocks-1 are pending.
    explicit BlockTable(std::uint64_t blocks);
    /// As the journal has it: the rest is pending, or suspect if a fault is recorded.
    BlockTable(std::uint64_t blocks,
               bool with_final_step,
               const std::vector<CommittedRange>& committed,
               const std::vector<std::uint64_t>& set_aside,
               const std::vector<BlockFault>& faults);

    // ---- Moves. Each CHECKs that the blocks are where it takes them from.

    /// pending -> leased.
    void lease_pending(BlockRange range);
    /// suspect -> leased.
    void lease_suspect(std::uint64_t block);
    /// pending or suspect -> leased, as far as blocks of `range` are there; returns which. For
    /// leases that come out of the journal.
    std::vector<BlockRange> lease_again(BlockRange range);
    /// leased -> pending, or back to suspect.
    void release(BlockRange range);
    /// leased -> committed. Returns the hosts on which these blocks had failed: they were
    /// wrong, the blocks are fine.
    std::vector<std::string> commit(const CommittedRange& committed);
    /// committed -> pending: what was handed in cannot be believed.
    void uncommit(BlockRange range);
    /// pending or suspect -> suspect: hosts disagree on the block, and only another one may have
    /// it.
    void dispute(std::uint64_t block);
    /// It may be leased like any other block again.
    void end_dispute(std::uint64_t block);
    /// leased -> set aside.
    void set_aside(std::uint64_t block);
    /// nowhere -> pending. CHECKs is_settled().
    void open_final_step();
    /// pending or suspect -> nowhere: there is more to do before it.
    void close_final_step();
    /// pending and suspect -> nowhere: the job has ended and leases nothing any more. CHECKs that
    /// nothing is leased.
    void close();

    /// Notes that a leased block failed on a worker, by a fault of the block's own. The block stays
    /// where it is.
    void add_fault(BlockFault fault);

    // ---- Questions.

    [[nodiscard]] const IntervalSet& pending() const { return pending_; }
    [[nodiscard]] const std::set<std::uint64_t>& suspects() const { return suspects_; }
    [[nodiscard]] const CommittedMap& committed() const { return committed_; }
    [[nodiscard]] const std::set<std::uint64_t>& set_aside_blocks() const { return set_aside_; }
    [[nodiscard]] std::uint64_t available() const { return pending_.size() + suspects_.size(); }
    [[nodiscard]] std::uint64_t leased() const { return leased_; }
    /// Nothing is pending, suspect or leased.
    [[nodiscard]] bool is_settled() const { return available() == 0 && leased_ == 0; }
    [[nodiscard]] bool has_final_step() const { return has_final_step_; }
    [[nodiscard]] std::uint64_t final_step() const { return blocks_; }

    /// The faults of an uncommitted block, oldest first.
    [[nodiscard]] const std::vector<BlockFault>& faults_of(std::uint64_t block) const;
    [[nodiscard]] bool has_failed_on(std::uint64_t block, const std::string& host) const;
    [[nodiscard]] std::uint32_t distinct_hosts_failed(std::uint64_t block) const;
    /// Blocks that failed on this host and about which nothing better is known yet.
    [[nodiscard]] std::uint32_t unresolved_faults(const std::string& host) const;
    /// All faults of uncommitted blocks, by block.
    [[nodiscard]] const std::map<std::uint64_t, std::vector<BlockFault>>& faults() const {
        return faults_;
    }

    /// CHECKs that the five places are disjoint and together the whole job. `leased` are the open
    /// blocks of all leases.
    void check_invariants(const std::vector<BlockRange>& leased) const;

  private:
    void resolve(const std::vector<BlockFault>& faults);

    std::uint64_t blocks_;
    bool has_final_step_{false};
    bool closed_{false};
    IntervalSet pending_;
    std::set<std::uint64_t> suspects_;
    std::uint64_t leased_{0};
    CommittedMap committed_;
    std::set<std::uint64_t> set_aside_;
    std::set<std::uint64_t> disputed_;
    std::map<std::uint64_t, std::vector<BlockFault>> faults_;
    std::map<std::string, std::uint32_t> unresolved_;
};

}  // namespace vargrid::scheduler
