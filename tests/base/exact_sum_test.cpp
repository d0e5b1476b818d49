#include "base/exact_sum.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace vargrid {
namespace {

TEST(ExactSum, RoundsHalfToEvenQuantum) {
    EXPECT_EQ(static_cast<long>(ExactSum::rounded(1.0).quanta()), 1L << 30);
    EXPECT_EQ(static_cast<long>(ExactSum::rounded(0x1.0p-31).quanta()), 0);
    EXPECT_EQ(static_cast<long>(ExactSum::rounded(0x1.8p-30).quanta()), 2);
    EXPECT_EQ(static_cast<long>(ExactSum::rounded(-0x1.8p-30).quanta()), -2);
}

TEST(ExactSum, OrderCannotMatter) {
    RandomStream random{1, 0};
    std::vector<double> amounts;
    for (int i = 0; i < 10'000; ++i) {
        amounts.push_back(random.normal() * std::pow(10.0, random.uniform(-9.0, 13.0)));
    }
    ExactSum forward;
    ExactSum backward;
    for (std::size_t i = 0; i < amounts.size(); ++i) {
        forward += ExactSum::rounded(amounts[i]);
        backward += ExactSum::rounded(amounts[amounts.size() - 1 - i]);
    }
    EXPECT_EQ(forward, backward);
}

TEST(ExactSum, HalvesAndDoublesAreFaithful) {
    for (const double amount : {0.0, -1e-9, 123456.789, -kCellLimit, kCellLimit}) {
        const ExactSum sum = ExactSum::rounded(amount);
        EXPECT_EQ(ExactSum::from_halves(sum.high(), sum.low()), sum);
        EXPECT_NEAR(sum.to_double(), amount, 0x1.0p-31 + std::fabs(amount) * 0x1.0p-53);
    }
}

}  // namespace
}  // namespace vargrid
