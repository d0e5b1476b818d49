// The link of a worker to its scheduler: hello, heartbeats, silence, restart, limits.
#include "base/random.hpp"
#include "tests/worker/core/session_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::worker::testing {
namespace {

using namespace std::chrono_literals;

TEST(Session, SaysHelloAgainWithGrowingPausesUntilItIsWelcome) {
    SessionHarness worker;
    worker.tick().expect(SendHello{});
    worker.at(99ms).tick().expect_nothing();
    worker.at(100ms).tick().expect(SendHello{.started_ago = 100ms});
    worker.at(299ms).tick().expect_nothing();
    worker.at(300ms).tick().expect(SendHello{.started_ago = 300ms});
    worker.at(700ms).tick().expect(SendHello{.started_ago = 700ms});
    worker.at(1500ms).tick().expect(SendHello{.started_ago = 1500ms});
    worker.at(3100ms).tick().expect(SendHello{.started_ago = 3100ms});
    worker.at(5100ms).tick().expect(Reconnect{}).expect(SendHello{.started_ago = 5100ms});
    worker.at(7100ms).tick().expect(SendHello{.started_ago = 7100ms});
    worker.send(Welcome{Epoch{3}, 2s, 7s}).expect_nothing();
    EXPECT_EQ(worker.session().epoch(), Epoch{3});
    EXPECT_EQ(worker.session().next_deadline(), Instant{} + 9100ms);
}

TEST(Session, SendsHeartbeatsThatNameItsLeases) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease first = a_lease(1, {0, 4});
    const Lease second = a_lease(2, {4, 8});
    worker.is_granted(first).expect_started(first).is_granted(second).expect_nothing();
    worker.does(first, 2).at(1s).tick();
    worker.expect(SendHeartbeat{false, {{first.attempt, 1, true}, {second.attempt, 0, false}}});
}

TEST(Session, BeatsAsOftenAsTheLastAnswerSays) {
    SessionHarness worker;
    worker.is_welcomed().at(1s).tick().take<SendHeartbeat>();
    worker.send(HeartbeatAnswered{Epoch{1}, 6s, 30s}).at(2s).tick();
    worker.take<SendHeartbeat>();  // As planned when the last one was sent.
    worker.send(HeartbeatAnswered{Epoch{1}, 6s, 30s}).at(7999ms).tick().expect_nothing();
    worker.at(8s).tick().take<SendHeartbeat>();
    worker.at(9s).send(HeartbeatAnswered{Epoch{1}, 1s, 30s}).at(10s).tick().take<SendHeartbeat>();
    for (int second = 11; second < 39; ++second) {
        worker.at(std::chrono::seconds{second}).tick().take<SendHeartbeat>();
    }
    worker.at(39s).tick().expect(Reconnect{}).expect(SendHello{});
}

TEST(Session, ReconnectsWhenTheSchedulerFallsSilentAndKeepsComputing) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease first = a_lease(1, {0, 2});
    const Lease second = a_lease(2, {2, 3});
    worker.is_granted(first).expect_started(first).is_granted(second);
    for (int second_of_silence = 1; second_of_silence < 5; ++second_of_silence) {
        worker.at(std::chrono::seconds{second_of_silence}).tick().take<SendHeartbeat>();
    }
    worker.at(5s).tick().expect(Reconnect{});
    EXPECT_EQ(worker.take<SendHello>().held.size(), 2U);
    EXPECT_FALSE(worker.session().is_welcome());
    worker.does(first, 0).does(first, 1).stops(first).expect_started(second);
    const auto shard = worker.take<WriteShard>();
    worker.writes(shard).expect_nothing();  // Kept until somebody answers.

    worker.at(5100ms).tick();
    const auto hello = worker.take<SendHello>();
    EXPECT_EQ(hello.held[0], (HeldLease{kJob, first.attempt, {{0, 2}}}));
    EXPECT_EQ(hello.held[1], (HeldLease{kJob, second.attempt, {{2, 3}}}));
    worker.send(Welcome{Epoch{2}, 1s, 5s});
    EXPECT_EQ(worker.take<SendCommit>().ranges.size(), 1U);
}

TEST(Session, IntroducesItselfOnceForManyRequestsToDoSo) {
    SessionHarness worker;
    worker.is_welcomed();
    worker.at(500ms).send(Reintroduce{Epoch{2}}).expect(SendHello{});
    worker.send(Reintroduce{Epoch{2}}).send(Reintroduce{Epoch{2}}).expect_nothing();
    worker.send(Welcome{Epoch{2}, 1s, 5s});
    EXPECT_EQ(worker.session().epoch(), Epoch{2});
    EXPECT_TRUE(worker.session().is_welcome());
}

