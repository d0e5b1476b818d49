// What the codec promises: what goes in comes out, and whatever else comes in is refused in words.
#include "protocol/codec.hpp"

#include "protocol/version.hpp"
#include "tests/protocol/samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace vargrid::protocol {
namespace {

using testing::bytes_of;
using testing::digest_of;
using testing::message_with;
using testing::sample_bodies;

/// Whatever decode() lets through must be a message that may be sent on.
void expect_error_or_valid(std::span<const std::byte> bytes) {
    DecodeError why;
    const auto message = decode(bytes, &why);
    if (!message) {
        EXPECT_FALSE(message.error().message.empty());
        EXPECT_EQ(why.refusal.text, message.error().message);
        return;
    }
    ASSERT_TRUE(validate(*message).has_value());
    const auto again = decode(encode(*message));
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(*again, *message);
}

TEST(Frame, SeveralMessagesOfOneSenderComeBackInOrder) {
    std::vector<Message> messages;
    for (std::uint64_t i = 0; i < kMessagesPerFrameMax; ++i) {
        messages.push_back({.epoch = Epoch{7}, .sender = 3, .request = i, .body = Leaving{}});
    }
    messages[1].body = CommitReply{Attempt{9}, 2, CommitVerdict::stale};
    EXPECT_EQ(*decode_all(encode(messages)), messages);
    EXPECT_EQ(*decode_all(encode(messages.front())), std::vector{messages.front()});
}

TEST(Frame, WhoeverExpectsOneMessageRefusesSeveral) {
    const std::vector<Message> two(2, Message{.epoch = Epoch{1}, .sender = 3, .body = Leaving{}});
    DecodeError why;
    EXPECT_FALSE(decode(encode(two), &why).has_value());
    EXPECT_EQ(why.refusal.code, RefusalCode::malformed);
}

TEST(Frame, OneBadMessageSpoilsItsFrame) {
    std::vector<Message> messages(3, Message{.epoch = Epoch{1}, .sender = 3, .body = Leaving{}});
    messages[2] = {.epoch = Epoch{1}, .sender = 3, .request = 5, .body = CommitReply{}};
    DecodeError why;
    EXPECT_FALSE(decode_all(encode(messages), &why).has_value());
    EXPECT_EQ(why.request, 5U);
    EXPECT_NE(why.refusal.text.find("CommitReply"), std::string::npos);
}

TEST(Frame, MoreMessagesThanAFrameMayHaveAreRefused) {
    const std::vector<Message> most(kMessagesPerFrameMax,
                                    Message{.epoch = Epoch{1}, .sender = 3, .body = Leaving{}});
    Bytes bytes = encode(most);
    const Bytes one = encode(std::span{most}.first(2));
    const Bytes alone = encode(most.front());
    // The tail of a frame of two is one more entry of the list.
    bytes.insert(bytes.end(), one.begin() + static_cast<std::ptrdiff_t>(alone.size()), one.end());
    DecodeError why;
    EXPECT_FALSE(decode_all(bytes, &why).has_value());
    EXPECT_EQ(why.refusal.code, RefusalCode::too_large);
}

TEST(Codec, EveryMessageComesBackAsItWas) {
    std::set<std::size_t> kinds;
    for (const Body& body : sample_bodies()) {
        SCOPED_TRACE(name_of(body));
        const Message message = message_with(body);
        ASSERT_TRUE(validate(message).has_value()) << validate(message).error().message;
        const auto decoded = decode(encode(message));
        ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
        EXPECT_EQ(*decoded, message);
        kinds.insert(body.index());
    }
    EXPECT_EQ(kinds.size(), std::variant_size_v<Body>) << "a message has no sample";
}

TEST(Codec, EveryTruncationGivesAnErrorOrAValidMessage) {
    for (const Body& body : sample_bodies()) {
        SCOPED_TRACE(name_of(body));
        const Bytes bytes = encode(message_with(body));
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            expect_error_or_valid(std::span{bytes}.first(length));
        }
    }
}

TEST(Codec, EverySingleBitFlipGivesAnErrorOrAValidMessage) {
    for (const Body& body : sample_bodies()) {
        SCOPED_TRACE(name_of(body));
        Bytes bytes = encode(message_with(body));
        for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
            const auto mask = static_cast<std::byte>(1U << (bit % 8));
            bytes[bit / 8] ^= mask;
            expect_error_or_valid(bytes);
            bytes[bit / 8] ^= mask;
        }
    }
}

