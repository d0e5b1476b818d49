// TurnTimes: how long turns took, as a histogram with steps of 1/8 of a power of two: quantiles
// within 12 %, in a fixed amount of memory.
#pragma once

#include <array>
#include <cstdint>

namespace vargrid::simulate {

class TurnTimes {
  public:
    void add(std::int64_t nanoseconds);

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::int64_t max() const { return max_; }
    [[nodiscard]] std::int64_t total() const { return total_; }
    /// The upper end of the step in which this share of all times ends; 0 if there are none.
    [[nodiscard]] std::int64_t quantile_permille(std::uint32_t permille) const;

  private:
    static constexpr std::uint32_t kSteps = 8;
    std::array<std::uint64_t, 64 * kSteps> counts_{};
    std::uint64_t count_{0};
    std::int64_t total_{0};
    std::int64_t max_{0};
};

}  // namespace vargrid::simulate
