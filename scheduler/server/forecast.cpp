#include "scheduler/server/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace vargrid::scheduler {
namespace {

constexpr std::size_t kSamplesMax = 256;
constexpr std::size_t kWindowsMax = 16;
constexpr std::size_t kWindowsMin = 6;
constexpr double kHistorySecondsMin = 2.0;
/// Blocks of a job that must be committed before its cost counts as measured.
constexpr std::uint64_t kBlocksMin = 5;
/// No forecast claims to be better than this (relative standard deviation).
constexpr double kSpreadMin = 0.03;
/// The last blocks are waited for: on average this many blocks' time after the work is dealt out.
constexpr double kTailBlocks = 1.5;
constexpr double kZ90 = 1.2816;
constexpr double kZ95 = 1.6449;

double seconds(Duration time) {
    return static_cast<double>(time.count()) * 1e-9;
}

/// Core-seconds of a block of the job on average.
double mean_cost(const JobSummary& job) {
    if (job.blocks_committed == 0) {
        return seconds(job.block_cost);
    }
    return static_cast<double>(job.ledger[Spent::useful].count()) * 1e-6 /
           static_cast<double>(job.blocks_committed);
}

struct Window {
    double rate{0.0};  ///< Core-seconds of work done in a second by one thread.
    double threads{0.0};
};

/// The history in up to kWindowsMax parts of about equal length.
std::vector<Window> windows_of(const std::deque<GridSample>& samples) {
    std::vector<Window> windows;
    const double whole = seconds(samples.back().at - samples.front().at);
    const std::size_t count = std::min(kWindowsMax, samples.size() - 1);
    std::size_t first = 0;
    for (std::size_t i = 1; i <= count; ++i) {
        const double end = whole * static_cast<double>(i) / static_cast<double>(count);
        std::size_t last = first + 1;
        while (last + 1 < samples.size() && seconds(samples[last].at - samples[0].at) < end) {
            ++last;
        }
        if (last >= samples.size()) {
            break;
        }
        double thread_seconds = 0.0;
        for (std::size_t k = first; k < last; ++k) {
            thread_seconds += samples[k].threads * seconds(samples[k + 1].at - samples[k].at);
        }
        const double length = seconds(samples[last].at - samples[first].at);
        if (thread_seconds > 0.0 && length > 0.0) {
            windows.push_back(
                {(samples[last].work_done - samples[first].work_done) / thread_seconds,
                 thread_seconds / length});
        }
        first = last;
    }
    if (windows.size() > kWindowsMin) {
        windows.erase(windows.begin());  // Workers were fetching their input.
    }
    return windows;
}

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance(const std::vector<double>& values) {
    const double average = mean(values);
    double sum = 0.0;
    for (const double value : values) {
        sum += (value - average) * (value - average);
    }
    return sum / static_cast<double>(values.size() - 1);
}

/// How much of a window's deviation is found again in the next one.
double correlation(const std::vector<double>& values) {
    const double average = mean(values);
    double product = 0.0;
    double square = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        square += (values[i] - average) * (values[i] - average);
        if (i > 0) {
            product += (values[i] - average) * (values[i - 1] - average);
        }
    }
    return square > 0.0 ? std::clamp(product / square, 0.0, 0.8) : 0.0;
}

/// Workers that go and are not replaced, a second and worker, over the later half of the history.
double net_loss_rate(const std::deque<GridSample>& samples) {
    const GridSample& from = samples[samples.size() / 2];
    const GridSample& to = samples.back();
    const double gone = static_cast<double>(to.workers_gone - from.workers_gone);
    const double joined = static_cast<double>(to.workers_joined - from.workers_joined);
    const double length = seconds(to.at - from.at);
    const auto workers = static_cast<double>(std::max<std::uint64_t>(1, from.workers));
    // One or two that go are no trend.
    return length > 0.0 && gone - joined > 2.0 ? (gone - joined) / (workers * length) : 0.0;
}

/// When `work` is done at `speed` that shrinks by `loss` a second; infinite if never.
double time_for(double work, double speed, double loss) {
    const double straight = work / speed;
    if (loss <= 0.0) {
        return straight;
    }
    const double share = loss * straight;
    return share < 1.0 ? -std::log1p(-share) / loss : std::numeric_limits<double>::infinity();
}

double normal_cdf(double z) {
    return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

JobForecast unknown(std::string why) {
    JobForecast none;
    none.unknown = std::move(why);
    return none;
}

}  // namespace

bool GridHistory::is_due(Instant at) const {
    return samples_.empty() || at - samples_.back().at >= interval_;
}

