#include "base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace vargrid {
namespace {

// Known answers of philox4x32-10 from the kat_vectors file of Random123.
TEST(Random, PhiloxKnownAnswers) {
    EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
              (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
              (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
              (std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, EqualSeedsGiveEqualNumbersAndStreamsDiffer) {
    RandomStream a{7, 1};
    RandomStream b{7, 1};
    RandomStream c{7, 2};
    EXPECT_EQ(a.next(), b.next());
    EXPECT_NE(a.next(), c.next());
}

TEST(Random, MomentsAreThoseOfTheDistributions) {
    RandomStream random{3, 0};
    constexpr int kDraws = 200'000;
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < kDraws; ++i) {
        const double x = random.normal();
        sum += x;
        squares += x * x;
    }
    EXPECT_NEAR(sum / kDraws, 0.0, 5.0 / std::sqrt(kDraws));
    EXPECT_NEAR(squares / kDraws, 1.0, 5.0 * std::sqrt(2.0 / kDraws));
    for (int i = 0; i < 1000; ++i) {
        EXPECT_LT(random.below(3), 3U);
        const auto x = random.between(-2, 2);
        EXPECT_TRUE(x >= -2 && x <= 2);
    }
}

}  // namespace
}  // namespace vargrid
