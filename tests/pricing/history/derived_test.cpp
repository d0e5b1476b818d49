#include "pricing/history/derived.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace vargrid {
namespace {

const Date kStart = make_date(2020, 1, 1);

Series a_series(const std::vector<double>& values) {
    Series series;
    for (std::size_t i = 0; i < values.size(); ++i) {
        series.observations.push_back({kStart + static_cast<std::int32_t>(i), values[i], 1});
    }
    return series;
}

TEST(RealisedVolatility, IsTheRootOfTheMeanSquaredLogReturn) {
    const Series vol =
        realised_volatility({"F", "", 2, 252.0}, a_series({100.0, 110.0, 99.0, 99.0}), nullptr);
    ASSERT_EQ(vol.observations.size(), 2U);
    const double up = std::log(1.1);
    const double down = std::log(0.9);
    EXPECT_EQ(vol.observations[0].date, kStart + 2);
    EXPECT_NEAR(vol.observations[0].value, std::sqrt(252.0 * (up * up + down * down) / 2), 1e-14);
    EXPECT_NEAR(vol.observations[1].value, std::sqrt(252.0 * down * down / 2.0), 1e-14);
}

// The price of WTI in April 2020: the returns into and out of the negative close do not exist.
TEST(RealisedVolatility, SkipsReturnsThatTouchAPriceThatIsNotPositive) {
    const Series vol = realised_volatility(
        {"F", "", 2, 1.0}, a_series({10.0, 20.0, 20.0, -37.0, 10.0, 40.0}), nullptr);
    ASSERT_EQ(vol.observations.size(), 4U);
    const double before = std::sqrt(std::log(2.0) * std::log(2.0) / 2.0);
    EXPECT_EQ(vol.observations[0].date, kStart + 2);
    EXPECT_NEAR(vol.observations[0].value, before, 1e-14);
    EXPECT_NEAR(vol.observations[1].value, before, 1e-14);
    EXPECT_NEAR(vol.observations[2].value, before, 1e-14);
    EXPECT_EQ(vol.observations[3].date, kStart + 5);
    EXPECT_NEAR(vol.observations[3].value, std::log(4.0) / std::sqrt(2.0), 1e-14);
}

TEST(RealisedVolatility, OfARatioUsesTheDatesOfBoth) {
    Series gbp = a_series({0.8, 0.9, 0.7, 0.8});
    Series usd = a_series({1.2, 5.0, 1.4, 1.2});
    usd.observations.erase(usd.observations.begin() + 1);
    const Series vol = realised_volatility({"A", "B", 1, 1.0}, gbp, &usd);
    ASSERT_EQ(vol.observations.size(), 2U);
    EXPECT_EQ(vol.observations[0].date, kStart + 2);
    EXPECT_NEAR(vol.observations[0].value, std::abs(std::log(0.5 / (0.8 / 1.2))), 1e-14);
}

TEST(RealisedVolatility, IsNothingWithoutEnoughReturns) {
    EXPECT_TRUE(realised_volatility({"F", "", 3, 1.0}, a_series({1.0, 2.0, 3.0}), nullptr)
                    .observations.empty());
}

}  // namespace
}  // namespace vargrid
