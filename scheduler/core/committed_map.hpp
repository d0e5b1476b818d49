// CommittedMap: which blocks of a job are committed, and by which attempt of which worker, so that
// a commit whose answer was lost can be told from one that comes too late. Neighbouring ranges of
// one attempt are one entry.
#pragma once

#include "protocol/block_range.hpp"
#include "protocol/ids.hpp"
#include "scheduler/core/job.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace vargrid::scheduler {

class CommittedMap {
  public:
    /// CHECKs that no block of the range is committed yet: the first commit wins, always.
    /// Cost: O(log entries).
    void add(const CommittedRange& committed);

    /// CHECKs that every block of the range is committed.
    void remove(BlockRange range);

    /// Number of blocks.
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] bool overlaps(BlockRange range) const;
    /// True if every block of the range is committed.
    [[nodiscard]] bool contains(BlockRange range) const;
    /// True if every block of the range was committed by this attempt of this worker.
    [[nodiscard]] bool is_by(BlockRange range, Attempt attempt, Incarnation incarnation) const;
    /// Attempts are unique, so one of another worker has another number.
    [[nodiscard]] bool is_by(BlockRange range, Attempt attempt) const;
    /// Ascending.
    [[nodiscard]] std::vector<CommittedRange> ranges() const;

  private:
    struct Entry {
        std::uint64_t last{0};
        Attempt attempt;
        Incarnation incarnation;
    };
    std::map<std::uint64_t, Entry> by_first_;
    std::uint64_t size_{0};
};

}  // namespace vargrid::scheduler
