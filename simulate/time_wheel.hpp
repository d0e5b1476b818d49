// TimeWheel: what happens when, in steps of one millisecond. Planning and taking cost O(1): a ring
// of slots for the next two minutes, an ordered map for what lies beyond. Things of one slot come
// in the order in which they were planned, so two runs of a seed are equal.
#pragma once

#include "base/check.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace vargrid::simulate {

template <class Step>
class TimeWheel {
  public:
    static constexpr std::int64_t kSlotNanoseconds = 1'000'000;

    /// The slot that is being carried out.
    [[nodiscard]] std::int64_t slot() const { return slot_; }
    [[nodiscard]] Instant now() const { return Instant{slot_ * kSlotNanoseconds}; }

    /// In the first slot that is not before `at`, and later than this one.
    void plan(Instant at, const Step& step) {
        std::int64_t slot = (at.nanoseconds + kSlotNanoseconds - 1) / kSlotNanoseconds;
        slot = slot <= slot_ ? slot_ + 1 : slot;
        if (slot - slot_ < kRing) {
            ring_[static_cast<std::size_t>(slot % kRing)].push_back(step);
        } else {
            beyond_[slot].push_back(step);
        }
    }

    /// Goes to the next slot and gives what was planned for it; valid until the next call.
    const std::vector<Step>& advance() {
        ++slot_;
        current_.clear();
        if (const auto far = beyond_.find(slot_); far != beyond_.end()) {
            current_ = std::move(far->second);
            beyond_.erase(far);
        }
        auto& near = ring_[static_cast<std::size_t>(slot_ % kRing)];
        current_.insert(current_.end(), near.begin(), near.end());
        near.clear();
        return current_;
    }

  private:
    static constexpr std::int64_t kRing = 1 << 17;

    std::int64_t slot_{0};
    std::vector<std::vector<Step>> ring_{static_cast<std::size_t>(kRing)};
    std::map<std::int64_t, std::vector<Step>> beyond_;
    std::vector<Step> current_;
};

}  // namespace vargrid::simulate
