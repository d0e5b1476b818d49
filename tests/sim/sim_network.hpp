// SimNetwork: one link for each worker incarnation. Within a connection order is kept and nothing
// is lost, as ZeroMQ does; at a reset, what is under way is lost, arrives, or arrives twice. A link
// can be clogged or cut in one direction.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "protocol/ids.hpp"
#include "scheduler/core/event.hpp"
#include "tests/sim/fault_plan.hpp"
#include "tests/sim/timeline.hpp"
#include "worker/core/event.hpp"

#include <cstdint>
#include <functional>
#include <map>

namespace vargrid::sim {

enum class Way : std::uint8_t { up, down };

class SimNetwork {
  public:
    using ToScheduler = std::function<void(const scheduler::Event&)>;
    using ToWorker = std::function<void(Incarnation, const worker::Event&)>;

    SimNetwork(Timeline& timeline, RandomStream& random, const FaultPlan& plan)
        : timeline_{timeline}, random_{random}, plan_{plan} {}
    void connect(ToScheduler to_scheduler, ToWorker to_worker) {
        to_scheduler_ = std::move(to_scheduler);
        to_worker_ = std::move(to_worker);
    }

    void send_up(Incarnation from, scheduler::Event message);
    void send_down(Incarnation to, worker::Event message);

    /// A new connection; what is under way on the old one is at its mercy.
    void reset(Incarnation worker) { ++links_[worker].connection; }
    void reset_all();
    void clog(Incarnation worker, Way way, Instant until);
    void cut(Incarnation worker, Way way, Instant until);
    /// Nothing is clogged or cut any more.
    void heal();

  private:
    struct Direction {
        Instant delivered_until;
        Instant clogged_until;
        Instant cut_until;
    };
    struct Link {
        std::uint64_t connection{0};
        Direction up;
        Direction down;
    };

    /// Delivers once, twice or never.
    void deliver(Incarnation worker, Way way, const std::function<void()>& arrive);

    Timeline& timeline_;
    RandomStream& random_;
    const FaultPlan& plan_;
    ToScheduler to_scheduler_;
    ToWorker to_worker_;
    std::map<Incarnation, Link> links_;
};

}  // namespace vargrid::sim
