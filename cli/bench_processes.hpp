// What `vargrid bench` starts: the shipped scheduler and the load generator in processes of their
// own, so that memory and processor time of each are its own.
#pragma once

#include "base/result.hpp"
#include "cli/bench_swarm.hpp"
#include "scheduler/server/server_config.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace vargrid::cli {

/// A forked process; it is killed when this goes. Fork before the first thread is made.
class ChildProcess {
  public:
    /// `work` runs in the child; its result is the exit code.
    [[nodiscard]] static Result<ChildProcess> fork(const std::function<int()>& work);
    ~ChildProcess();
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;

    void kill_now();
    /// SIGTERM, then the exit code.
    int stop();
    [[nodiscard]] std::uint64_t rss_bytes() const;
    [[nodiscard]] double cpu_seconds() const;

  private:
    explicit ChildProcess(pid_t id) : id_{id} {}
    pid_t id_{-1};
};

/// The scheduler of `vargrid scheduler`.
struct SchedulerProcess {
    ChildProcess process;
    std::string endpoint;
    [[nodiscard]] static Result<SchedulerProcess> start(const scheduler::ServerConfig& config);
};

/// Sends every message back over the scheduler's kind of socket: what the transport can do if
/// nothing has to be decided or kept.
[[nodiscard]] Result<SchedulerProcess> start_echo_server();

/// As many swarms as the limit of open files asks for.
class Swarms {
  public:
    /// Returns when all are connected and, unless they are echoes, welcome.
    /// Errors: limit, in words, if so many connections cannot be; unreachable.
    [[nodiscard]] static Result<Swarms> start(const SwarmConfig& config);
    ~Swarms();
    Swarms(Swarms&& other) noexcept;
    Swarms& operator=(Swarms&&) = delete;
    Swarms(const Swarms&) = delete;
    Swarms& operator=(const Swarms&) = delete;

    [[nodiscard]] SwarmCounts& counts() { return *counts_; }
    [[nodiscard]] double cpu_seconds() const;
    /// Waits for so many acknowledged commits in all. False if it takes longer than `patience`.
    [[nodiscard]] bool wait_accepted(std::uint64_t count, std::chrono::seconds patience) const;
    /// Waits for so many acknowledged commits since ring was set.
    [[nodiscard]] bool wait_bell(std::uint64_t count, std::chrono::milliseconds patience) const;

  private:
    Swarms() = default;
    SwarmCounts* counts_{nullptr};
    int bell_{-1};
    std::vector<ChildProcess> processes_;
};

/// How many workers one process can serve under the limit of open files, raised to what the system
/// allows.
[[nodiscard]] std::size_t workers_max();

}  // namespace vargrid::cli
