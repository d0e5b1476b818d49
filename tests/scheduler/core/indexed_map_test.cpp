#include "scheduler/core/indexed_map.hpp"

#include "base/random.hpp"
#include "protocol/ids.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <vector>

namespace vargrid::scheduler {
namespace {

TEST(IndexedMap, FindsWhatItHoldsAndNothingElse) {
    IndexedMap<Attempt, int> map;
    EXPECT_TRUE(map.empty());
    EXPECT_EQ(map.find(Attempt{1}), map.end());
    EXPECT_EQ(map.erase(Attempt{1}), 0U);
    EXPECT_TRUE(map.emplace(Attempt{7}, 70).second);
    EXPECT_FALSE(map.emplace(Attempt{7}, 71).second);
    EXPECT_EQ(map.at(Attempt{7}), 70);
    EXPECT_FALSE(map.contains(Attempt{8}));
    EXPECT_EQ(map.erase(Attempt{7}), 1U);
    EXPECT_FALSE(map.contains(Attempt{7}));
}

TEST(IndexedMap, IsWalkedInOrderOfKeys) {
    IndexedMap<Attempt, int> map;
    for (const std::uint64_t key : {9U, 2U, 5U, 1U, 7U}) {
        map.emplace(Attempt{key}, 0);
    }
    std::vector<std::uint64_t> keys;
    for (const auto& [key, value] : map) {
        keys.push_back(key.value());
    }
    EXPECT_EQ(keys, (std::vector<std::uint64_t>{1, 2, 5, 7, 9}));
}

TEST(IndexedMap, KeepsItsEntriesWhenItMoves) {
    IndexedMap<Attempt, int> map;
    map.emplace(Attempt{3}, 30);
    const int* const entry = &map.at(Attempt{3});
    IndexedMap<Attempt, int> other{std::move(map)};
    EXPECT_EQ(&other.at(Attempt{3}), entry);
    other.emplace(Attempt{4}, 40);
    EXPECT_EQ(other.size(), 2U);
}

/// Few keys in a small table, so that neighbours get into each other's way all the time.
TEST(IndexedMap, AgreesWithAMapThroughRandomInsertionsAndRemovals) {
    for (const std::uint64_t stride : {1ULL, 16ULL, 1ULL << 32U}) {
        RandomStream random{7, stride};
        IndexedMap<Incarnation, std::uint64_t> map;
        std::map<Incarnation, std::uint64_t> reference;
        for (std::uint64_t step = 0; step < 20'000; ++step) {
            const Incarnation key{random.below(200) * stride};
            if (random.chance(1, 2)) {
                EXPECT_EQ(map.emplace(key, step).second, reference.emplace(key, step).second);
            } else {
                EXPECT_EQ(map.erase(key), reference.erase(key));
            }
            const Incarnation asked{random.below(200) * stride};
            const auto found = map.find(asked);
            const auto expected = reference.find(asked);
            ASSERT_EQ(found == map.end(), expected == reference.end());
            if (expected != reference.end()) {
                ASSERT_EQ(found->second, expected->second);
            }
        }
        ASSERT_EQ(map.size(), reference.size());
        EXPECT_TRUE(std::equal(map.begin(), map.end(), reference.begin()));
    }
}

}  // namespace
}  // namespace vargrid::scheduler
