#include "protocol/manifest.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vargrid::protocol {
namespace {

Manifest sample() {
    return {.job = JobId{3},
            .n_blocks = 100,
            .committed = {{{0, 10}, Attempt{7}, "b.h5", {1, 2}},
                          {{10, 50}, Attempt{8}, "a.h5", {3, 4}},
                          {{52, 100}, Attempt{9}, "b.h5", {5, 6}}},
            .set_aside = {{50, 51}, {51, 52}},
            .elapsed_ns = 4'000'000'000,
            .ledger = {.useful_core_us = 5, .lost_to_faults_core_us = 6, .blocks_repeated = 7}};
}

TEST(Manifest, ComesBackAsItWas) {
    const auto decoded = decode_manifest(encode_manifest(sample()));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_EQ(*decoded, sample());
}

TEST(Manifest, EveryTruncationIsRefused) {
    const Bytes bytes = encode_manifest(sample());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        EXPECT_FALSE(decode_manifest(std::span{bytes}.first(length)).has_value()) << length;
    }
}

TEST(Manifest, NoBitFlipCrashesAndNoneLeavesAHole) {
    Bytes bytes = encode_manifest(sample());
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        const auto mask = static_cast<std::byte>(1U << (bit % 8));
        bytes[bit / 8] ^= mask;
        if (const auto decoded = decode_manifest(bytes)) {
            EXPECT_TRUE(check_cover(*decoded).has_value());
        }
        bytes[bit / 8] ^= mask;
    }
}

TEST(Manifest, AHoleOrAnOverlapIsNoCover) {
    Manifest hole = sample();
    hole.set_aside.pop_back();
    EXPECT_FALSE(check_cover(hole).has_value());
    Manifest overlap = sample();
    overlap.committed[1].range.last = 51;
    EXPECT_FALSE(check_cover(overlap).has_value());
    Manifest tail = sample();
    tail.n_blocks = 101;
    EXPECT_FALSE(check_cover(tail).has_value());
}

TEST(Manifest, AShardNameThatLeavesTheFolderIsRefused) {
    Manifest climbing = sample();
    climbing.committed[0].shard = "../../etc/passwd";
    EXPECT_FALSE(decode_manifest(encode_manifest(climbing)).has_value());
}

}  // namespace
}  // namespace vargrid::protocol
