#include "results/finalise.hpp"

#include "results/results_file.hpp"
#include "results/shard.hpp"
#include "tests/results/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vargrid::results {
namespace {

using ::testing::HasSubstr;

/// A run whose blocks are committed in three shards: 0-2, 3 and 5-, then 4.
class Finalise : public ::testing::Test {
  protected:
    void SetUp() override {
        std::filesystem::create_directory(shard_folder());
        request_ = {.run = run_,
                    .job = 9,
                    .committed = {},
                    .shard_folder = shard_folder(),
                    .output_folder = folder_ / "out",
                    .ledger = {}};
        commit("one.h5", 11, {{0, 3}});
        commit("two.h5", 12, {{3, 4}, {5, blocks_.size()}});
        commit("three.h5", 13, {{4, 5}});
    }

    [[nodiscard]] std::filesystem::path shard_folder() const { return folder_ / "shards"; }

    [[nodiscard]] BlockDigest digest_of(std::uint64_t first, std::uint64_t last) const {
        std::vector<BlockDigest> digests;
        for (std::uint64_t i = first; i < last; ++i) {
            digests.push_back(blocks_[i].digest());
        }
        return combined_digest(digests);
    }

    void write(const std::string& name,
               const ShardOrigin& origin,
               const std::vector<std::pair<std::uint64_t, std::uint64_t>>& ranges) {
        std::vector<BlockResult> held;
        for (const auto& [first, last] : ranges) {
            held.insert(held.end(),
                        blocks_.begin() + static_cast<std::ptrdiff_t>(first),
                        blocks_.begin() + static_cast<std::ptrdiff_t>(last));
        }
        write_shard(shard_folder() / name, origin, held).value();
    }

    void commit(const std::string& name,
                std::uint64_t attempt,
                const std::vector<std::pair<std::uint64_t, std::uint64_t>>& ranges) {
        write(name, {.run = digest_, .job = 9, .attempt = attempt, .incarnation = 1}, ranges);
        for (const auto& [first, last] : ranges) {
            request_.committed.push_back({.first = first,
                                          .last = last,
                                          .shard = name,
                                          .attempt = attempt,
                                          .digest = digest_of(first, last)});
        }
    }

    void expect_refused(ErrorCode code, const std::string& words) {
        const auto results = finalise(request_);
        ASSERT_FALSE(results) << words;
        EXPECT_EQ(results.error().code, code) << results.error().message;
        EXPECT_THAT(results.error().message, HasSubstr(words));
        EXPECT_FALSE(std::filesystem::exists(request_.output_folder / kResultsFileName));
    }

    TemporaryFolder folder_;
    RunSpec run_{sample_run()};
    Digest digest_{blake2b(run_.encode())};
    std::vector<BlockResult> blocks_{sample_blocks(run_)};
    FinaliseRequest request_;
};

TEST_F(Finalise, GivesTheSameAnswerAsAddingTheBlocksDirectly) {
    const auto results = finalise(request_);
    ASSERT_TRUE(results) << results.error().message;
    EXPECT_TRUE(results->complete);
    const RunResults direct = sample_results();
    EXPECT_EQ(results->digest, direct.digest);
    EXPECT_EQ(results->pnl, direct.pnl);
    EXPECT_EQ(results->measures, direct.measures);

    const auto read = read_results(request_.output_folder / kResultsFileName);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, *results);
    EXPECT_TRUE(std::filesystem::exists(request_.output_folder / kVarCsvName));
}

TEST_F(Finalise, TheOrderOfTheCommitsDoesNotMatterAndRepeatingGivesEqualFiles) {
    ASSERT_TRUE(finalise(request_));
    const Bytes first = contents_of(request_.output_folder / kResultsFileName);
    std::ranges::reverse(request_.committed);
    ASSERT_TRUE(finalise(request_));
    EXPECT_EQ(contents_of(request_.output_folder / kResultsFileName), first);
}

TEST_F(Finalise, BlocksThatWereSetAsideAreMissingInTheAnswer) {
    request_.committed.pop_back();
    const auto results = finalise(request_);
    ASSERT_TRUE(results) << results.error().message;
    EXPECT_FALSE(results->complete);
    EXPECT_EQ(results->blocks_missing, std::vector<std::uint64_t>{4});
}

TEST_F(Finalise, AShardThatBelongsToNobodyIsNotRead) {
    write_contents(shard_folder() / "zombie.h5", std::as_bytes(std::span{"rubbish"}));
    EXPECT_TRUE(finalise(request_));
}

TEST_F(Finalise, AMissingShardIsNamed) {
    std::filesystem::remove(shard_folder() / "two.h5");
    expect_refused(ErrorCode::not_found, "two.h5: no such file");
}

TEST_F(Finalise, ADamagedShardIsNamed) {
    Bytes bytes = contents_of(shard_folder() / "two.h5");
    bytes[bytes.size() / 2] ^= std::byte{1};
    write_contents(shard_folder() / "two.h5", bytes);
    expect_refused(ErrorCode::io, "two.h5: damaged");
}

TEST_F(Finalise, ABlockCommittedTwiceIsRefused) {
    commit("again.h5", 14, {{2, 4}});
    expect_refused(ErrorCode::conflict, "are committed twice");
}

TEST_F(Finalise, ARangeBeyondTheRunIsRefused) {
    request_.committed[0].last = 1'000'000;
    expect_refused(ErrorCode::invalid_input, "are not blocks of the run");
    request_.committed[0].last = request_.committed[0].first;
    expect_refused(ErrorCode::invalid_input, "are not blocks of the run");
}

TEST_F(Finalise, AShardOfAnotherRunJobOrAttemptIsRefused) {
    write("one.h5", {.run = {}, .job = 9, .attempt = 11, .incarnation = 1}, {{0, 3}});
    expect_refused(ErrorCode::conflict, "one.h5: belongs to another run");
    write("one.h5", {.run = digest_, .job = 8, .attempt = 11, .incarnation = 1}, {{0, 3}});
    expect_refused(ErrorCode::conflict, "one.h5: belongs to job 8");
    write("one.h5", {.run = digest_, .job = 9, .attempt = 99, .incarnation = 1}, {{0, 3}});
    expect_refused(ErrorCode::conflict, "one.h5: was written by attempt 99");
}

TEST_F(Finalise, AShardThatHoldsLessOrOtherThanWasCommittedIsRefused) {
    const ShardOrigin origin{.run = digest_, .job = 9, .attempt = 11, .incarnation = 1};
    write("one.h5", origin, {{0, 2}});
    expect_refused(ErrorCode::conflict, "one.h5: does not hold all of blocks 0 to 3");
    blocks_[1].sum_low[0] ^= 1U;
    write("one.h5", origin, {{0, 3}});
    expect_refused(ErrorCode::conflict, "one.h5: blocks 0 to 3 are not what was committed");
}

TEST_F(Finalise, ABlockOfTheWrongShapeIsRefused) {
    blocks_[1].sum_low.pop_back();
    blocks_[1].sum_high.pop_back();
    write("one.h5", {.run = digest_, .job = 9, .attempt = 11, .incarnation = 1}, {{0, 3}});
    request_.committed[0].digest = digest_of(0, 3);
    expect_refused(ErrorCode::invalid_input, "one.h5: block 1: book sums have the wrong size");
}

TEST_F(Finalise, AnOutputFolderThatCannotBeMadeIsAnError) {
    write_contents(folder_ / "file", {});
    request_.output_folder = folder_ / "file" / "out";
    expect_refused(ErrorCode::io, "cannot make the folder");
}

}  // namespace
}  // namespace vargrid::results
