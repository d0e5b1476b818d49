#include "risk/estimators.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

namespace vargrid {
namespace {

/// Losses N, N-1, ..., 1: the k-th worst loss is N + 1 - k, so a value tells its rank.
std::vector<double> ladder(int count) {
    std::vector<double> losses;
    for (int loss = count; loss >= 1; --loss) {
        losses.push_back(loss);
    }
    return losses;
}

double rank_of(Estimator estimator, std::uint32_t confidence, int count) {
    return count + 1 - estimate(estimator, confidence, ladder(count));
}

struct RankRow {
    Estimator estimator;
    std::array<double, 3> at_99;  // N = 250, 500, 1000
    std::array<double, 3> at_97_5;
};

// The published table of conventions: rank 1 is the worst P&L.
TEST(Estimator, RanksAreThoseOfTheNamedConvention) {
    const std::vector<RankRow> rows{
        {Estimator::floor_plus_one_rank, {3, 6, 11}, {7, 13, 26}},
        {Estimator::ceil_rank, {3, 5, 10}, {7, 13, 25}},
        {Estimator::linear_interpolation, {3.49, 5.99, 10.99}, {7.225, 13.475, 25.975}},
    };
    const std::array<int, 3> counts{250, 500, 1000};
    for (const RankRow& row : rows) {
        for (std::size_t i = 0; i < counts.size(); ++i) {
            EXPECT_NEAR(rank_of(row.estimator, 9900, counts[i]), row.at_99[i], 1e-12)
                << to_text(row.estimator) << " N=" << counts[i];
            EXPECT_NEAR(rank_of(row.estimator, 9750, counts[i]), row.at_97_5[i], 1e-12)
                << to_text(row.estimator) << " N=" << counts[i];
        }
    }
}

TEST(Estimator, ExpectedShortfallOfTheLadder) {
    const std::vector<std::pair<int, double>> fractional_97_5{
        {250, 247.36}, {500, 494.24}, {1000, 988.0}};
    const std::vector<std::pair<int, double>> fractional_99{
        {250, 249.2}, {500, 498.0}, {1000, 995.5}};
    const std::vector<std::pair<int, double>> inclusive_99{
        {250, 249.0}, {500, 497.5}, {1000, 995.0}};
    for (const auto& [count, value] : fractional_97_5) {
        EXPECT_NEAR(estimate(Estimator::fractional, 9750, ladder(count)), value, 1e-10) << count;
    }
    for (const auto& [count, value] : fractional_99) {
        EXPECT_NEAR(estimate(Estimator::fractional, 9900, ladder(count)), value, 1e-10) << count;
    }
    for (const auto& [count, value] : inclusive_99) {
        EXPECT_NEAR(estimate(Estimator::inclusive_mean, 9900, ladder(count)), value, 1e-10)
            << count;
    }
    EXPECT_NEAR(estimate(Estimator::ceil_rank_mean, 9900, ladder(500)), 498.0, 1e-10);
}

// (1 - 0.99) * 500 is 5.000000000000004 in binary; a rank of 6 would be wrong by a scenario.
TEST(Estimator, OnePercentOfFiveHundredIsFive) {
    EXPECT_EQ(rank_of(Estimator::ceil_rank, 9900, 500), 5.0);
    EXPECT_EQ(rank_of(Estimator::ceil_rank, 9900, 100), 1.0);
}

TEST(Estimator, SmallSamplesUseTheWorstLossAndNeverReadPastTheEnd) {
    const std::vector<double> one{7.0};
    for (const Estimator estimator : {Estimator::ceil_rank,
                                      Estimator::floor_plus_one_rank,
                                      Estimator::linear_interpolation,
                                      Estimator::fractional,
                                      Estimator::inclusive_mean,
                                      Estimator::ceil_rank_mean}) {
        EXPECT_DOUBLE_EQ(estimate(estimator, 9900, one), 7.0) << to_text(estimator);
        EXPECT_DOUBLE_EQ(estimate(estimator, 1, one), 7.0) << to_text(estimator);
        EXPECT_LE(estimate(estimator, 1, ladder(3)), 3.0) << to_text(estimator);
    }
}

TEST(Estimator, ShortfallIsNeverBelowTheQuantileOfTheSameRank) {
    for (int count = 1; count < 60; ++count) {
        for (const std::uint32_t confidence : {5000U, 9000U, 9750U, 9900U, 9990U}) {
            EXPECT_GE(estimate(Estimator::ceil_rank_mean, confidence, ladder(count)),
                      estimate(Estimator::ceil_rank, confidence, ladder(count)));
            EXPECT_GE(estimate(Estimator::fractional, confidence, ladder(count)),
                      estimate(Estimator::ceil_rank, confidence, ladder(count)) - 1e-9);
        }
    }
}

TEST(Estimator, NamesGoBothWaysAndUnknownOnesListTheKnown) {
    for (const Estimator estimator : {Estimator::ceil_rank, Estimator::fractional}) {
        EXPECT_EQ(*estimator_from_text(to_text(estimator)), estimator);
    }
    const auto unknown = estimator_from_text("median");
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().message.find("ceil_rank, floor_plus_one_rank"), std::string::npos);
    EXPECT_FALSE(estimates(Estimator::fractional, MeasureKind::var));
    EXPECT_TRUE(estimates(Estimator::fractional, MeasureKind::es));
}

}  // namespace
}  // namespace vargrid
