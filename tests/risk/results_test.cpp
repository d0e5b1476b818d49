#include "risk/results.hpp"

#include "base/random.hpp"
#include "risk/evaluate.hpp"
#include "tests/risk/small_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace vargrid {
namespace {

std::vector<BlockResult> evaluate_all(const testing::SmallRun& small) {
    BlockEvaluator evaluator{small.run, small.scenarios, best_isa().value()};
    const Plan plan{small.run};
    std::vector<BlockResult> results;
    for (std::uint64_t i = 0; i < plan.block_count(); ++i) {
        const Block block = plan.block(i);
        results.push_back(evaluator.evaluate(small.batches[block.batch], block));
    }
    return results;
}

RunResults build(const testing::SmallRun& small, const std::vector<BlockResult>& blocks) {
    ResultsBuilder builder{small.run};
    for (const BlockResult& block : blocks) {
        EXPECT_TRUE(builder.add(block));
    }
    return std::move(builder).finish({});
}

TEST(Results, EveryLevelOfEveryPathIsTheSumOfItsLeaves) {
    const testing::SmallRun small = testing::small_run();
    const RunResults results = build(small, evaluate_all(small));
    EXPECT_EQ(results.books,
              (std::vector<std::string>{"total", "desk", "desk/a", "desk/b", "other"}));
    EXPECT_TRUE(results.complete);
    for (std::size_t moved = 0; moved < results.run.classes.size(); ++moved) {
        for (std::size_t s = 0; s < results.scenario_count(); ++s) {
            const auto pnl = [&](std::size_t book) { return results.pnl_of(moved, book)[s]; };
            EXPECT_NEAR(pnl(1), pnl(2) + pnl(3), 1e-6);
            EXPECT_NEAR(pnl(0), pnl(1) + pnl(4), 1e-6);
        }
    }
    EXPECT_NEAR(results.base_values[3], 1000.0 * 100.0, 1e-9);
    EXPECT_NEAR(results.base_values[2], 1.25 * (5e6 - 300.5 * 100.0), 1e-6);
}

TEST(Results, TheOrderOfBlocksCannotMatter) {
    const testing::SmallRun small = testing::small_run();
    std::vector<BlockResult> blocks = evaluate_all(small);
    const RunResults forward = build(small, blocks);
    RandomStream random{5, 0};
    for (int round = 0; round < 5; ++round) {
        for (std::size_t i = blocks.size(); i > 1; --i) {
            std::swap(blocks[i - 1], blocks[random.below(i)]);
        }
        EXPECT_EQ(build(small, blocks), forward);
    }
}

TEST(Results, MeasuresAreOrderStatisticsOfTheBooksPnl) {
    const testing::SmallRun small = testing::small_run();
    const RunResults results = build(small, evaluate_all(small));
    ASSERT_EQ(results.measures.size(), 5U * 4U * 2U);
    for (const MeasureValue& measure : results.measures) {
        if (measure.request.measure != MeasureKind::var) {
            continue;
        }
        const auto book = static_cast<std::size_t>(std::ranges::find(results.books, measure.book) -
                                                   results.books.begin());
        const auto moved =
            static_cast<std::size_t>(std::ranges::find(results.run.classes, measure.risk_class) -
                                     results.run.classes.begin());
        const auto pnl = results.pnl_of(moved, book);
        // 37 scenarios at 99 %: the worst.
        EXPECT_EQ(measure.value, -std::ranges::min(pnl));
    }
}

TEST(Results, ABlockTwiceIsRefusedAndAMissingBlockIsAHoleNotANumber) {
    const testing::SmallRun small = testing::small_run();
    std::vector<BlockResult> blocks = evaluate_all(small);
    ResultsBuilder builder{small.run};
    for (std::size_t i = 0; i + 1 < blocks.size(); ++i) {
        ASSERT_TRUE(builder.add(blocks[i]));
    }
    EXPECT_EQ(builder.add(blocks[0]).error().code, ErrorCode::conflict);
    const RunResults results = std::move(builder).finish({});
    EXPECT_FALSE(results.complete);
    EXPECT_EQ(results.blocks_missing, (std::vector<std::uint64_t>{blocks.size() - 1}));
    // The last block holds interest-rate columns of the book "other".
    EXPECT_TRUE(std::isnan(results.pnl_of(3, 4).back()));
    EXPECT_TRUE(std::isnan(results.pnl_of(3, 0).back()));
    EXPECT_FALSE(std::isnan(results.pnl_of(3, 1).back()));
    const auto has_measure = [&](const std::string& book, MovedClass moved) {
        return std::ranges::any_of(results.measures, [&](const MeasureValue& m) {
            return m.book == book && m.risk_class == moved;
        });
    };
    EXPECT_FALSE(has_measure("total", MovedClass::interest_rate));
    EXPECT_FALSE(has_measure("other", MovedClass::interest_rate));
    EXPECT_TRUE(has_measure("desk", MovedClass::interest_rate));
    EXPECT_TRUE(has_measure("total", MovedClass::all));
}

TEST(Results, AForeignBlockChangesNothing) {
    const testing::SmallRun small = testing::small_run();
    std::vector<BlockResult> blocks = evaluate_all(small);
    ResultsBuilder builder{small.run};
    BlockResult wrong = blocks[0];
    wrong.sum_high.pop_back();
    EXPECT_FALSE(builder.add(wrong));
    wrong = blocks[0];
    wrong.block.index = 1000;
    EXPECT_FALSE(builder.add(wrong));
    wrong = blocks[0];
    wrong.books[0] = 2;
    EXPECT_FALSE(builder.add(wrong));
    for (const BlockResult& block : blocks) {
        EXPECT_TRUE(builder.add(block));
    }
    EXPECT_EQ(std::move(builder).finish({}), build(small, blocks));
}

}  // namespace
}  // namespace vargrid
