// HeartbeatTerms: how often a worker is to be heard, and how long it may be silent before it is
// lost. The interval grows with the fleet, so that heartbeats never take more than a share of the
// scheduler; the silence stays the same number of heartbeats, so what is detected after 5 s with
// 1,000 workers is detected after 31 s with 61,299. Workers learn both from every answer.
#pragma once

#include "base/time.hpp"
#include "scheduler/core/core_config.hpp"

#include <cstddef>

namespace vargrid::scheduler {

struct HeartbeatTerms {
    Duration interval{0};
    Duration silence_max{0};

    friend bool operator==(const HeartbeatTerms&, const HeartbeatTerms&) = default;
};

/// For a fleet of this many workers. Never shorter than what the configuration says.
[[nodiscard]] HeartbeatTerms heartbeat_terms(const CoreConfig& config, std::size_t workers);

}  // namespace vargrid::scheduler
