// The ids of the grid contract, shared by the wire, both cores and both shells.
#pragma once

#include "base/strong_id.hpp"

#include <cstdint>
#include <type_traits>

namespace vargrid {

/// One life of a worker process: 64 random bits it draws at start. A process that comes back under
/// the same name is another incarnation, so nothing it says can be mistaken for its former self.
using Incarnation = StrongId<struct IncarnationTag>;

/// One life of the scheduler: 1, 2, 3, ... kept in the journal. 0 means "none yet".
using Epoch = StrongId<struct EpochTag>;

/// The scheduler's view of a run; sequential within a journal, from 1. 0 means "none".
using JobId = StrongId<struct JobIdTag>;

/// One lease of one task. Unique over all jobs and epochs and increasing, so it is the fence
/// against everything that was granted before. 0 means "none".
using Attempt = StrongId<struct AttemptTag>;

/// One client process: 64 random bits it draws at start.
using ClientId = StrongId<struct ClientIdTag>;

/// One request of a client; it repeats the id when it repeats the request, so that a submission
/// whose answer was lost is not run twice.
using RequestId = StrongId<struct RequestIdTag>;

static_assert(!std::is_convertible_v<JobId, Attempt>);

/// The attempts of one epoch have its number in their upper half; a scheduler that restarts can
/// never hand out an attempt again, whatever its journal lost.
[[nodiscard]] constexpr Attempt make_attempt(Epoch epoch, std::uint32_t sequence) {
    return Attempt{(epoch.value() << 32U) | sequence};
}

}  // namespace vargrid
