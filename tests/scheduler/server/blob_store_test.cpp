// Blobs are whole and what their name says, or they are not there.
#include "scheduler/server/blob_store.hpp"

#include "protocol/version.hpp"
#include "tests/protocol/samples.hpp"
#include "tests/scheduler/server/folder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>

namespace vargrid::scheduler {
namespace {

namespace fs = std::filesystem;
using protocol::testing::bytes_of;
using testing::TestFolder;
using namespace std::chrono_literals;

constexpr ClientId kAna{1};
constexpr ClientId kBen{2};
constexpr std::uint64_t kBytesMax = 1'000'000;

BlobStore open_store(const fs::path& folder) {
    auto store = BlobStore::open(folder, kBytesMax);
    EXPECT_TRUE(store.has_value()) << store.error().message;
    return std::move(*store);
}

std::size_t files_in(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}));
}

TEST(BlobStore, ABlobComesBackChunkByChunkAlsoAfterARestart) {
    const TestFolder folder;
    const Bytes content = bytes_of("hello world");
    const Digest digest = blake2b(content);
    {
        BlobStore store = open_store(folder.path());
        const auto first = store.put(kAna, digest, 11, 0, bytes_of("hello "), Instant{});
        EXPECT_EQ(*first, (BlobProgress{6, false}));
        EXPECT_FALSE(store.has(digest));
        const auto second = store.put(kAna, digest, 11, 6, bytes_of("world"), Instant{});
        EXPECT_EQ(*second, (BlobProgress{11, true}));
        EXPECT_TRUE(store.has(digest));
        EXPECT_EQ(store.open_uploads(), 0U);
    }
    BlobStore store = open_store(folder.path());
    EXPECT_TRUE(store.has(digest));
    EXPECT_EQ(store.read(digest, 0, 5)->bytes, bytes_of("hello"));
    const auto tail = store.read(digest, 6, 100);
    EXPECT_EQ(tail->bytes, bytes_of("world"));
    EXPECT_EQ(tail->size, 11U);
    EXPECT_TRUE(store.read(digest, 11, 1)->bytes.empty());
}

TEST(BlobStore, AnEmptyBlobIsABlob) {
    const TestFolder folder;
    BlobStore store = open_store(folder.path());
    EXPECT_TRUE(store.put(kAna, blake2b({}), 0, 0, {}, Instant{})->complete);
    EXPECT_EQ(store.read(blake2b({}), 0, 10)->size, 0U);
}

TEST(BlobStore, ABlobThatIsThereIsCompleteAtOnce) {
    const TestFolder folder;
    BlobStore store = open_store(folder.path());
    const Digest digest = *store.put_whole(bytes_of("abc"));
    EXPECT_EQ(*store.put(kAna, digest, 3, 0, bytes_of("abc"), Instant{}), (BlobProgress{3, true}));
    EXPECT_EQ(store.bytes_stored(), 3U);
}

TEST(BlobStore, ContentThatDoesNotMatchItsDigestIsRefusedAndLeavesNothing) {
    const TestFolder folder;
    BlobStore store = open_store(folder.path());
    const Digest digest = blake2b(bytes_of("abc"));
    const auto refused = store.put(kAna, digest, 3, 0, bytes_of("abd"), Instant{});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
    EXPECT_NE(refused.error().message.find(to_hex(digest)), std::string::npos);
    EXPECT_FALSE(store.has(digest));
    EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(BlobStore, AChunkOutOfOrderEndsTheUploadAndARestartWorks) {
    const TestFolder folder;
    BlobStore store = open_store(folder.path());
    const Digest digest = blake2b(bytes_of("abcdef"));
    ASSERT_TRUE(store.put(kAna, digest, 6, 0, bytes_of("ab"), Instant{}).has_value());
    const auto refused = store.put(kAna, digest, 6, 4, bytes_of("ef"), Instant{});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
    EXPECT_NE(refused.error().message.find("expected 2"), std::string::npos);
    EXPECT_EQ(store.put(kAna, digest, 6, 2, bytes_of("cd"), Instant{}).error().code,
              ErrorCode::conflict);
    ASSERT_TRUE(store.put(kAna, digest, 6, 0, bytes_of("abc"), Instant{}).has_value());
    EXPECT_TRUE(store.put(kAna, digest, 6, 3, bytes_of("def"), Instant{})->complete);
}

TEST(BlobStore, AChunkThatComesTwiceIsAnsweredTwice) {
    const TestFolder folder;
    BlobStore store = open_store(folder.path());
    const Digest digest = blake2b(bytes_of("abcdef"));
    ASSERT_TRUE(store.put(kAna, digest, 6, 0, bytes_of("ab"), Instant{}).has_value());
    ASSERT_TRUE(store.put(kAna, digest, 6, 2, bytes_of("cd"), Instant{}).has_value());
    EXPECT_EQ(*store.put(kAna, digest, 6, 2, bytes_of("cd"), Instant{}), (BlobProgress{4, false}));
    EXPECT_TRUE(store.put(kAna, digest, 6, 4, bytes_of("ef"), Instant{})->complete);
}

TEST(BlobStore, TwoClientsMayUploadTheSameBlob) {
    const TestFolder folder;
    BlobStore store = open_store(folder.path());
    const Digest digest = blake2b(bytes_of("abcd"));
    ASSERT_TRUE(store.put(kAna, digest, 4, 0, bytes_of("ab"), Instant{}).has_value());
    ASSERT_TRUE(store.put(kBen, digest, 4, 0, bytes_of("abc"), Instant{}).has_value());
    EXPECT_TRUE(store.put(kAna, digest, 4, 2, bytes_of("cd"), Instant{})->complete);
    EXPECT_TRUE(store.put(kBen, digest, 4, 3, bytes_of("d"), Instant{})->complete);
    EXPECT_EQ(store.bytes_stored(), 4U);
}

TEST(BlobStore, ABlobThatClaimsMoreThanThereIsRoomIsRefusedAtItsFirstChunk) {
    const TestFolder folder;
    BlobStore store = open_store(folder.path());
    const auto refused = store.put(kAna, Digest{}, kBytesMax + 1, 0, bytes_of("a"), Instant{});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::limit);
    // What uploads have announced counts, or many of them could overfill the disk together.
    ASSERT_TRUE(store.put(kAna, Digest{}, kBytesMax - 1, 0, bytes_of("a"), Instant{}).has_value());
    EXPECT_EQ(store.put(kBen, Digest{}, 2, 0, bytes_of("a"), Instant{}).error().code,
              ErrorCode::limit);
}

