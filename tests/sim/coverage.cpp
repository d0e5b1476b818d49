#include "tests/sim/coverage.hpp"

#include "scheduler/core/describe.hpp"

#include <array>

namespace vargrid::sim {
namespace {

using scheduler::Standing;
using scheduler::WorkerState;

constexpr std::array<std::string_view, 6> kWorkerStates{
    "unknown", "awaited", "active", "draining", "quarantined", "on_probation"};
constexpr std::array<std::string_view, 6> kWorkerEvents{
    "hello", "heartbeat", "blocks_committed", "blocks_returned", "block_failed", "leaving"};
constexpr std::array<std::string_view, 7> kJobStates{
    "unknown", "running", "finalising", "completed", "incomplete", "failed", "cancelled"};
constexpr std::array<std::string_view, 5> kJobEvents{
    "blocks_committed", "blocks_returned", "block_failed", "cancel", "control"};

std::string_view kind_of(const scheduler::WorkerHello& /*e*/) {
    return "hello";
}
std::string_view kind_of(const scheduler::WorkerHeartbeat& /*e*/) {
    return "heartbeat";
}
std::string_view kind_of(const scheduler::BlocksCommitted& /*e*/) {
    return "blocks_committed";
}
std::string_view kind_of(const scheduler::BlocksReturned& /*e*/) {
    return "blocks_returned";
}
std::string_view kind_of(const scheduler::BlockFailed& /*e*/) {
    return "block_failed";
}
std::string_view kind_of(const scheduler::WorkerLeaving& /*e*/) {
    return "leaving";
}
std::string_view kind_of(const scheduler::CancelJob& /*e*/) {
    return "cancel";
}

std::string_view kind_of(const scheduler::ControlJob& /*e*/) {
    return "control";
}

std::string_view state_of(const scheduler::SchedulerCore& core, Incarnation incarnation) {
    for (const scheduler::WorkerSummary& worker : core.worker_summaries()) {
        if (worker.incarnation != incarnation) {
            continue;
        }
        if (worker.state == WorkerState::awaited) {
            return "awaited";
        }
        if (worker.standing != Standing::good) {
            return worker.standing == Standing::quarantined ? "quarantined" : "on_probation";
        }
        return worker.draining ? "draining" : "active";
    }
    return "unknown";
}

std::string line(std::string_view what, std::string_view state, std::string_view event) {
    return std::string{what} + " " + std::string{state} + ", " + std::string{event};
}

}  // namespace

void Coverage::note(const scheduler::SchedulerCore& core, const scheduler::Event& event) {
    std::visit(
        [&](const auto& what) {
            if constexpr (requires { what.incarnation; }) {
                seen_.insert(line("worker", state_of(core, what.incarnation), kind_of(what)));
            }
            if constexpr (requires { what.job; }) {
                const auto job = core.job_summary(what.job);
                seen_.insert(
                    line("job", job ? scheduler::name_of(job->state) : "unknown", kind_of(what)));
            }
        },
        event.what);
}

std::set<std::string> Coverage::all() {
    std::set<std::string> pairs;
    for (const std::string_view state : kWorkerStates) {
        for (const std::string_view event : kWorkerEvents) {
            pairs.insert(line("worker", state, event));
        }
    }
    for (const std::string_view state : kJobStates) {
        for (const std::string_view event : kJobEvents) {
            pairs.insert(line("job", state, event));
        }
    }
    return pairs;
}

}  // namespace vargrid::sim
