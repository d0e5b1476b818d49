// One line of text for each event and action: for logs, failing tests and the simulator's trace.
#pragma once

#include "worker/core/action.hpp"
#include "worker/core/event.hpp"

#include <string>

namespace vargrid::worker {

[[nodiscard]] std::string describe(const Event& event);
[[nodiscard]] std::string describe(const Action& action);

}  // namespace vargrid::worker