TEST(Session, IgnoresWhatASchedulerSaidThatIsNoMore) {
    SessionHarness worker;
    worker.is_welcomed(Epoch{2});
    const Lease lease = a_lease(1, {0, 4}, Epoch{2});
    worker.is_granted(lease).expect_started(lease);
    worker.send(LeaseRevoked{Epoch{1}, lease.attempt})
        .send(Welcome{Epoch{1}, 1s, 5s})
        .send(Reintroduce{Epoch{1}})
        .send(LeaseGranted{Epoch{1}, a_lease(9, {0, 4})})
        .expect_nothing();
    EXPECT_EQ(worker.session().stats().ignored_old_epoch, 4U);
    EXPECT_EQ(worker.session().epoch(), Epoch{2});
    EXPECT_EQ(worker.session().lease_count(), 1U);
}

TEST(Session, RunsAGrantThatComesTwiceOnce) {
    SessionHarness worker;
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 1});
    worker.is_granted(lease).expect_started(lease).is_granted(lease);
    worker.does(lease, 0).stops(lease);
    const auto shard = worker.take<WriteShard>();
    worker.writes(shard).take<SendCommit>();
    worker.is_accepted(lease).is_granted(lease).expect_nothing();
    EXPECT_EQ(worker.session().stats().ignored_grant, 2U);
    EXPECT_EQ(worker.session().lease_count(), 0U);
}

TEST(Session, GivesBackWhatIsGrantedBeyondItsLimit) {
    WorkerConfig config;
    config.leases_max = 1;
    SessionHarness worker{config};
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 4});
    const Lease more = a_lease(2, {4, 6});
    worker.is_granted(lease).expect_started(lease).is_granted(more);
    worker.expect(SendReturn{kJob, more.attempt, {{4, 6}}, ReturnReason::unneeded, {}, {}});
}

TEST(Session, WaitsWhenItIsRefused) {
    SessionHarness worker;
    worker.tick().take<SendHello>();
    worker.send(HelloRefused{Epoch{1}}).at(9s).tick().expect_nothing();
    worker.at(10s).tick().expect(Reconnect{}).expect(SendHello{.started_ago = 10s});
}

TEST(Session, LeavesWhenItHasBeenIdleForLong) {
    WorkerConfig config;
    config.idle_timeout = 500ms;
    SessionHarness worker{config};
    worker.is_welcomed();
    const Lease lease = a_lease(1, {0, 1});
    worker.at(400ms).is_granted(lease).expect_started(lease).at(900ms).tick().expect_nothing();
    worker.does(lease, 0).stops(lease);
    const auto shard = worker.take<WriteShard>();
    worker.writes(shard).take<SendCommit>();
    worker.is_accepted(lease);
    EXPECT_EQ(worker.session().next_deadline(), Instant{} + 1s);
    worker.at(1s).tick().take<SendHeartbeat>();
    worker.at(1399ms).tick().expect_nothing();
    worker.at(1400ms).tick().expect(SendLeaving{}).expect(Exit{kExitOk});
    EXPECT_EQ(worker.session().next_deadline(), std::nullopt);
    worker.send(Reintroduce{Epoch{1}}).expect_nothing();
}

TEST(Session, NoStormOfEventsBreaksAPromise) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        RandomStream random{seed, 0};
        WorkerSession session{WorkerConfig{}};
        std::vector<Action> actions;
        Instant now;
        for (int step = 0; step < 500; ++step) {
            now = now + Duration{random.between(0, 500'000'000)};
            const Epoch epoch{random.below(3)};
            const Attempt attempt =
                make_attempt(epoch, static_cast<std::uint32_t>(random.below(20)));
            const auto part = static_cast<std::uint32_t>(random.below(3));
            const std::uint64_t block = random.below(6);
            const std::vector<decltype(Event::what)> choices{
                Tick{},
                Welcome{epoch, 1s, 5s},
                HelloRefused{epoch},
                Reintroduce{epoch},
                HeartbeatAnswered{epoch},
                LeaseGranted{epoch, Lease{kJob, attempt, {block, block + 4}, false, 0ns}},
                LeaseRevoked{epoch, attempt},
                CommitAccepted{epoch, attempt, part},
                CommitRefused{epoch, attempt, part, true},
                BlocksDone{attempt, single_block(block), 1ms},
                BlockFailed{attempt, block, FaultCause::task, "bad", 1ms},
                TaskEmptied{attempt},
                TaskStopped{attempt, {}, {}},
                ShardWritten{attempt, part, "s", {}},
                ShardFailed{attempt, part, "full"},
                Tick{},
            };
            session.apply(Event{now, choices[random.below(choices.size())]}, actions);
            session.check_invariants();
        }
        for (const Action& action : actions) {
            ASSERT_FALSE(describe(action).empty());
        }
    }
}

}  // namespace
}  // namespace vargrid::worker::testing
