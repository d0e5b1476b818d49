// IntervalLedger: the outside check of one job's blocks. It sees what is journaled, shares no code
// with the core's tables, and knows one promise: every block is committed exactly once.
#pragma once

#include "protocol/block_range.hpp"

#include <cstdint>
#include <map>

namespace vargrid::simulate {

class IntervalLedger {
  public:
    explicit IntervalLedger(std::uint64_t blocks) : blocks_{blocks} {}

    void committed(BlockRange range);

    [[nodiscard]] std::uint64_t blocks() const { return blocks_; }
    [[nodiscard]] std::uint64_t distinct() const { return distinct_; }
    /// Commits of blocks that were committed before.
    [[nodiscard]] std::uint64_t twice() const { return twice_; }
    [[nodiscard]] std::uint64_t missing() const { return blocks_ - distinct_; }
    [[nodiscard]] std::size_t interval_count() const { return by_last_.size(); }

  private:
    std::uint64_t blocks_;
    std::uint64_t distinct_{0};
    std::uint64_t twice_{0};
    /// One past the last block to the first.
    std::map<std::uint64_t, std::uint64_t> by_last_;
};

}  // namespace vargrid::simulate
