// Timeline: the virtual clock. Things happen in order of time and, at one instant, in the order
// they were planned; nothing else decides, so two runs of a seed are equal.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace vargrid::sim {

class Timeline {
  public:
    using Step = std::function<void()>;

    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    [[nodiscard]] bool empty() const { return plan_.empty(); }
    [[nodiscard]] Instant next() const { return plan_.begin()->first.first; }

    /// `at` in the past means now.
    void plan(Instant at, Step step) {
        plan_.emplace(std::pair{at < now_ ? now_ : at, next_++}, std::move(step));
    }
    void plan_after(Duration delay, Step step) { plan(now_ + delay, std::move(step)); }

    /// Carries out the next step.
    void advance() {
        auto step = plan_.extract(plan_.begin());
        now_ = step.key().first;
        ++steps_;
        step.mapped()();
    }

  private:
    Instant now_;
    std::uint64_t next_{0};
    std::uint64_t steps_{0};
    std::map<std::pair<Instant, std::uint64_t>, Step> plan_;
};

}  // namespace vargrid::sim
