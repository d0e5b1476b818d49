// The European kernel against the Black formula in long double, and what must hold of any price.
#include "tests/pricing/kernels/support.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vargrid::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

long double normal_tail(long double x) {
    return 0.5L * std::erfc(x / std::sqrt(2.0L));
}

/// The out-of-the-money value by the plain formula, then parity, so that the reference keeps its
/// own digits in the wings.
long double black_reference(double forward, double strike, double deviation, double sign) {
    const long double f = forward;
    const long double k = strike;
    const long double s = deviation;
    const long double intrinsic = std::max(static_cast<long double>(sign) * (f - k), 0.0L);
    if (s == 0.0L || f == 0.0L || k <= 0.0L) {
        return intrinsic;
    }
    const long double d1 = std::log(f / k) / s + s / 2;
    const long double d2 = std::log(f / k) / s - s / 2;
    const long double outside = f < k ? f * normal_tail(-d1) - k * normal_tail(-d2)
                                      : k * normal_tail(d2) - f * normal_tail(d1);
    return intrinsic + outside;
}

struct Sample {
    double forward;
    double strike;
    double deviation;
    double sign;
};

std::vector<Sample> samples(std::uint64_t seed, std::size_t count) {
    RandomStream random{seed, 1};
    std::vector<Sample> result;
    for (std::size_t index = 0; index < count; ++index) {
        const double forward = std::exp(random.uniform(-5.0, 8.0));
        const double deviation = std::exp(random.uniform(-7.0, 1.5));
        const double strike = forward * std::exp(deviation * random.uniform(-8.0, 8.0));
        result.push_back({forward, strike, deviation, random.chance(1, 2) ? 1.0 : -1.0});
    }
    return result;
}

/// Values of each sample in lane 0; the other lanes hold other forwards, so a lane that leaked into
/// another would show.
std::vector<double> values_of(Isa isa, const std::vector<Sample>& samples_in) {
    std::vector<double> strikes;
    std::vector<double> signs;
    Column factors(samples_in.size() * 2 * kLanes);
    for (std::size_t index = 0; index < samples_in.size(); ++index) {
        strikes.push_back(samples_in[index].strike);
        signs.push_back(samples_in[index].sign);
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const double bump = 1.0 + 0.1 * static_cast<double>(lane);
            factors[2 * index * kLanes + lane] = samples_in[index].forward * bump;
            factors[(2 * index + 1) * kLanes + lane] = samples_in[index].deviation * bump;
        }
    }
    const Column values = evaluate(isa, european_batch(strikes, signs), factors);
    std::vector<double> result;
    for (std::size_t index = 0; index < samples_in.size(); ++index) {
        result.push_back(values[index * kLanes]);
    }
    return result;
}

