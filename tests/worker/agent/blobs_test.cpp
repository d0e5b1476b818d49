#include "protocol/version.hpp"
#include "tests/results/sample.hpp"
#include "worker/agent/blob_cache.hpp"
#include "worker/agent/blob_store.hpp"
#include "worker/agent/recent_cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace vargrid::worker {
namespace {

using results::contents_of;
using results::TemporaryFolder;
using results::write_contents;
using ::testing::HasSubstr;

Bytes blob_of(std::size_t size, std::uint8_t fill) {
    Bytes bytes(size, std::byte{fill});
    if (size > 0) {
        bytes[size / 2] = std::byte{0xff};
    }
    return bytes;
}

// ---- on disk

TEST(BlobCache, WhatIsStoredIsFoundByItsDigestAlone) {
    const TemporaryFolder folder;
    const BlobCache cache{folder / "blobs", 1'000'000};
    ASSERT_TRUE(cache.is_usable());
    const Bytes blob = blob_of(1000, 1);
    EXPECT_FALSE(cache.find(blake2b(blob)));
    cache.store(blake2b(blob), blob);
    EXPECT_EQ(cache.find(blake2b(blob)), blob);
    const BlobCache other{folder / "blobs", 1'000'000};
    EXPECT_EQ(other.find(blake2b(blob)), blob) << "another worker of the host";
}

TEST(BlobCache, ADamagedOrTruncatedFileIsDeletedAndNeverHandedOut) {
    const TemporaryFolder folder;
    const BlobCache cache{folder / "blobs", 1'000'000};
    const Bytes blob = blob_of(1000, 1);
    const auto path = folder / "blobs" / to_hex(blake2b(blob));
    for (const Bytes& damaged : {blob_of(1000, 2), blob_of(999, 1), Bytes{}}) {
        cache.store(blake2b(blob), blob);
        write_contents(path, damaged);
        EXPECT_FALSE(cache.find(blake2b(blob)));
        EXPECT_FALSE(std::filesystem::exists(path));
    }
}

TEST(BlobCache, TheBlobsThatWereNotUsedForLongestMakeRoom) {
    const TemporaryFolder folder;
    const BlobCache cache{folder / "blobs", 3'000};
    std::vector<Bytes> blobs;
    const auto start = std::filesystem::file_time_type::clock::now() - std::chrono::hours{1};
    for (std::uint8_t i = 0; i < 3; ++i) {
        blobs.push_back(blob_of(1000, i));
        cache.store(blake2b(blobs[i]), blobs[i]);
        std::filesystem::last_write_time(folder / "blobs" / to_hex(blake2b(blobs[i])),
                                         start + std::chrono::minutes{i});
    }
    EXPECT_TRUE(cache.find(blake2b(blobs[0]))) << "used just now";
    const Bytes next = blob_of(1000, 9);
    cache.store(blake2b(next), next);
    EXPECT_TRUE(cache.find(blake2b(blobs[0])));
    EXPECT_FALSE(cache.find(blake2b(blobs[1]))) << "the one not used for longest";
    EXPECT_TRUE(cache.find(blake2b(blobs[2])));
    EXPECT_TRUE(cache.find(blake2b(next)));
    const Bytes large = blob_of(5000, 7);
    cache.store(blake2b(large), large);
    EXPECT_FALSE(cache.find(blake2b(large))) << "larger than all there may be";
    EXPECT_TRUE(cache.find(blake2b(next)));
}

TEST(BlobCache, WithoutAFolderItIsJustNotThere) {
    const TemporaryFolder folder;
    write_contents(folder / "file", {});
    for (const BlobCache& cache : {BlobCache{"", 1000},
                                   BlobCache{folder / "file", 1000},
                                   BlobCache{folder / "file" / "below", 1000},
                                   BlobCache{folder / "blobs", 0}}) {
        EXPECT_FALSE(cache.is_usable());
        const Bytes blob = blob_of(10, 1);
        cache.store(blake2b(blob), blob);
        EXPECT_FALSE(cache.find(blake2b(blob)));
    }
}

// ---- from the scheduler

class FromScheduler : public ::testing::Test {
  protected:
    /// A get() in another thread, as the executor does it.
    std::future<Result<Bytes>> want(const Digest& digest) {
        auto wanted = std::async(std::launch::async, [this, digest] { return store_.get(digest); });
        while (!store_.next_deadline()) {
            std::this_thread::yield();
        }
        return wanted;
    }

    static protocol::BlobChunk answer(const protocol::GetBlob& question, const Bytes& blob) {
        const std::size_t count =
            std::min<std::size_t>(question.length, blob.size() - question.offset);
        const auto begin = blob.begin() + static_cast<std::ptrdiff_t>(question.offset);
        return {.digest = question.digest,
                .size = blob.size(),
                .offset = question.offset,
                .bytes = {begin, begin + static_cast<std::ptrdiff_t>(count)}};
    }

    protocol::Wakeup wakeup_{protocol::Wakeup::open().value()};
    EventQueue events_{wakeup_};
    BlobStore store_{BlobCache{"", 0}, events_};
    Instant now_{1'000};
};

TEST_F(FromScheduler, ALargeBlobComesInChunksAskedForAhead) {
    const Bytes blob = blob_of(10 * protocol::kChunkBytesMax + 17, 3);
    auto wanted = want(blake2b(blob));
    std::size_t turns = 0;
    std::size_t asked = 0;
    for (; store_.next_deadline() && turns < 100; ++turns) {
        const auto questions = store_.questions(now_);
        EXPECT_LE(questions.size(), 5U);
        asked += questions.size();
        for (const auto& question : questions) {
            store_.on_chunk(answer(question.body, blob), now_);
        }
    }
    const auto got = wanted.get();
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(*got, blob);
    EXPECT_EQ(asked, 11U) << "each chunk once";
}

TEST_F(FromScheduler, WhatGotLostIsAskedForAgain) {
    const Bytes blob = blob_of(3 * protocol::kChunkBytesMax, 3);
    auto wanted = want(blake2b(blob));
    EXPECT_EQ(store_.questions(now_).size(), 1U);  // Lost.
    EXPECT_TRUE(store_.questions(now_ + std::chrono::seconds{1}).empty());
    now_ = now_ + std::chrono::seconds{3};
    auto questions = store_.questions(now_);
    ASSERT_EQ(questions.size(), 1U);
    store_.on_chunk(answer(questions[0].body, blob), now_);
    questions = store_.questions(now_);
    ASSERT_EQ(questions.size(), 2U);
    store_.on_chunk(answer(questions[1].body, blob), now_);  // The one before it was lost.
    now_ = now_ + std::chrono::seconds{3};
    questions = store_.questions(now_);
    ASSERT_EQ(questions.size(), 2U);
    for (const auto& question : questions) {
        store_.on_chunk(answer(question.body, blob), now_);
        store_.on_chunk(answer(question.body, blob), now_);  // Repeated.
    }
    EXPECT_EQ(wanted.get().value(), blob);
}

TEST_F(FromScheduler, AnEmptyBlobIsABlob) {
    const Bytes blob;
    auto wanted = want(blake2b(blob));
    const auto questions = store_.questions(now_);
    ASSERT_EQ(questions.size(), 1U);
    store_.on_chunk({.digest = blake2b(blob), .size = 0, .offset = 0, .bytes = {}}, now_);
    EXPECT_EQ(wanted.get().value(), blob);
}

TEST_F(FromScheduler, ABlobThatDoesNotMatchItsDigestIsAskedForAgainAndGivenUp) {
    const Bytes blob = blob_of(100, 3);
    const Bytes other = blob_of(100, 4);
    auto wanted = want(blake2b(blob));
    std::size_t asked = 0;
    for (int turn = 0; turn < 10 && store_.next_deadline(); ++turn) {
        for (const auto& question : store_.questions(now_)) {
            ++asked;
            store_.on_chunk(answer(question.body, other), now_);
        }
    }
    const auto got = wanted.get();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, ErrorCode::io);
    EXPECT_THAT(got.error().message, HasSubstr("another content than its digest says"));
    EXPECT_EQ(asked, 3U);
}

TEST_F(FromScheduler, AClaimOfMoreThanABlobMayHaveIsNotBelieved) {
    const Bytes blob = blob_of(100, 3);
    auto wanted = want(blake2b(blob));
    const auto questions = store_.questions(now_);
    auto lie = answer(questions[0].body, blob);
    lie.size = std::uint64_t{10} << 40U;
    store_.on_chunk(lie, now_);
    store_.on_chunk(answer(questions[0].body, blob), now_);
    EXPECT_EQ(wanted.get().value(), blob);
}

TEST_F(FromScheduler, ARefusalEndsTheWaitIfItIsForGood) {
    const Bytes blob = blob_of(100, 3);
    auto wanted = want(blake2b(blob));
    const auto questions = store_.questions(now_);
    EXPECT_TRUE(store_.on_refusal(questions[0].request,
                                  {.code = protocol::RefusalCode::io, .text = "disk"}));
    EXPECT_TRUE(store_.next_deadline()) << "a disk may recover: still waiting";
    EXPECT_TRUE(store_.on_refusal(questions[0].request,
                                  {.code = protocol::RefusalCode::not_found, .text = "gone"}));
    const auto got = wanted.get();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, ErrorCode::not_found);
    EXPECT_FALSE(store_.on_refusal(0, {})) << "not about a blob";
    EXPECT_FALSE(store_.on_refusal(999, {}));
}

TEST_F(FromScheduler, AWaitThatIsCalledOffEndsAndTheNextOneWaitsAgain) {
    const Bytes blob = blob_of(100, 3);
    auto first = want(blake2b(blob));
    store_.call_off();
    const auto got = first.get();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, ErrorCode::unreachable);
    EXPECT_FALSE(store_.get(blake2b(blob))) << "until it is resumed";
    store_.resume();
    auto second = want(blake2b(blob));
    for (const auto& question : store_.questions(now_)) {
        store_.on_chunk(answer(question.body, blob), now_);
    }
    EXPECT_EQ(second.get().value(), blob);
}

// ---- in memory

TEST(RecentCache, KeepsWhatWasUsedLastWithinItsWeight) {
    RecentCache<int, int> cache{10};
    for (int i = 0; i < 3; ++i) {
        cache.insert(i, std::make_shared<const int>(i), 4);
    }
    EXPECT_EQ(cache.find(0), nullptr);
    ASSERT_NE(cache.find(1), nullptr);
    cache.insert(3, std::make_shared<const int>(3), 4);
    EXPECT_NE(cache.find(1), nullptr) << "used after 2";
    EXPECT_EQ(cache.find(2), nullptr);
    cache.insert(4, std::make_shared<const int>(4), 100);
    EXPECT_EQ(cache.size(), 1U);
    EXPECT_EQ(*cache.find(4), 4) << "the newest stays however heavy";
}

}  // namespace
}  // namespace vargrid::worker
