// A life with an end: announced, and left in good time without being told.
#include "tests/worker/core/session_harness.hpp"

#include <chrono>

namespace vargrid::worker::testing {
namespace {

using namespace std::chrono_literals;

WorkerConfig living(Duration life) {
    WorkerConfig config;
    config.life = life;
    return config;
}

TEST(Life, EveryHelloSaysWhatIsLeftOfIt) {
    SessionHarness worker{living(1h)};
    worker.at(5s).tick();
    EXPECT_EQ(worker.take<SendHello>().ends_in, 1h);
    worker.at(6s).tick();
    EXPECT_EQ(worker.take<SendHello>().ends_in, 1h - 1s);
}

TEST(Life, WithoutAnEndAnnouncesNone) {
    SessionHarness worker;
    worker.tick();
    EXPECT_EQ(worker.take<SendHello>().ends_in, std::nullopt);
}

TEST(Life, DrainsBeforeItsEndAndIsReclaimed) {
    WorkerConfig config = living(60s);
    config.heartbeat_interval = 1h;
    SessionHarness worker{config};
    worker.tick().take<SendHello>();
    worker.send(Welcome{Epoch{1}, 1h, 1h});
    EXPECT_EQ(worker.session().next_deadline(), Instant{} + 35s);
    const Lease lease = a_lease(1, {0, 4});
    worker.send(LeaseGranted{Epoch{1}, lease}).expect_started(lease);
    worker.at(34'999ms).tick().expect_nothing();
    worker.at(35s).tick().expect(StopTask{lease.attempt});
    EXPECT_TRUE(worker.take<SendHeartbeat>().draining);
    worker.at(36s).send(TaskStopped{lease.attempt, {}, {}});
    EXPECT_EQ(worker.take<SendReturn>().reason, ReturnReason::drain);
    worker.expect(SendLeaving{}).expect(Exit{kExitReclaimed});
}

TEST(Life, ThatIsShortIsSpentHalfOnWork) {
    SessionHarness worker{living(8s)};
    worker.tick().take<SendHello>();
    worker.at(3'999ms).send(Welcome{Epoch{1}, 1h, 1h});
    worker.at(4s).tick().expect(SendHeartbeat{true, {}});
    worker.expect(SendLeaving{}).expect(Exit{kExitReclaimed});
}

TEST(Life, ThatIsOverBeforeItBeganEndsAtOnce) {
    SessionHarness worker{living(-1s)};
    EXPECT_EQ(worker.tick().take<SendHello>().ends_in, Duration{1});
    worker.expect(Exit{kExitReclaimed});
}

TEST(Life, ANoticeNeverGivesMoreTimeThanItsEnd) {
    SessionHarness worker{living(60s)};
    worker.tick().take<SendHello>();
    worker.send(Welcome{Epoch{1}, 1h, 1h});
    const Lease lease = a_lease(1, {0, 4});
    worker.send(LeaseGranted{Epoch{1}, lease}).expect_started(lease);
    worker.at(30s).send(DrainRequested{10min}).expect(StopTask{lease.attempt});
    worker.take<SendHeartbeat>();
    // Blocks in flight are given up five seconds before the end, whatever the notice promised.
    EXPECT_EQ(worker.session().next_deadline(), Instant{} + 55s);
    worker.at(60s).tick().expect(DropTask{lease.attempt});
    EXPECT_EQ(worker.take<SendReturn>().ranges, (std::vector<BlockRange>{{0, 4}}));
    worker.expect(SendLeaving{}).expect(Exit{kExitReclaimed});
}

TEST(Life, AProcessThatSleptPastItsEndLeavesAtOnce) {
    SessionHarness worker{living(60s)};
    worker.tick().take<SendHello>();
    worker.send(Welcome{Epoch{1}, 1h, 1h});
    worker.at(70s).tick().expect(SendHeartbeat{true, {}}).expect(SendLeaving{});
    worker.expect(Exit{kExitReclaimed});
}

}  // namespace
}  // namespace vargrid::worker::testing
