#include "base/random.hpp"
#include "pricing/kernels/batch.hpp"
#include "risk/block.hpp"
#include "tests/risk/small_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vargrid {
namespace {

TEST(Plan, EveryCellIsInExactlyOneBlock) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        RandomStream random{seed, 0};
        RunSpec run = testing::small_run().run;
        run.scenarios.resize(1 + random.below(700));
        run.block_picoseconds = 1 + random.below(3'000'000);
        run.batches.assign(1 + random.below(9), run.batches[0]);
        for (RunBatch& batch : run.batches) {
            batch.picoseconds_per_scenario = random.below(50'000);
        }
        const Plan plan{run};
        std::vector<std::vector<int>> covered(run.batches.size(),
                                              std::vector<int>(run.column_count(), 0));
        for (std::uint64_t i = 0; i < plan.block_count(); ++i) {
            const Block block = plan.block(i);
            EXPECT_EQ(block.index, i);
            EXPECT_GT(block.column_count, 0U);
            EXPECT_EQ(block.column_first % kLanes, 0U);
            for (std::uint32_t c = 0; c < block.column_count; ++c) {
                ++covered[block.batch][block.column_first + c];
            }
        }
        for (const auto& batch : covered) {
            EXPECT_EQ(std::ranges::count(batch, 1), static_cast<std::ptrdiff_t>(batch.size()))
                << "seed " << seed;
        }
    }
}

TEST(Plan, DependsOnTheRunAlone) {
    const RunSpec run = testing::small_run().run;
    const Plan one{run};
    const Plan other{*RunSpec::decode(run.encode())};
    ASSERT_EQ(one.block_count(), other.block_count());
    for (std::uint64_t i = 0; i < one.block_count(); ++i) {
        EXPECT_EQ(one.block(i), other.block(i));
    }
}

}  // namespace
}  // namespace vargrid
