// What the core tells about itself: values for status replies, metrics and tests.
#pragma once

#include "base/time.hpp"
#include "protocol/ids.hpp"
#include "scheduler/core/host_blame.hpp"
#include "scheduler/core/job.hpp"
#include "scheduler/core/tables.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vargrid::scheduler {

/// Block counts are without the final step, so pending + leased + committed + set aside = total
/// while the job has not ended; a job that was cancelled or failed has nothing pending or leased.
struct JobSummary {
    JobId job{};
    std::string name{};
    std::string owner{};
    std::int32_t priority{0};
    JobState state{JobState::running};
    std::string message{};
    bool paused{false};
    /// What keeps a running job from getting on; empty if nothing does. Not journaled.
    std::string trouble{};
    std::uint64_t blocks_total{0};
    std::uint64_t blocks_pending{0};
    std::uint64_t blocks_leased{0};
    std::uint64_t blocks_committed{0};
    std::uint64_t blocks_set_aside{0};
    /// Workers that hold a lease of this job.
    std::uint64_t workers{0};
    /// Measured core time of one block; nominal until the first commit.
    CoreTime block_cost{0};
    /// Finished by workers and not committed yet, as their heartbeats say.
    std::uint64_t blocks_under_way{0};
    Ledger ledger{};
    RedundancyCounts redundancy{};

    friend bool operator==(const JobSummary&, const JobSummary&) = default;
};

struct WorkerSummary {
    Incarnation incarnation{};
    std::string name{};
    std::string host{};
    std::uint32_t threads{0};
    std::uint64_t memory_bytes{0};
    std::string isa{};
    /// Relative, in millionths; measured by what blocks cost it, or guessed by its kind.
    Speed speed{kSpeedOne};
    WorkerState state{WorkerState::awaited};
    Standing standing{Standing::good};
    bool draining{false};
    std::uint64_t leases{0};
    std::uint64_t blocks_leased{0};
    Duration silent_for{0};
    /// Until the end it announced; never below 0. None: it knows no end.
    std::optional<Duration> ends_in{};

    friend bool operator==(const WorkerSummary&, const WorkerSummary&) = default;
};

/// The workers and their core time since the start of this epoch; docs/scheduling.md, Ledger.
struct GridStatus {
    std::uint64_t workers{0};  ///< That said Hello in this epoch and are not gone.
    std::uint64_t workers_awaited{0};
    std::uint64_t workers_idle{0};  ///< Without a lease.
    std::uint64_t workers_draining{0};
    std::uint64_t workers_on_probation{0};
    std::uint64_t workers_quarantined{0};
    std::uint64_t threads{0};
    std::uint64_t threads_idle{0};  ///< Of workers without a lease.
    /// Of workers that may be given fresh blocks.
    std::uint64_t threads_in_use{0};
    /// Threads x time; the sum of all kinds and of what is under way.
    CoreSum connected{0};
    /// By Spent.
    std::array<CoreSum, kSpentKinds> spent{};
    /// Spent on blocks that nobody has committed, returned or lost yet (estimated).
    CoreSum under_way{0};
    /// Workers that came and went in this epoch; lost: without a word.
    std::uint64_t workers_joined{0};
    std::uint64_t workers_lost{0};
    std::uint64_t workers_left{0};

    friend bool operator==(const GridStatus&, const GridStatus&) = default;
};

/// Counters since the start of this epoch.
struct Stats {
    std::uint64_t events{0};
    std::uint64_t leases_granted{0};
    std::uint64_t leases_unconfirmed{0};
    std::uint64_t leases_stalled{0};
    std::uint64_t workers_joined{0};
    std::uint64_t leases_late{0};
    std::uint64_t disagreements{0};
    std::uint64_t hosts_condemned{0};
    std::uint64_t workers_lost{0};
    std::uint64_t workers_left{0};
    std::uint64_t workers_refused{0};
    std::uint64_t quarantines{0};
    std::uint64_t jobs_rejected{0};
    std::uint64_t commits_accepted{0};
    std::uint64_t commits_repeated{0};
    std::uint64_t commits_refused{0};
    // Events that changed nothing, by why.
    std::uint64_t ignored_before_restore{0};
    std::uint64_t ignored_second_restore{0};
    std::uint64_t ignored_old_epoch{0};
    std::uint64_t ignored_unknown_worker{0};
    std::uint64_t ignored_stale_lease{0};
    std::uint64_t ignored_repeated_submit{0};

    friend bool operator==(const Stats&, const Stats&) = default;
};

}  // namespace vargrid::scheduler
