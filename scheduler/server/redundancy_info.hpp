// What a job's second looks came to, as the wire has it. Part of translate.cpp.
#pragma once

#include "protocol/redundancy_messages.hpp"
#include "scheduler/core/redundancy.hpp"

namespace vargrid::scheduler {

[[nodiscard]] inline protocol::JobRedundancy info_of(const RedundancyCounts& counts) {
    return {.leases_yielded = counts.leases_yielded,
            .blocks_copied = counts.blocks_copied,
            .blocks_compared = counts.blocks_compared,
            .blocks_sampled = counts.blocks_sampled,
            .blocks_audited = counts.blocks_audited,
            .disagreements = counts.disagreements};
}

}  // namespace vargrid::scheduler
