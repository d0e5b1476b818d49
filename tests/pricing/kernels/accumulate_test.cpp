// accumulate against ExactSum, to the bit.
#include "base/exact_sum.hpp"
#include "tests/pricing/kernels/sample_batches.hpp"

#include <cmath>

namespace vargrid::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The exact sum that a pair of group sums stands for.
ExactSum joined(double high, double low) {
    const auto quanta =
        static_cast<Int128>(high) * (Int128{1} << 30) + static_cast<Int128>(low * kQuantaPerUnit);
    return ExactSum{quanta};
}

struct Sums {
    Column high;
    Column low;
    Column pnl;
    std::size_t failed{0};
};

Sums accumulate(Isa isa,
                const std::vector<std::uint32_t>& slots,
                const Column& values,
                const Column& base,
                std::size_t lanes,
                std::size_t groups) {
    Sums sums{Column(groups * kLanes), Column(groups * kLanes), Column(values.size()), 0};
    sums.failed = kernel_set(isa).accumulate(slots.data(),
                                             slots.size(),
                                             values.data(),
                                             base.data(),
                                             lanes,
                                             sums.high.data(),
                                             sums.low.data(),
                                             sums.pnl.data());
    return sums;
}

/// P&Ls of every size up to the limit, ties between quanta, NaN, infinities and beyond the limit.
double random_amount(RandomStream& random) {
    switch (random.below(8)) {
        case 0:
            return 0.0;
        case 1:
            return std::ldexp(random.uniform(-1, 1), static_cast<int>(random.between(-60, 45)));
        case 2:
            return static_cast<double>(random.between(-1'000, 1'000)) * 0x1p-31;
        case 3:
            return static_cast<double>(random.between(-1'000, 1'000)) * 128.0;
        case 4:
            return random.chance(1, 2) ? kCellLimit : -kCellLimit;
        default:
            return random.uniform(-1e7, 1e7);
    }
}

TEST(Accumulate, AgreesWithExactSumToTheBit) {
    for (const Isa isa : supported_isas()) {
        RandomStream random{41, 1};
        constexpr std::size_t kTrades = 20'000;
        constexpr std::size_t kGroups = 7;
        std::vector<std::uint32_t> slots(kTrades);
        Column values(kTrades * kLanes);
        Column base(kTrades);
        std::vector<ExactSum> expected(kGroups * kLanes);
        for (std::size_t trade = 0; trade < kTrades; ++trade) {
            slots[trade] = static_cast<std::uint32_t>(random.below(kGroups));
            base[trade] = random.chance(1, 2) ? 0.0 : random.uniform(-1e6, 1e6);
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                double amount = random_amount(random);
                if (std::fabs(amount) == kCellLimit) {
                    base[trade] = 0.0;
                }
                values[trade * kLanes + lane] = amount + base[trade];
            }
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                const double change = values[trade * kLanes + lane] - base[trade];
                if (std::fabs(change) <= kCellLimit) {
                    expected[slots[trade] * kLanes + lane] += ExactSum::rounded(change);
                }
            }
        }
        const Sums sums = accumulate(isa, slots, values, base, kLanes, kGroups);
        for (std::size_t item = 0; item < kGroups * kLanes; ++item) {
            ASSERT_EQ(joined(sums.high[item], sums.low[item]), expected[item]);
            ASSERT_EQ(std::fmod(sums.high[item], 256.0), 0.0);
        }
        for (std::size_t cell = 0; cell < values.size(); ++cell) {
            const double change = values[cell] - base[cell / kLanes];
            if (std::fabs(change) <= kCellLimit) {
                ASSERT_EQ(sums.pnl[cell], ExactSum::rounded(change).to_double());
            } else {
                ASSERT_TRUE(std::isnan(sums.pnl[cell]));
            }
        }
    }
}

TEST(Accumulate, StaysExactForTheLargestBatchOfTheLargestAmounts) {
    for (const Isa isa : supported_isas()) {
        const std::vector<std::uint32_t> slots(kBatchTradesMax, 0);
        // 127.99 beyond a multiple of 256 makes the low part as large as it gets, with all its
        // bits.
        const double amount = kCellLimit - 256.0 + 127.9921875;
        const Column values(kBatchTradesMax * kLanes, amount);
        const Column base(kBatchTradesMax, 0.0);
        const Sums sums = accumulate(isa, slots, values, base, kLanes, 1);
        const auto count = static_cast<Int128>(kBatchTradesMax);
        EXPECT_EQ(joined(sums.high[5], sums.low[5]).quanta(),
                  ExactSum::rounded(amount).quanta() * count);
        const Column small(kBatchTradesMax * kLanes, 127.0 + 0x1.fffffffp-1);
        const Sums low_sums = accumulate(isa, slots, small, base, kLanes, 1);
        EXPECT_EQ(joined(low_sums.high[2], low_sums.low[2]).quanta(),
                  ExactSum::rounded(small[0]).quanta() * count);
    }
}

