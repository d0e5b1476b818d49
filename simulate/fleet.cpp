#include "simulate/fleet.hpp"

#include "base/check.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <array>

namespace vargrid::simulate {
namespace {

constexpr std::uint64_t kFleetStream = 1;
constexpr std::uint32_t kThreadsMax = 4'096;
constexpr std::array<std::uint32_t, 3> kGenerationSpeeds{780, 1'000, 1'240};
/// Sizes as clouds sell them, relative to the mean machine of the fleet: a quarter to four times.
constexpr std::array<std::uint32_t, 7> kSizesPercent{25, 40, 60, 100, 150, 225, 400};

std::vector<MachineKind> draw_kinds(const Options& options, RandomStream& random) {
    const std::uint64_t mean = options.cores_total / options.workers;
    std::vector<MachineKind> kinds;
    for (std::uint32_t i = 0; i < options.machine_kinds; ++i) {
        MachineKind kind;
        const std::uint64_t threads = mean * kSizesPercent[i % kSizesPercent.size()] / 100;
        kind.threads = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(threads, 1, 1'024));
        kind.generation = i % static_cast<std::uint32_t>(kGenerationSpeeds.size());
        const auto speed = static_cast<std::int64_t>(kGenerationSpeeds[kind.generation]);
        kind.speed_permille = static_cast<std::uint32_t>(speed * random.between(94, 106) / 100);
        kinds.push_back(kind);
    }
    return kinds;
}

}  // namespace

std::uint64_t Fleet::threads() const {
    std::uint64_t sum = 0;
    for (const MachineKind& machine : machines) {
        sum += machine.threads;
    }
    return sum;
}

std::uint64_t Fleet::speed_permille() const {
    std::uint64_t sum = 0;
    for (const MachineKind& machine : machines) {
        sum += std::uint64_t{machine.threads} * machine.speed_permille;
    }
    return sum;
}

/// Each machine is of a random kind among those that keep the mean of the rest within reach: small
/// ones when too much is spent, large ones when too little is.
Fleet draw_fleet(const Options& options) {
    CHECK(options.workers >= 1 && options.machine_kinds >= 1);
    CHECK(options.cores_total >= options.workers);
    CHECK(options.cores_total <= std::uint64_t{options.workers} * kThreadsMax);
    RandomStream random{options.seed, kFleetStream};
    const auto kinds = draw_kinds(options, random);
    Fleet fleet;
    std::uint64_t left = options.cores_total;
    for (std::uint32_t i = 0; i < options.workers; ++i) {
        const std::uint64_t others = options.workers - i - 1;
        MachineKind machine = kinds[random.below(kinds.size())];
        const MachineKind again = kinds[random.below(kinds.size())];
        const bool too_large = std::uint64_t{machine.threads} * (others + 1) > left;
        if (too_large == (again.threads < machine.threads)) {
            machine = again;
        }
        const std::uint64_t most = others == 0 ? left : left - others;
        const std::uint64_t least = left > others * kThreadsMax ? left - others * kThreadsMax : 1;
        machine.threads = static_cast<std::uint32_t>(
            others == 0 ? left : std::clamp<std::uint64_t>(machine.threads, least, most));
        left -= machine.threads;
        fleet.machines.push_back(machine);
    }
    // What the draw left over or short goes to the last machines, none larger than it may be.
    for (auto at = fleet.machines.rbegin(); at != fleet.machines.rend(); ++at) {
        const std::uint32_t surplus = at->threads > kThreadsMax ? at->threads - kThreadsMax : 0;
        if (surplus == 0) {
            break;
        }
        at->threads -= surplus;
        std::next(at)->threads += surplus;
    }
    CHECK(fleet.threads() == options.cores_total);
    return fleet;
}

}  // namespace vargrid::simulate
