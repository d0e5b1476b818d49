// Forecasts against simulated runs whose end is known.
#include "scheduler/server/forecast.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace vargrid::scheduler {
namespace {

using namespace std::chrono_literals;

double uniform(RandomStream& random) {
    return (static_cast<double>(random.below(1U << 30U)) + 0.5) / static_cast<double>(1U << 30U);
}

double normal(RandomStream& random) {
    return std::sqrt(-2.0 * std::log(uniform(random))) * std::cos(6.283185307 * uniform(random));
}

/// One job on workers of different speed that are reclaimed and replaced: each thread computes one
/// block after the other; what a reclaimed worker was computing is done again.
class PretendedGrid {
  public:
    explicit PretendedGrid(std::uint64_t seed) : random_{seed, 0} {
        workers_.resize(4 + random_.below(40));
        blocks_left_ = blocks_ = 4'000 + random_.below(8'000);
        mean_cost_ = 0.1 + 0.2 * uniform(random_);
        cost_spread_ = 0.6 * uniform(random_);
        // On average up to half of the workers go once in the life of the job.
        reclaims_a_second_ = 0.5 * uniform(random_) / 60.0;
        for (Worker& worker : workers_) {
            worker.speed = std::exp(0.3 * normal(random_));
            worker.threads.assign(1 + random_.below(8), 0.0);
            worker.back_at = 0.2 * uniform(random_);
        }
        spent_ = 0.0;
    }

    /// Runs up to the time, or to the end.
    void run_until(double end) {
        while (now_ < end && !is_done()) {
            now_ += kStep;
            for (Worker& worker : workers_) {
                step(worker);
            }
        }
    }
    [[nodiscard]] bool is_done() const { return done_ == blocks_; }
    [[nodiscard]] double now() const { return now_; }
    [[nodiscard]] double share_done() const {
        return static_cast<double>(done_) / static_cast<double>(blocks_);
    }
    [[nodiscard]] Instant instant() const { return Instant{static_cast<std::int64_t>(now_ * 1e9)}; }
    [[nodiscard]] JobSummary job() const {
        JobSummary job{.job = JobId{1}, .blocks_total = blocks_};
        job.blocks_committed = done_;
        job.blocks_pending = blocks_left_;
        job.blocks_leased = blocks_ - done_ - blocks_left_;
        job.block_cost = Duration{static_cast<std::int64_t>(mean_cost_ * 1e9)};
        job.ledger[Spent::useful] = CoreSum{static_cast<std::int64_t>(spent_ * 1e6)};
        return job;
    }
    [[nodiscard]] GridStatus grid() const {
        GridStatus grid{.workers_joined = joined_, .workers_lost = lost_};
        for (const Worker& worker : workers_) {
            if (worker.is_here) {
                ++grid.workers;
                grid.threads_in_use += worker.threads.size();
            }
        }
        return grid;
    }

  private:
    static constexpr double kStep = 0.01;
    struct Worker {
        double speed{1.0};
        double back_at{0.0};
        bool is_here{false};
        /// When each thread is done with its block; 0 without one.
        std::vector<double> threads;
        std::vector<double> costs;
    };

    void step(Worker& worker) {
        if (!worker.is_here) {
            if (now_ >= worker.back_at) {
                worker.is_here = true;
                worker.costs.assign(worker.threads.size(), 0.0);
                ++joined_;
            }
            return;
        }
        if (uniform(random_) < reclaims_a_second_ * kStep) {
            for (double& end : worker.threads) {
                blocks_left_ += end > 0.0 ? 1U : 0U;
                end = 0.0;
            }
            worker.is_here = false;
            worker.back_at = now_ + 5.0 * uniform(random_);
            ++lost_;
            return;
        }
        for (std::size_t i = 0; i < worker.threads.size(); ++i) {
            double& end = worker.threads[i];
            if (end > 0.0 && now_ >= end) {
                ++done_;
                spent_ += worker.costs[i];
                end = 0.0;
            }
            if (end == 0.0 && blocks_left_ > 0) {
                --blocks_left_;
                worker.costs[i] =
                    mean_cost_ * std::exp(cost_spread_ * normal(random_)) / worker.speed;
                end = now_ + worker.costs[i];
            }
        }
    }

