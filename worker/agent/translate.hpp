// Between the words of the wire and those of the worker core: the only file of the agent that knows
// both.
#pragma once

#include "base/time.hpp"
#include "protocol/messages.hpp"
#include "worker/agent/task_runner.hpp"
#include "worker/core/action.hpp"
#include "worker/core/event.hpp"
#include "worker/core/worker_config.hpp"

#include <optional>

namespace vargrid::worker {

/// What the core is told; nothing for messages that are not for it (blobs, refusals).
[[nodiscard]] std::optional<Event> event_of(const protocol::Message& message, Instant at);

/// What a Send... action says to the scheduler; nothing for the other actions. `config` tells a
/// Hello who we are.
[[nodiscard]] std::optional<protocol::Body> body_of(const Action& action,
                                                    const WorkerConfig& config);

[[nodiscard]] TaskDescription task_of(const protocol::LeaseGranted& granted,
                                      Incarnation incarnation);

}  // namespace vargrid::worker
