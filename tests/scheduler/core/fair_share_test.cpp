// Owners of one priority share the grid by their shares, whatever their jobs look like.
#include "scheduler/core/fair_share.hpp"

#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRemembered = 100;

std::string next_of(const FairShare& shares) {
    return shares.waiting().empty() ? "nobody" : shares.waiting().begin()->second;
}

TEST(FairShare, TheOwnerWithTheLeastServiceForItsShareIsNext) {
    FairShare shares{{{"alice", 3}}, kRemembered};
    shares.enter("alice");
    shares.enter("bob");
    shares.charge("alice", 3s);
    EXPECT_EQ(next_of(shares), "bob");
    shares.charge("bob", 2s);
    EXPECT_EQ(shares.service_of("alice"), 1'000'000);
    EXPECT_EQ(shares.service_of("bob"), 2'000'000);
    EXPECT_EQ(next_of(shares), "alice");
}

TEST(FairShare, APredictionIsReplacedByTheTruth) {
    FairShare shares{{}, kRemembered};
    shares.enter("alice");
    const Service charged = shares.charge("alice", 10s);
    shares.settle("alice", charged, 4s);
    EXPECT_EQ(shares.service_of("alice"), 4'000'000);
}

TEST(FairShare, TasksThatCostNothingTakeTurnsToo) {
    FairShare shares{{}, kRemembered};
    shares.enter("alice");
    shares.enter("bob");
    int alice = 0;
    for (int i = 0; i < 100; ++i) {
        const std::string next = next_of(shares);
        alice += next == "alice" ? 1 : 0;
        shares.charge(next, 1ns);
    }
    EXPECT_EQ(alice, 50);
}

TEST(FairShare, AnOwnerWithoutWorkSavesNothingUp) {
    FairShare shares{{}, kRemembered};
    shares.enter("alice");
    for (int i = 0; i < 100; ++i) {
        shares.charge("alice", 1s);
    }
    shares.enter("bob");
    EXPECT_EQ(shares.service_of("bob"), 99'000'000) << "where alice was served last";
    shares.charge("bob", 1s);
    shares.charge("bob", 1s);
    EXPECT_EQ(next_of(shares), "alice") << "bob does not get the hundred seconds he was away";
}

TEST(FairShare, WhatAnOwnerUsedIsRememberedWhileItIsAway) {
    FairShare shares{{}, kRemembered};
    shares.enter("alice");
    shares.enter("bob");
    shares.charge("alice", 60s);
    shares.leave("alice");
    shares.enter("alice");
    EXPECT_EQ(next_of(shares), "bob");
    EXPECT_EQ(shares.service_of("alice"), 60'000'000);
}

TEST(FairShare, OwnersWithoutWorkAreForgottenWhenThereAreTooMany) {
    FairShare shares{{}, 3};
    for (int i = 0; i < 10; ++i) {
        const std::string owner = "owner" + std::to_string(i);
        shares.enter(owner);
        shares.charge(owner, 1s);
        shares.leave(owner);
    }
    EXPECT_EQ(shares.service_of("owner0"), 0);
}

/// A saturated grid where every task ends in a second: core time of each of two jobs, in order.
std::pair<CoreTime, CoreTime> shared(CoreConfig config,
                                     const JobBuilder& first,
                                     const JobBuilder& second,
                                     int rounds) {
    config.leases_per_worker_max = 1;
    config.task_target = 1s;
    CoreHarness grid{config};
    for (std::uint64_t i = 1; i <= 8; ++i) {
        grid.joins(Incarnation{i}, "w" + std::to_string(i), 4);
    }
    const JobId a = grid.submit(first);
    const JobId b = grid.submit(second);
    for (int round = 0; round < rounds; ++round) {
        grid.after(1s).tick();
        std::vector<GrantLease> tasks(8);
        for (GrantLease& task : tasks) {
            task = grid.take<GrantLease>();
        }
        for (const GrantLease& task : tasks) {
            grid.commits(task).expect_accepted(task);
        }
    }
    const CoreTime of_a = grid.summary(a).ledger[Spent::useful];
    const CoreTime of_b = grid.summary(b).ledger[Spent::useful];
    return {of_a, of_b};
}

TEST(FairShare, TwoOwnersThreeToOneShareASaturatedGridWithinTwoPercent) {
    CoreConfig config;
    config.owner_shares = {{"alice", 3}};
    const auto [alice, bob] = shared(config,
                                     a_job().owner("alice").blocks(1'000'000),
                                     a_job().owner("bob").blocks(1'000'000),
                                     100);
    const auto all = (alice + bob).count();
    EXPECT_NEAR(static_cast<double>(alice.count()) / static_cast<double>(all), 0.75, 0.02);
}

TEST(FairShare, APredictionThatIsFarOffDoesNotBuyMore) {
    // Bob says his blocks cost a tenth of what they do.
    const auto [alice, bob] = shared({},
                                     a_job().owner("alice").blocks(1'000'000),
                                     a_job().owner("bob").blocks(1'000'000).block_cost(10ms),
                                     200);
    const auto all = (alice + bob).count();
    EXPECT_NEAR(static_cast<double>(alice.count()) / static_cast<double>(all), 0.5, 0.02);
}

TEST(FairShare, OneOwnerAloneGetsEverything) {
    CoreConfig config = one_lease();
    config.owner_shares = {{"bob", 50}};
    CoreHarness grid{config};
    for (std::uint64_t i = 1; i <= 8; ++i) {
        grid.joins(Incarnation{i}, "w" + std::to_string(i));
    }
    grid.submit(a_job().owner("alice").blocks(1'000'000));
    grid.tick();
    for (std::uint64_t i = 1; i <= 8; ++i) {
        grid.granted(Incarnation{i});
    }
}

TEST(FairShare, PriorityBeatsShare) {
    CoreConfig config;
    config.owner_shares = {{"alice", 50}};
    const auto [alice, bob] = shared(config,
                                     a_job().owner("alice").blocks(1'000'000),
                                     a_job().owner("bob").blocks(1'000'000).priority(1),
                                     20);
    EXPECT_EQ(alice, 0s);
    EXPECT_GT(bob, 0s);
}

TEST(FairShare, WorkLostWithAWorkerIsNotChargedToItsOwner) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    grid.submit(a_job().owner("alice").blocks(50));
    grid.tick();
    grid.granted(kW1);
    // Alice's only worker vanishes, so she has had nothing when bob comes: she is older.
    grid.submit(a_job().owner("bob").blocks(50));
    grid.at(6s).joins(kW2, "w2").tick();
    EXPECT_EQ(grid.summary(grid.granted(kW2).job).owner, "alice");
}

}  // namespace
}  // namespace vargrid::scheduler::testing