    RandomStream random_;
    std::vector<Worker> workers_;
    std::uint64_t blocks_{0};
    std::uint64_t blocks_left_{0};
    std::uint64_t done_{0};
    double mean_cost_{0.0};
    double cost_spread_{0.0};
    double reclaims_a_second_{0.0};
    double spent_{0.0};
    double now_{0.0};
    std::uint64_t joined_{0};
    std::uint64_t lost_{0};
};

struct HalfWay {
    JobForecast forecast;
    double truth_seconds{0.0};
    bool met_the_deadline{false};
};

HalfWay half_way_of(std::uint64_t seed) {
    PretendedGrid grid{seed};
    GridHistory history;
    while (grid.share_done() < 0.5) {
        grid.run_until(grid.now() + 0.25);
        history.note(grid.instant(), {grid.job()}, grid.grid());
    }
    const JobSummary job = grid.job();
    const double half = grid.now();
    // A deadline somewhere around the true end.
    RandomStream random{seed, 1};
    const double deadline = half * (0.85 + 0.4 * uniform(random));
    HalfWay result;
    result.forecast = forecast(history,
                               {.work_core_seconds = work_left(job).value_or(0.0),
                                .block_seconds = static_cast<double>(job.block_cost.count()) * 1e-9,
                                .deadline_seconds = deadline,
                                .threads = static_cast<double>(grid.grid().threads_in_use)});
    grid.run_until(std::numeric_limits<double>::infinity());
    result.truth_seconds = grid.now() - half;
    result.met_the_deadline = result.truth_seconds <= deadline;
    return result;
}

TEST(Forecast, HoldsTheTrueEndInItsRangeAsOftenAsItClaims) {
    constexpr int kRuns = 100;
    int known = 0;
    int inside = 0;
    double probability_sum = 0.0;
    int met = 0;
    std::vector<double> widths;
    std::vector<double> errors;
    for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
        const HalfWay run = half_way_of(seed);
        if (!run.forecast.is_known()) {
            continue;
        }
        ++known;
        inside += run.truth_seconds >= run.forecast.left_10_seconds &&
                          run.truth_seconds <= run.forecast.left_90_seconds
                      ? 1
                      : 0;
        widths.push_back((run.forecast.left_90_seconds - run.forecast.left_10_seconds) /
                         run.truth_seconds);
        errors.push_back(run.forecast.left_50_seconds / run.truth_seconds - 1.0);
        probability_sum += *run.forecast.probability;
        met += run.met_the_deadline ? 1 : 0;
    }
    std::sort(widths.begin(), widths.end());
    std::sort(errors.begin(), errors.end());
    RecordProperty("known", known);
    RecordProperty("inside", inside);
    std::printf(
        "%d of %d known, %d inside (%.0f %%); median width %.1f %% of the time left; "
        "error of the median %.1f, %.1f, %.1f %% (10, 50, 90 %%); deadlines met %d, "
        "expected %.1f\n",
        known,
        kRuns,
        inside,
        100.0 * inside / known,
        100.0 * widths[widths.size() / 2],
        100.0 * errors[errors.size() / 10],
        100.0 * errors[errors.size() / 2],
        100.0 * errors[errors.size() * 9 / 10],
        met,
        probability_sum);
    // The shortest of these jobs have too few commits at half-way.
    EXPECT_GE(known, kRuns * 3 / 4);
    EXPECT_GE(inside, known * 70 / 100);
    EXPECT_LT(widths[widths.size() / 2], 0.4);
    EXPECT_NEAR(errors[errors.size() / 2], 0.0, 0.05);
    EXPECT_NEAR(probability_sum, met, 0.1 * known);
}

