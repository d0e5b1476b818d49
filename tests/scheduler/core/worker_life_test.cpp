// Workers that announce when they will be gone.
#include "tests/scheduler/core/core_harness.hpp"

#include <chrono>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

constexpr Incarnation kWorker{7};

TEST(WorkerLife, IsKnownFromTheLatestHelloAndRunsDown) {
    CoreHarness core;
    WorkerHello hello{.incarnation = kWorker, .name = "w"};
    hello.ends_in = 1h;
    core.at(10s).send(hello).take<SendWelcome>();
    core.at(12s).heartbeat(kWorker);
    EXPECT_EQ(core.core().worker_summaries().at(0).ends_in, 1h - 2s);
    hello.ends_in = std::nullopt;
    core.send(hello).take<SendWelcome>();
    EXPECT_EQ(core.core().worker_summaries().at(0).ends_in, std::nullopt);
}

TEST(WorkerLife, ThatIsPastOrAbsurdIsHeldWithinBounds) {
    CoreHarness core;
    WorkerHello hello{.incarnation = kWorker, .name = "w"};
    hello.ends_in = -1s;
    core.at(10s).send(hello).take<SendWelcome>();
    EXPECT_EQ(core.core().worker_summaries().at(0).ends_in, 0s);
    hello.ends_in = Duration::max();
    core.send(hello).take<SendWelcome>();
    EXPECT_EQ(core.core().worker_summaries().at(0).ends_in, CoreConfig{}.worker_life_max);
}

}  // namespace
}  // namespace vargrid::scheduler::testing
