// What the wire contract says about blocks that are computed twice. Part of messages.hpp.
#pragma once

#include "protocol/ids.hpp"

#include <cstdint>

namespace vargrid::protocol {

/// Begin no further block of this lease: hand in what is finished and what is under way, each block
/// as a range of its own, and give the rest back at once as `unneeded`.
struct LeaseYield {
    Attempt attempt{};
    friend bool operator==(const LeaseYield&, const LeaseYield&) = default;
};

/// What was computed twice and why.
struct JobRedundancy {
    std::uint64_t leases_yielded{0};   ///< Asked to give back what they had not begun.
    std::uint64_t blocks_copied{0};    ///< Leased a second time because their worker lagged.
    std::uint64_t blocks_compared{0};  ///< Computed by two hosts and compared bit for bit.
    std::uint64_t blocks_sampled{0};   ///< Committed blocks that the audit has chosen.
    std::uint64_t blocks_audited{0};   ///< Of these, compared so far.
    std::uint64_t disagreements{0};    ///< Comparisons that differed.
    friend bool operator==(const JobRedundancy&, const JobRedundancy&) = default;
};

}  // namespace vargrid::protocol
