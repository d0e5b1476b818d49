// Speeds: how fast machines are, relative to each other, in millionths, learned from what blocks
// cost them. The unit is arbitrary (the first machine ever measured); only ratios are used. What is
// learned of one machine is the first guess for others of its kind.
#pragma once

#include "scheduler/core/job.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace vargrid::scheduler {

/// Millionths of the speed that counts as one.
using Speed = std::uint64_t;

inline constexpr Speed kSpeedOne = 1'000'000;
/// No machine is taken for more than 64 times as fast or slow as another that counts as one.
inline constexpr Speed kSpeedMin = kSpeedOne / 64;
inline constexpr Speed kSpeedMax = kSpeedOne * 64;

/// Machines that are alike for all we know.
struct MachineKind {
    std::string isa{};
    std::string cpu_model{};
    std::uint32_t threads{0};
    std::uint64_t memory_gibibytes{0};

    friend auto operator<=>(const MachineKind&, const MachineKind&) = default;
};

/// What one worker has shown.
struct MeasuredSpeed {
    Speed speed{kSpeedOne};
    /// False: a guess, by its kind or without any knowledge.
    bool measured{false};
    /// False: nothing at all is known of such a machine.
    bool guessed{false};

    friend bool operator==(const MeasuredSpeed&, const MeasuredSpeed&) = default;
};

/// What a block of this cost on a machine of speed one costs on a machine of `speed`; at least 1
/// ns.
[[nodiscard]] CoreTime cost_at(CoreTime reference, Speed speed);
/// The reverse: what a block would have cost on a machine of speed one.
[[nodiscard]] CoreTime reference_cost(CoreTime cost, Speed speed);

class Speeds {
  public:
    explicit Speeds(std::size_t kinds_max) : kinds_max_{kinds_max} {}

    /// The first guess for a worker of this kind.
    [[nodiscard]] MeasuredSpeed guess(const MachineKind& kind) const;
    /// Blocks of which one costs `reference` on a machine of speed one cost this worker `cost`.
    void learn(const MachineKind& kind, MeasuredSpeed& worker, CoreTime reference, CoreTime cost);

    [[nodiscard]] std::size_t kinds() const { return kinds_.size(); }

  private:
    /// Beyond it new kinds are not remembered; their workers are measured one by one.
    std::size_t kinds_max_;
    std::map<MachineKind, Speed> kinds_;
};

}  // namespace vargrid::scheduler
