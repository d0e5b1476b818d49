// IntervalSet: a set of block numbers kept as disjoint ranges that never touch, so that ten million
// pending blocks cost one map entry. Adding what is there, or removing what is not, is a bug of the
// caller: the core moves blocks between sets and must know where each one is. Header only, so that
// the cores need not link the wire.
#pragma once

#include "base/check.hpp"
#include "protocol/block_range.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

namespace vargrid {

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
    /// The interval that begins with this block, if one does.
    [[nodiscard]] std::optional<BlockRange> interval_from(std::uint64_t block) const;
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

// ---- Implementation.

inline void IntervalSet::add(BlockRange range) {
    if (range.empty()) {
        return;
    }
    size_ += range.size();
    const auto next = by_first_.lower_bound(range.first);
    CHECK(next == by_first_.end() || range.last <= next->first);
    const bool touches_next = next != by_first_.end() && next->first == range.last;
    if (next != by_first_.begin()) {
        const auto previous = std::prev(next);
        CHECK(previous->second <= range.first);
        if (previous->second == range.first) {
            previous->second = touches_next ? next->second : range.last;
            if (touches_next) {
                by_first_.erase(next);
            }
            return;
        }
    }
    const std::uint64_t last = touches_next ? next->second : range.last;
    if (touches_next) {
        by_first_.erase(next);
    }
    by_first_.emplace(range.first, last);
}

inline void IntervalSet::remove(BlockRange range) {
    if (range.empty()) {
        return;
    }
    auto found = by_first_.upper_bound(range.first);
    CHECK(found != by_first_.begin());
    found = std::prev(found);
    const BlockRange whole{found->first, found->second};
    CHECK(whole.contains(range));
    size_ -= range.size();
    if (range.last < whole.last) {
        by_first_.emplace_hint(std::next(found), range.last, whole.last);
    }
    if (whole.first < range.first) {
        found->second = range.first;
    } else {
        by_first_.erase(found);
    }
}

inline void IntervalSet::clear() {
    by_first_.clear();
    size_ = 0;
}

inline bool IntervalSet::contains(BlockRange range) const {
    if (range.empty()) {
        return true;
    }
    const auto after = by_first_.upper_bound(range.first);
    return after != by_first_.begin() && range.last <= std::prev(after)->second;
}

inline std::optional<BlockRange> IntervalSet::interval_from(std::uint64_t block) const {
    const auto found = by_first_.find(block);
    if (found == by_first_.end()) {
        return std::nullopt;
    }
    return BlockRange{found->first, found->second};
}

inline BlockRange IntervalSet::front() const {
    CHECK(!by_first_.empty());
    return BlockRange{by_first_.begin()->first, by_first_.begin()->second};
}

inline std::vector<BlockRange> IntervalSet::intersection(BlockRange range) const {
    std::vector<BlockRange> parts;
    if (range.empty()) {
        return parts;
    }
    auto at = by_first_.upper_bound(range.first);
    if (at != by_first_.begin()) {
        at = std::prev(at);
    }
    for (; at != by_first_.end() && at->first < range.last; ++at) {
        const BlockRange part{std::max(at->first, range.first), std::min(at->second, range.last)};
        if (!part.empty()) {
            parts.push_back(part);
        }
    }
    return parts;
}

inline std::vector<BlockRange> IntervalSet::ranges() const {
    std::vector<BlockRange> all;
    all.reserve(by_first_.size());
    for (const auto& [first, last] : by_first_) {
        all.push_back(BlockRange{first, last});
    }
    return all;
}

inline std::vector<BlockRange> normalised(std::vector<BlockRange> ranges) {
    std::sort(ranges.begin(), ranges.end());
    std::vector<BlockRange> merged;
    for (const BlockRange range : ranges) {
        if (range.empty()) {
            continue;
        }
        if (!merged.empty() && range.first <= merged.back().last) {
            merged.back().last = std::max(merged.back().last, range.last);
        } else {
            merged.push_back(range);
        }
    }
    return merged;
}

}  // namespace vargrid
