#include "simulate/interval_ledger.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace vargrid::simulate {

void IntervalLedger::committed(BlockRange range) {
    CHECK(!range.empty() && range.last <= blocks_);
    std::uint64_t first = range.first;
    std::uint64_t last = range.last;
    std::uint64_t known = 0;
    // Every interval that ends at or after the first block and begins at or before the last.
    auto at = by_last_.lower_bound(range.first);
    while (at != by_last_.end() && at->second <= range.last) {
        const std::uint64_t overlap_first = std::max(at->second, range.first);
        const std::uint64_t overlap_last = std::min(at->first, range.last);
        known += overlap_last > overlap_first ? overlap_last - overlap_first : 0;
        first = std::min(first, at->second);
        last = std::max(last, at->first);
        at = by_last_.erase(at);
    }
    by_last_.emplace(last, first);
    twice_ += known;
    distinct_ += range.size() - known;
}

}  // namespace vargrid::simulate
