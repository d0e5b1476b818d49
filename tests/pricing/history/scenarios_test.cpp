#include "pricing/history/market_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace vargrid {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Date kStart = make_date(2020, 4, 13);

/// One factor with these values on consecutive days; the last is the base.
MarketData data_of(const std::vector<double>& values, ShiftRule rule, RiskClass risk_class) {
    auto layout = std::make_shared<MarketLayout>();
    layout->factors = {{"F", risk_class}};
    MarketData data;
    for (std::size_t i = 0; i < values.size(); ++i) {
        data.history.dates.push_back(kStart + static_cast<std::int32_t>(i));
    }
    data.history.values = values;
    data.history.rules = {rule};
    data.history.series = {{"F", data.history.dates.front(), data.history.dates.back(), {}}};
    data.market = Market{data.history.dates.back(), layout, {values.back()}};
    return data;
}

double only_shift(const std::vector<double>& values, ShiftRule rule) {
    const auto scenarios =
        make_scenarios(data_of(values, rule, RiskClass::commodity), {1, 1, std::nullopt});
    return scenarios->set.shifted.at(0);
}

TEST(Shift, AppliesTheHistoricalMoveToTodaysValue) {
    // History 10 -> 12 is the scenario before the last; asking for two puts it first.
    const auto first_of_two = [](ShiftRule rule) {
        return make_scenarios(data_of({10.0, 12.0, 20.0}, rule, RiskClass::commodity),
                              {2, 1, std::nullopt})
            ->set.shifted.at(0);
    };
    EXPECT_DOUBLE_EQ(first_of_two({ShiftKind::absolute}), 22.0);
    EXPECT_DOUBLE_EQ(first_of_two({ShiftKind::relative}), 24.0);
    EXPECT_DOUBLE_EQ(first_of_two({ShiftKind::log}), 24.0);
    EXPECT_DOUBLE_EQ(first_of_two({ShiftKind::displaced, 10.0}), 30.0 * 22.0 / 20.0 - 10.0);
}

TEST(Shift, KeepsTheBaseExactlyWhenNothingMoved) {
    EXPECT_EQ(only_shift({0.1, 0.1}, {ShiftKind::relative}), 0.1);
    EXPECT_EQ(only_shift({0.1, 0.1}, {ShiftKind::absolute}), 0.1);
    EXPECT_EQ(only_shift({0.1, 0.1}, {ShiftKind::log}), 0.1);
}

TEST(Shift, NeverMovesAConstant) {
    EXPECT_EQ(only_shift({1.0, 2.0}, {ShiftKind::absolute, 0.0, MoveFallback::refuse, true}), 2.0);
}

TEST(Scenarios, AreTheLastMovesInOrder) {
    const MarketData data = data_of({1.0, 2.0, 4.0, 8.0}, {}, RiskClass::interest_rate);
    const auto scenarios = make_scenarios(data, {3, 1, std::nullopt});
    ASSERT_TRUE(scenarios);
    EXPECT_THAT(scenarios->set.labels,
                ElementsAre(ScenarioLabel{kStart, kStart + 1},
                            ScenarioLabel{kStart + 1, kStart + 2},
                            ScenarioLabel{kStart + 2, kStart + 3}));
    EXPECT_THAT(scenarios->set.shifted, ElementsAre(9.0, 10.0, 12.0));
    EXPECT_THAT(scenarios->set.base, ElementsAre(8.0));
    EXPECT_EQ(scenarios->set.as_of, kStart + 3);
}

TEST(Scenarios, OverlapOverLongerHorizons) {
    const MarketData data = data_of({1.0, 2.0, 4.0, 8.0}, {}, RiskClass::interest_rate);
    const auto scenarios = make_scenarios(data, {2, 2, std::nullopt});
    ASSERT_TRUE(scenarios);
    EXPECT_THAT(
        scenarios->set.labels,
        ElementsAre(ScenarioLabel{kStart, kStart + 2}, ScenarioLabel{kStart + 1, kStart + 3}));
    EXPECT_THAT(scenarios->set.shifted, ElementsAre(11.0, 14.0));
}

TEST(Scenarios, NeedCountPlusHorizonDates) {
    const MarketData data = data_of({1.0, 2.0, 4.0, 8.0}, {}, RiskClass::interest_rate);
    const auto scenarios = make_scenarios(data, {3, 2, std::nullopt});
    ASSERT_FALSE(scenarios);
    EXPECT_THAT(scenarios.error().message,
                AllOf(HasSubstr("3 scenarios over 2 days need 5 dates up to 2020-04-16, there are "
                                "4 (from 2020-04-13)"),
                      HasSubstr("the last series to begin is 'F'")));
    EXPECT_FALSE(make_scenarios(data, {0, 1, std::nullopt}));
    EXPECT_FALSE(make_scenarios(data, {1, 0, std::nullopt}));
}

