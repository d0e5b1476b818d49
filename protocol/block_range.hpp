// BlockRange: a half-open range of block numbers of one job. Block N of a job with N blocks is its
// final step.
#pragma once

#include <compare>
#include <cstdint>

namespace vargrid {

struct BlockRange {
    std::uint64_t first{0};
    /// One past the last block.
    std::uint64_t last{0};

    [[nodiscard]] constexpr std::uint64_t size() const { return last > first ? last - first : 0; }
    [[nodiscard]] constexpr bool empty() const { return last <= first; }
    [[nodiscard]] constexpr bool contains(std::uint64_t block) const {
        return first <= block && block < last;
    }
    [[nodiscard]] constexpr bool contains(BlockRange inner) const {
        return first <= inner.first && inner.last <= last;
    }
    [[nodiscard]] constexpr bool overlaps(BlockRange other) const {
        return first < other.last && other.first < last;
    }

    friend constexpr auto operator<=>(BlockRange, BlockRange) = default;
};

[[nodiscard]] constexpr BlockRange single_block(std::uint64_t block) {
    return BlockRange{block, block + 1};
}

}  // namespace vargrid
