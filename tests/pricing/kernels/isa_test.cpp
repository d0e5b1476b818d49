// One answer: AVX2 and AVX-512 give equal bits for every kernel, and a lane's value depends neither
// on the other lanes nor on the other trades.
#include "tests/pricing/kernels/sample_batches.hpp"

#include <bit>
#include <cmath>

namespace vargrid::test {
namespace {

class BothIsas : public testing::Test {
  protected:
    void SetUp() override {
        if (supported_isas().size() < 2) {
            GTEST_SKIP() << "THIS MACHINE HAS ONE INSTRUCTION SET ONLY: nothing was compared";
        }
    }
};

/// For rows, where NaNs may differ in sign and payload; values have one NaN only.
bool same_number(double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
           (std::isnan(a) && std::isnan(b));
}

void expect_same(const Column& a, const Column& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t index = 0; index < a.size(); ++index) {
        ASSERT_TRUE(same_number(a[index], b[index]))
            << "item " << index / kLanes << " lane " << index % kLanes << ": " << a[index]
            << " and " << b[index];
    }
}

TEST_F(BothIsas, EvaluateToEqualBitsOnOrdinaryNumbers) {
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        RandomStream random{seed, 1};
        for (const Batch& batch :
             {random_linear_batch(seed, 300), random_european_batch(seed, 1'000)}) {
            const Column factors = random_factors(random, kSampleFactors, false);
            ASSERT_TRUE(equal_bits(evaluate_rows(Isa::avx2, batch, factors),
                                   evaluate_rows(Isa::avx512, batch, factors)));
            ASSERT_TRUE(equal_bits(evaluate(Isa::avx2, batch, factors),
                                   evaluate(Isa::avx512, batch, factors)));
        }
    }
}

TEST_F(BothIsas, EvaluateToEqualBitsOnDenormalsZerosInfinitiesAndNans) {
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
        RandomStream random{seed, 2};
        for (const Batch& batch :
             {random_linear_batch(seed, 20), random_european_batch(seed, 60)}) {
            const Column factors = random_factors(random, kSampleFactors, true);
            ASSERT_NO_FATAL_FAILURE(expect_same(evaluate_rows(Isa::avx2, batch, factors),
                                                evaluate_rows(Isa::avx512, batch, factors)));
            ASSERT_TRUE(equal_bits(evaluate(Isa::avx2, batch, factors),
                                   evaluate(Isa::avx512, batch, factors)));
        }
    }
}

/// Options over a wide range, the wings and near the money included, and bare exponentials and
/// square roots of as many random numbers.
TEST_F(BothIsas, EvaluateToEqualBitsOverMillionsOfOptions) {
    constexpr std::size_t kTrades = 4'000;
    RandomStream random{77, 3};
    std::size_t cells = 0;
    for (int round = 0; round < 60; ++round) {
        std::vector<double> strikes(kTrades);
        std::vector<double> signs(kTrades);
        Column factors(2 * kTrades * kLanes);
        for (std::size_t trade = 0; trade < kTrades; ++trade) {
            const double deviation = std::exp(random.uniform(-9.0, 2.0));
            strikes[trade] = std::exp(random.uniform(-6.0, 9.0));
            signs[trade] = random.chance(1, 2) ? 1.0 : -1.0;
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                const double distance = deviation * random.uniform(-12.0, 12.0);
                factors[2 * trade * kLanes + lane] = strikes[trade] * std::exp(distance);
                factors[(2 * trade + 1) * kLanes + lane] = deviation * random.uniform(0.5, 2.0);
            }
        }
        Batch batch = european_batch(strikes, signs);
        for (std::uint32_t slot = 0; slot < 2 * kTrades; ++slot) {
            add_combination(batch.rows.discount, {{slot, random.uniform(-2.0, 2.0)}});
        }
        for (std::uint32_t& row : batch.european.deviation_row) {
            row += 2 * kTrades;
        }
        ASSERT_TRUE(equal_bits(evaluate_rows(Isa::avx2, batch, factors),
                               evaluate_rows(Isa::avx512, batch, factors)));
        ASSERT_TRUE(
            equal_bits(evaluate(Isa::avx2, batch, factors), evaluate(Isa::avx512, batch, factors)));
        cells += kTrades * kLanes;
    }
    EXPECT_GT(cells, 1'900'000U);
}

