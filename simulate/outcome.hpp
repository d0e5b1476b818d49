// Outcome: what a simulated night came to.
#pragma once

#include "base/time.hpp"

#include "simulate/turn_times.hpp"

#include <cstdint>

namespace vargrid::simulate {

struct Outcome {
    /// Every job ended with every block in its result.
    bool completed{false};
    std::uint64_t blocks_total{0};
    /// By the outside ledger.
    std::uint64_t blocks_committed{0};
    std::uint64_t blocks_lost{0};
    std::uint64_t blocks_committed_twice{0};

    Duration makespan{0};
    /// The work divided by the speed of the whole fleet.
    Duration ideal{0};
    /// Computed more than once, as a share of the work.
    double work_repeated_share{0};

    // What went wrong.
    std::uint64_t reclaims_with_notice{0};
    std::uint64_t reclaims_without_notice{0};
    std::uint64_t workers_lost{0};
    std::uint64_t leases_granted{0};
    std::uint64_t commits{0};
    std::uint64_t commits_refused{0};

    // What it took.
    std::uint64_t messages_up{0};
    std::uint64_t messages_down{0};
    std::uint64_t heartbeats{0};
    std::uint64_t journal_records{0};
    std::uint64_t worker_events{0};
    std::uint64_t scheduler_events{0};
    /// Everything that happened: both cores' events, and the steps of machines.
    std::uint64_t events{0};
    /// Of the scheduler: taking in a batch, and its Tick. By the clock that was passed in.
    TurnTimes turns;
    TurnTimes ticks;
    Duration heartbeat_interval{0};
    Duration silence_max{0};
    /// Over everything the scheduler decided: equal for two runs of the same options.
    std::uint64_t digest{0};
};

}  // namespace vargrid::simulate
