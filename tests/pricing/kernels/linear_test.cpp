// Rows and linear trades against the plain formulas in long double.
#include "tests/pricing/kernels/sample_batches.hpp"

#include <cmath>

namespace vargrid::test {
namespace {

long double weighted(const Combinations& combinations,
                     std::size_t row,
                     const Column& factors,
                     std::size_t lane,
                     int power) {
    long double sum = 0;
    for (std::uint32_t entry = combinations.first[row]; entry < combinations.first[row + 1];
         ++entry) {
        const long double factor = factors[combinations.slot[entry] * kLanes + lane];
        sum += combinations.weight[entry] * (power == 2 ? factor * factor : factor);
    }
    return sum;
}

/// The rows of one lane, as the comments of RowProgram define them.
std::vector<long double> reference_rows(const RowProgram& program,
                                        const Column& factors,
                                        std::size_t lane) {
    std::vector<long double> rows{1.0L};
    for (std::size_t row = 0; row < program.linear.count(); ++row) {
        rows.push_back(weighted(program.linear, row, factors, lane, 1));
    }
    for (std::size_t row = 0; row < program.discount.count(); ++row) {
        rows.push_back(std::exp(-weighted(program.discount, row, factors, lane, 1)));
    }
    for (std::size_t row = 0; row < program.deviation.count(); ++row) {
        rows.push_back(std::sqrt(weighted(program.deviation, row, factors, lane, 2)));
    }
    for (const RowProduct& product : program.products) {
        rows.push_back(rows[product.a] * rows[product.b] / rows[product.c]);
    }
    return rows;
}

TEST(Rows, AgreeWithTheirDefinitions) {
    for (const Isa isa : supported_isas()) {
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            RandomStream random{seed, 6};
            const Batch batch = random_european_batch(seed, 1);
            const Column factors = random_factors(random, kSampleFactors, false);
            const Column rows = evaluate_rows(isa, batch, factors);
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                const auto expected = reference_rows(batch.rows, factors, lane);
                for (std::size_t row = 0; row < expected.size(); ++row) {
                    const auto value = static_cast<double>(expected[row]);
                    if (std::isnan(value) || std::isinf(value)) {
                        // Products of rows that are zero.
                        ASSERT_FALSE(std::isfinite(rows[row * kLanes + lane]));
                    } else {
                        // Sums of up to 4 terms below 20, then exp: 20 ulps are ample.
                        ASSERT_NEAR(rows[row * kLanes + lane], value, 5e-15 * std::fabs(value));
                    }
                }
            }
        }
    }
}

TEST(Rows, ADeviationOfANegativeVolatilityIsNotANumber) {
    Batch batch = european_batch({1.0}, {1.0});
    batch.rows.factors = {0, 1, 2};
    add_combination(batch.rows.deviation, {{1, 0.5}, {2, 0.5}});
    Column factors(3 * kLanes, 0.3);
    factors[kLanes + 1] = -0.3;
    factors[2 * kLanes + 4] = -1e-300;
    factors[2 * kLanes + 5] = -0.0;
    for (const Isa isa : supported_isas()) {
        const Column rows = evaluate_rows(isa, batch, factors);
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            EXPECT_EQ(std::isnan(rows[3 * kLanes + lane]), lane == 1 || lane == 4) << lane;
        }
    }
}

TEST(Rows, DiscountFactorsSaturateInsteadOfWrapping) {
    Batch batch = european_batch({1.0}, {1.0});
    add_combination(batch.rows.discount, {{0, 1.0}});
    Column factors(2 * kLanes, 0.0);
    const double exponents[kLanes] = {0.0, 1e-300, 800.0, -800.0, 1e308, -1e308, 707.9, -708.9};
    std::copy(std::begin(exponents), std::end(exponents), factors.begin());
    for (const Isa isa : supported_isas()) {
        // Rows: constant, forward, discount, deviation.
        const Column rows = evaluate_rows(isa, batch, factors);
        const double* discount = &rows[2 * kLanes];
        EXPECT_EQ(discount[0], 1.0);
        EXPECT_EQ(discount[1], 1.0);
        EXPECT_EQ(discount[2], 0.0);
        EXPECT_TRUE(std::isinf(discount[3]));
        EXPECT_EQ(discount[4], 0.0);
        EXPECT_TRUE(std::isinf(discount[5]));
        EXPECT_NEAR(discount[6] / std::exp(-707.9), 1.0, 1e-15);
        EXPECT_NEAR(discount[7] / std::exp(708.9), 1.0, 1e-15);
    }
}

TEST(Rows, ExponentialsAreWithinOneUnitInTheLastPlace) {
    constexpr std::size_t kRows = 50'000;
    RandomStream random{61, 1};
    Batch batch;
    batch.kind = BatchKind::european;
    batch.rows.factors = {0};
    std::vector<double> weights(kRows);
    for (std::size_t row = 0; row < kRows; ++row) {
        weights[row] = row % 2 == 0 ? random.uniform(-2, 2) : random.uniform(-700, 700);
        add_combination(batch.rows.discount, {{0, -weights[row]}});
    }
    const Column factors(kLanes, 1.0);
    for (const Isa isa : supported_isas()) {
        const Column rows = evaluate_rows(isa, batch, factors);
        for (std::size_t row = 0; row < kRows; ++row) {
            const long double expected = std::exp(static_cast<long double>(weights[row]));
            ASSERT_LT(std::fabs(rows[(1 + row) * kLanes] / expected - 1.0L), 2.2e-16L);
        }
    }
}

TEST(Linear, AgreesWithTheSparseSumInLongDouble) {
    for (const Isa isa : supported_isas()) {
        for (std::uint64_t seed = 0; seed < 60; ++seed) {
            RandomStream random{seed, 7};
            const Batch batch = random_linear_batch(seed, 100);
            const Column factors = random_factors(random, kSampleFactors, false);
            const Column rows = evaluate_rows(isa, batch, factors);
            const Column values = evaluate(isa, batch, factors);
            const LinearTrades& linear = batch.linear;
            for (std::size_t cell = 0; cell < values.size(); ++cell) {
                const std::size_t trade = cell / kLanes;
                long double expected = 0;
                long double size = 0;
                for (auto leg = linear.leg_first[trade]; leg < linear.leg_first[trade + 1]; ++leg) {
                    const long double fx = rows[linear.leg_fx_row[leg] * kLanes + cell % kLanes];
                    size += 0 * fx;  // An infinite rate makes even an empty leg NaN.
                    for (auto term = linear.term_first[leg]; term < linear.term_first[leg + 1];
                         ++term) {
                        const long double part =
                            fx * linear.term_amount[term] *
                            rows[linear.term_row[term] * kLanes + cell % kLanes];
                        expected += part;
                        size += std::fabs(part);
                    }
                }
                if (std::isfinite(static_cast<double>(size))) {
                    ASSERT_NEAR(values[cell],
                                static_cast<double>(expected),
                                1e-14 * static_cast<double>(size));
                }
            }
        }
    }
}

TEST(Linear, ATradeWithoutLegsOrTermsIsWorthZero) {
    Batch batch;
    batch.rows.factors = {0};
    batch.linear.leg_first = {0, 0, 1};
    batch.linear.leg_fx_row = {0};
    batch.linear.term_first = {0, 0};
    batch.group = {0, 0};
    const Column factors(kLanes, 3.0);
    for (const Isa isa : supported_isas()) {
        for (const double value : evaluate(isa, batch, factors)) {
            EXPECT_EQ(value, 0.0);
        }
    }
}

}  // namespace
}  // namespace vargrid::test
