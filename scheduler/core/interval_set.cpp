#include "scheduler/core/interval_set.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <iterator>

namespace vargrid::scheduler {

void IntervalSet::add(BlockRange range) {
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

void IntervalSet::remove(BlockRange range) {
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

void IntervalSet::clear() {
    by_first_.clear();
    size_ = 0;
}

bool IntervalSet::contains(BlockRange range) const {
    if (range.empty()) {
        return true;
    }
    const auto after = by_first_.upper_bound(range.first);
    return after != by_first_.begin() && range.last <= std::prev(after)->second;
}

BlockRange IntervalSet::front() const {
    CHECK(!by_first_.empty());
    return BlockRange{by_first_.begin()->first, by_first_.begin()->second};
}

std::vector<BlockRange> IntervalSet::intersection(BlockRange range) const {
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

std::vector<BlockRange> IntervalSet::ranges() const {
    std::vector<BlockRange> all;
    all.reserve(by_first_.size());
    for (const auto& [first, last] : by_first_) {
        all.push_back(BlockRange{first, last});
    }
    return all;
}

std::vector<BlockRange> normalised(std::vector<BlockRange> ranges) {
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

}  // namespace vargrid::scheduler
