// Coverage: which events met a worker and a job in which state. The seeds are worth their time only
// while they reach every pair that can happen.
#pragma once

#include "scheduler/core/event.hpp"
#include "scheduler/core/scheduler_core.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace vargrid::sim {

class Coverage {
  public:
    /// Before the event is applied.
    void note(const scheduler::SchedulerCore& core, const scheduler::Event& event);
    void add(const Coverage& other) { seen_.insert(other.seen_.begin(), other.seen_.end()); }
    /// "worker active, blocks_failed"
    [[nodiscard]] const std::set<std::string>& seen() const { return seen_; }
    [[nodiscard]] static std::set<std::string> all();

  private:
    std::set<std::string> seen_;
};

}  // namespace vargrid::sim
