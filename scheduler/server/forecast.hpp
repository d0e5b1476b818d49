// Forecast: when a job will be done, from how fast the grid has been. Floating point is allowed
// here: nothing is decided by a forecast. A pure function of a history of samples and of what is
// left to do; docs/scheduling.md, Forecast, has the formulas and how well they hold.
#pragma once

#include "base/time.hpp"
#include "scheduler/core/status.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vargrid::scheduler {

/// What the grid had done at one moment.
struct GridSample {
    Instant at;
    /// Core-seconds of blocks finished since the history began, each at the mean cost of its job.
    double work_done{0.0};
    /// Of workers that get fresh blocks.
    double threads{0.0};
    std::uint64_t workers{0};
    std::uint64_t workers_joined{0};
    /// Left, or lost without a word.
    std::uint64_t workers_gone{0};
};

/// The samples of the time during which there was work. Of bounded size: when it is full, every
/// other sample goes and the interval doubles.
class GridHistory {
  public:
    /// Takes a sample if one is due. Cost: O(jobs) then.
    void note(Instant at, const std::vector<JobSummary>& jobs, const GridStatus& grid);
    [[nodiscard]] bool is_due(Instant at) const;
    [[nodiscard]] const std::deque<GridSample>& samples() const { return samples_; }
    /// How long final steps took lately, in seconds; none if there was none.
    [[nodiscard]] std::optional<double> final_step_seconds() const { return final_seconds_; }

  private:
    struct Seen {
        std::uint64_t finished{0};
        JobState state{JobState::running};
        Instant since;
    };
    void follow(Instant at, const JobSummary& job, double& work);

    std::deque<GridSample> samples_;
    std::map<JobId, Seen> seen_;
    Duration interval_{std::chrono::milliseconds{250}};
    std::optional<double> final_seconds_;
};

/// Core-seconds that the blocks of a job not yet finished will take; none before anything of it is
/// measured.
[[nodiscard]] std::optional<double> work_left(const JobSummary& job);

struct ForecastQuestion {
    /// Of the job, and of what is served before or beside it until it is done.
    double work_core_seconds{0.0};
    /// One block, on one core: the last ones are waited for.
    double block_seconds{0.0};
    /// Until its deadline; none without one.
    std::optional<double> deadline_seconds{};
    /// Threads that may get work now.
    double threads{0.0};
};

struct JobForecast {
    /// Why there is none; empty if there is one.
    std::string unknown{};
    /// Seconds from now that pass with a probability of 10, 50 and 90 % before it is done.
    double left_10_seconds{0.0};
    double left_50_seconds{0.0};
    double left_90_seconds{0.0};
    /// Of meeting the deadline.
    std::optional<double> probability{};
    /// Threads that would meet the deadline with 95 %; none if no number would.
    std::optional<double> cores_needed{};

    [[nodiscard]] bool is_known() const { return unknown.empty(); }
};

[[nodiscard]] JobForecast forecast(const GridHistory& history, const ForecastQuestion& question);

}  // namespace vargrid::scheduler
