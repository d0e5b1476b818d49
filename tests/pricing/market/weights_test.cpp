#include "pricing/market/weights.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace vargrid {
namespace {

const Curve kCurve{"C", "EUR", Interpolation::linear_zero, {1.0, 2.0, 5.0}, {0, 1, 2}};

Market a_market() {
    auto layout = std::make_shared<MarketLayout>();
    layout->pivot_currency = "EUR";
    layout->fx = {{"USD", 3, false}, {"GBP", 4, true}};
    layout->curves = {kCurve};
    return Market{make_date(2020, 12, 31), layout, {0.01, 0.02, 0.03, 1.2, 1.1, 100.0, 0.2, 0.3}};
}

TEST(Weights, OfADiscountFactorAtTimeZeroAreNone) {
    EXPECT_TRUE(discount_weights(kCurve, 0.0).empty());
    EXPECT_DOUBLE_EQ(discount_factor(a_market(), kCurve, 0.0), 1.0);
}

TEST(Weights, OnAPillarUseThatPillarAlone) {
    const std::vector<FactorWeight> expected{{1, 2.0}};
    for (const Interpolation kind : {Interpolation::linear_zero,
                                     Interpolation::log_linear_discount,
                                     Interpolation::natural_cubic_zero}) {
        Curve curve = kCurve;
        curve.interpolation = kind;
        EXPECT_EQ(discount_weights(curve, 2.0), expected);
    }
}

TEST(Weights, KeepTheZeroRateFlatOutsideThePillars) {
    for (const Interpolation kind : {Interpolation::linear_zero,
                                     Interpolation::log_linear_discount,
                                     Interpolation::natural_cubic_zero}) {
        Curve curve = kCurve;
        curve.interpolation = kind;
        EXPECT_EQ(discount_weights(curve, 0.25), (std::vector<FactorWeight>{{0, 0.25}}));
        EXPECT_EQ(discount_weights(curve, 40.0), (std::vector<FactorWeight>{{2, 40.0}}));
    }
}

TEST(Weights, InterpolateZeroRatesOrLogDiscountFactors) {
    const Market market = a_market();
    EXPECT_DOUBLE_EQ(discount_factor(market, kCurve, 1.5), std::exp(-0.015 * 1.5));
    Curve curve = kCurve;
    curve.interpolation = Interpolation::log_linear_discount;
    EXPECT_DOUBLE_EQ(discount_factor(market, curve, 1.5), std::exp(-0.5 * (0.01 + 0.04)));
}

// By hand: pillars 0, 1, 2 shifted by one; values 0, 1, 0 give the hat spline with M = -3 in the
// middle, z(0.5) = 0.5 + (0.125 - 0.5) / 6 * -3 = 0.6875.
TEST(Weights, OfANaturalCubicMatchAHandComputedSpline) {
    const Curve curve{"C", "EUR", Interpolation::natural_cubic_zero, {1.0, 2.0, 3.0}, {0, 1, 2}};
    Market market = a_market();
    market.values = {0.0, 1.0, 0.0};
    EXPECT_NEAR(-std::log(discount_factor(market, curve, 1.5)) / 1.5, 0.6875, 1e-14);
}

TEST(Weights, OfANaturalCubicWithTwoPillarsAreLinear) {
    const Curve cubic{"C", "EUR", Interpolation::natural_cubic_zero, {1.0, 3.0}, {0, 1}};
    Curve linear = cubic;
    linear.interpolation = Interpolation::linear_zero;
    EXPECT_EQ(discount_weights(cubic, 1.5), discount_weights(linear, 1.5));
}

TEST(Weights, OfAVolatilityInterpolateTotalVariance) {
    const VolCurve vol{"V", {1.0, 3.0}, {6, 7}};
    const Market market = a_market();
    EXPECT_DOUBLE_EQ(deviation(market, vol, 0.25), 0.2 * 0.5);
    EXPECT_DOUBLE_EQ(deviation(market, vol, 2.0), std::sqrt(0.5 * (0.04 * 1.0 + 0.09 * 3.0)));
    EXPECT_DOUBLE_EQ(deviation(market, vol, 4.0), 0.3 * 2.0);
    EXPECT_DOUBLE_EQ(deviation(market, vol, 0.0), 0.0);
}

TEST(Weights, OfAForwardCurveInterpolatePrices) {
    Asset oil;
    oil.name = "OIL";
    oil.forward_years = {1.0, 2.0};
    oil.forward_factors = {5, 3};
    const Market market = a_market();
    EXPECT_DOUBLE_EQ(forward_price(market, oil, 0.0), 100.0);
    EXPECT_DOUBLE_EQ(forward_price(market, oil, 1.75), 0.25 * 100.0 + 0.75 * 1.2);
    EXPECT_DOUBLE_EQ(forward_price(market, oil, 9.0), 1.2);
}

TEST(ForwardPrice, GrowsAtTheFinancingCurve) {
    Asset stock;
    stock.name = "S";
    stock.spot = 5;
    stock.financing_curve = "C";
    EXPECT_DOUBLE_EQ(forward_price(a_market(), stock, 2.0), 100.0 / std::exp(-0.04));
    stock.yield_curve = "C";
    EXPECT_DOUBLE_EQ(forward_price(a_market(), stock, 2.0), 100.0);
}

TEST(FxRate, CrossesThePivotWhicheverWayItIsQuoted) {
    const Market market = a_market();
    EXPECT_DOUBLE_EQ(fx_rate(market, "EUR", "USD"), 1.2);
    EXPECT_DOUBLE_EQ(fx_rate(market, "GBP", "EUR"), 1.1);
    EXPECT_DOUBLE_EQ(fx_rate(market, "GBP", "USD"), 1.2 * 1.1);
    EXPECT_DOUBLE_EQ(fx_rate(market, "USD", "USD"), 1.0);
}

}  // namespace
}  // namespace vargrid
