// What the scheduler says about the grid as a whole, about when a job will be done, and why not
// yet.
#pragma once

#include "protocol/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vargrid::protocol {

/// What core time costs. No currency: nobody said.
struct Price {
    std::uint64_t per_core_hour_millionths{0};
    std::string currency{};  ///< "USD"; at most kCurrencyBytesMax.
    friend bool operator==(const Price&, const Price&) = default;
};

/// What became of the core time paid for, in microseconds: a large grid spends more nanoseconds in
/// a night than 64 bits hold. docs/scheduling.md, Ledger.
struct JobLedger {
    std::uint64_t useful_core_us{0};
    std::uint64_t lost_to_reclaim_core_us{0};
    std::uint64_t lost_to_faults_core_us{0};
    std::uint64_t speculative_core_us{0};
    std::uint64_t audit_core_us{0};
    std::uint64_t idle_core_us{0};  ///< While it was the only job.
    std::uint64_t start_up_core_us{0};
    std::uint64_t leases{0};
    std::uint64_t commits{0};
    std::uint64_t commits_repeated{0};  ///< Acknowledged again: the first answer was lost.
    std::uint64_t commits_refused{0};
    std::uint64_t leases_returned{0};  ///< By workers that drain.
    std::uint64_t leases_lost{0};      ///< With workers that fell silent.
    std::uint64_t blocks_repeated{0};
    std::uint64_t block_faults{0};
    friend bool operator==(const JobLedger&, const JobLedger&) = default;
};

/// What all jobs of one owner cost.
struct OwnerLedger {
    std::string owner{};
    JobLedger ledger{};
    friend bool operator==(const OwnerLedger&, const OwnerLedger&) = default;
};

/// When a job will be done; docs/scheduling.md, Forecast.
struct Forecast {
    std::string unknown{};  ///< Why there is no forecast; empty if there is one.
    /// From now; it is done by then with a probability of 10, 50, 90 %.
    std::uint64_t left_10_ms{0};
    std::uint64_t left_50_ms{0};
    std::uint64_t left_90_ms{0};
    /// Of meeting the deadline; 0 with no deadline.
    std::uint32_t probability_millionths{0};
    std::uint64_t cores_needed{0};  ///< To meet it with 95 %; 0: no deadline, or no number would.
    friend bool operator==(const Forecast&, const Forecast&) = default;
};

/// Of a job (`job` not 0) or of the workers of this name or host.
struct Why {
    JobId job{};
    std::string worker{};
    friend bool operator==(const Why&, const Why&) = default;
};

struct WhyReason {
    std::string kind{};  ///< As in docs/protocol.md; for programs.
    std::string text{};  ///< A sentence; for people.
    JobId job{};
    std::string worker{};
    std::uint64_t block{0};
    std::uint64_t count{0};
    std::uint64_t time_ns{0};
    std::uint64_t usual_ns{0};
    friend bool operator==(const WhyReason&, const WhyReason&) = default;
};

struct WhyReply {
    std::vector<WhyReason> reasons{};
    Forecast forecast{};  ///< Of a job.
    friend bool operator==(const WhyReply&, const WhyReply&) = default;
};

/// The workers and their core time since the scheduler started.
struct GridInfo {
    std::uint64_t workers{0};
    std::uint64_t workers_idle{0};
    std::uint64_t workers_draining{0};
    std::uint64_t workers_on_probation{0};
    std::uint64_t workers_quarantined{0};
    std::uint64_t workers_awaited{0};
    std::uint64_t threads{0};
    std::uint64_t threads_idle{0};
    std::uint64_t workers_joined{0};
    std::uint64_t workers_left{0};
    std::uint64_t workers_lost{0};
    /// All of it: the sum of what follows, up to rounding.
    std::uint64_t connected_core_us{0};
    std::uint64_t under_way_core_us{0};
    /// In the order of the kinds in docs/scheduling.md.
    std::vector<std::uint64_t> spent_core_us{};
    friend bool operator==(const GridInfo&, const GridInfo&) = default;
};

}  // namespace vargrid::protocol
