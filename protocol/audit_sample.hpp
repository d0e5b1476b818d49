// Which blocks of a job the audit computes twice: a pure function of the job and the block that
// both sides know, so that a worker commits such a block as a range of its own and the scheduler
// can compare it. Header only, so that the cores need not link the wire.
#pragma once

#include "base/digest.hpp"

#include <cstdint>

namespace vargrid {

/// Two jobs with the same payload sample the same blocks.
[[nodiscard]] inline std::uint64_t audit_seed(const Digest& payload) {
    std::uint64_t seed = 0;
    for (unsigned i = 0; i < 8; ++i) {
        seed = (seed << 8U) | payload.bytes[i];
    }
    return seed;
}

[[nodiscard]] constexpr bool is_sampled(std::uint64_t seed,
                                        std::uint64_t block,
                                        std::uint32_t per_million) {
    // SplitMix64: neighbours of one seed and equal blocks of two seeds are unrelated.
    std::uint64_t mixed = seed + (block + 1) * 0x9e3779b97f4a7c15ULL;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
    return (mixed ^ (mixed >> 31U)) % 1'000'000 < per_million;
}

}  // namespace vargrid
