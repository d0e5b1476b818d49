#include "tests/worker/core/session_harness.hpp"

namespace vargrid::worker::testing {

void SessionHarness::apply(const Event& event) {
    SCOPED_TRACE(describe(event));
    std::vector<Action> actions;
    session_.apply(event, actions);
    session_.check_invariants();
    for (Action& action : actions) {
        actions_.push_back(std::move(action));
    }
    // A deadline that has passed was just served, or the agent would spin.
    if (const auto next = session_.next_deadline();
        next && std::holds_alternative<Tick>(event.what)) {
        EXPECT_GT(*next, event.at);
    }
}

SessionHarness& SessionHarness::is_welcomed(Epoch epoch) {
    tick();
    take<SendHello>();
    epoch_ = epoch;
    return send(Welcome{epoch, std::chrono::seconds{1}, std::chrono::seconds{5}});
}

SessionHarness& SessionHarness::writes(const WriteShard& shard) {
    ShardWritten written{shard.attempt, shard.part, "s" + std::to_string(shard.part), {}};
    for (const BlockRange range : shard.ranges) {
        written.ranges.push_back(RangeDigest{range, {}});
    }
    return send(std::move(written));
}

SessionHarness& SessionHarness::expect(const Action& wanted) {
    if (actions_.empty()) {
        ADD_FAILURE() << "nothing was done; expected " << describe(wanted);
        return *this;
    }
    EXPECT_EQ(actions_.front(), wanted);
    actions_.pop_front();
    return *this;
}

SessionHarness& SessionHarness::expect_nothing() {
    for (const Action& action : actions_) {
        ADD_FAILURE() << "left over: " << describe(action);
    }
    actions_.clear();
    return *this;
}

}  // namespace vargrid::worker::testing
