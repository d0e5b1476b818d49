// A lease that is taken back in part, and blocks that are computed to be compared.
#include "protocol/audit_sample.hpp"
#include "tests/worker/core/session_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::worker::testing {
namespace {

using namespace std::chrono_literals;

TEST(Yield, ATaskThatRunsFinishesWhatIsUnderWayAndGivesBackTheRestAtOnce) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 10});
    worker.is_granted(lease).expect_started(lease);
    worker.does(lease, 0).does(lease, 1).expect_nothing();
    worker.send(LeaseYielded{Epoch{1}, lease.attempt}).expect(StopTask{lease.attempt});
    const auto shard = worker.take<WriteShard>();
    EXPECT_EQ(shard.ranges, (std::vector<BlockRange>{{0, 1}, {1, 2}}));
    worker.send(BlocksNotBegun{lease.attempt, {4, 10}})
        .expect(SendReturn{kJob, lease.attempt, {{4, 10}}, ReturnReason::unneeded, {}, 0s});
    // Blocks 2 and 3 are under way and come in one after the other, each in a shard of its own.
    worker.does(lease, 2);
    EXPECT_EQ(worker.take<WriteShard>().ranges, (std::vector<BlockRange>{{2, 3}}));
    worker.does(lease, 3);
    EXPECT_EQ(worker.take<WriteShard>().ranges, (std::vector<BlockRange>{{3, 4}}));
    worker.stops(lease).expect_nothing();
}

TEST(Yield, ATaskThatWaitsIsGivenBackWhole) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease first = a_lease(1, {0, 1});
    const Lease second = a_lease(2, {1, 5});
    worker.is_granted(first).expect_started(first).is_granted(second);
    worker.send(LeaseYielded{Epoch{1}, second.attempt})
        .expect(SendReturn{kJob, second.attempt, {{1, 5}}, ReturnReason::unneeded, {}, 0s});
    EXPECT_EQ(worker.session().lease_count(), 1U);
}

TEST(Yield, IsObeyedOnceAndNeverForWhatIsNotHeld) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 4});
    worker.is_granted(lease).expect_started(lease);
    worker.send(LeaseYielded{Epoch{1}, lease.attempt}).expect(StopTask{lease.attempt});
    worker.send(LeaseYielded{Epoch{1}, lease.attempt}).expect_nothing();
    worker.send(LeaseYielded{Epoch{1}, make_attempt(Epoch{1}, 77)}).expect_nothing();
    EXPECT_EQ(worker.session().stats().tasks_yielded, 1U);
}

TEST(Yield, WhatTheExecutorLeftIsNobodysFault) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 4});
    worker.is_granted(lease).expect_started(lease);
    worker.send(LeaseYielded{Epoch{1}, lease.attempt}).expect(StopTask{lease.attempt});
    worker.stops(lease).expect(
        SendReturn{kJob, lease.attempt, {{0, 4}}, ReturnReason::unneeded, {}, 0s});
}

TEST(Yield, ADrainReturnsWhatWasNotBegunBeforeTheTaskStops) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 4});
    worker.is_granted(lease).expect_started(lease);
    worker.send(DrainRequested{20s}).expect(StopTask{lease.attempt}).take<SendHeartbeat>();
    worker.send(BlocksNotBegun{lease.attempt, {1, 4}})
        .expect(SendReturn{kJob, lease.attempt, {{1, 4}}, ReturnReason::drain, {}, 0s});
    worker.send(BlocksNotBegun{lease.attempt, {1, 4}}).expect_nothing();
}

TEST(Comparison, ALeaseOfSingleBlocksCommitsEachAsARangeOfItsOwn) {
    SessionHarness worker;
    worker.is_welcomed();
    Lease lease = a_lease(1, {4, 7});
    lease.single_blocks = true;
    worker.is_granted(lease).expect_started(lease);
    worker.does(lease, 4).does(lease, 5).does(lease, 6).stops(lease);
    EXPECT_EQ(worker.take<WriteShard>().ranges, (std::vector<BlockRange>{{4, 5}, {5, 6}, {6, 7}}));
}

TEST(Comparison, ALeaseForDigestsWritesNothing) {
    SessionHarness worker;
    worker.is_welcomed();
    Lease lease = a_lease(1, {4, 5});
    lease.digest_only = true;
    worker.is_granted(lease).expect_started(lease);
    worker.does(lease, 4).stops(lease);
    EXPECT_TRUE(worker.take<WriteShard>().digest_only);
}

TEST(Comparison, SampledBlocksAreRangesOfTheirOwn) {
    SessionHarness worker;
    worker.is_welcomed();
    Lease lease = a_lease(1, {0, 100});
    lease.audit_per_million = 100'000;
    lease.audit_seed = 42;
    worker.is_granted(lease).expect_started(lease);
    worker.send(BlocksDone{lease.attempt, {0, 100}, 1s}).stops(lease);
    const auto shard = worker.take<WriteShard>();
    std::uint64_t next = 0;
    std::uint64_t sampled = 0;
    for (const BlockRange range : shard.ranges) {
        EXPECT_EQ(range.first, next);
        next = range.last;
        const bool single = is_sampled(42, range.first, 100'000);
        sampled += single ? 1U : 0U;
        for (std::uint64_t block = range.first; block < range.last; ++block) {
            EXPECT_EQ(is_sampled(42, block, 100'000), single) << block;
        }
        EXPECT_TRUE(!single || range.size() == 1);
    }
    EXPECT_EQ(next, 100U);
    EXPECT_GT(sampled, 2U);
    EXPECT_LT(sampled, 25U);
}

TEST(AuditSample, HasTheRateAskedForAndDependsOnTheJob) {
    std::uint64_t hits = 0;
    std::uint64_t shared = 0;
    for (std::uint64_t block = 0; block < 1'000'000; ++block) {
        const bool one = is_sampled(1, block, 1'000);
        hits += one ? 1U : 0U;
        shared += one && is_sampled(2, block, 1'000) ? 1U : 0U;
        EXPECT_FALSE(is_sampled(1, block, 0));
    }
    EXPECT_NEAR(static_cast<double>(hits), 1'000.0, 120.0);
    EXPECT_LT(shared, 20U);
    EXPECT_TRUE(is_sampled(1, 17, 1'000'000));
}

}  // namespace
}  // namespace vargrid::worker::testing
