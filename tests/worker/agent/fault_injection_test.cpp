// The words of VARGRID_FAULT, and that they do what they say.
#include "worker/agent/fault_injection.hpp"

#include <gtest/gtest.h>

namespace vargrid::worker {
namespace {

TEST(FaultInjection, ReadsItsWords) {
    EXPECT_EQ(*FaultInjection::parse(""), FaultInjection{});
    const auto all =
        FaultInjection::parse("crash:block=17,fail:block=3,lie:every=5,slow:factor=10");
    ASSERT_TRUE(all);
    EXPECT_EQ(all->crash_block, 17U);
    EXPECT_EQ(all->fail_block, 3U);
    EXPECT_EQ(all->lie_every, 5U);
    EXPECT_EQ(all->slow_factor, 10U);
    EXPECT_TRUE(FaultInjection::parse("fail:all")->fail_all);
    EXPECT_TRUE(FaultInjection::parse("fail:shards")->fail_shards);
}

TEST(FaultInjection, RefusesWhatItDoesNotKnow) {
    for (const char* const text :
         {"crash", "crash:block=", "crash:block=1x", "lie:every=0", "slow:factor=0", "fail:all;"}) {
        const auto refused = FaultInjection::parse(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_NE(refused.error().message.find("is no fault"), std::string::npos);
    }
}

TEST(FaultInjection, FailsCrashesAndLiesWhereItIsTold) {
    const auto faults = FaultInjection::parse("fail:block=3,lie:every=5");
    ASSERT_TRUE(faults);
    EXPECT_TRUE(faults->before(2));
    EXPECT_FALSE(faults->before(3));
    BlockResult honest;
    honest.sum_low = {8, 9};
    BlockResult result = honest;
    faults->after(4, std::chrono::nanoseconds{1}, result);
    EXPECT_EQ(result, honest);
    faults->after(5, std::chrono::nanoseconds{1}, result);
    EXPECT_NE(result, honest);
    EXPECT_NE(result.digest(), honest.digest());
    EXPECT_DEATH((void)FaultInjection::parse("crash:block=17")->before(17), "");
}

}  // namespace
}  // namespace vargrid::worker
