// What the cluster that started this process says of it, and how long it may live.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vargrid::worker {

/// "3600s", "90m", "1h30m", "2d", "3600" (seconds), or an instant in UTC: "2026-11-23T06:00Z".
/// Below zero for an instant that is over. None for "none".
/// Errors: invalid_input for anything else and for more than 400 days.
[[nodiscard]] Result<std::optional<Duration>> life_from_text(
    std::string_view text, std::chrono::system_clock::time_point now);

/// Slurm's own form: "1-02:03:04", "02:03:04", "03:04". None for "UNLIMITED" and whatever else.
[[nodiscard]] std::optional<Duration> life_from_slurm_text(std::string_view text);

/// What is left when `squeue` cannot say it: TimeLimit - RunTime of `scontrol show job`.
[[nodiscard]] std::optional<Duration> life_from_slurm_job(std::string_view text);

struct ClusterLife {
    std::optional<Duration> left;  ///< None: no limit is known.
    std::string source;            ///< For the log: "squeue", "SLURM_JOB_END_TIME", ...
};

/// Asks the cluster that started this process, by its environment variables and, for Slurm, its
/// commands. None outside a cluster. Failure is harmless: the life has no known end then.
/// Cost: a few milliseconds; at most some seconds if the cluster's controller does not answer.
[[nodiscard]] std::optional<ClusterLife> ask_cluster();

/// "n3:slurm-1234_7" for a task of a Slurm job, otherwise "host:pid".
[[nodiscard]] std::string default_name();
/// What the cluster calls this machine; without one, what the system does.
[[nodiscard]] std::string default_host();

}  // namespace vargrid::worker
