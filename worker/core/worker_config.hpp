// WorkerConfig: who a worker is, and every interval and limit of its session.
#pragma once

#include "base/time.hpp"
#include "protocol/ids.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace vargrid::worker {

struct WorkerConfig {
    Incarnation incarnation{};
    std::string name{};
    /// The machine; the scheduler blames hosts, not workers.
    std::string host{};
    std::uint32_t threads{1};
    std::uint64_t memory_bytes{0};
    std::string isa{};
    /// How old the process is at the first Tick.
    Duration age_at_start{0};

    /// Until the first Welcome says otherwise.
    Duration heartbeat_interval{std::chrono::seconds{1}};
    Duration silence_max{std::chrono::seconds{5}};
    /// An unanswered Hello is repeated after this long, then twice as long, up to the maximum,
    /// which stays well below the scheduler's silence so that a restart finds its workers.
    Duration hello_retry_first{std::chrono::milliseconds{100}};
    Duration hello_retry_max{std::chrono::seconds{2}};
    /// A refused worker (scheduler full) waits this long.
    Duration refused_retry{std::chrono::seconds{10}};
    /// An unanswered commit is offered again after this long.
    Duration commit_reply_max{std::chrono::seconds{5}};
    /// Finished blocks of a running task wait at most this long for their shard.
    Duration commit_interval{std::chrono::seconds{5}};
    /// On a drain, this part of the grace is kept for writing and committing: blocks in flight are
    /// given up once less is left. A quarter of the grace, but at most this.
    Duration drain_reserve_max{std::chrono::seconds{5}};
    /// A task that was dropped and still does not stop: the process ends, the only way to be rid
    /// of a hung thread.
    Duration stop_max{std::chrono::minutes{2}};
    /// Leases held at once; what the scheduler grants beyond it is returned.
    std::uint32_t leases_max{64};
    /// How long the process may live, counted from the first Tick: the time limit of a cluster. It
    /// drains by itself, `end_grace` before that or, in a short life, when half of it is over.
    std::optional<Duration> life;
    Duration end_grace{std::chrono::seconds{25}};
    /// Leave after having held nothing for this long.
    std::optional<Duration> idle_timeout;

    friend bool operator==(const WorkerConfig&, const WorkerConfig&) = default;
};

/// The exit codes of a worker; see the command line in the manual.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitReclaimed = 99;

}  // namespace vargrid::worker
