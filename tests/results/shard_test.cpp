#include "results/shard.hpp"

#include "results/seal.hpp"
#include "tests/results/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vargrid::results {
namespace {

using ::testing::HasSubstr;

const ShardOrigin kOrigin{
    .run = {.bytes = {1, 2, 3}}, .job = 4, .attempt = (1ULL << 32U) | 5, .incarnation = ~6ULL};

/// Bits of the P&L decide equality: a failed cell is NaN.
void expect_same(const BlockResult& a, const BlockResult& b) {
    EXPECT_EQ(a.block, b.block);
    EXPECT_EQ(a.books, b.books);
    EXPECT_EQ(a.sum_high, b.sum_high);
    EXPECT_EQ(a.sum_low, b.sum_low);
    EXPECT_TRUE(same_bits(a.base_values, b.base_values));
    EXPECT_TRUE(same_bits(a.trade_pnl, b.trade_pnl));
    EXPECT_EQ(a.failures, b.failures);
    EXPECT_EQ(a.digest(), b.digest());
}

TEST(Shard, WhatIsWrittenIsReadBackInBlockOrder) {
    for (const bool keep : {false, true}) {
        const SampleOptions options{.keep_trade_pnl = keep, .with_failure = true};
        const RunSpec run = sample_run(options);
        const auto blocks = sample_blocks(run, options);
        ASSERT_GT(blocks.size(), 3U);
        auto shuffled = blocks;
        std::ranges::rotate(shuffled, shuffled.begin() + 2);

        const TemporaryFolder folder;
        ASSERT_TRUE(write_shard(folder / "a.h5", kOrigin, shuffled));
        const auto shard = read_shard(folder / "a.h5");
        ASSERT_TRUE(shard) << shard.error().message;
        EXPECT_EQ(shard->origin, kOrigin);
        ASSERT_EQ(shard->blocks.size(), blocks.size());
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            expect_same(shard->blocks[i], blocks[i]);
        }
        EXPECT_EQ(folder.names(), std::vector<std::string>{"a.h5"});
    }
}

TEST(Shard, KeepsSumsThatNeedMoreThan64BitsAndDropsUpperHalvesThatAreOnlySigns) {
    const RunSpec run = sample_run();
    auto blocks = sample_blocks(run);
    const TemporaryFolder folder;
    ASSERT_TRUE(write_shard(folder / "narrow.h5", kOrigin, blocks));
    // A sum whose lower half alone would read as a negative number.
    blocks[1].sum_high[0] = 0;
    blocks[1].sum_low[0] = 1ULL << 63U;
    blocks[2].sum_high[0] = -5;
    ASSERT_TRUE(write_shard(folder / "wide.h5", kOrigin, blocks));
    const auto shard = read_shard(folder / "wide.h5");
    ASSERT_TRUE(shard) << shard.error().message;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        expect_same(shard->blocks[i], blocks[i]);
    }
    std::size_t sums = 0;
    for (const BlockResult& block : blocks) {
        sums += block.sum_low.size();
    }
    EXPECT_GE(contents_of(folder / "wide.h5").size() - contents_of(folder / "narrow.h5").size(),
              sums * sizeof(std::int64_t));
}

TEST(Shard, TwoWritersOfTheSameBlocksMakeEqualBytes) {
    const RunSpec run = sample_run();
    const auto blocks = sample_blocks(run);
    const TemporaryFolder folder;
    ASSERT_TRUE(write_shard(folder / "a.h5", kOrigin, blocks));
    ASSERT_TRUE(write_shard(folder / "b.h5", kOrigin, blocks));
    EXPECT_EQ(contents_of(folder / "a.h5"), contents_of(folder / "b.h5"));
}

TEST(Shard, ABlockTwiceOrNoBlockAtAllIsRefused) {
    const RunSpec run = sample_run();
    auto blocks = sample_blocks(run);
    blocks.push_back(blocks[1]);
    const TemporaryFolder folder;
    const auto twice = write_shard(folder / "a.h5", kOrigin, blocks);
    ASSERT_FALSE(twice);
    EXPECT_THAT(twice.error().message, HasSubstr("block 1 is there twice"));
    const auto none = write_shard(folder / "a.h5", kOrigin, {});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::invalid_input);
    EXPECT_TRUE(folder.names().empty());
}

TEST(Shard, AMissingFolderIsAnErrorThatNamesTheFile) {
    const TemporaryFolder folder;
    const auto blocks = sample_blocks(sample_run());
    const auto path = folder / "gone" / "a.h5";
    const auto done = write_shard(path, kOrigin, blocks);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::io);
    EXPECT_EQ(done.error().message, path.string() + ": cannot create: No such file or directory");
}

TEST(Shard, AFileInTheWayOfTheFolderIsAnError) {
    const TemporaryFolder folder;
    write_contents(folder / "file", {});
    const auto done = write_shard(folder / "file" / "a.h5", kOrigin, sample_blocks(sample_run()));
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("Not a directory"));
}

