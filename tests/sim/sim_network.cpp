#include "tests/sim/sim_network.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::sim {

void SimNetwork::send_up(Incarnation from, scheduler::Event message) {
    deliver(from, Way::up, [this, message = std::move(message)] { to_scheduler_(message); });
}

void SimNetwork::send_down(Incarnation to, worker::Event message) {
    deliver(to, Way::down, [this, to, message = std::move(message)] { to_worker_(to, message); });
}

void SimNetwork::deliver(Incarnation worker, Way way, const std::function<void()>& arrive) {
    Link& link = links_[worker];
    Direction& direction = way == Way::up ? link.up : link.down;
    const Instant now = timeline_.now();
    const Duration latency{1'000 + random_.between(0, plan_.latency_max.count())};
    if (now < direction.cut_until) {
        return;
    }
    const Instant at =
        std::max({now + latency, direction.delivered_until, direction.clogged_until});
    direction.delivered_until = at;
    timeline_.plan(at, [this, worker, connection = link.connection, arrive] {
        if (links_[worker].connection == connection) {
            arrive();
            return;
        }
        if (random_.chance(plan_.lost_percent, 100)) {
            return;
        }
        arrive();
        if (random_.chance(plan_.repeated_percent, 100)) {
            timeline_.plan_after(Duration{random_.between(0, 2'000'000'000)}, arrive);
        }
    });
}

void SimNetwork::reset_all() {
    for (auto& [worker, link] : links_) {
        ++link.connection;
    }
}

void SimNetwork::clog(Incarnation worker, Way way, Instant until) {
    Link& link = links_[worker];
    (way == Way::up ? link.up : link.down).clogged_until = until;
}

void SimNetwork::cut(Incarnation worker, Way way, Instant until) {
    Link& link = links_[worker];
    (way == Way::up ? link.up : link.down).cut_until = until;
}

void SimNetwork::heal() {
    for (auto& [worker, link] : links_) {
        link.up.clogged_until = link.up.cut_until = Instant{};
        link.down.clogged_until = link.down.cut_until = Instant{};
    }
}

}  // namespace vargrid::sim
