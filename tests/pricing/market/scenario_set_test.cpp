#include "pricing/market/scenario_set.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace vargrid {
namespace {

ScenarioSet a_set() {
    ScenarioSet set;
    set.as_of = make_date(2020, 12, 31);
    set.labels = {{make_date(2020, 12, 29), make_date(2020, 12, 30)},
                  {make_date(2020, 12, 30), make_date(2020, 12, 31)}};
    set.classes = {RiskClass::fx, RiskClass::interest_rate, RiskClass::volatility};
    set.base = {1.2, -0.005, 0.2};
    set.shifted = {1.21, -0.004, 0.21, 1.19, -0.006, 0.19};
    return set;
}

TEST(ScenarioSet, ComesBackFromItsBytes) {
    const ScenarioSet set = a_set();
    const auto back = ScenarioSet::decode(set.encode());
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, set);
    EXPECT_EQ(back->scenario(1)[0], 1.19);
    EXPECT_EQ(ScenarioSet{}.encode(), ScenarioSet::decode(ScenarioSet{}.encode())->encode());
}

TEST(ScenarioSet, RefusesEveryTruncationAndAnythingAfterItsEnd) {
    Bytes bytes = a_set().encode();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(ScenarioSet::decode(std::span{bytes}.first(size))) << size;
    }
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(ScenarioSet::decode(bytes));
}

TEST(ScenarioSet, SurvivesEveryFlippedBit) {
    const Bytes bytes = a_set().encode();
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        Bytes flipped = bytes;
        flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        const auto set = ScenarioSet::decode(flipped);
        if (set) {
            EXPECT_EQ(set->encode(), flipped) << bit;
        }
    }
}

TEST(ScenarioSet, RefusesNumbersThatAreNotFinite) {
    ScenarioSet set = a_set();
    set.shifted[4] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_FALSE(ScenarioSet::decode(set.encode()));
    set = a_set();
    set.base[0] = std::numeric_limits<double>::infinity();
    EXPECT_FALSE(ScenarioSet::decode(set.encode()));
}

TEST(ScenarioSet, RefusesAnUnknownRiskClass) {
    ScenarioSet set = a_set();
    set.classes[1] = static_cast<RiskClass>(kRiskClassCount);
    EXPECT_FALSE(ScenarioSet::decode(set.encode()));
}

}  // namespace
}  // namespace vargrid
