#include "scheduler/core/speeds.hpp"

#include "base/check.hpp"
#include "scheduler/core/proportion.hpp"

#include <algorithm>

namespace vargrid::scheduler {
namespace {

std::uint64_t count_of(CoreTime time) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(1, time.count()));
}

CoreTime time_of(std::uint64_t nanoseconds) {
    constexpr std::uint64_t kDay = 86'400'000'000'000;
    return CoreTime{static_cast<std::int64_t>(std::clamp<std::uint64_t>(nanoseconds, 1, kDay))};
}

/// An eighth of the new: tasks are many, and blocks of one job are not all alike.
Speed averaged(Speed known, Speed sample) {
    return known - known / 8 + sample / 8;
}

}  // namespace

CoreTime cost_at(CoreTime reference, Speed speed) {
    return time_of(proportion(count_of(reference), kSpeedOne, speed));
}

CoreTime reference_cost(CoreTime cost, Speed speed) {
    return time_of(proportion(count_of(cost), speed, kSpeedOne));
}

MeasuredSpeed Speeds::guess(const MachineKind& kind) const {
    const auto found = kinds_.find(kind);
    if (found == kinds_.end()) {
        return {};
    }
    return {.speed = found->second, .measured = false, .guessed = true};
}

void Speeds::learn(const MachineKind& kind,
                   MeasuredSpeed& worker,
                   CoreTime reference,
                   CoreTime cost) {
    const Speed sample = std::clamp(
        proportion(count_of(reference), kSpeedOne, count_of(cost)), kSpeedMin, kSpeedMax);
    worker.speed = worker.measured ? averaged(worker.speed, sample) : sample;
    worker.measured = true;
    const auto found = kinds_.find(kind);
    if (found != kinds_.end()) {
        found->second = averaged(found->second, sample);
    } else if (kinds_.size() < kinds_max_) {
        kinds_.emplace(kind, sample);
    }
}

}  // namespace vargrid::scheduler
