// The sets under the core, against plain sets of block numbers.
#include "base/random.hpp"
#include "protocol/interval_set.hpp"
#include "scheduler/core/committed_map.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vargrid::scheduler {
namespace {

std::set<std::uint64_t> blocks_of(const std::vector<BlockRange>& ranges) {
    std::set<std::uint64_t> blocks;
    for (const BlockRange range : ranges) {
        for (std::uint64_t block = range.first; block < range.last; ++block) {
            EXPECT_TRUE(blocks.insert(block).second);
        }
    }
    return blocks;
}

TEST(IntervalSet, AgreesWithAPlainSetUnderRandomMoves) {
    RandomStream random{1, 0};
    IntervalSet set;
    std::set<std::uint64_t> plain;
    for (int step = 0; step < 5'000; ++step) {
        const std::uint64_t first = random.below(60);
        const BlockRange range{first, first + random.below(12)};
        const auto parts = set.intersection(range);
        const auto inside = blocks_of(parts);
        for (std::uint64_t block = range.first; block < range.last; ++block) {
            EXPECT_EQ(inside.contains(block), plain.contains(block));
        }
        EXPECT_EQ(set.contains(range), inside.size() == range.size());
        if (inside.empty()) {
            set.add(range);
            for (std::uint64_t block = range.first; block < range.last; ++block) {
                plain.insert(block);
            }
        } else {
            for (const BlockRange part : parts) {
                set.remove(part);
            }
            for (const std::uint64_t block : inside) {
                plain.erase(block);
            }
        }
        ASSERT_EQ(blocks_of(set.ranges()), plain);
        ASSERT_EQ(set.size(), plain.size());
        for (std::size_t i = 1; i < set.ranges().size(); ++i) {
            ASSERT_LT(set.ranges()[i - 1].last, set.ranges()[i].first) << "neighbours are merged";
        }
    }
}

TEST(IntervalSet, KeepsTenMillionBlocksInOneInterval) {
    IntervalSet set{BlockRange{0, 10'000'000}};
    for (std::uint64_t block = 0; block < 1'000; ++block) {
        set.remove(single_block(block));
    }
    EXPECT_EQ(set.interval_count(), 1U);
    EXPECT_EQ(set.front(), (BlockRange{1'000, 10'000'000}));
}

TEST(IntervalSetDeathTest, TakingWhatIsNotThereIsABug) {
    IntervalSet set{BlockRange{5, 10}};
    EXPECT_DEATH(set.remove(BlockRange{4, 6}), "CHECK");
    EXPECT_DEATH(set.remove(BlockRange{9, 11}), "CHECK");
    EXPECT_DEATH(set.add(BlockRange{9, 11}), "CHECK");
    EXPECT_DEATH(set.add(BlockRange{4, 6}), "CHECK");
}

TEST(IntervalSet, NormalisedRangesAreSortedAndMerged) {
    EXPECT_EQ(normalised({{5, 7}, {9, 9}, {0, 2}, {6, 8}, {2, 3}}),
              (std::vector<BlockRange>{{0, 3}, {5, 8}}));
}

TEST(CommittedMap, KnowsWhoCommittedWhat) {
    CommittedMap map;
    const Attempt a{1};
    const Attempt b{2};
    const Incarnation w{7};
    map.add({{0, 5}, a, w});
    map.add({{8, 10}, a, w});
    map.add({{5, 8}, a, w});
    map.add({{10, 12}, b, w});
    EXPECT_EQ(map.ranges().size(), 2U);
    EXPECT_EQ(map.size(), 12U);
    EXPECT_TRUE(map.is_by({3, 9}, a, w));
    EXPECT_FALSE(map.is_by({3, 11}, a, w));
    EXPECT_FALSE(map.is_by({3, 9}, b, w));
    EXPECT_FALSE(map.is_by({3, 9}, a, Incarnation{8}));
    EXPECT_TRUE(map.is_by({10, 12}, b, w));
    EXPECT_TRUE(map.overlaps({11, 20}));
    EXPECT_FALSE(map.overlaps({12, 20}));
    EXPECT_DEATH(map.add({{11, 13}, b, w}), "CHECK");
}

}  // namespace
}  // namespace vargrid::scheduler