TEST(Accumulate, CountsFailedCellsAndLeavesThemOut) {
    for (const Isa isa : supported_isas()) {
        const std::vector<std::uint32_t> slots{0, 1, 0};
        Column values(3 * kLanes, 10.0);
        const Column base{4.0, 4.0, 4.0};
        values[2] = kNan;
        values[7] = std::numeric_limits<double>::infinity();
        values[kLanes + 1] = kCellLimit * 1.01;
        values[2 * kLanes + 2] = -std::numeric_limits<double>::infinity();
        values[2 * kLanes + 3] = -1e300;
        const Sums all = accumulate(isa, slots, values, base, kLanes, 2);
        EXPECT_EQ(all.failed, 5U);
        EXPECT_EQ(accumulate(isa, slots, values, base, 7, 2).failed, 4U);
        EXPECT_EQ(accumulate(isa, slots, values, base, 2, 2).failed, 1U);
        EXPECT_EQ(accumulate(isa, slots, values, base, 0, 2).failed, 0U);
        EXPECT_EQ(all.low[0], 12.0);
        EXPECT_EQ(all.low[2], 0.0);
        EXPECT_EQ(all.low[3], 6.0);
        EXPECT_EQ(all.low[kLanes + 1], 0.0);
        EXPECT_EQ(all.high[7], 0.0);
        EXPECT_TRUE(std::isnan(all.pnl[7]));
        EXPECT_EQ(all.pnl[0], 6.0);
    }
}

TEST(Accumulate, AddsToWhatIsThereAndMayLeaveThePnlOut) {
    for (const Isa isa : supported_isas()) {
        const std::vector<std::uint32_t> slots{0};
        const Column values(kLanes, 300.25);
        const Column base{0.0};
        Column high(kLanes, 512.0);
        Column low(kLanes, -1.0);
        kernel_set(isa).accumulate(
            slots.data(), 1, values.data(), base.data(), kLanes, high.data(), low.data(), nullptr);
        EXPECT_EQ(high[4], 768.0);
        EXPECT_EQ(low[4], 43.25);
    }
}

TEST(Accumulate, GivesTheSameSumsForAnyOrderAndAnySplit) {
    for (const Isa isa : supported_isas()) {
        RandomStream random{43, 2};
        constexpr std::size_t kTrades = 999;
        std::vector<std::uint32_t> slots(kTrades);
        Column values(kTrades * kLanes);
        Column base(kTrades);
        for (std::size_t trade = 0; trade < kTrades; ++trade) {
            slots[trade] = static_cast<std::uint32_t>(random.below(3));
            base[trade] = random.uniform(-1e5, 1e5);
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                values[trade * kLanes + lane] = base[trade] + random_amount(random);
            }
        }
        const Sums whole = accumulate(isa, slots, values, base, kLanes, 3);
        Column high(3 * kLanes);
        Column low(3 * kLanes);
        std::size_t failed = 0;
        for (std::size_t end = kTrades; end > 0;) {
            const std::size_t begin = end - std::min<std::size_t>(end, 1 + random.below(100));
            // Aligned copies, last pieces first.
            const Column piece(values.begin() + static_cast<std::ptrdiff_t>(begin * kLanes),
                               values.begin() + static_cast<std::ptrdiff_t>(end * kLanes));
            const Column piece_base(base.begin() + static_cast<std::ptrdiff_t>(begin),
                                    base.begin() + static_cast<std::ptrdiff_t>(end));
            failed += kernel_set(isa).accumulate(slots.data() + begin,
                                                 end - begin,
                                                 piece.data(),
                                                 piece_base.data(),
                                                 kLanes,
                                                 high.data(),
                                                 low.data(),
                                                 nullptr);
            end = begin;
        }
        EXPECT_TRUE(equal_bits(high, whole.high));
        EXPECT_TRUE(equal_bits(low, whole.low));
        EXPECT_EQ(failed, whole.failed);
    }
}

TEST(Accumulate, GivesEqualBitsOnBothInstructionSets) {
    if (supported_isas().size() < 2) {
        GTEST_SKIP() << "THIS MACHINE HAS ONE INSTRUCTION SET ONLY: nothing was compared";
    }
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        RandomStream random{seed, 3};
        constexpr std::size_t kTrades = 400;
        std::vector<std::uint32_t> slots(kTrades);
        for (std::uint32_t& slot : slots) {
            slot = static_cast<std::uint32_t>(random.below(9));
        }
        const Column values = random_factors(random, kTrades, true);
        Column base(kTrades);
        for (double& number : base) {
            number = random.uniform(-2, 2);
        }
        const Sums narrow = accumulate(Isa::avx2, slots, values, base, 5, 9);
        const Sums wide = accumulate(Isa::avx512, slots, values, base, 5, 9);
        ASSERT_TRUE(equal_bits(narrow.high, wide.high));
        ASSERT_TRUE(equal_bits(narrow.low, wide.low));
        ASSERT_TRUE(equal_bits(narrow.pnl, wide.pnl));
        ASSERT_EQ(narrow.failed, wide.failed);
    }
}

TEST(Accumulate, ScenarioEqualToBaseGivesExactlyZero) {
    for (const Isa isa : supported_isas()) {
        for (const Batch& batch : {random_linear_batch(51, 200), random_european_batch(51, 200)}) {
            RandomStream random{51, 4};
            Column factors = random_factors(random, kSampleFactors, false);
            for (std::size_t index = 0; index < factors.size(); ++index) {
                factors[index] = factors[index / kLanes * kLanes];
            }
            const Column values = evaluate(isa, batch, factors);
            Column base;
            for (std::size_t trade = 0; trade < batch.trade_count(); ++trade) {
                base.push_back(values[trade * kLanes]);
            }
            const Sums sums = accumulate(isa, batch.group, values, base, kLanes, 5);
            for (std::size_t cell = 0; cell < values.size(); ++cell) {
                ASSERT_TRUE(std::isnan(values[cell]) || sums.pnl[cell] == 0.0);
            }
            EXPECT_EQ(std::count(sums.high.begin(), sums.high.end(), 0.0), std::ssize(sums.high));
            EXPECT_EQ(std::count(sums.low.begin(), sums.low.end(), 0.0), std::ssize(sums.low));
        }
    }
}

}  // namespace
}  // namespace vargrid::test