JobSummary a_job(std::uint64_t committed) {
    JobSummary job{.job = JobId{1}, .blocks_total = 1'000};
    job.blocks_committed = committed;
    job.blocks_pending = 1'000 - committed;
    job.block_cost = 100ms;
    job.ledger[Spent::useful] = 100ms * static_cast<std::int64_t>(committed);
    return job;
}

/// Ten threads, all busy, for `ticks` quarters of a second.
GridHistory steady_history(int ticks) {
    GridHistory history;
    for (int tick = 0; tick <= ticks; ++tick) {
        history.note(Instant{} + tick * 250ms,
                     {a_job(static_cast<std::uint64_t>(25 * tick))},
                     GridStatus{.workers = 5, .threads_in_use = 10});
    }
    return history;
}

TEST(Forecast, IsUnknownBeforeEnoughIsMeasured) {
    EXPECT_FALSE(work_left(a_job(4)).has_value());
    EXPECT_FALSE(
        forecast(steady_history(6), {.work_core_seconds = 50.0, .threads = 10.0}).is_known());
    EXPECT_FALSE(forecast(steady_history(20), {.work_core_seconds = 50.0}).is_known());
    EXPECT_FALSE(forecast(GridHistory{}, {.work_core_seconds = 50.0, .threads = 10.0}).is_known());
}

TEST(Forecast, OfASteadyGridIsWorkByThreads) {
    const JobSummary job = a_job(500);
    EXPECT_DOUBLE_EQ(work_left(job).value_or(0.0), 50.0);
    const ForecastQuestion question{
        .work_core_seconds = 50.0, .deadline_seconds = 5.0, .threads = 10.0};
    const JobForecast steady = forecast(steady_history(20), question);
    EXPECT_NEAR(steady.left_50_seconds, 5.0, 0.1);
    EXPECT_LT(steady.left_10_seconds, 5.0);
    EXPECT_GT(steady.left_90_seconds, 5.0);
    EXPECT_NEAR(steady.probability.value_or(0.0), 0.5, 0.05);
    EXPECT_NEAR(steady.cores_needed.value_or(0.0), 11.0, 1.0);
}

TEST(Forecast, CountsTheWorkThatGoesFirst) {
    const JobForecast alone =
        forecast(steady_history(20), {.work_core_seconds = 50.0, .threads = 10.0});
    const JobForecast behind =
        forecast(steady_history(20), {.work_core_seconds = 150.0, .threads = 10.0});
    EXPECT_NEAR(behind.left_50_seconds, 3.0 * alone.left_50_seconds, 0.01);
}

TEST(Forecast, KnowsADeadlineThatNoNumberOfCoresMeets) {
    const JobForecast late = forecast(steady_history(20),
                                      {.work_core_seconds = 50.0,
                                       .block_seconds = 2.0,
                                       .deadline_seconds = 1.0,
                                       .threads = 10.0});
    EXPECT_EQ(late.probability.value_or(1.0), 0.0);
    EXPECT_FALSE(late.cores_needed.has_value());
}

TEST(Forecast, ExpectsAGridThatLosesItsWorkersToBeLate) {
    GridHistory history;
    for (std::uint64_t tick = 0; tick <= 40; ++tick) {
        const std::uint64_t gone = tick / 2;
        history.note(Instant{} + static_cast<std::int64_t>(tick) * 250ms,
                     {a_job(20 * tick)},
                     GridStatus{.workers = 100 - gone,
                                .threads_in_use = 100 - gone,
                                .workers_joined = 100,
                                .workers_lost = gone});
    }
    const ForecastQuestion question{.work_core_seconds = 400.0, .threads = 80.0};
    const double straight = 400.0 / (8.0 * 0.9);
    EXPECT_GT(forecast(history, question).left_50_seconds, 1.1 * straight);
}

TEST(GridHistory, IsBoundedAndBeginsAnewWithNewWork) {
    GridHistory history;
    for (int tick = 0; tick < 10'000; ++tick) {
        history.note(Instant{} + tick * 250ms, {a_job(10)}, GridStatus{.threads_in_use = 1});
    }
    EXPECT_LE(history.samples().size(), 256U);
    EXPECT_EQ(history.samples().front().at, Instant{});
    JobSummary ended = a_job(1'000);
    ended.state = JobState::completed;
    history.note(Instant{} + 3'000s, {ended}, GridStatus{.threads_in_use = 1});
    EXPECT_TRUE(history.samples().empty());
}

}  // namespace
}  // namespace vargrid::scheduler
