// The pieces of the simulated night: wheel, outside ledger, histogram, fleet.
#include "simulate/fleet.hpp"
#include "simulate/interval_ledger.hpp"
#include "simulate/time_wheel.hpp"
#include "simulate/turn_times.hpp"
#include <gtest/gtest.h>

#include <set>

namespace vargrid::simulate {
namespace {

using namespace std::chrono_literals;

TEST(TimeWheel, GivesEachSlotWhatWasPlannedForItInThatOrder) {
    TimeWheel<int> wheel;
    wheel.plan(Instant{2'000'000}, 1);
    wheel.plan(Instant{1'000'001}, 2);  // Rounded up: never early.
    wheel.plan(Instant{0}, 3);          // The past is the next slot.
    EXPECT_EQ(wheel.advance(), (std::vector<int>{3}));
    EXPECT_EQ(wheel.advance(), (std::vector<int>{1, 2}));
    EXPECT_EQ(wheel.now(), Instant{2'000'000});
    EXPECT_TRUE(wheel.advance().empty());
}

TEST(TimeWheel, KeepsWhatLiesBeyondItsRing) {
    TimeWheel<int> wheel;
    const Instant far = Instant{} + 10min;
    wheel.plan(far, 1);
    while (wheel.now() + 1min < far) {
        EXPECT_TRUE(wheel.advance().empty());
    }
    wheel.plan(far, 2);
    while (wheel.now() + 1ms < far) {
        EXPECT_TRUE(wheel.advance().empty());
    }
    EXPECT_EQ(wheel.advance(), (std::vector<int>{1, 2}));
}

TEST(IntervalLedger, CountsBlocksOnceAndTellsRepetitions) {
    IntervalLedger ledger{100};
    ledger.committed({10, 20});
    ledger.committed({30, 40});
    ledger.committed({20, 30});
    EXPECT_EQ(ledger.distinct(), 30U);
    EXPECT_EQ(ledger.interval_count(), 1U);
    EXPECT_EQ(ledger.twice(), 0U);
    ledger.committed({15, 16});
    EXPECT_EQ(ledger.twice(), 1U);
    ledger.committed({0, 12});
    EXPECT_EQ(ledger.twice(), 3U);
    ledger.committed({50, 60});
    ledger.committed({35, 100});
    EXPECT_EQ(ledger.twice(), 3U + 5U + 10U);
    EXPECT_EQ(ledger.distinct(), 100U);
    EXPECT_EQ(ledger.missing(), 0U);
    EXPECT_EQ(ledger.interval_count(), 1U);
}

TEST(IntervalLedger, MissesWhatNobodyCommitted) {
    IntervalLedger ledger{10};
    ledger.committed({0, 4});
    ledger.committed({5, 10});
    EXPECT_EQ(ledger.missing(), 1U);
    EXPECT_EQ(ledger.interval_count(), 2U);
}

TEST(TurnTimes, GiveQuantilesWithinAnEighth) {
    TurnTimes times;
    EXPECT_EQ(times.quantile_permille(500), 0);
    for (std::int64_t i = 1; i <= 1'000; ++i) {
        times.add(i * 1'000);
    }
    EXPECT_EQ(times.count(), 1'000U);
    EXPECT_EQ(times.max(), 1'000'000);
    EXPECT_GE(times.quantile_permille(500), 500'000);
    EXPECT_LE(times.quantile_permille(500), 563'000);
    EXPECT_GE(times.quantile_permille(990), 990'000);
    EXPECT_EQ(times.quantile_permille(1'000), 1'000'000);
}

TEST(Fleet, HasExactlyTheCoresThatWereAskedForAndAllKinds) {
    Options options;
    const Fleet fleet = draw_fleet(options);
    EXPECT_EQ(fleet.machines.size(), 61'299U);
    EXPECT_EQ(fleet.threads(), 1'300'000U);
    std::set<std::pair<std::uint32_t, std::uint32_t>> kinds;
    std::set<std::uint32_t> generations;
    for (const MachineKind& machine : fleet.machines) {
        EXPECT_GE(machine.threads, 1U);
        kinds.emplace(machine.threads, machine.speed_permille);
        generations.insert(machine.generation);
    }
    EXPECT_GE(kinds.size(), 30U);
    EXPECT_EQ(generations.size(), 3U);
    EXPECT_EQ(draw_fleet(options).machines, fleet.machines);
    options.seed = 2;
    EXPECT_NE(draw_fleet(options).machines, fleet.machines);
}

TEST(Fleet, OfOneMachineHasAllTheCores) {
    Options options;
    options.workers = 1;
    options.cores_total = 17;
    EXPECT_EQ(draw_fleet(options).threads(), 17U);
}

TEST(Fleet, OfOneCoreEachIsPossible) {
    Options options;
    options.workers = 50;
    options.cores_total = 50;
    EXPECT_EQ(draw_fleet(options).threads(), 50U);
}

}  // namespace
}  // namespace vargrid::simulate
