// Fleet: which machines there are. Drawn from the seed: kinds with different numbers of threads and
// speeds, and one kind for every worker such that the threads of all are exactly what was asked.
#pragma once

#include "simulate/options.hpp"

#include <cstdint>
#include <vector>

namespace vargrid::simulate {

struct MachineKind {
    std::uint32_t threads{1};
    /// Thousandths of what a block's nominal cost assumes.
    std::uint32_t speed_permille{1'000};
    std::uint32_t generation{0};

    friend bool operator==(const MachineKind&, const MachineKind&) = default;
};

struct Fleet {
    /// Of each worker. The last one has the threads that were left over.
    std::vector<MachineKind> machines;

    [[nodiscard]] std::uint64_t threads() const;
    /// Sum of threads x speed, in thousandths of a core of speed 1.
    [[nodiscard]] std::uint64_t speed_permille() const;
};

/// CHECKs that every worker can have at least one thread and none needs more than 4,096.
[[nodiscard]] Fleet draw_fleet(const Options& options);

}  // namespace vargrid::simulate
