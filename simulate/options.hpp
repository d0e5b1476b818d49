// Options: what fleet, what work and what goes wrong. The defaults are the yardstick: a published
// proof of concept of a bank-sized grid.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstdint>

namespace vargrid::simulate {

struct Options {
    std::uint64_t seed{1};

    // The fleet.
    std::uint32_t workers{61'299};
    std::uint64_t cores_total{1'300'000};
    /// Kinds of machine, of three generations: each has its own number of threads and speed.
    std::uint32_t machine_kinds{34};
    /// Workers start within this time.
    Duration ramp{std::chrono::seconds{10}};

    // The work.
    /// As much as the whole fleet does in this time if nothing is wasted.
    Duration length{std::chrono::hours{4}};
    std::uint32_t jobs{1};
    /// Of one core of speed 1.
    Duration block_cost{std::chrono::milliseconds{100}};
    /// What a task is planned to take. Finished blocks wait at most a quarter longer for their
    /// commit, which is what a reclaim without notice costs at most.
    Duration task_time{std::chrono::seconds{10}};

    // What goes wrong.
    /// Machines taken away one by one, at times drawn from the first 95 % of `length`.
    std::uint32_t reclaims{1'937};
    /// Of them, how many are told before.
    std::uint32_t notice_percent{50};
    Duration notice{std::chrono::seconds{30}};
    /// A machine that was taken away is back after this long, give or take a fifth.
    Duration replace_after{std::chrono::seconds{120}};
    /// This share of the fleet vanishes within one second, without notice, at `zone_at`.
    std::uint32_t zone_permille{0};
    Duration zone_at{std::chrono::hours{2}};

    // The scheduler.
    std::uint32_t heartbeats_per_second_max{10'000};
    /// A turn of the scheduler takes in what came since the last one.
    Duration turn_interval{std::chrono::milliseconds{10}};

    friend bool operator==(const Options&, const Options&) = default;
};

}  // namespace vargrid::simulate
