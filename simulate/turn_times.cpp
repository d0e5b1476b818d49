#include "simulate/turn_times.hpp"

#include <algorithm>
#include <bit>

namespace vargrid::simulate {

void TurnTimes::add(std::int64_t nanoseconds) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0));
    std::size_t step = value;
    if (value >= kSteps) {
        const auto power = static_cast<std::uint32_t>(std::bit_width(value)) - 1;
        step = (power - 2) * kSteps + ((value >> (power - 3)) & (kSteps - 1));
    }
    ++counts_[step];
    ++count_;
    total_ += nanoseconds;
    max_ = std::max(max_, nanoseconds);
}

std::int64_t TurnTimes::quantile_permille(std::uint32_t permille) const {
    const std::uint64_t wanted = (count_ * permille + 999) / 1'000;
    std::uint64_t seen = 0;
    for (std::size_t step = 0; step < counts_.size(); ++step) {
        seen += counts_[step];
        if (seen >= wanted && seen > 0) {
            if (step < kSteps) {
                return static_cast<std::int64_t>(step);
            }
            const std::size_t power = step / kSteps + 2;
            const std::size_t upper = ((kSteps + step % kSteps + 1) << (power - 3)) - 1;
            return std::min(static_cast<std::int64_t>(upper), max_);
        }
    }
    return 0;
}

}  // namespace vargrid::simulate
