// A small night: 2,000 machines of 34 kinds, ten minutes of work. The bounds are those of the full
// one, `vargrid simulate`, whose figures are in docs/scheduling.md.
#include "simulate/grid.hpp"
#include <gtest/gtest.h>

namespace vargrid::simulate {
namespace {

using namespace std::chrono_literals;

std::int64_t no_clock() {
    return 0;
}

Options small_night() {
    Options options;
    options.workers = 2'000;
    options.cores_total = 42'400;
    options.length = 10min;
    options.zone_at = 5min;
    options.reclaims = 0;
    // Beat every five seconds and be lost after 25, as in a fleet thirty times as large.
    options.heartbeats_per_second_max = 400;
    return options;
}

double ratio(Duration a, Duration b) {
    return static_cast<double>(a.count()) / static_cast<double>(b.count());
}

void expect_nothing_lost(const Outcome& night) {
    EXPECT_TRUE(night.completed);
    EXPECT_GT(night.blocks_total, 0U);
    EXPECT_EQ(night.blocks_committed, night.blocks_total);
    EXPECT_EQ(night.blocks_lost, 0U);
    EXPECT_EQ(night.blocks_committed_twice, 0U);
}

TEST(Night, WithReclaimsLosesNothingAndTakesHardlyLonger) {
    Options options = small_night();
    const Outcome calm = Grid{options, no_clock}.run();
    expect_nothing_lost(calm);
    // A block of a late lease may be leased a second time; nothing is lost.
    EXPECT_LT(calm.work_repeated_share, 1e-4);
    EXPECT_LT(ratio(calm.makespan, calm.ideal), 1.03);

    options.reclaims = 63;  // 3.16 % of the fleet.
    const Outcome night = Grid{options, no_clock}.run();
    expect_nothing_lost(night);
    EXPECT_EQ(night.reclaims_with_notice + night.reclaims_without_notice, 63U);
    EXPECT_GT(night.workers_lost, 0U);
    EXPECT_GT(night.work_repeated_share, 0.0);
    EXPECT_LT(night.work_repeated_share, 0.001);
    EXPECT_LT(ratio(night.makespan, calm.makespan), 1.01);
    EXPECT_LT(ratio(night.makespan, night.ideal), 1.03);
}

TEST(Night, InWhichAZoneVanishesLosesNothing) {
    Options options = small_night();
    options.zone_permille = 333;
    const Outcome night = Grid{options, no_clock}.run();
    expect_nothing_lost(night);
    EXPECT_EQ(night.reclaims_without_notice, 666U);
    EXPECT_EQ(night.workers_lost, 666U);
    // What was under way on a third of the fleet: ten seconds of 600 at most.
    EXPECT_LT(night.work_repeated_share, 0.333 * 10.0 / 600.0);
}

TEST(Night, IsPlayedTheSameWayTwice) {
    Options options = small_night();
    options.workers = 200;
    options.cores_total = 4'000;
    options.length = 2min;
    options.reclaims = 20;
    const Outcome first = Grid{options, no_clock}.run();
    const Outcome second = Grid{options, no_clock}.run();
    EXPECT_EQ(first.digest, second.digest);
    EXPECT_EQ(first.events, second.events);
    EXPECT_EQ(first.makespan, second.makespan);
    options.seed = 2;
    EXPECT_NE((Grid{options, no_clock}.run().digest), first.digest);
}

}  // namespace
}  // namespace vargrid::simulate