TEST(Shard, AFolderInTheWayOfTheNameLeavesNoTemporaryFile) {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder / "a.h5" / "occupied");
    const auto done = write_shard(folder / "a.h5", kOrigin, sample_blocks(sample_run()));
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("cannot rename"));
    EXPECT_EQ(folder.names(), std::vector<std::string>{"a.h5"});
}

// The limit on the size of files stands in for a full disk: the same call fails at the same place.
TEST(Shard, AFullDiskIsAnErrorAndLeavesNothingBehind) {
    const auto blocks = sample_blocks(sample_run());
    for (const rlim_t room : {0U, 100U, 4096U}) {
        const TemporaryFolder folder;
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{.rlim_cur = room, .rlim_max = room};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            const auto done = write_shard(folder / "a.h5", kOrigin, blocks);
            const bool told = !done && done.error().code == ErrorCode::io &&
                              done.error().message.find("cannot write") != std::string::npos;
            ::_exit(told ? 0 : 1);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << room;
        EXPECT_TRUE(folder.names().empty()) << room;
    }
}

TEST(Shard, EveryTruncationIsAnErrorThatNamesTheFile) {
    const TemporaryFolder folder;
    ASSERT_TRUE(write_shard(folder / "a.h5", kOrigin, sample_blocks(sample_run())));
    const Bytes bytes = contents_of(folder / "a.h5");
    for (std::size_t size = 0; size < bytes.size(); size += size < 200 ? 1 : 97) {
        write_contents(folder / "b.h5", std::span{bytes}.first(size));
        const auto shard = read_shard(folder / "b.h5");
        ASSERT_FALSE(shard) << size;
        EXPECT_EQ(shard.error().code, ErrorCode::io);
        EXPECT_THAT(shard.error().message, HasSubstr((folder / "b.h5").string()));
    }
}

TEST(Shard, EveryDamagedByteIsNoticed) {
    const TemporaryFolder folder;
    ASSERT_TRUE(write_shard(folder / "a.h5", kOrigin, sample_blocks(sample_run())));
    const Bytes bytes = contents_of(folder / "a.h5");
    for (std::size_t i = 0; i < bytes.size(); i += 61) {
        Bytes damaged = bytes;
        damaged[i] ^= std::byte{0x10};
        write_contents(folder / "b.h5", damaged);
        EXPECT_FALSE(read_shard(folder / "b.h5")) << i;
    }
}

TEST(Shard, AMissingFileIsNotFoundAndAFolderIsNoFile) {
    const TemporaryFolder folder;
    const auto missing = read_shard(folder / "a.h5");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::not_found);
    const auto other = read_shard(folder.path());
    ASSERT_FALSE(other);
    EXPECT_THAT(other.error().message, HasSubstr("not a regular file"));
}

TEST(Shard, TheRangeDigestDependsOnOrderAndContent) {
    const std::vector<BlockDigest> digests{{1, 2}, {3, 4}};
    const std::vector<BlockDigest> swapped{{3, 4}, {1, 2}};
    EXPECT_EQ(combined_digest(digests), combined_digest(digests));
    EXPECT_NE(combined_digest(digests), combined_digest(swapped));
    EXPECT_NE(combined_digest(digests), combined_digest(std::span{digests}.first(1)));
}

TEST(Shard, RemovingTheShardsOfAJobRemovesTheFolder) {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "shards");
    write_contents(folder / "shards" / shard_name(3, "a1.1.h5"), {});
    write_contents(folder / "shards" / ("." + shard_name(3, "a1.2.h5") + ".99.tmp"), {});
    EXPECT_TRUE(remove_shards(folder / "shards", 3));
    EXPECT_TRUE(folder.names().empty());
    EXPECT_TRUE(remove_shards(folder / "shards", 3));
}

TEST(Shard, RemovingTheShardsOfAJobLeavesThoseOfAnother) {
    const TemporaryFolder folder;
    const auto shards = folder / "shards";
    std::filesystem::create_directory(shards);
    const std::string other = shard_name(31, "a1.1.h5");
    write_contents(shards / shard_name(3, "a1.1.h5"), {});
    write_contents(shards / shard_name(3, "a1.2.h5"), {});
    write_contents(shards / other, {});
    const std::vector<std::string> named{shard_name(3, "a1.2.h5"), "gone.h5"};
    remove_shards(shards, std::span{named});
    EXPECT_FALSE(std::filesystem::exists(shards / named[0]));
    EXPECT_TRUE(std::filesystem::exists(shards / shard_name(3, "a1.1.h5")));
    EXPECT_TRUE(remove_shards(shards, 3));
    EXPECT_FALSE(std::filesystem::exists(shards / shard_name(3, "a1.1.h5")));
    EXPECT_TRUE(std::filesystem::exists(shards / other));
}

}  // namespace
}  // namespace vargrid::results
