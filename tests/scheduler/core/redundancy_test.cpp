// The tables of second opinions, and committed blocks that are taken back.
#include "scheduler/core/redundancy.hpp"

#include "scheduler/core/block_table.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler {
namespace {

TEST(Redundancy, FindsTheFirstBlocksWithoutASecondHolder) {
    Redundancy table;
    table.add_second(3, Attempt{1});
    table.add_second(4, Attempt{1});
    table.add_second(7, Attempt{2});
    EXPECT_EQ(table.first_without_second({3, 10}), (BlockRange{5, 7}));
    EXPECT_EQ(table.first_without_second({0, 10}), (BlockRange{0, 3}));
    EXPECT_TRUE(table.first_without_second({3, 5}).empty());
    EXPECT_EQ(table.seconds_in({4, 8}), (std::vector<std::uint64_t>{4, 7}));
}

TEST(Redundancy, KeepsAtMostSoManyDigestsAndForgetsTheirSamples) {
    Redundancy table;
    for (std::uint64_t block = 0; block < 5; ++block) {
        table.keep(block, Claim{"a", {block, block}}, 3);
        table.add_sample(block);
    }
    EXPECT_EQ(table.kept(1), nullptr);
    ASSERT_NE(table.kept(4), nullptr);
    EXPECT_EQ(table.samples(), (std::set<std::uint64_t>{2, 3, 4}));
    table.forget({3, 5});
    EXPECT_EQ(table.kept(4), nullptr);
    EXPECT_FALSE(table.end_sample(4));
    EXPECT_TRUE(table.end_sample(2));
}

TEST(Redundancy, ADisputeIsOverWhenAllButOneClaimAreVoid) {
    Redundancy table;
    table.add_claim(1, Claim{"good", {1, 1}}, Instant{});
    table.add_claim(1, Claim{"liar", {2, 2}}, Instant{});
    table.add_claim(2, Claim{"a", {1, 1}}, Instant{});
    table.add_claim(2, Claim{"b", {2, 2}}, Instant{});
    EXPECT_TRUE(table.has_claim(1, "liar"));
    EXPECT_EQ(table.void_claims("liar"), std::vector<std::uint64_t>{1});
    EXPECT_EQ(table.dispute_on(1), nullptr);
    EXPECT_NE(table.dispute_on(2), nullptr);
}

TEST(CommittedMap, GivesBackAPartOfWhatNeighboursOfOneAttemptBecame) {
    CommittedMap map;
    map.add({{0, 4}, Attempt{1}, Incarnation{9}});
    map.add({{4, 8}, Attempt{1}, Incarnation{9}});
    map.add({{8, 9}, Attempt{2}, Incarnation{8}});
    EXPECT_TRUE(map.contains({0, 9}));
    map.remove({3, 5});
    EXPECT_EQ(map.size(), 7U);
    EXPECT_FALSE(map.contains({2, 4}));
    EXPECT_TRUE(map.contains({5, 9}));
    EXPECT_TRUE(map.is_by({5, 8}, Attempt{1}));
    map.add({{3, 5}, Attempt{3}, Incarnation{7}});
    EXPECT_EQ(map.ranges().size(), 4U);
    map.remove({3, 9});
    EXPECT_EQ(map.ranges().size(), 1U);
}

TEST(BlockTable, ADisputedBlockIsLeasedAloneUntilTheDisputeIsOver) {
    BlockTable table{10};
    table.lease_pending({0, 4});
    (void)table.commit({{0, 4}, Attempt{1}, Incarnation{9}});
    table.uncommit({2, 3});
    table.dispute(2);
    EXPECT_EQ(table.pending().size(), 6U);
    table.lease_suspect(2);
    table.release({2, 3});
    EXPECT_TRUE(table.suspects().contains(2));
    table.end_dispute(2);
    EXPECT_TRUE(table.pending().contains(2));
    table.check_invariants({});
}

TEST(BlockTable, TheFinalStepIsPutOffWhenThereIsMoreToDo) {
    BlockTable table{1};
    table.lease_pending({0, 1});
    (void)table.commit({{0, 1}, Attempt{1}, Incarnation{9}});
    table.open_final_step();
    table.uncommit({0, 1});
    table.close_final_step();
    EXPECT_FALSE(table.has_final_step());
    table.check_invariants({});
}

}  // namespace
}  // namespace vargrid::scheduler
