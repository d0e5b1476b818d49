// What the core tells about itself, as the messages that answer a question of status.
#include "protocol/version.hpp"
#include "scheduler/server/redundancy_info.hpp"
#include "scheduler/server/translate.hpp"

#include <algorithm>

namespace vargrid::scheduler {
namespace {

namespace wire = protocol;

std::uint64_t nanoseconds(Duration duration) {
    return duration.count() > 0 ? static_cast<std::uint64_t>(duration.count()) : 0U;
}

std::uint64_t microseconds(CoreSum sum) {
    return sum.count() > 0 ? static_cast<std::uint64_t>(sum.count()) : 0U;
}

wire::FaultCause cause_of(FaultCause cause) {
    switch (cause) {
        case FaultCause::task:
            return wire::FaultCause::task;
        case FaultCause::host:
            return wire::FaultCause::host;
        case FaultCause::vanished:
            return wire::FaultCause::vanished;
        case FaultCause::disagreement:
            return wire::FaultCause::disagreement;
        case FaultCause::store:
            return wire::FaultCause::store;
    }
    return wire::FaultCause::host;
}

wire::JobState state_of(JobState state) {
    switch (state) {
        case JobState::running:
            return wire::JobState::running;
        case JobState::finalising:
            return wire::JobState::finalising;
        case JobState::completed:
            return wire::JobState::completed;
        case JobState::incomplete:
            return wire::JobState::incomplete;
        case JobState::failed:
            return wire::JobState::failed;
        case JobState::cancelled:
            return wire::JobState::cancelled;
    }
    return wire::JobState::failed;
}

}  // namespace

std::string shortened(const std::string& text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) {
        return text;
    }
    std::size_t end = bytes_max;
    // Bytes 10xxxxxx continue a character; do not cut before one.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return text.substr(0, end);
}

protocol::JobLedger ledger_of(const Ledger& ledger) {
    return {.useful_core_us = microseconds(ledger[Spent::useful]),
            .lost_to_reclaim_core_us = microseconds(ledger[Spent::lost_to_reclaim]),
            .lost_to_faults_core_us = microseconds(ledger[Spent::lost_to_faults]),
            .speculative_core_us = microseconds(ledger[Spent::speculative]),
            .audit_core_us = microseconds(ledger[Spent::audit]),
            .idle_core_us = microseconds(ledger[Spent::idle]),
            .start_up_core_us = microseconds(ledger[Spent::start_up]),
            .leases = ledger.leases,
            .commits = ledger.commits,
            .commits_repeated = ledger.commits_repeated,
            .commits_refused = ledger.commits_refused,
            .leases_returned = ledger.leases_returned,
            .leases_lost = ledger.leases_lost,
            .blocks_repeated = ledger.blocks_repeated,
            .block_faults = ledger.block_faults};
}

protocol::JobInfo info_of(const JobSummary& summary,
                          const JobSpec& spec,
                          const JobTimes& times,
                          const std::vector<BlockFault>& faults) {
    wire::JobInfo info{
        .job = summary.job,
        .name = shortened(summary.name, wire::kNameBytesMax),
        .owner = shortened(summary.owner, wire::kNameBytesMax),
        .priority = summary.priority,
        .state = state_of(summary.state),
        .blocks_total = summary.blocks_total,
        .blocks_committed = summary.blocks_committed,
        .blocks_leased = summary.blocks_leased,
        .blocks_pending = summary.blocks_pending,
        .blocks_set_aside = summary.blocks_set_aside,
        .workers = summary.workers,
        .ledger = ledger_of(summary.ledger),
        .failures = {},
        .payload = spec.payload,
        .output_folder = shortened(spec.output_folder, wire::kPathBytesMax),
        .text = shortened(summary.message.empty() ? summary.trouble : summary.message,
                          wire::kTextBytesMax),
        .submitted_unix_ms = times.submitted_unix_ms,
        .ended_unix_ms = times.ended_unix_ms,
        .price = {spec.price.per_core_hour_millionths, spec.price.currency},
        .deadline_unix_ms = spec.deadline_unix_ms,
        .needs_isa = spec.needs_isa,
        .memory_per_thread_bytes = spec.memory_per_thread_bytes,
        .paused = summary.paused,
        .redundancy = info_of(summary.redundancy)};
    for (const BlockFault& fault : faults) {
        info.failures.push_back({.block = fault.block,
                                 .cause = cause_of(fault.cause),
                                 .worker = shortened(fault.worker_name, wire::kNameBytesMax),
                                 .text = shortened(fault.message, wire::kTextBytesMax),
                                 .host = shortened(fault.host, wire::kNameBytesMax),
                                 .excused = fault.excused});
    }
    return info;
}

protocol::WorkerInfo info_of(const WorkerSummary& summary) {
    wire::WorkerState state = wire::WorkerState::active;
    if (summary.state == WorkerState::awaited) {
        state = wire::WorkerState::awaited;
    } else if (summary.standing == Standing::quarantined) {
        state = wire::WorkerState::quarantined;
    } else if (summary.draining) {
        state = wire::WorkerState::draining;
    } else if (summary.standing == Standing::on_probation) {
        state = wire::WorkerState::probation;
    }
    return {.incarnation = summary.incarnation,
            .name = shortened(summary.name, wire::kNameBytesMax),
            .threads = summary.threads,
            .memory_bytes = summary.memory_bytes,
            .isa = shortened(summary.isa, wire::kNameBytesMax),
            .state = state,
            .leases = summary.leases,
            .blocks_leased = summary.blocks_leased,
            .silence_ns = nanoseconds(summary.silent_for),
            // 0 would say that it knows no end.
            .ends_in_ns =
                summary.ends_in ? std::max<std::uint64_t>(nanoseconds(*summary.ends_in), 1) : 0,
            .host = shortened(summary.host, wire::kNameBytesMax)};
}

}  // namespace vargrid::scheduler