TEST(European, AgreesWithTheBlackFormulaInLongDouble) {
    for (const Isa isa : supported_isas()) {
        const auto inputs = samples(17, 60'000);
        const auto values = values_of(isa, inputs);
        double worst = 0.0;
        double worst_wing = 0.0;
        for (std::size_t index = 0; index < inputs.size(); ++index) {
            const auto& [forward, strike, deviation, sign] = inputs[index];
            const long double expected = black_reference(forward, strike, deviation, sign);
            const auto error = static_cast<double>(std::fabs(values[index] - expected));
            worst = std::max(worst, error / std::max(forward, strike));
            const bool outside = sign * (forward - strike) < 0;
            const double d = std::fabs(std::log(forward / strike)) / deviation - deviation / 2;
            if (outside && d > 1.0 && deviation > 0.01) {
                worst_wing = std::max(worst_wing, error / static_cast<double>(expected));
            }
        }
        RecordProperty("worst_error", std::to_string(worst));
        printf("[ error    ] %s: %.3g of max(forward, strike); wings relative %.3g\n",
               std::string{to_text(isa)}.c_str(),
               worst,
               worst_wing);
        EXPECT_LT(worst, 6e-16);
        EXPECT_LT(worst_wing, 2e-12);
    }
}

TEST(European, HasTheRightLimits) {
    EXPECT_EQ(black(100, 90, 0, 1), 10.0);
    EXPECT_EQ(black(100, 90, 0, -1), 0.0);
    EXPECT_EQ(black(100, 100, 0, 1), 0.0);
    EXPECT_EQ(black(90, 100, 0, -1), 10.0);
    EXPECT_EQ(black(90, 100, 0, 1), 0.0);
    EXPECT_EQ(black(100, 0, 0.2, 1), 100.0);
    EXPECT_EQ(black(100, 0, 0.2, -1), 0.0);
    EXPECT_EQ(black(100, -5, 0.2, 1), 105.0);
    EXPECT_EQ(black(100, -5, 0.2, -1), 0.0);
    EXPECT_EQ(black(0, 100, 0.2, 1), 0.0);
    EXPECT_EQ(black(0, 100, 0.2, -1), 100.0);
    EXPECT_EQ(black(0, 0, 0.2, 1), 0.0);
    EXPECT_EQ(black(0, 0, 0, -1), 0.0);
    EXPECT_EQ(black(1e-310, 2e-310, 1.0, 1), 0.0);
    EXPECT_EQ(black(100, 80, 200, 1), 100.0);
    EXPECT_EQ(black(100, 80, 200, -1), 80.0);
    EXPECT_EQ(black(100, 80, kInfinity, 1), 100.0);
    EXPECT_EQ(black(1e-5, 1e9, 0.01, 1), 0.0);
    EXPECT_EQ(black(1e9, 1e-5, 0.01, 1), 1e9 - 1e-5);
}

TEST(European, IsNotANumberOutsideItsDomain) {
    EXPECT_TRUE(std::isnan(black(kNan, 100, 0.2, 1)));
    EXPECT_TRUE(std::isnan(black(kNan, 100, 0.2, -1)));
    EXPECT_TRUE(std::isnan(black(-1, 100, 0.2, 1)));
    EXPECT_TRUE(std::isnan(black(-37, 20, 0.2, -1)));
    EXPECT_TRUE(std::isnan(black(kInfinity, 100, 0.2, 1)));
    EXPECT_TRUE(std::isnan(black(100, 100, -0.2, 1)));
    EXPECT_TRUE(std::isnan(black(100, 100, kNan, 1)));
}

TEST(European, IsANumberForEveryNonNegativeInput) {
    // Corners first, then random bit patterns: denormals, tiny, huge.
    std::vector<double> numbers{
        0.0, 5e-324, 1e-310, 0x1p-1022, 1e-300, 1e-20, 1.0, 1e20, 0x1p999, 0x1p1000};
    RandomStream random{5, 9};
    for (int count = 0; count < 25; ++count) {
        numbers.push_back(
            std::ldexp(random.uniform(), static_cast<int>(random.between(-1080, 999))));
    }
    for (const Isa isa : supported_isas()) {
        for (const double forward : numbers) {
            std::vector<Sample> inputs;
            for (const double strike : numbers) {
                for (const double deviation : numbers) {
                    inputs.push_back({forward, strike, deviation, 1.0});
                    inputs.push_back({forward, -strike, deviation, -1.0});
                }
                inputs.push_back({forward, strike, kInfinity, -1.0});
                inputs.push_back({forward, std::numeric_limits<double>::max(), strike, -1.0});
                inputs.push_back({forward, std::numeric_limits<double>::lowest(), strike, 1.0});
            }
            std::vector<double> strikes;
            std::vector<double> signs;
            Column factors;
            for (const Sample& input : inputs) {
                strikes.push_back(input.strike);
                signs.push_back(input.sign);
                factors.insert(factors.end(), kLanes, input.forward);
                factors.insert(factors.end(), kLanes, input.deviation);
            }
            // Deviations pass through sqrt(f^2), which overflows or vanishes at the extremes; the
            // linear row hands them over unchanged.
            Batch batch = european_batch(strikes, signs);
            std::swap(batch.rows.linear, batch.rows.deviation);
            batch.rows.deviation = Combinations{};
            batch.rows.linear = Combinations{};
            for (std::uint32_t slot = 0; slot < batch.rows.factors.size(); ++slot) {
                add_combination(batch.rows.linear, {{slot, 1.0}});
            }
            for (std::uint32_t trade = 0; trade < inputs.size(); ++trade) {
                batch.european.forward_row[trade] = 1 + 2 * trade;
                batch.european.deviation_row[trade] = 2 + 2 * trade;
            }
            const Column values = evaluate(isa, batch, factors);
            for (std::size_t index = 0; index < inputs.size(); ++index) {
                ASSERT_FALSE(std::isnan(values[index * kLanes]))
                    << inputs[index].forward << " " << inputs[index].strike << " "
                    << inputs[index].deviation;
            }
        }
    }
}

TEST(European, KeepsPutCallParity) {
    auto calls = samples(23, 20'000);
    auto puts = calls;
    for (std::size_t index = 0; index < calls.size(); ++index) {
        calls[index].sign = 1.0;
        puts[index].sign = -1.0;
    }
    const auto call_values = values_of(best_isa().value(), calls);
    const auto put_values = values_of(best_isa().value(), puts);
    for (std::size_t index = 0; index < calls.size(); ++index) {
        const auto& [forward, strike, deviation, sign] = calls[index];
        ASSERT_NEAR(call_values[index] - put_values[index],
                    forward - strike,
                    4.5e-16 * std::max(forward, strike));
    }
}

TEST(European, StaysBetweenIntrinsicAndTheUpperBound) {
    const auto inputs = samples(29, 60'000);
    const auto values = values_of(best_isa().value(), inputs);
    for (std::size_t index = 0; index < inputs.size(); ++index) {
        const auto& [forward, strike, deviation, sign] = inputs[index];
        ASSERT_GE(values[index], std::max(sign * (forward - strike), 0.0));
        ASSERT_LE(values[index], (sign > 0 ? forward : strike) * (1 + 3e-16));
    }
}

TEST(European, RisesWithDeviationAndWithMoneyness) {
    RandomStream random{31, 2};
    for (int count = 0; count < 3'000; ++count) {
        const double forward = random.uniform(50, 150);
        const double strike = random.uniform(50, 150);
        const double deviation = random.uniform(0.01, 1.5);
        const double slack = 1e-13;
        const double value = black(forward, strike, deviation, 1);
        ASSERT_GE(black(forward, strike, deviation * 1.001, 1), value - slack);
        ASSERT_GE(black(forward * 1.001, strike, deviation, 1), value - slack);
        ASSERT_GE(black(forward, strike * 0.999, deviation, 1), value - slack);
        ASSERT_LE(black(forward * 1.001, strike, deviation, -1),
                  black(forward, strike, deviation, -1) + slack);
        // Convex in strike (butterflies are worth something).
        const double left = black(forward, strike * 0.9, deviation, 1);
        const double right = black(forward, strike * 1.1, deviation, 1);
        ASSERT_GE(left + right - 2 * value, -slack);
    }
}

TEST(European, ScalesWithItsCurrencyUnit) {
    RandomStream random{37, 3};
    for (int count = 0; count < 2'000; ++count) {
        const double forward = random.uniform(50, 150);
        const double strike = random.uniform(50, 150);
        const double deviation = random.uniform(0.01, 1.5);
        // A power of two scales every intermediate number exactly.
        ASSERT_EQ(black(64 * forward, 64 * strike, deviation, -1),
                  64 * black(forward, strike, deviation, -1));
        ASSERT_NEAR(black(3 * forward, 3 * strike, deviation, 1),
                    3 * black(forward, strike, deviation, 1),
                    1e-12);
    }
}

TEST(European, MultipliesByAmountDiscountAndFx) {
    Batch batch = european_batch({100.0}, {1.0});
    batch.rows.factors = {0, 1, 2, 3};
    add_combination(batch.rows.discount, {{2, 2.0}});
    add_combination(batch.rows.linear, {{3, 1.0}});
    // Rows: 1 forward, 2 FX, 3 discount, 4 deviation.
    batch.european.fx_row = {2};
    batch.european.discount_row = {3};
    batch.european.deviation_row = {4};
    batch.european.amount = {-250.0};
    Column factors;
    for (const double factor : {105.0, 0.3, 0.02, 1.25}) {
        factors.insert(factors.end(), kLanes, factor);
    }
    const double expected = -250.0 * 1.25 * std::exp(-0.04) *
                            static_cast<double>(black_reference(105.0, 100.0, 0.3, 1.0));
    for (const Isa isa : supported_isas()) {
        for (const double value : evaluate(isa, batch, factors)) {
            EXPECT_NEAR(value, expected, 1e-12 * std::fabs(expected));
        }
    }
}

}  // namespace
}  // namespace vargrid::test
