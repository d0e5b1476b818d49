// How what the core reports to people reads in the log.
#pragma once

#include "scheduler/core/action.hpp"
#include "scheduler/server/server_log.hpp"

namespace vargrid::scheduler {

[[nodiscard]] const char* name_of_state(JobState state);

void log_notice(ServerLog& log, const Notice& notice);

}  // namespace vargrid::scheduler
