#include "worker/agent/translate.hpp"

#include "protocol/codec.hpp"
#include "protocol/version.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace vargrid::worker {
namespace {

namespace wire = protocol;

WorkerConfig config() {
    WorkerConfig config;
    config.incarnation = Incarnation{77};
    config.name = "host:1";
    config.threads = 4;
    config.isa = "avx2";
    return config;
}

template <class What>
What told(wire::Body body) {
    const auto event = event_of(
        {.epoch = Epoch{5}, .sender = 0, .request = 0, .body = std::move(body)}, Instant{42});
    CHECK(event.has_value());
    EXPECT_EQ(event->at, Instant{42});
    return std::get<What>(event->what);
}

TEST(Translate, WhatTheSchedulerSaysReachesTheSessionWithItsEpoch) {
    using std::chrono::nanoseconds;
    EXPECT_EQ(told<Welcome>(wire::Welcome{10, 20}),
              (Welcome{Epoch{5}, nanoseconds{10}, nanoseconds{20}}));
    EXPECT_EQ(told<HelloRefused>(wire::HelloRefused{}), HelloRefused{Epoch{5}});
    EXPECT_EQ(told<Reintroduce>(wire::Reintroduce{}), Reintroduce{Epoch{5}});
    EXPECT_EQ(told<HeartbeatAnswered>(wire::HeartbeatReply{7, 30}),
              (HeartbeatAnswered{Epoch{5}, Duration{7}, Duration{30}}));
    EXPECT_EQ(told<LeaseRevoked>(wire::LeaseRevoked{Attempt{3}, wire::RevokeReason::expired}),
              (LeaseRevoked{Epoch{5}, Attempt{3}}));
    wire::LeaseGranted granted;
    granted.job = JobId{1};
    granted.attempt = Attempt{2};
    granted.blocks = {3, 4};
    granted.n_blocks = 9;
    granted.commit_interval_ns = 7;
    EXPECT_EQ(told<LeaseGranted>(granted).lease,
              (Lease{JobId{1}, Attempt{2}, {3, 4}, false, nanoseconds{7}}));
    granted.manifest = Digest{};
    EXPECT_TRUE(told<LeaseGranted>(granted).lease.final_step);
    EXPECT_EQ(task_of(granted, Incarnation{8}).incarnation, Incarnation{8});
}

TEST(Translate, ARefusedCommitTellsWhetherTheShardMayGo) {
    const auto reply = [](wire::CommitVerdict verdict) {
        return wire::CommitReply{Attempt{3}, 1, verdict};
    };
    EXPECT_EQ(told<CommitAccepted>(reply(wire::CommitVerdict::accepted)),
              (CommitAccepted{Epoch{5}, Attempt{3}, 1}));
    EXPECT_TRUE(told<CommitRefused>(reply(wire::CommitVerdict::stale)).delete_shard);
    EXPECT_TRUE(told<CommitRefused>(reply(wire::CommitVerdict::job_ended)).delete_shard);
    EXPECT_FALSE(told<CommitRefused>(reply(wire::CommitVerdict::unknown_job)).delete_shard);
}

TEST(Translate, BlobsAndRefusalsAreNotForTheSession) {
    EXPECT_FALSE(event_of({.epoch = {}, .sender = 0, .request = 0, .body = wire::Refusal{}}, {}));
    EXPECT_FALSE(event_of({.epoch = {}, .sender = 0, .request = 0, .body = wire::BlobChunk{}}, {}));
}

TEST(Translate, EverySendIsAMessageTheCodecAcceptsAndNothingElseIs) {
    const std::string endless(100'000, 'x');
    const std::vector<Action> sends{
        SendHello{true, {{JobId{1}, Attempt{2}, {{3, 4}}}}},
        SendHeartbeat{false, {{Attempt{2}, 5, true}}},
        SendCommit{
            JobId{1}, Attempt{2}, 0, {{{3, 4}, {5, 6}}}, "a.h5", std::chrono::nanoseconds{7}},
        SendReturn{JobId{1}, Attempt{2}, {{3, 4}}, ReturnReason::host_fault, endless, {}},
        SendBlockFailed{JobId{1}, Attempt{2}, 3, FaultCause::host, endless, {}},
        SendLeaving{}};
    for (const Action& action : sends) {
        const auto body = body_of(action, config());
        ASSERT_TRUE(body);
        const wire::Message message{.epoch = Epoch{1}, .sender = 77, .request = 0, .body = *body};
        const auto valid = wire::validate(message);
        EXPECT_TRUE(valid) << wire::name_of(*body) << ": " << valid.error().message;
    }
    const std::vector<Action> others{
        StartTask{}, StopTask{}, DropTask{}, WriteShard{}, DeleteShard{}, Reconnect{}, Exit{}};
    for (const Action& action : others) {
        EXPECT_FALSE(body_of(action, config()));
    }
}

TEST(Translate, ALongTextIsCutBetweenCharacters) {
    std::string text(wire::kTextBytesMax - 1, 'x');
    text += "ü";
    const auto body = body_of(
        SendReturn{JobId{1}, Attempt{2}, {{3, 4}}, ReturnReason::host_fault, text, {}}, config());
    EXPECT_EQ(std::get<wire::Return>(*body).text.size(), wire::kTextBytesMax - 1);
}

}  // namespace
}  // namespace vargrid::worker