TEST(Value, ThatIsNotANumberHasOneBitPattern) {
    const auto nan_with = [](std::uint64_t bits) { return std::bit_cast<double>(bits); };
    Batch linear;
    linear.rows.factors = {0};
    add_combination(linear.rows.linear, {{0, 1.0}});
    linear.linear = LinearTrades{{0, 1}, {0}, {0, 1}, {1}, {2.0}};
    linear.group = {0};
    Batch option = european_batch({1.0}, {1.0});
    option.european.fx_row = {1};
    for (const Batch& batch : {linear, option}) {
        Column factors(batch.rows.factors.size() * kLanes, 1.0);
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            // Quiet NaNs of both signs with every kind of payload.
            factors[lane] = nan_with((lane % 2 == 0 ? 0x7ff8ULL : 0xfff8ULL) << 48 | lane * 977);
        }
        for (const Isa isa : supported_isas()) {
            for (const double value : evaluate(isa, batch, factors)) {
                EXPECT_EQ(std::bit_cast<std::uint64_t>(value), 0x7ff8'0000'0000'0000ULL);
            }
        }
    }
}

TEST(Lane, DoesNotDependOnTheOtherLanes) {
    for (const Isa isa : supported_isas()) {
        for (const Batch& batch : {random_linear_batch(3, 50), random_european_batch(3, 50)}) {
            RandomStream random{3, 4};
            const Column factors = random_factors(random, kSampleFactors, false);
            const Column expected = evaluate(isa, batch, factors);
            for (std::size_t shift = 1; shift < kLanes; ++shift) {
                // The same scenarios in other lanes, with a NaN where one of them was.
                Column moved(factors.size());
                for (std::size_t index = 0; index < factors.size(); ++index) {
                    const std::size_t lane = (index + shift) % kLanes;
                    moved[index / kLanes * kLanes + lane] =
                        index % kLanes == 0 ? std::nan("") : factors[index];
                }
                const Column values = evaluate(isa, batch, moved);
                for (std::size_t index = 0; index < expected.size(); ++index) {
                    const std::size_t lane = (index + shift) % kLanes;
                    if (index % kLanes != 0) {
                        ASSERT_TRUE(
                            same_number(values[index / kLanes * kLanes + lane], expected[index]));
                    }
                }
            }
        }
    }
}

TEST(Trade, DoesNotDependOnTheOtherTradesOfItsBatch) {
    for (const Isa isa : supported_isas()) {
        RandomStream random{9, 5};
        const Column factors = random_factors(random, kSampleFactors, false);
        const Batch whole = random_european_batch(12, 33);
        const Column expected = evaluate(isa, whole, factors);
        for (std::size_t trade = 0; trade < whole.trade_count(); ++trade) {
            Batch single;
            single.kind = whole.kind;
            single.rows = whole.rows;
            single.group = {0};
            const EuropeanTrades& from = whole.european;
            single.european = EuropeanTrades{{from.forward_row[trade]},
                                             {from.deviation_row[trade]},
                                             {from.discount_row[trade]},
                                             {from.fx_row[trade]},
                                             {from.strike[trade]},
                                             {from.amount[trade]},
                                             {from.call_sign[trade]}};
            const Column value = evaluate(isa, single, factors);
            ASSERT_EQ(std::memcmp(value.data(), &expected[trade * kLanes], sizeof(double) * kLanes),
                      0);
        }
    }
}

TEST(Isa, IsChosenByNameOrByTheMachine) {
    EXPECT_EQ(isa_from_text("auto").value(), best_isa().value());
    EXPECT_EQ(best_isa().value(), supported_isas().back());
    for (const Isa isa : supported_isas()) {
        EXPECT_EQ(isa_from_text(to_text(isa)).value(), isa);
    }
    const auto unknown = isa_from_text("sse2");
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().message, "expected auto, avx2 or avx512, found 'sse2'");
}

}  // namespace
}  // namespace vargrid::test