TEST(BlobStore, UploadsThatStallAreDroppedAndThereIsAMostOfThem) {
    const TestFolder folder;
    BlobStore store = open_store(folder.path());
    for (std::uint64_t client = 1; client <= protocol::kUploadsMax; ++client) {
        ASSERT_TRUE(
            store.put(ClientId{client}, Digest{}, 9, 0, bytes_of("a"), Instant{}).has_value());
    }
    EXPECT_EQ(store.put(ClientId{1000}, Digest{}, 9, 0, bytes_of("a"), Instant{}).error().code,
              ErrorCode::limit);
    const Instant later = Instant{} + protocol::kUploadSilenceMax;
    ASSERT_TRUE(store.put(ClientId{1}, Digest{}, 9, 1, bytes_of("b"), later - 1s).has_value());
    store.drop_stalled(later);
    EXPECT_EQ(store.open_uploads(), 1U);
    EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(BlobStore, WhatUploadsLeftBehindIsRemovedAtTheNextStart) {
    const TestFolder folder;
    std::ofstream{folder.path() / "upload-7"} << "half a blob";
    std::ofstream{folder.path() / "notes.txt"} << "somebody's";
    const BlobStore store = open_store(folder.path());
    EXPECT_FALSE(fs::exists(folder.path() / "upload-7"));
    EXPECT_TRUE(fs::exists(folder.path() / "notes.txt"));
}

TEST(BlobStore, ABlobDamagedOnDiskIsSetApartAndCanBeStoredAgain) {
    const TestFolder folder;
    Digest digest;
    {
        BlobStore store = open_store(folder.path());
        digest = *store.put_whole(bytes_of("abc"));
    }
    fs::permissions(folder.path() / to_hex(digest), fs::perms::owner_all);
    std::ofstream{folder.path() / to_hex(digest)} << "abX";
    BlobStore store = open_store(folder.path());
    const auto refused = store.read(digest, 0, 3);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::not_found);
    EXPECT_FALSE(store.has(digest));
    EXPECT_EQ(store.bytes_stored(), 0U);
    EXPECT_TRUE(store.put_whole(bytes_of("abc")).has_value());
    EXPECT_EQ(store.read(digest, 0, 3)->bytes, bytes_of("abc"));
}

TEST(BlobStore, ADiskThatFailsIsAnErrorAndTheUploadIsGone) {
    const TestFolder folder;
    BlobStore store = open_store(folder.path() / "blobs");
    fs::remove_all(folder.path() / "blobs");
    const auto refused = store.put(kAna, Digest{}, 9, 0, bytes_of("a"), Instant{});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::io);
    EXPECT_EQ(store.open_uploads(), 0U);
}

TEST(BlobStore, ADiskThatFailsAtTheRenameLeavesNoBlob) {
    const TestFolder folder;
    BlobStore store = open_store(folder.path() / "blobs");
    const Digest digest = blake2b(bytes_of("ab"));
    ASSERT_TRUE(store.put(kAna, digest, 2, 0, bytes_of("a"), Instant{}).has_value());
    fs::remove_all(folder.path() / "blobs");
    const auto refused = store.put(kAna, digest, 2, 1, bytes_of("b"), Instant{});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::io);
    EXPECT_FALSE(store.has(digest));
}

TEST(BlobStore, AnUnknownBlobIsNotFound) {
    const TestFolder folder;
    BlobStore store = open_store(folder.path());
    EXPECT_EQ(store.read(Digest{}, 0, 1).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace vargrid::scheduler
