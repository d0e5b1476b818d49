// The wire of both simulators: what one core says becomes what the other is told, field by field,
// as the two shells do through protocol/.
#pragma once

#include "protocol/ids.hpp"
#include "scheduler/core/action.hpp"
#include "scheduler/core/event.hpp"
#include "worker/core/action.hpp"
#include "worker/core/event.hpp"
#include "worker/core/worker_config.hpp"

#include <optional>

namespace vargrid::simulate {

/// None for actions that are not messages to the scheduler. The time is stamped on arrival.
[[nodiscard]] std::optional<scheduler::Event> to_scheduler(const worker::Action& action,
                                                           const worker::WorkerConfig& from,
                                                           Epoch epoch);

struct ToWorker {
    Incarnation to;
    worker::Event message;
};
/// None for actions that are not messages to a worker.
[[nodiscard]] std::optional<ToWorker> to_worker(const scheduler::Action& action,
                                                Epoch epoch,
                                                std::uint32_t audit_per_million);

}  // namespace vargrid::simulate
