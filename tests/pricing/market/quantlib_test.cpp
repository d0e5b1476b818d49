// Random curves against QuantLib's own interpolated term structures: an independent implementation
// of the same definitions.
#include "base/random.hpp"
#include "pricing/market/weights.hpp"

#include <gtest/gtest.h>
#include <ql/math/interpolations/cubicinterpolation.hpp>
#include <ql/math/interpolations/linearinterpolation.hpp>
#include <ql/math/interpolations/loginterpolation.hpp>
#include <ql/termstructures/volatility/equityfx/blackvariancecurve.hpp>
#include <ql/termstructures/yield/discountcurve.hpp>
#include <ql/termstructures/yield/zerocurve.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

#include <cmath>

namespace vargrid {
namespace {

namespace ql = QuantLib;

constexpr int kSeeds = 200;
constexpr double kTolerance = 1e-12;

struct RandomPillars {
    std::vector<ql::Date> dates;  // The reference date first, then one a pillar.
    std::vector<double> years;
    std::vector<double> values;
};

RandomPillars random_pillars(RandomStream& random, double low, double high, std::size_t count_min) {
    RandomPillars pillars;
    const ql::Date today{31, ql::December, 2020};
    pillars.dates.push_back(today);
    const std::size_t count = count_min + random.below(12);
    std::int64_t day = 0;
    for (std::size_t i = 0; i < count; ++i) {
        day += random.between(1, 1500);
        pillars.dates.push_back(today + static_cast<int>(day));
        pillars.years.push_back(static_cast<double>(day) / 365.0);
        pillars.values.push_back(random.uniform(low, high));
    }
    return pillars;
}

Market market_of(const RandomPillars& pillars) {
    return Market{make_date(2020, 12, 31), nullptr, pillars.values};
}

std::vector<FactorIndex> indices(std::size_t count) {
    std::vector<FactorIndex> result(count);
    for (std::size_t i = 0; i < count; ++i) {
        result[i] = static_cast<FactorIndex>(i);
    }
    return result;
}

/// Calls compare(T) at random times between the pillars, and at the pillars themselves.
template <class Compare>
void at_times_inside(RandomStream& random, const RandomPillars& pillars, Compare compare) {
    for (const double years : pillars.years) {
        compare(years);
    }
    for (int draw = 0; draw < 20; ++draw) {
        compare(random.uniform(pillars.years.front(), pillars.years.back()));
    }
}

TEST(DiscountWeights, AgreeWithALinearZeroCurve) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        SCOPED_TRACE(seed);
        RandomStream random{seed, 1};
        const RandomPillars pillars = random_pillars(random, -0.01, 0.06, 1);
        std::vector<double> zeros{pillars.values.front()};  // Flat before the first pillar.
        zeros.insert(zeros.end(), pillars.values.begin(), pillars.values.end());
        const ql::InterpolatedZeroCurve<ql::Linear> peer{
            pillars.dates, zeros, ql::Actual365Fixed{}};
        const Curve curve{
            "C", "EUR", Interpolation::linear_zero, pillars.years, indices(pillars.years.size())};
        at_times_inside(random, pillars, [&](double years) {
            EXPECT_NEAR(discount_factor(market_of(pillars), curve, years),
                        peer.discount(years),
                        kTolerance);
        });
        const double before = 0.5 * pillars.years.front();
        EXPECT_NEAR(
            discount_factor(market_of(pillars), curve, before), peer.discount(before), kTolerance);
    }
}

TEST(DiscountWeights, AgreeWithALogLinearDiscountCurve) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        SCOPED_TRACE(seed);
        RandomStream random{seed, 2};
        const RandomPillars pillars = random_pillars(random, -0.01, 0.06, 1);
        std::vector<double> discounts{1.0};
        for (std::size_t i = 0; i < pillars.years.size(); ++i) {
            discounts.push_back(std::exp(-pillars.values[i] * pillars.years[i]));
        }
        const ql::InterpolatedDiscountCurve<ql::LogLinear> peer{
            pillars.dates, discounts, ql::Actual365Fixed{}};
        const Curve curve{"C",
                          "EUR",
                          Interpolation::log_linear_discount,
                          pillars.years,
                          indices(pillars.years.size())};
        at_times_inside(random, pillars, [&](double years) {
            EXPECT_NEAR(discount_factor(market_of(pillars), curve, years),
                        peer.discount(years),
                        kTolerance);
        });
    }
}

TEST(DiscountWeights, AgreeWithANaturalCubicSplineOfZeroRates) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        SCOPED_TRACE(seed);
        RandomStream random{seed, 3};
        const RandomPillars pillars = random_pillars(random, -0.01, 0.06, 3);
        ql::CubicNaturalSpline peer{
            pillars.years.begin(), pillars.years.end(), pillars.values.begin()};
        peer.update();
        const Curve curve{"C",
                          "EUR",
                          Interpolation::natural_cubic_zero,
                          pillars.years,
                          indices(pillars.years.size())};
        at_times_inside(random, pillars, [&](double years) {
            // Compared as exponents: pillars a day apart make the spline, and so the discount
            // factor, overshoot by orders of magnitude.
            const double expected = peer(years) * years;
            EXPECT_NEAR(-std::log(discount_factor(market_of(pillars), curve, years)),
                        expected,
                        kTolerance * (1.0 + std::abs(expected)));
        });
    }
}

TEST(DeviationWeights, AgreeWithABlackVarianceCurve) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        SCOPED_TRACE(seed);
        RandomStream random{seed, 4};
        const RandomPillars pillars = random_pillars(random, 0.05, 0.8, 1);
        const std::vector<ql::Date> dates{pillars.dates.begin() + 1, pillars.dates.end()};
        const bool monotone = false;
        ql::BlackVarianceCurve peer{
            pillars.dates.front(), dates, pillars.values, ql::Actual365Fixed{}, monotone};
        peer.enableExtrapolation();
        const VolCurve vol{"V", pillars.years, indices(pillars.years.size())};
        const auto compare = [&](double years) {
            EXPECT_NEAR(deviation(market_of(pillars), vol, years),
                        std::sqrt(peer.blackVariance(years, 1.0)),
                        kTolerance);
        };
        at_times_inside(random, pillars, compare);
        compare(0.3 * pillars.years.front());
        compare(1.7 * pillars.years.back());
    }
}

}  // namespace
}  // namespace vargrid