TEST(Codec, ThousandsOfDamagedAndRandomMessagesNeverCrash) {
    const auto samples = sample_bodies();
    std::uint64_t state = 12345;
    auto draw = [&state](std::uint64_t below) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return (state >> 33U) % below;
    };
    for (int round = 0; round < 20'000; ++round) {
        Bytes bytes;
        if (round % 4 == 0) {
            bytes.resize(draw(200));
            for (std::byte& byte : bytes) {
                byte = static_cast<std::byte>(draw(256));
            }
        } else {
            bytes = encode(message_with(samples[draw(samples.size())]));
            for (std::uint64_t change = 0; change <= draw(8); ++change) {
                bytes[draw(bytes.size())] = static_cast<std::byte>(draw(256));
            }
        }
        expect_error_or_valid(bytes);
    }
}

struct BadMessage {
    const char* name;
    Body body;
    RefusalCode code;
    const char* text;
};

std::vector<BadMessage> bad_messages() {
    const std::string long_text(kTextBytesMax + 1, 'x');
    const std::string long_name(kNameBytesMax + 1, 'x');
    const Hello hello{.name = "w", .threads = 1};
    const Commit commit{
        .job = JobId{1}, .attempt = Attempt{2}, .ranges = {{{0, 1}, {}}}, .shard = "s.h5"};
    const SubmitJob job{.name = "j", .n_blocks = 1, .output_folder = "/out"};
    const LeaseGranted lease{.job = JobId{1},
                             .attempt = Attempt{2},
                             .blocks = {0, 1},
                             .n_blocks = 4,
                             .output_folder = "/out"};
    auto with = [](auto message, auto change) {
        change(message);
        return Body{std::move(message)};
    };
    constexpr auto kMalformed = RefusalCode::malformed;
    constexpr auto kTooLarge = RefusalCode::too_large;
    return {
        {"no name", with(hello, [](auto& m) { m.name.clear(); }), kMalformed, "Hello.name"},
        {"long name", with(hello, [&](auto& m) { m.name = long_name; }), kTooLarge, "Hello.name"},
        {"zero byte",
         with(hello,
              [](auto& m) {
                  m.name = {'a', '\0'};
              }),
         kMalformed,
         "zero byte"},
        {"not UTF-8", with(hello, [](auto& m) { m.name = "\xFF\xFE"; }), kMalformed, "parsed"},
        {"no threads", with(hello, [](auto& m) { m.threads = 0; }), kMalformed, "threads"},
        {"long life",
         with(hello, [](auto& m) { m.ends_in_ns = 1ULL << 63U; }),
         kTooLarge,
         "ends_in_ns"},
        {"many threads", with(hello, [](auto& m) { m.threads = 1U << 30U; }), kTooLarge, "threads"},
        {"held without job",
         with(hello,
              [](auto& m) {
                  m.held = {{JobId{}, Attempt{1}, {}}};
              }),
         kMalformed,
         "held.job"},
        {"many leases",
         with(hello,
              [](auto& m) {
                  m.held.assign(kHeldLeasesMax + 1, {JobId{1}, Attempt{1}, {}});
              }),
         kTooLarge,
         "Hello.held"},
        {"attempt 0", with(commit, [](auto& m) { m.attempt = Attempt{}; }), kMalformed, "attempt"},
        {"no ranges", with(commit, [](auto& m) { m.ranges.clear(); }), kMalformed, "ranges"},
        {"empty range",
         with(commit,
              [](auto& m) {
                  m.ranges = {{{4, 4}, {}}};
              }),
         kMalformed,
         "[4, 4)"},
        {"backward range",
         with(commit,
              [](auto& m) {
                  m.ranges = {{{9, 4}, {}}};
              }),
         kMalformed,
         "[9, 4)"},
        {"endless range",
         with(commit,
              [](auto& m) {
                  m.ranges = {{{0, ~0ULL}, {}}};
              }),
         kMalformed,
         "no range"},
        {"overlap",
         with(commit,
              [](auto& m) {
                  m.ranges = {{{0, 4}, {}}, {{3, 5}, {}}};
              }),
         kMalformed,
         "ascend"},
        {"many ranges",
         with(commit,
              [](auto& m) {
                  m.ranges.clear();
                  for (std::uint64_t i = 0; i <= kRangesMax; ++i) {
                      m.ranges.push_back({{2 * i, 2 * i + 1}, {}});
                  }
              }),
         kTooLarge,
         "Commit.ranges"},
        {"shard climbs", with(commit, [](auto& m) { m.shard = "../x"; }), kMalformed, "shard"},
        {"shard hides", with(commit, [](auto& m) { m.shard = ".x"; }), kMalformed, "shard"},
        {"core time", with(commit, [](auto& m) { m.core_ns = ~0ULL; }), kTooLarge, "core_ns"},
        {"return of nothing", Return{JobId{1}, Attempt{1}, {}}, kMalformed, "ranges"},
        {"long failure",
         BlockFailed{JobId{1}, Attempt{1}, 0, FaultCause::task, long_text},
         kTooLarge,
         "text"},
        {"no such cause",
         BlockFailed{JobId{1}, Attempt{1}, 0, static_cast<FaultCause>(9), "x"},
         kMalformed,
         "BlockFailed.cause"},
        {"no such reason",
         Return{JobId{1}, Attempt{1}, {{0, 1}}, static_cast<ReturnReason>(0)},
         kMalformed,
         "Return.reason"},
        {"lease beyond job",
         with(lease,
              [](auto& m) {
                  m.blocks = {3, 5};
              }),
         kMalformed,
         "beyond"},
        {"final without manifest",
         with(lease,
              [](auto& m) {
                  m.blocks = {4, 5};
              }),
         kMalformed,
         "manifest"},
        {"relative folder",
         with(lease, [](auto& m) { m.output_folder = "out"; }),
         kMalformed,
         "absolute"},
        {"silence too short", Welcome{10, 10}, kMalformed, "worker_silence_max_ns"},
        {"no interval", HeartbeatReply{0, 10}, kMalformed, "heartbeat_interval_ns"},
        {"read nothing", GetBlob{{}, 0, 0}, kMalformed, "length"},
        {"read too much", GetBlob{{}, 0, kChunkBytesMax + 1}, kTooLarge, "length"},
        {"10 GB blob", PutBlob{{}, 10'000'000'000, 0, bytes_of("x")}, kTooLarge, "PutBlob.size"},
        {"chunk past the end", PutBlob{{}, 3, 2, bytes_of("xy")}, kMalformed, "beyond"},
        {"empty chunk", PutBlob{{}, 3, 0, {}}, kMalformed, "bytes"},
        {"large chunk",
         PutBlob{{}, kChunkBytesMax + 1, 0, Bytes(kChunkBytesMax + 1)},
         kTooLarge,
         "PutBlob.bytes"},
        {"many digests", HasBlobs{std::vector<Digest>(kDigestsMax + 1)}, kTooLarge, "digests"},
        {"no blocks", with(job, [](auto& m) { m.n_blocks = 0; }), kMalformed, "n_blocks"},
        {"too many blocks", with(job, [](auto& m) { m.n_blocks = ~0ULL; }), kTooLarge, "n_blocks"},
        {"long path",
         with(job, [](auto& m) { m.output_folder = "/" + std::string(kPathBytesMax, 'x'); }),
         kTooLarge,
         "output_folder"},
        {"cancel nothing", CancelJob{}, kMalformed, "CancelJob.job"},
    };
}

TEST(Codec, MessagesThatBreakARuleAreRefusedAndTheTextNamesTheField) {
    for (const BadMessage& bad : bad_messages()) {
        SCOPED_TRACE(bad.name);
        DecodeError why;
        const auto decoded = decode(encode(message_with(bad.body)), &why);
        ASSERT_FALSE(decoded.has_value());
        EXPECT_EQ(why.refusal.code, bad.code) << why.refusal.text;
        EXPECT_NE(why.refusal.text.find(bad.text), std::string::npos) << why.refusal.text;
        EXPECT_EQ(why.request, 99U);
    }
}

TEST(Codec, SubmissionsNeedARequestNumber) {
    Message message = message_with(CancelJob{JobId{1}});
    message.request = 0;
    DecodeError why;
    ASSERT_FALSE(decode(encode(message), &why).has_value());
    EXPECT_EQ(why.refusal.code, RefusalCode::malformed);
}

TEST(Codec, AnotherVersionIsRefusedWithBothVersions) {
    Bytes bytes = encode(message_with(Leaving{}));
    ASSERT_EQ(bytes[0], std::byte{0x08});  // Field 1, varint: the version comes first.
    bytes[1] = std::byte{0x02};
    DecodeError why;
    ASSERT_FALSE(decode(bytes, &why).has_value());
    EXPECT_EQ(why.refusal.code, RefusalCode::unsupported_version);
    EXPECT_NE(why.refusal.text.find("version 1"), std::string::npos);
    EXPECT_NE(why.refusal.text.find("version 2"), std::string::npos);
    EXPECT_EQ(why.request, 99U);
}

TEST(Codec, AnotherVersionIsNamedEvenIfTheRestCannotBeRead) {
    const Bytes bytes = bytes_of("\x08\x05\x20\x07\x2A\x7F");  // Version 5, request 7, torn body.
    DecodeError why;
    ASSERT_FALSE(decode(bytes, &why).has_value());
    EXPECT_EQ(why.refusal.code, RefusalCode::unsupported_version);
    EXPECT_EQ(why.request, 7U);
}

TEST(Codec, AMessageWithoutVersionOrBodyIsRefused) {
    DecodeError why;
    ASSERT_FALSE(decode({}, &why).has_value());
    EXPECT_EQ(why.refusal.code, RefusalCode::malformed);
    ASSERT_FALSE(decode(bytes_of("\x08\x01"), &why).has_value());
    EXPECT_EQ(why.refusal.code, RefusalCode::unknown_message);
    // Field 200, length 0: a body of some later version.
    ASSERT_FALSE(decode(bytes_of(std::string_view{"\x08\x01\xC2\x0C\x00", 5}), &why).has_value());
    EXPECT_EQ(why.refusal.code, RefusalCode::unknown_message);
}

TEST(Codec, ADigestOfTheWrongLengthIsRefused) {
    Bytes bytes = encode(message_with(BlobStored{digest_of("a"), 3, true}));
    // The body is "field 22: length, field 1: length 32, digest, ..."; make the digest one shorter.
    const Bytes tag_and_length{std::byte{0x0A}, std::byte{32}};
    auto at = std::search(bytes.begin(), bytes.end(), tag_and_length.begin(), tag_and_length.end());
    ASSERT_NE(at, bytes.end());
    ++at;
    *at = std::byte{31};
    *(at - 2) = static_cast<std::byte>(static_cast<unsigned>(*(at - 2)) - 1U);
    bytes.erase(at + 1);
    DecodeError why;
    ASSERT_FALSE(decode(bytes, &why).has_value());
    EXPECT_EQ(why.refusal.code, RefusalCode::malformed);
    EXPECT_NE(why.refusal.text.find("32 bytes"), std::string::npos) << why.refusal.text;
}

TEST(Codec, ALengthFieldThatClaimsTenGigabytesIsRefusedWithoutAllocating) {
    // Version 1, then PutBlob (field 20) with a length of 10^10 as a varint.
    const Bytes bytes = bytes_of("\x08\x01\xA2\x01\x80\xC8\xAF\xA0\x25");
    DecodeError why;
    ASSERT_FALSE(decode(bytes, &why).has_value());
    EXPECT_EQ(why.refusal.code, RefusalCode::malformed);
}

TEST(Codec, AMessageAboveTheLargestSizeIsRefused) {
    DecodeError why;
    ASSERT_FALSE(decode(Bytes(kMessageBytesMax + 1), &why).has_value());
    EXPECT_EQ(why.refusal.code, RefusalCode::too_large);
}

TEST(Codec, TheLargestRepliesFitAMessage) {
    JobInfo job = testing::sample_job_info();
    job.name.assign(kNameBytesMax, 'n');
    job.owner.assign(kNameBytesMax, 'o');
    job.text.assign(kTextBytesMax, 't');
    job.output_folder = "/" + std::string(kPathBytesMax - 1, 'f');
    job.failures.clear();
    EXPECT_TRUE(decode(encode(message_with(
                           JobStatusReply{std::vector<JobInfo>(kJobsPerReplyMax, job), 1, 1})))
                    .has_value());
    const JobFailure failure{
        1, FaultCause::task, std::string(kNameBytesMax, 'w'), std::string(kTextBytesMax, 't')};
    job.failures.assign(kFailuresPerReplyMax, failure);
    EXPECT_TRUE(decode(encode(message_with(JobStatusReply{{job}, 1, 1}))).has_value());
    const WorkerInfo worker{.incarnation = Incarnation{~0ULL},
                            .name = std::string(kNameBytesMax, 'w'),
                            .threads = ~0U,
                            .memory_bytes = ~0ULL,
                            .isa = std::string(kNameBytesMax, 'i'),
                            .leases = ~0ULL,
                            .blocks_leased = ~0ULL,
                            .silence_ns = ~0ULL};
    EXPECT_TRUE(decode(encode(message_with(WorkersStatusReply{
                           std::vector<WorkerInfo>(kWorkersPerReplyMax, worker), ~0ULL})))
                    .has_value());
}

}  // namespace
}  // namespace vargrid::protocol
