#include "risk/evaluate.hpp"

#include "tests/risk/small_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace vargrid {
namespace {

class Evaluate : public ::testing::Test {
  protected:
    testing::SmallRun small_ = testing::small_run();
    Isa isa_ = best_isa().value();
};

/// The value of each trade of small_run() by hand.
double expected_value(std::size_t trade, const std::vector<double>& factors) {
    const double spot = factors[0];
    const double fx = factors[1];
    const double discount = std::exp(-5.0 * factors[2]);
    switch (trade) {
        case 0:
            return 1000.0 * spot;
        case 1:
            return fx * -300.5 * spot;
        case 2:
            return fx * 5e6;
        case 3:
            return 1e7 * discount;
        default:
            return fx * -4e6 * discount;
    }
}

TEST_F(Evaluate, PnlIsTheChangeInValueWhenOnlyTheColumnsClassMoves) {
    small_.run.keep_trade_pnl = true;
    const Plan plan{small_.run};
    BlockEvaluator evaluator{small_.run, small_.scenarios, isa_};
    const auto first = small_.run.batch_first_trades();
    std::size_t cells = 0;
    for (std::uint64_t i = 0; i < plan.block_count(); ++i) {
        const Block block = plan.block(i);
        const BlockResult result = evaluator.evaluate(small_.batches[block.batch], block);
        ASSERT_TRUE(check_shapes(result, small_.run));
        EXPECT_TRUE(result.failures.empty());
        const std::size_t trades = small_.batches[block.batch].trade_count();
        for (std::size_t t = 0; t < trades; ++t) {
            for (std::size_t c = 0; c < block.column_count; ++c) {
                const std::size_t column = block.column_first + c;
                const std::size_t scenario = column % small_.run.scenarios.size();
                const MovedClass moved = small_.run.classes[column / small_.run.scenarios.size()];
                std::vector<double> factors = small_.scenarios.base;
                for (std::size_t f = 0; f < factors.size(); ++f) {
                    if (moves(moved, small_.scenarios.classes[f])) {
                        factors[f] = small_.scenarios.scenario(scenario)[f];
                    }
                }
                const std::size_t trade = first[block.batch] + t;
                const double pnl =
                    expected_value(trade, factors) - expected_value(trade, small_.scenarios.base);
                EXPECT_NEAR(result.trade_pnl[t * block.column_count + c], pnl, 1e-8)
                    << "trade " << trade << " column " << column;
                ++cells;
            }
        }
    }
    EXPECT_EQ(cells, small_.run.cell_count());
}

TEST_F(Evaluate, BookSumsAreTheExactSumsOfTheRoundedCells) {
    small_.run.keep_trade_pnl = true;
    BlockEvaluator evaluator{small_.run, small_.scenarios, isa_};
    const Plan plan{small_.run};
    for (std::uint64_t i = 0; i < plan.block_count(); ++i) {
        const Block block = plan.block(i);
        const Batch& batch = small_.batches[block.batch];
        const BlockResult result = evaluator.evaluate(batch, block);
        for (std::size_t b = 0; b < result.books.size(); ++b) {
            for (std::size_t c = 0; c < block.column_count; ++c) {
                ExactSum sum;
                for (std::size_t t = 0; t < batch.trade_count(); ++t) {
                    if (batch.group[t] == result.books[b]) {
                        sum += ExactSum::rounded(result.trade_pnl[t * block.column_count + c]);
                    }
                }
                EXPECT_EQ(result.sum(b, c), sum);
            }
        }
    }
}

TEST_F(Evaluate, AScenarioEqualToTheBaseHasNoPnlToTheBit) {
    for (std::size_t s = 0; s < small_.scenarios.scenario_count(); ++s) {
        std::ranges::copy(small_.scenarios.base,
                          small_.scenarios.shifted.begin() + static_cast<std::ptrdiff_t>(3 * s));
    }
    BlockEvaluator evaluator{small_.run, small_.scenarios, isa_};
    const BlockResult result = evaluator.evaluate(small_.batches[0], Plan{small_.run}.block(0));
    EXPECT_EQ(std::ranges::count(result.sum_high, 0),
              static_cast<std::ptrdiff_t>(result.sum_high.size()));
    EXPECT_EQ(std::ranges::count(result.sum_low, 0U),
              static_cast<std::ptrdiff_t>(result.sum_low.size()));
}

TEST_F(Evaluate, EveryInstructionSetGivesTheSameDigest) {
    if (!is_supported(Isa::avx512)) {
        GTEST_SKIP() << "this machine has no AVX-512";
    }
    BlockEvaluator narrow{small_.run, small_.scenarios, Isa::avx2};
    BlockEvaluator wide{small_.run, small_.scenarios, Isa::avx512};
    const Plan plan{small_.run};
    for (std::uint64_t i = 0; i < plan.block_count(); ++i) {
        const Block block = plan.block(i);
        EXPECT_EQ(narrow.evaluate(small_.batches[block.batch], block).digest(),
                  wide.evaluate(small_.batches[block.batch], block).digest());
    }
}

TEST_F(Evaluate, ACellBeyondTheLimitIsARecordedFailureAndNotANumber) {
    small_.run.keep_trade_pnl = true;
    small_.batches[0].linear.term_amount[0] = 1e15;
    BlockEvaluator evaluator{small_.run, small_.scenarios, isa_};
    const BlockResult result = evaluator.evaluate(small_.batches[0], Plan{small_.run}.block(0));
    ASSERT_FALSE(result.failures.empty());
    for (const CellFailure& failure : result.failures) {
        EXPECT_EQ(failure.trade, 0U);
        EXPECT_EQ(failure.reason, FailureReason::out_of_range);
        EXPECT_TRUE(std::isnan(result.trade_pnl[failure.column]));
    }
    EXPECT_TRUE(check_shapes(result, small_.run));
}

}  // namespace
}  // namespace vargrid
