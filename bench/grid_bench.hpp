// What the parts of the grid benchmark share: a figure, and a scheduler of its own.
#pragma once

#include "scheduler/server/server.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace vargrid::bench {

using Clock = std::chrono::steady_clock;

[[nodiscard]] inline double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One line of the table.
struct Figure {
    std::string name;
    double value{0.0};
    std::string unit;
    std::string peer;        ///< What it is compared with; empty: nothing.
    double peer_value{0.0};  ///< In the same unit.
    double ratio{0.0};       ///< value / peer_value, or as `name` says.
    double target{0.0};
    bool at_most{false};  ///< The target is a maximum, of the value; otherwise a minimum.
    bool has_target{false};
};

/// The shipped scheduler in a thread of this process, over TCP, its journal on disk.
class SchedulerThread {
  public:
    /// Ends the program with the scheduler's words if it cannot start.
    SchedulerThread(const scheduler::CoreConfig& core, const std::filesystem::path& journal);
    ~SchedulerThread();
    SchedulerThread(const SchedulerThread&) = delete;
    SchedulerThread& operator=(const SchedulerThread&) = delete;

    [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

  private:
    scheduler::Server server_;
    std::string endpoint_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

struct TaxOptions {
    std::filesystem::path folder;
    /// Enough for ten seconds of two cores: what is done once a job hardly counts.
    std::size_t trades{80'000};
    int scenarios{10'000};
    int threads{0};
    int repetitions{3};
};

/// The same job through scheduler and workers and as a bare loop over its blocks, in turns.
[[nodiscard]] std::vector<Figure> grid_tax(const TaxOptions& options);

struct DispatchOptions {
    std::filesystem::path folder;
    std::size_t workers{16};
    std::uint64_t tasks{50'000};
    int repetitions{3};
};

/// Blocks without work, one a task, beside the same number of echoes over bare sockets.
[[nodiscard]] std::vector<Figure> dispatch_rate(const DispatchOptions& options);

/// From submit to the durable result of a job of one block without work, on an idle grid. `where`
/// says what disk the folder is on.
[[nodiscard]] std::vector<Figure> round_trip(const std::filesystem::path& folder,
                                             const std::string& where,
                                             int jobs);

/// Ends the program with the error's words: a benchmark that cannot run has no number.
[[noreturn]] void give_up(const Error& error);

template <class T>
T or_give_up(Result<T> result) {
    if (!result) {
        give_up(result.error());
    }
    return std::move(result).value();
}

}  // namespace vargrid::bench
