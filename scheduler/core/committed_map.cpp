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

void CommittedMap::remove(BlockRange range) {
    CHECK(!range.empty() && contains(range));
    size_ -= range.size();
    auto at = std::prev(by_first_.upper_bound(range.first));
    while (at != by_first_.end() && at->first < range.last) {
        const std::uint64_t first = at->first;
        const Entry entry = at->second;
        at = by_first_.erase(at);
        if (first < range.first) {
            by_first_.emplace(first, Entry{range.first, entry.attempt, entry.incarnation});
        }
        if (range.last < entry.last) {
            by_first_.emplace(range.last, Entry{entry.last, entry.attempt, entry.incarnation});
        }
    }
}

bool CommittedMap::contains(BlockRange range) const {
    auto at = by_first_.upper_bound(range.first);
    if (at == by_first_.begin()) {
        return range.empty();
    }
    at = std::prev(at);
    std::uint64_t next = range.first;
    while (next < range.last && at != by_first_.end() && at->first <= next &&
           next < at->second.last) {
        next = at->second.last;
        ++at;
    }
    return next >= range.last;
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

bool CommittedMap::is_by(BlockRange range, Attempt attempt) const {
    const auto after = by_first_.upper_bound(range.first);
    return after != by_first_.begin() && range.last <= std::prev(after)->second.last &&
           std::prev(after)->second.attempt == attempt;
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
