// IntervalSet: a set of block numbers kept as disjoint ranges that never touch, so that ten million
// pending blocks cost one map entry. Adding what is there, or removing what is not, is a bug of the
// caller: the core moves blocks between sets and must know where each one is.
#pragma once

#include "protocol/block_range.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace vargrid::scheduler {

class IntervalSet {
  public:
    IntervalSet() = default;
    explicit IntervalSet(BlockRange range) { add(range); }

    /// CHECKs that no block of `range` is in the set. An empty range is nothing.
    /// Cost: O(log intervals).
    void add(BlockRange range);
    /// CHECKs that every block of `range` is in the set. An empty range is nothing.
    /// Cost: O(log intervals).
    void remove(BlockRange range);
    void clear();

    [[nodiscard]] bool empty() const { return by_first_.empty(); }
    /// Number of blocks.
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] std::size_t interval_count() const { return by_first_.size(); }
    [[nodiscard]] bool contains(BlockRange range) const;
    [[nodiscard]] bool contains(std::uint64_t block) const { return contains(single_block(block)); }
    /// The first interval. CHECKs that the set is not empty.
    [[nodiscard]] BlockRange front() const;
    /// The parts of `range` that are in the set, ascending.
    /// Cost: O(log intervals + parts).
    [[nodiscard]] std::vector<BlockRange> intersection(BlockRange range) const;
    /// All intervals, ascending.
    [[nodiscard]] std::vector<BlockRange> ranges() const;

    friend bool operator==(const IntervalSet&, const IntervalSet&) = default;

  private:
    /// First block to one past the last.
    std::map<std::uint64_t, std::uint64_t> by_first_;
    std::uint64_t size_{0};
};

/// `ranges` sorted, without empty ones and with overlaps and neighbours merged.
[[nodiscard]] std::vector<BlockRange> normalised(std::vector<BlockRange> ranges);

}  // namespace vargrid::scheduler