// WTI around 2020-04-20: into and out of the negative close there is no relative move.
const std::vector<double> kWti{18.31, -36.98, 8.91, 13.64};

TEST(UndefinedMove, RefusesTheRunAndSaysWhatToDo) {
    const auto scenarios =
        make_scenarios(data_of(kWti, {ShiftKind::relative}, RiskClass::commodity), {3, 1, {}});
    ASSERT_FALSE(scenarios);
    EXPECT_EQ(scenarios.error().code, ErrorCode::invalid_input);
    EXPECT_THAT(
        scenarios.error().message,
        AllOf(HasSubstr("2 historical moves are undefined"),
              HasSubstr("'F' from 2020-04-13 (18.31) to 2020-04-14 (-36.98), relative on the base "
                        "value 13.64"),
              HasSubstr("fallback = \"absolute\"")));
}

TEST(UndefinedMove, TakesTheAbsoluteFallbackAndReportsIt) {
    const ShiftRule rule{ShiftKind::relative, 0.0, MoveFallback::absolute};
    const auto scenarios = make_scenarios(data_of(kWti, rule, RiskClass::commodity), {3, 1, {}});
    ASSERT_TRUE(scenarios) << scenarios.error().message;
    EXPECT_DOUBLE_EQ(scenarios->set.shifted[0], 13.64 + (-36.98 - 18.31));
    EXPECT_DOUBLE_EQ(scenarios->set.shifted[2], 13.64 * 13.64 / 8.91);
    ASSERT_EQ(scenarios->report.exceptional_moves.size(), 2U);
    const ExceptionalMove& move = scenarios->report.exceptional_moves[0];
    EXPECT_EQ(move.factor, "F");
    EXPECT_EQ(move.exception, MoveException::fallback_absolute);
    EXPECT_EQ(move.from, kStart);
    EXPECT_EQ(move.to_value, -36.98);
    EXPECT_EQ(move.shifted_value, scenarios->set.shifted[0]);
    EXPECT_THAT(to_text(scenarios->report), HasSubstr("F, fallback_absolute: 2 scenarios"));
}

TEST(UndefinedMove, TakesTheDisplacedFallbackWhereItIsDefined) {
    ShiftRule rule{ShiftKind::relative, 50.0, MoveFallback::displaced};
    const auto scenarios = make_scenarios(data_of(kWti, rule, RiskClass::commodity), {3, 1, {}});
    ASSERT_TRUE(scenarios) << scenarios.error().message;
    EXPECT_NEAR(scenarios->set.shifted[0], 63.64 * (13.02 / 68.31) - 50.0, 1e-12);
    rule.displacement = 20.0;
    const auto refused = make_scenarios(data_of(kWti, rule, RiskClass::commodity), {3, 1, {}});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("its fallback gives no usable value either"));
}

TEST(UndefinedMove, OfAFactorNobodyNeedsIsReportedAndLeavesTheBase) {
    const MarketData data = data_of(kWti, {ShiftKind::relative}, RiskClass::commodity);
    const auto scenarios = make_scenarios(data, {3, 1, std::set<std::string>{}});
    ASSERT_TRUE(scenarios) << scenarios.error().message;
    EXPECT_EQ(scenarios->set.shifted[0], 13.64);
    ASSERT_EQ(scenarios->report.exceptional_moves.size(), 2U);
    EXPECT_EQ(scenarios->report.exceptional_moves[0].exception, MoveException::unused_base_kept);
    EXPECT_FALSE(make_scenarios(data, {3, 1, std::set<std::string>{"F"}}));
    EXPECT_THAT(make_scenarios(data, {3, 1, std::set<std::string>{"G"}}).error().message,
                HasSubstr("there is no risk factor 'G'"));
}

TEST(UndefinedMove, IsAlsoOneThatLeavesTheRangeOfItsClass) {
    const std::vector<double> falling{10.0, 4.0, 5.0};
    const ShiftRule rule{ShiftKind::absolute};
    for (const RiskClass risk_class : {RiskClass::fx, RiskClass::equity, RiskClass::volatility}) {
        EXPECT_FALSE(make_scenarios(data_of(falling, rule, risk_class), {2, 1, {}}));
    }
    EXPECT_TRUE(make_scenarios(data_of(falling, rule, RiskClass::commodity), {2, 1, {}}));
    EXPECT_TRUE(make_scenarios(data_of(falling, rule, RiskClass::interest_rate), {2, 1, {}}));
}

TEST(UndefinedMove, IncludesOverflow) {
    const auto scenarios = make_scenarios(
        data_of({1e-300, 1e300, 1e300}, {ShiftKind::relative}, RiskClass::commodity), {2, 1, {}});
    EXPECT_FALSE(scenarios);
}

}  // namespace
}  // namespace vargrid
