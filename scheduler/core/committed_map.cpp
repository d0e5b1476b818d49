#include "scheduler/core/committed_map.hpp"

#include "base/check.hpp"

#include <iterator>

namespace vargrid::scheduler {

void CommittedMap::add(const CommittedRange& committed) {
    const BlockRange range = committed.range;
    CHECK(!range.empty());
    CHECK(!overlaps(range));
    size_ += range.size();
    const auto same = [&](const Entry& entry) {
        return entry.attempt == committed.attempt && entry.incarnation == committed.incarnation;
    };
    auto next = by_first_.lower_bound(range.first);
    std::uint64_t last = range.last;
    if (next != by_first_.end() && next->first == range.last && same(next->second)) {
        last = next->second.last;
        next = by_first_.erase(next);
    }
    if (next != by_first_.begin()) {
        Entry& previous = std::prev(next)->second;
        if (previous.last == range.first && same(previous)) {
            previous.last = last;
            return;
        }
    }
    by_first_.emplace_hint(
        next, range.first, Entry{last, committed.attempt, committed.incarnation});
}

bool CommittedMap::overlaps(BlockRange range) const {
    const auto after = by_first_.lower_bound(range.last);
    return after != by_first_.begin() && std::prev(after)->second.last > range.first;
}

bool CommittedMap::is_by(BlockRange range, Attempt attempt, Incarnation incarnation) const {
    const auto after = by_first_.upper_bound(range.first);
    if (after == by_first_.begin()) {
        return false;
    }
    const Entry& entry = std::prev(after)->second;
    return range.last <= entry.last && entry.attempt == attempt && entry.incarnation == incarnation;
}

std::vector<CommittedRange> CommittedMap::ranges() const {
    std::vector<CommittedRange> all;
    all.reserve(by_first_.size());
    for (const auto& [first, entry] : by_first_) {
        all.push_back({BlockRange{first, entry.last}, entry.attempt, entry.incarnation});
    }
    return all;
}

}  // namespace vargrid::scheduler
