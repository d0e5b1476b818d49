#include "pricing/sample/history.hpp"

#include "pricing/sample/calendars.hpp"
#include "pricing/sample/files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace vargrid {
namespace {

SampleHistory made(std::uint64_t seed, int days = 120) {
    return generate_history({.seed = seed, .days = days}).value();
}

std::size_t factor_named(const SampleHistory& history, std::string_view name) {
    const auto& factors = history.layout->factors;
    const auto found = std::find_if(
        factors.begin(), factors.end(), [&](const RiskFactor& f) { return f.name == name; });
    EXPECT_NE(found, factors.end()) << name;
    return static_cast<std::size_t>(found - factors.begin());
}

std::vector<double> log_moves(const SampleHistory& history, std::string_view name) {
    const std::size_t factor = factor_named(history, name);
    std::vector<double> moves;
    for (std::size_t day = 1; day < history.dates.size(); ++day) {
        moves.push_back(std::log(history.value(day, factor) / history.value(day - 1, factor)));
    }
    return moves;
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
    double xx = 0.0;
    double yy = 0.0;
    double xy = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xx += x[i] * x[i];
        yy += y[i] * y[i];
        xy += x[i] * y[i];
    }
    return xy / std::sqrt(xx * yy);
}

TEST(SampleHistory, EqualSeedsGiveEqualFilesAndOthersDiffer) {
    EXPECT_EQ(history_files(made(7)), history_files(made(7)));
    const auto one = history_files(made(7));
    const auto other = history_files(made(8));
    for (std::size_t i = 0; i < one.size(); ++i) {
        EXPECT_NE(one[i].text, other[i].text) << one[i].name;
    }
}

TEST(SampleHistory, LayoutIsValid) {
    const auto valid = made(1).layout->validate();
    EXPECT_TRUE(valid) << valid.error().message;
}

TEST(SampleHistory, EndsOnADayWhenEverySourcePublishes) {
    // 2020-12-25 is a Friday and a holiday everywhere.
    const SampleHistory history =
        generate_history({.seed = 1, .days = 60, .end = make_date(2020, 12, 25)}).value();
    EXPECT_EQ(to_iso(history.dates.back()), "2020-12-24");
    EXPECT_EQ(history.dates.size(), 60U);
    const std::size_t last = history.dates.size() - 1;
    for (std::size_t factor = 0; factor < history.columns.size(); ++factor) {
        EXPECT_EQ(history.published[last * history.columns.size() + factor], 1);
    }
}

TEST(SampleHistory, HasMissingValuesButKeepsFiveHundredCommonDates) {
    const SampleHistory history = made(3, 800);
    std::size_t common = 0;
    std::size_t partly = 0;
    for (std::size_t day = 0; day < history.dates.size(); ++day) {
        const auto first =
            history.published.begin() + static_cast<std::ptrdiff_t>(day * history.columns.size());
        const auto last = first + static_cast<std::ptrdiff_t>(history.columns.size());
        const auto there = std::count(first, last, 1);
        common += there == last - first ? 1U : 0U;
        partly += there != 0 && there != last - first ? 1U : 0U;
    }
    EXPECT_GE(common, 620U);
    EXPECT_GE(partly, 20U);
}

TEST(SampleHistory, ValuesAreInTheDomainOfTheirClass) {
    const SampleHistory history = made(2, 800);
    for (std::size_t factor = 0; factor < history.columns.size(); ++factor) {
        const RiskFactor& what = history.layout->factors[factor];
        for (std::size_t day = 0; day < history.dates.size(); ++day) {
            const double value = history.value(day, factor);
            ASSERT_TRUE(std::isfinite(value)) << what.name;
            if (what.risk_class == RiskClass::interest_rate) {
                ASSERT_LT(std::abs(value), 0.12) << what.name;
            } else {
                ASSERT_GT(value, 0.0) << what.name;
            }
        }
    }
}

TEST(SampleHistory, MovesAreCorrelatedAsMarketsAre) {
    const SampleHistory history = made(5, 800);
    const auto index = log_moves(history, "EQ/VG100");
    EXPECT_GT(correlation(index, log_moves(history, "EQ/ARDEN")), 0.3);
    EXPECT_LT(correlation(index, log_moves(history, "VOL/VG100/3M")), -0.3);
    EXPECT_GT(correlation(log_moves(history, "CO/NORDSEA/1M"), log_moves(history, "CO/PRAIRIE")),
              0.7);
    const std::size_t euro_short = factor_named(history, "IR/EUR-ESTR/3M");
    EXPECT_LT(history.value(0, euro_short), 0.0);
}

TEST(SampleHistory, AnnualVolatilityOfTheIndexIsThatOfAnIndex) {
    const auto moves = log_moves(made(9, 2000), "EQ/VG100");
    double sum = 0.0;
    for (const double move : moves) {
        sum += move * move;
    }
    const double annual = std::sqrt(sum / static_cast<double>(moves.size()) * 252.0);
    EXPECT_GT(annual, 0.08);
    EXPECT_LT(annual, 0.35);
}

TEST(SampleHistory, RefusesOptionsOutOfRange) {
    EXPECT_FALSE(generate_history({.seed = 1, .days = 5}));
    EXPECT_FALSE(generate_history({.seed = 1, .days = 50'000}));
    EXPECT_FALSE(generate_history({.seed = 1, .days = 100, .end = make_date(1950, 1, 2)}));
}

TEST(SampleCalendars, KnowTheMovableFeasts) {
    EXPECT_EQ(to_iso(easter_sunday(2020)), "2020-04-12");
    EXPECT_EQ(to_iso(easter_sunday(2021)), "2021-04-04");
    EXPECT_EQ(to_iso(easter_sunday(2038)), "2038-04-25");
    EXPECT_FALSE(is_open(SampleCalendar::target, make_date(2021, 4, 5)));
    EXPECT_TRUE(is_open(SampleCalendar::united_states, make_date(2021, 4, 5)));
    EXPECT_FALSE(is_open(SampleCalendar::united_states, make_date(2021, 11, 25)));
    EXPECT_FALSE(is_open(SampleCalendar::united_kingdom, make_date(2021, 8, 30)));
}

}  // namespace
}  // namespace vargrid
