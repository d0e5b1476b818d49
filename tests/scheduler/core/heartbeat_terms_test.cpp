// How often workers are heard, and when they are given up, as the fleet grows and shrinks.
#include "scheduler/core/heartbeat_terms.hpp"

#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

/// Two workers are a large fleet: each beats every second, three share it.
CoreConfig one_heartbeat_a_second() {
    CoreConfig config = one_lease();
    config.heartbeats_per_second_max = 1;
    return config;
}

TEST(HeartbeatTerms, StayAsConfiguredUntilTheFleetIsLarge) {
    for (const std::size_t workers : {0U, 1U, 1'000U, 10'000U}) {
        EXPECT_EQ(heartbeat_terms({}, workers), (HeartbeatTerms{1s, 5s})) << workers;
    }
}

TEST(HeartbeatTerms, GrowWithTheFleetSoThatHeartbeatsStayTenThousandASecond) {
    EXPECT_EQ(heartbeat_terms({}, 20'000), (HeartbeatTerms{2s, 10s}));
    EXPECT_EQ(heartbeat_terms({}, 61'299), (HeartbeatTerms{6'129'900us, 30'649'500us}));
    EXPECT_EQ(heartbeat_terms({}, 100'000), (HeartbeatTerms{10s, 50s}));
}

TEST(HeartbeatTerms, KeepTheNumberOfHeartbeatsThatMayBeMissed) {
    CoreConfig config;
    config.heartbeat_interval = 20ms;
    config.worker_silence_max = 100ms;
    EXPECT_EQ(heartbeat_terms(config, 10), (HeartbeatTerms{20ms, 100ms}));
    EXPECT_EQ(heartbeat_terms(config, 2'000), (HeartbeatTerms{200ms, 1s}));
}

TEST(HeartbeatTerms, AreToldWithEveryAnswer) {
    CoreHarness grid{one_heartbeat_a_second()};
    grid.hello(kW1, "w1", 1, {}).expect(SendWelcome{kW1, Epoch{1}, 1s, 5s});
    grid.hello(kW2, "w2", 1, {}).expect(SendWelcome{kW2, Epoch{1}, 2s, 10s});
    grid.hello(kW3, "w3", 1, {}).expect(SendWelcome{kW3, Epoch{1}, 3s, 15s});
    grid.send(WorkerHeartbeat{kW1, Epoch{1}, false, {}}).expect(AnswerHeartbeat{kW1, 3s, 15s});
    grid.send(WorkerLeaving{kW3, Epoch{1}});
    grid.send(WorkerHeartbeat{kW1, Epoch{1}, false, {}}).expect(AnswerHeartbeat{kW1, 2s, 10s});
}

TEST(HeartbeatTerms, NobodyIsLostWithinTheSilenceItWasTold) {
    CoreHarness grid{one_heartbeat_a_second()};
    grid.joins(kW1, "w1").joins(kW2, "w2");
    grid.send(WorkerHeartbeat{kW1, Epoch{1}, false, {}}).expect(AnswerHeartbeat{kW1, 2s, 10s});
    grid.send(WorkerLeaving{kW2, Epoch{1}});
    // The fleet is small now, but nobody has told the first worker.
    grid.at(9'999ms).tick();
    EXPECT_EQ(grid.core().worker_count(), 1U);
    grid.at(10s).tick();
    EXPECT_EQ(grid.core().worker_count(), 0U);
}

TEST(HeartbeatTerms, OneLostAnswerLosesNobody) {
    CoreHarness grid{one_heartbeat_a_second()};
    grid.joins(kW1, "w1").joins(kW2, "w2");
    grid.send(WorkerHeartbeat{kW1, Epoch{1}, false, {}}).expect(AnswerHeartbeat{kW1, 2s, 10s});
    grid.send(WorkerLeaving{kW2, Epoch{1}});
    grid.at(2s).send(WorkerHeartbeat{kW1, Epoch{1}, false, {}});
    grid.expect(AnswerHeartbeat{kW1, 1s, 5s});  // Say it never arrives.
    grid.at(11'999ms).tick();
    EXPECT_EQ(grid.core().worker_count(), 1U);
    grid.at(12s).tick();
    EXPECT_EQ(grid.core().worker_count(), 0U);
}

TEST(HeartbeatTerms, AShorterSilenceCountsAsSoonAsItIsToldTwice) {
    CoreHarness grid{one_heartbeat_a_second()};
    grid.joins(kW1, "w1").joins(kW2, "w2");
    grid.send(WorkerHeartbeat{kW1, Epoch{1}, false, {}}).expect(AnswerHeartbeat{kW1, 2s, 10s});
    grid.send(WorkerLeaving{kW2, Epoch{1}});
    grid.at(2s).heartbeat(kW1).at(3s).heartbeat(kW1);
    grid.at(7'999ms).tick();
    EXPECT_EQ(grid.core().worker_count(), 1U);
    EXPECT_EQ(grid.core().next_deadline(), Instant{} + 8s);
    grid.at(8s).tick();
    EXPECT_EQ(grid.core().worker_count(), 0U);
}

TEST(HeartbeatTerms, AfterARestartEveryLeaseHolderIsAwaitedAsLongAsSuchAFleetWasTold) {
    CoreHarness grid{one_heartbeat_a_second()};
    grid.joins(kW1, "w1").joins(kW2, "w2");
    grid.submit(a_job().blocks(2));
    grid.tick().take<GrantLease>();
    grid.take<GrantLease>();
    grid.restart();
    grid.at(9'999ms).tick();
    EXPECT_EQ(grid.core().worker_count(), 2U);
    grid.at(10s).tick();
    EXPECT_EQ(grid.core().worker_count(), 0U);
}

}  // namespace
}  // namespace vargrid::scheduler::testing
