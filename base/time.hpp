// Instant and Duration: integer nanoseconds. The pure cores are told the time; they never ask.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace vargrid {

using Duration = std::chrono::nanoseconds;

/// A point in time: nanoseconds since an origin chosen by the shell that stamps it (a monotonic
/// clock in the servers, zero in the simulator). Only differences mean anything.
struct Instant {
    std::int64_t nanoseconds{0};

    friend constexpr auto operator<=>(Instant, Instant) = default;
    friend constexpr Instant operator+(Instant t, Duration d) {
        return Instant{t.nanoseconds + d.count()};
    }
    friend constexpr Instant operator-(Instant t, Duration d) {
        return Instant{t.nanoseconds - d.count()};
    }
    friend constexpr Duration operator-(Instant a, Instant b) {
        return Duration{a.nanoseconds - b.nanoseconds};
    }
};

}  // namespace vargrid
