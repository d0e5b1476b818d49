// Every event is legal in every state: a storm of events about known and unknown things, in an
// order nobody would send, breaks no promise, and two cores that see the same storm stay equal.
#include "base/random.hpp"
#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

class Storm {
  public:
    explicit Storm(std::uint64_t seed) : random_{seed, 0} {}

    Event next() {
        now_ = now_ + Duration{random_.between(0, 2'000'000'000)};
        return Event{now_, any()};
    }
    /// Later events speak of what was really granted, most of the time.
    void note(const std::vector<Action>& actions) {
        for (const Action& action : actions) {
            if (const auto* grant = std::get_if<GrantLease>(&action)) {
                grants_.push_back(*grant);
            }
        }
    }

  private:
    decltype(Event::what) any() {
        const GrantLease about = lease();
        switch (random_.below(13)) {
            case 0:
                return WorkerHello{.incarnation = worker(),
                                   .name = "w" + std::to_string(random_.below(3)),
                                   .threads = static_cast<std::uint32_t>(random_.below(5)),
                                   .memory_bytes = 0,
                                   .isa = "avx2",
                                   .draining = random_.chance(1, 8),
                                   .held = {{about.job, about.attempt, {range(), range()}}}};
            case 1:
                return WorkerHeartbeat{about.incarnation,
                                       epoch(),
                                       random_.chance(1, 20),
                                       {{about.attempt, random_.below(3), random_.chance(1, 2)}}};
            case 2:
            case 3:
                return BlocksCommitted{about.incarnation,
                                       epoch(),
                                       about.job,
                                       about.attempt,
                                       0,
                                       {{random_.chance(1, 3) ? range() : about.range, {}}},
                                       "shard",
                                       Duration{random_.between(0, 1'000'000)}};
            case 4:
                return BlocksReturned{about.incarnation,
                                      epoch(),
                                      about.job,
                                      about.attempt,
                                      {range(), range()},
                                      static_cast<ReturnReason>(random_.below(3)),
                                      "full",
                                      Duration{5}};
            case 5:
                return BlockFailed{about.incarnation,
                                   epoch(),
                                   about.job,
                                   about.attempt,
                                   random_.below(40),
                                   static_cast<FaultCause>(random_.below(2)),
                                   "bad",
                                   Duration{5}};
            case 6:
                return WorkerLeaving{worker(), epoch()};
            case 7:
                return SubmitJob{ClientId{random_.below(2)},
                                 RequestId{random_.below(50)},
                                 a_job().blocks(random_.below(40)).spec()};
            case 8:
                return CancelJob{ClientId{1}, RequestId{1}, JobId{random_.below(50)}};
            case 9:
                return ControlJob{ClientId{1},
                                  RequestId{2},
                                  JobId{random_.below(50)},
                                  static_cast<JobControl>(random_.below(3)),
                                  static_cast<std::int32_t>(random_.between(-2, 2))};
            case 10:
                return Restored{Epoch{random_.below(3)}, JobId{1}, {}};
            default:
                return Tick{};
        }
    }
    Incarnation worker() { return Incarnation{random_.below(5)}; }
    Epoch epoch() { return Epoch{random_.chance(1, 10) ? 0U : 1U}; }
    BlockRange range() {
        const std::uint64_t first = random_.below(40);
        return {first, first + random_.below(5)};
    }
    GrantLease lease() {
        if (grants_.empty() || random_.chance(1, 10)) {
            return GrantLease{worker(),
                              JobId{random_.below(5)},
                              make_attempt(Epoch{1}, static_cast<std::uint32_t>(random_.below(9))),
                              range(),
                              false};
        }
        const std::size_t recent = std::min<std::size_t>(grants_.size(), 6);
        return grants_[grants_.size() - 1 - random_.below(recent)];
    }

    RandomStream random_;
    Instant now_;
    std::vector<GrantLease> grants_;
};

CoreConfig small() {
    CoreConfig config;
    config.jobs_max = 4;
    config.ended_jobs_max = 2;
    config.workers_max = 4;
    config.host_fault_max = 2;
    config.task_fault_max = 2;
    config.unresolved_faults_max = 2;
    config.set_aside_per_job_max = 5;
    config.hosts_remembered_max = 2;
    config.lease_stall_max = std::chrono::seconds{3};
    config.grants_per_tick_max = 3;
    return config;
}

TEST(Totality, NoStormOfEventsBreaksAPromise) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Storm storm{seed};
        SchedulerCore core{small()};
        SchedulerCore twin{small()};
        MemoryJournal journal;
        std::vector<Action> actions;
        std::vector<Action> twin_actions;
        core.apply({Instant{}, Restored{Epoch{1}, JobId{1}, {}}}, actions);
        twin.apply({Instant{}, Restored{Epoch{1}, JobId{1}, {}}}, twin_actions);
        for (int step = 0; step < 800; ++step) {
            const Event event = storm.next();
            actions.clear();
            twin_actions.clear();
            core.apply(event, actions);
            twin.apply(event, twin_actions);
            core.check_invariants();
            ASSERT_EQ(actions, twin_actions);
            ASSERT_EQ(core.digest(), twin.digest());
            ASSERT_FALSE(describe(event).empty());
            for (const Action& action : actions) {
                ASSERT_FALSE(describe(action).empty());
                journal.write(action);
            }
            storm.note(actions);
        }
        SchedulerCore restored{small()};
        actions.clear();
        restored.apply({Instant{}, journal.restored(Epoch{2})}, actions);
        restored.check_invariants();
        EXPECT_EQ(restored.job_summaries().size(), core.job_summaries().size());
    }
}

}  // namespace
}  // namespace vargrid::scheduler::testing
