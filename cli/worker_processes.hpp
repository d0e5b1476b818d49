// The worker processes of `vargrid run`: started, watched and restarted, because a worker may
// vanish at any moment, on one machine too.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace vargrid::cli {

/// The path of vargrid-worker: beside this executable. Errors: not_found.
[[nodiscard]] Result<std::filesystem::path> worker_executable();

class WorkerProcesses {
  public:
    WorkerProcesses(std::filesystem::path executable, std::vector<std::string> arguments);
    /// Ends every worker: SIGTERM, then SIGKILL for those that stay.
    ~WorkerProcesses();
    WorkerProcesses(const WorkerProcesses&) = delete;
    WorkerProcesses& operator=(const WorkerProcesses&) = delete;

    /// Workers end with the thread that started them, however that ends.
    /// Errors: io when the process cannot be started.
    [[nodiscard]] Result<void> start(std::size_t count);
    /// Starts again those that ended. Errors: internal when workers die as soon as they start, or
    /// time after time while `blocks_committed` stays the same, with the status of the last one.
    [[nodiscard]] Result<void> keep_alive(std::uint64_t blocks_committed);
    [[nodiscard]] std::size_t restarts() const { return restarts_; }

  private:
    struct Process {
        pid_t pid{0};
        std::chrono::steady_clock::time_point started;
    };
    Result<Process> spawn() const;

    std::filesystem::path executable_;
    std::vector<std::string> arguments_;
    std::vector<Process> processes_;
    std::size_t restarts_{0};
    std::size_t early_deaths_{0};
    std::size_t fruitless_deaths_{0};
    std::uint64_t blocks_committed_{0};
};

}  // namespace vargrid::cli