/// Adds what was finished of a job since the last sample, and learns how long its final step took.
void GridHistory::follow(Instant at, const JobSummary& job, double& work) {
    const auto [found, is_new] = seen_.try_emplace(job.job);
    Seen& seen = found->second;
    const std::uint64_t finished =
        job.blocks_committed + job.blocks_under_way + job.blocks_set_aside;
    if (is_new) {
        seen = {finished, job.state, at};
        return;
    }
    work += (static_cast<double>(finished) - static_cast<double>(seen.finished)) * mean_cost(job);
    seen.finished = finished;
    if (seen.state != job.state) {
        if (seen.state == JobState::finalising && job.state == JobState::completed) {
            const double took = seconds(at - seen.since);
            final_seconds_ = final_seconds_ ? 0.5 * (*final_seconds_ + took) : took;
        }
        seen.state = job.state;
        seen.since = at;
    }
}

void GridHistory::note(Instant at, const std::vector<JobSummary>& jobs, const GridStatus& grid) {
    if (!is_due(at)) {
        return;
    }
    double work = samples_.empty() ? 0.0 : samples_.back().work_done;
    bool busy = false;
    for (const JobSummary& job : jobs) {
        busy = busy || (job.state == JobState::running && !job.paused);
        if (!has_ended(job.state) || seen_.contains(job.job)) {
            follow(at, job, work);
        }
        if (has_ended(job.state)) {
            seen_.erase(job.job);
        }
    }
    std::erase_if(seen_, [&](const auto& entry) {
        return std::none_of(jobs.begin(), jobs.end(), [&](const JobSummary& job) {
            return job.job == entry.first;
        });
    });
    if (!busy) {  // The next piece of work begins a history of its own.
        samples_.clear();
        interval_ = std::chrono::milliseconds{250};
        return;
    }
    samples_.push_back({.at = at,
                        .work_done = work,
                        .threads = static_cast<double>(grid.threads_in_use),
                        .workers = grid.workers,
                        .workers_joined = grid.workers_joined,
                        .workers_gone = grid.workers_lost + grid.workers_left});
    if (samples_.size() > kSamplesMax) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < samples_.size(); i += 2) {
            samples_[kept++] = samples_[i];
        }
        samples_.resize(kept);
        interval_ *= 2;
    }
}

std::optional<double> work_left(const JobSummary& job) {
    if (job.blocks_committed < std::min(kBlocksMin, job.blocks_total)) {
        return std::nullopt;
    }
    const std::uint64_t open = job.blocks_pending + job.blocks_leased;
    return static_cast<double>(open - std::min(open, job.blocks_under_way)) * mean_cost(job);
}

JobForecast forecast(const GridHistory& history, const ForecastQuestion& question) {
    const auto& samples = history.samples();
    if (question.threads <= 0.0) {
        return unknown("no worker that may get work");
    }
    if (samples.size() <= kWindowsMin ||
        seconds(samples.back().at - samples.front().at) < kHistorySecondsMin) {
        return unknown("not enough measured yet");
    }
    const std::vector<Window> windows = windows_of(samples);
    std::vector<double> rates;
    std::vector<double> threads;
    for (const Window& window : windows) {
        rates.push_back(window.rate);
        threads.push_back(window.threads);
    }
    if (windows.size() < kWindowsMin || mean(rates) <= 0.0) {
        return unknown("not enough measured yet");
    }
    const double rate = mean(rates);
    // A worker that is away for a moment comes back, a fleet that has changed stays so.
    const double threads_expected = 0.5 * (question.threads + mean(threads));
    const double loss = net_loss_rate(samples);
    const double work_time = time_for(question.work_core_seconds, rate * threads_expected, loss);
    const double tail =
        kTailBlocks * question.block_seconds + history.final_step_seconds().value_or(0.0);

    const double rho = correlation(rates);
    const double memory = (1.0 + rho) / (1.0 - rho);
    const double past = std::max(2.0, static_cast<double>(rates.size()) / memory);
    const double length = seconds(samples.back().at - samples.front().at);
    const double ahead =
        std::max(1.0, static_cast<double>(rates.size()) / memory * work_time / length);
    const double of_rate = variance(rates) / (rate * rate) * (1.0 / past + 1.0 / ahead);
    const double of_threads = variance(threads) / (threads_expected * threads_expected) *
                              std::clamp(work_time / length, 0.25, 4.0);
    const double few = past > 3.0 ? (past - 1.0) / (past - 3.0) : 3.0;  // As Student's t.
    const double spread = std::sqrt((of_rate + of_threads) * few + kSpreadMin * kSpreadMin);

    JobForecast result;
    result.left_50_seconds = work_time + tail;
    result.left_10_seconds = work_time * std::exp(-kZ90 * spread) + 0.5 * tail;
    result.left_90_seconds = work_time * std::exp(kZ90 * spread) + 2.0 * tail;
    if (question.deadline_seconds) {
        const double room = *question.deadline_seconds - tail;
        result.probability =
            room <= 0.0 ? 0.0 : normal_cdf(std::log(room / std::max(work_time, 1e-9)) / spread);
        if (room > 0.0) {
            result.cores_needed = std::max(
                1.0,
                std::ceil(threads_expected *
                          time_for(question.work_core_seconds, rate * threads_expected, 0.0) *
                          std::exp(kZ95 * spread) / room));
        }
    }
    return result;
}

}  // namespace vargrid::scheduler
