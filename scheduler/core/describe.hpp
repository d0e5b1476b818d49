// One line of text for each event and action: for logs, failing tests and the simulator's trace.
#pragma once

#include "scheduler/core/action.hpp"
#include "scheduler/core/event.hpp"
#include "scheduler/core/why.hpp"

#include <string>
#include <string_view>

namespace vargrid::scheduler {

/// "12.500s worker_hello 2a name=w1 threads=4 held=[7:0-10]"
[[nodiscard]] std::string describe(const Event& event);
/// "grant_lease 2a job=1 attempt=1.7 blocks=0-10"
[[nodiscard]] std::string describe(const Action& action);

[[nodiscard]] std::string_view name_of(JobState state);
[[nodiscard]] std::string_view name_of(ReasonKind kind);
[[nodiscard]] std::string_view name_of(FaultCause cause);
[[nodiscard]] std::string_view name_of(ReturnReason reason);
[[nodiscard]] std::string_view name_of(RevokeReason reason);
[[nodiscard]] std::string_view name_of(CommitRefusal reason);
[[nodiscard]] std::string_view name_of(RejectReason reason);
[[nodiscard]] std::string_view name_of(RefusalReason reason);
[[nodiscard]] std::string_view name_of(NoticeKind kind);
[[nodiscard]] std::string_view name_of(LeaseKind kind);
[[nodiscard]] std::string_view name_of(CancelOutcome outcome);
[[nodiscard]] std::string_view name_of(JobControl control);
[[nodiscard]] std::string_view name_of(ControlOutcome outcome);

}  // namespace vargrid::scheduler
