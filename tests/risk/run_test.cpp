#include "risk/run.hpp"

#include "tests/risk/small_run.hpp"

#include <gtest/gtest.h>

namespace vargrid {
namespace {

TEST(RunSpec, SurvivesItsEncoding) {
    const RunSpec run = testing::small_run().run;
    EXPECT_EQ(*RunSpec::decode(run.encode()), run);
    EXPECT_EQ(run.run_id(), RunSpec::decode(run.encode())->run_id());
    EXPECT_TRUE(run.run_id().starts_with("small-2020-12-31-"));
}

TEST(RunSpec, EveryTruncationAndEveryFlippedByteIsAnErrorOrAnotherValidRun) {
    const Bytes bytes = testing::small_run(5).run.encode();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(RunSpec::decode(std::span{bytes}.first(size))) << size;
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        Bytes damaged = bytes;
        damaged[i] ^= std::byte{0x80};
        if (const auto run = RunSpec::decode(damaged)) {
            EXPECT_TRUE(run->validate());
        }
    }
}

TEST(RunSpec, ContradictionsAreRefused) {
    const RunSpec good = testing::small_run().run;
    EXPECT_TRUE(good.validate());
    const auto refused = [&](auto change) {
        RunSpec bad = good;
        change(bad);
        return !bad.validate().has_value() && !RunSpec::decode(bad.encode()).has_value();
    };
    EXPECT_TRUE(refused([](RunSpec& r) { r.trades.clear(); }));
    EXPECT_TRUE(refused([](RunSpec& r) { r.scenarios.clear(); }));
    EXPECT_TRUE(refused([](RunSpec& r) { r.classes.clear(); }));
    EXPECT_TRUE(refused([](RunSpec& r) { r.classes.push_back(r.classes[0]); }));
    EXPECT_TRUE(refused([](RunSpec& r) { r.classes[0] = static_cast<MovedClass>(9); }));
    EXPECT_TRUE(refused([](RunSpec& r) { r.trades[0].book = 99; }));
    EXPECT_TRUE(refused([](RunSpec& r) { r.batches[0].trade_count += 1; }));
    EXPECT_TRUE(refused([](RunSpec& r) { r.block_picoseconds = 0; }));
    EXPECT_TRUE(refused([](RunSpec& r) { std::swap(r.books[0], r.books[1]); }));
    EXPECT_TRUE(refused([](RunSpec& r) { r.measures[0].confidence_basis_points = 10'000; }));
    EXPECT_TRUE(refused([](RunSpec& r) { r.measures[0].estimator = Estimator::fractional; }));
}

TEST(MovedClass, MovesItsOwnFactorsOnly) {
    EXPECT_TRUE(moves(MovedClass::all, RiskClass::volatility));
    EXPECT_TRUE(moves(MovedClass::fx, RiskClass::fx));
    EXPECT_FALSE(moves(MovedClass::fx, RiskClass::equity));
    EXPECT_TRUE(moves(MovedClass::interest_rate, RiskClass::interest_rate));
    EXPECT_TRUE(moves(MovedClass::volatility, RiskClass::volatility));
    EXPECT_EQ(*moved_class_from_text("commodity"), MovedClass::commodity);
    EXPECT_FALSE(moved_class_from_text("credit"));
}

}  // namespace
}  // namespace vargrid
