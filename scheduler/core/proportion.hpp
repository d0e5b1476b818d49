// proportion: a x b / c without overflow on the way, the one multiplication of this folder that
// needs more than 64 bits.
#pragma once

#include "base/check.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace vargrid::scheduler {

/// Rounded down, and at most the largest 64-bit number. CHECKs that `whole` is not 0.
[[nodiscard]] inline std::uint64_t proportion(std::uint64_t amount,
                                              std::uint64_t part,
                                              std::uint64_t whole) {
    __extension__ using Wide = unsigned __int128;
    CHECK(whole != 0);
    const Wide exact = Wide{amount} * part / whole;
    return static_cast<std::uint64_t>(
        std::min<Wide>(exact, std::numeric_limits<std::uint64_t>::max()));
}

/// The same rounded up.
[[nodiscard]] inline std::uint64_t proportion_up(std::uint64_t amount,
                                                 std::uint64_t part,
                                                 std::uint64_t whole) {
    __extension__ using Wide = unsigned __int128;
    const std::uint64_t down = proportion(amount, part, whole);
    return Wide{down} * whole < Wide{amount} * part ? down + 1 : down;
}

}  // namespace vargrid::scheduler
