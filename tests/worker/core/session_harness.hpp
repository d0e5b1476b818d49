// SessionHarness: drives a WorkerSession by events alone; every event is followed by a Tick, as the
// agent does. Every action must be taken, in order; what is left at the end fails the test.
#pragma once

#include "worker/core/describe.hpp"
#include "worker/core/worker_session.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace vargrid::worker {

inline void PrintTo(const Action& action, std::ostream* out) {
    *out << describe(action);
}

}  // namespace vargrid::worker

namespace vargrid::worker::testing {

inline constexpr JobId kJob{1};

inline Lease a_lease(std::uint32_t sequence, BlockRange range, Epoch epoch = Epoch{1}) {
    return Lease{kJob, make_attempt(epoch, sequence), range, false, Duration{0}};
}

class SessionHarness {
  public:
    explicit SessionHarness(WorkerConfig config = {}) : session_{std::move(config)} {}
    SessionHarness(const SessionHarness&) = delete;
    SessionHarness& operator=(const SessionHarness&) = delete;
    SessionHarness(SessionHarness&&) = delete;
    SessionHarness& operator=(SessionHarness&&) = delete;
    ~SessionHarness() { expect_nothing(); }

    // ---- Events.

    SessionHarness& at(Duration since_start) {
        now_ = Instant{since_start.count()};
        return *this;
    }
    template <class What>
    SessionHarness& send(What what) {
        apply(Event{now_, std::move(what)});
        return tick();
    }
    SessionHarness& tick() {
        apply(Event{now_, Tick{}});
        return *this;
    }
    /// Says Hello, is welcomed.
    SessionHarness& is_welcomed(Epoch epoch = Epoch{1});
    SessionHarness& is_granted(const Lease& lease) { return send(LeaseGranted{epoch_, lease}); }
    SessionHarness& does(const Lease& lease, std::uint64_t block) {
        return send(BlocksDone{lease.attempt, single_block(block), std::chrono::milliseconds{10}});
    }
    SessionHarness& stops(const Lease& lease) { return send(TaskStopped{lease.attempt, {}, {}}); }
    /// The writer is done with what WriteShard asked for.
    SessionHarness& writes(const WriteShard& shard);
    SessionHarness& is_accepted(const Lease& lease, std::uint32_t part = 0) {
        return send(CommitAccepted{epoch_, lease.attempt, part});
    }

    // ---- Actions.

    template <class Wanted>
    Wanted take() {
        if (actions_.empty()) {
            ADD_FAILURE() << "no action is left";
            return {};
        }
        const Action action = actions_.front();
        actions_.pop_front();
        if (const auto* wanted = std::get_if<Wanted>(&action)) {
            return *wanted;
        }
        ADD_FAILURE() << "unexpected action: " << describe(action);
        return {};
    }
    SessionHarness& expect(const Action& wanted);
    SessionHarness& expect_nothing();
    SessionHarness& expect_started(const Lease& lease) { return expect(StartTask{lease}); }

    [[nodiscard]] const WorkerSession& session() const { return session_; }

  private:
    void apply(const Event& event);

    WorkerSession session_;
    Instant now_;
    Epoch epoch_;
    std::deque<Action> actions_;
};

}  // namespace vargrid::worker::testing
