#include "pricing/history/rates.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace vargrid {
namespace {

// Each rate is turned into the discount factor it promises, by the definition of its compounding.
double discount(const RateConvention& convention, double quoted, double years) {
    return std::exp(-continuous_zero_rate(convention, quoted, years).value() * years);
}

TEST(RateConvention, GivesTheDiscountFactorThatTheQuotePromises) {
    RateConvention convention;
    EXPECT_NEAR(discount(convention, 0.05, 2.0), std::exp(-0.1), 1e-15);
    convention.compounding = Compounding::simple;
    EXPECT_NEAR(discount(convention, 0.05, 0.5), 1.0 / 1.025, 1e-15);
    convention.compounding = Compounding::annual;
    EXPECT_NEAR(discount(convention, 0.05, 2.0), 1.0 / (1.05 * 1.05), 1e-15);
    convention.compounding = Compounding::semi_annual;
    EXPECT_NEAR(discount(convention, 0.05, 2.0), std::pow(1.025, -4.0), 1e-15);
    convention.compounding = Compounding::quarterly;
    EXPECT_NEAR(discount(convention, 0.05, 2.0), std::pow(1.0125, -8.0), 1e-15);
}

TEST(RateConvention, AccruesActual360OverMoreThanAYear) {
    RateConvention convention;
    convention.compounding = Compounding::simple;
    convention.day_count = RateDayCount::act_360;
    EXPECT_NEAR(discount(convention, 0.05, 1.0), 1.0 / (1.0 + 0.05 * 365.0 / 360.0), 1e-15);
    convention.compounding = Compounding::annual;
    EXPECT_NEAR(discount(convention, 0.05, 1.0), std::pow(1.05, -365.0 / 360.0), 1e-15);
}

TEST(RateConvention, DividesPercentByAHundred) {
    RateConvention convention;
    convention.percent = true;
    EXPECT_DOUBLE_EQ(*continuous_zero_rate(convention, -0.82, 10.0), -0.0082);
}

TEST(RateConvention, TakesDiscountFactorsAboveOne) {
    RateConvention convention;
    convention.quote = RateQuote::discount_factor;
    EXPECT_NEAR(*continuous_zero_rate(convention, std::exp(0.01), 2.0), -0.005, 1e-16);
}

TEST(RateConvention, RefusesQuotesWithoutARate) {
    RateConvention convention;
    convention.quote = RateQuote::discount_factor;
    EXPECT_FALSE(continuous_zero_rate(convention, 0.0, 1.0));
    EXPECT_FALSE(continuous_zero_rate(convention, -0.5, 1.0));
    convention.quote = RateQuote::zero_rate;
    convention.compounding = Compounding::annual;
    EXPECT_FALSE(continuous_zero_rate(convention, -1.0, 1.0));
}

}  // namespace
}  // namespace vargrid
