#include "cli/report_insight.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>

namespace vargrid::cli {
namespace {

constexpr std::array kKinds{
    "useful", "lost to reclaim", "lost to faults", "speculative", "audit", "idle", "start-up"};

/// "850 ms", "12.3 s", "4 min 05 s", "2 h 07 min".
std::string words(std::uint64_t ms) {
    if (ms < 1'000) {
        return fmt::format("{} ms", ms);
    }
    if (ms < 60'000) {
        return fmt::format("{:.1f} s", static_cast<double>(ms) * 1e-3);
    }
    const std::uint64_t seconds = ms / 1'000;
    if (seconds < 3'600) {
        return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
    }
    return fmt::format("{} h {:02} min", seconds / 3'600, seconds / 60 % 60);
}

std::string when(const protocol::Forecast& forecast) {
    if (!forecast.unknown.empty()) {
        return "end unknown yet: " + forecast.unknown;
    }
    return fmt::format("done in {} (10 to 90 %: {} to {})",
                       words(forecast.left_50_ms),
                       words(forecast.left_10_ms),
                       words(forecast.left_90_ms));
}

double percent(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::string forecast_words(const protocol::JobInfo& job) {
    if (job.state != protocol::JobState::running && job.state != protocol::JobState::finalising) {
        return {};
    }
    std::string text = when(job.forecast);
    if (job.deadline_unix_ms == 0) {
        return text;
    }
    const auto at = static_cast<std::time_t>(job.deadline_unix_ms / 1'000);
    text += fmt::format("; deadline {:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(at));
    if (job.forecast.unknown.empty()) {
        text += fmt::format(", met with {:.0f} %, ",
                            static_cast<double>(job.forecast.probability_millionths) * 1e-4);
        text += job.forecast.cores_needed > 0
                    ? fmt::format("{} cores needed for 95 %", job.forecast.cores_needed)
                    : "no number of cores would meet it";
    }
    return text;
}

std::string grid_lines(const protocol::JobStatusReply& status) {
    const protocol::GridInfo& grid = status.grid;
    std::string text = fmt::format(
        "grid: {} workers with {} threads; {} idle ({} threads), {} draining, {} on probation, {} "
        "quarantined, {} awaited; {} came, {} left, {} lost since the start\n",
        grid.workers,
        grid.threads,
        grid.workers_idle,
        grid.threads_idle,
        grid.workers_draining,
        grid.workers_on_probation,
        grid.workers_quarantined,
        grid.workers_awaited,
        grid.workers_joined,
        grid.workers_left,
        grid.workers_lost);
    text += fmt::format("core time since the start: {:.1f} s",
                        static_cast<double>(grid.connected_core_us) * 1e-6);
    for (std::size_t kind = 0; kind < kKinds.size() && kind < grid.spent_core_us.size(); ++kind) {
        text += fmt::format(", {} {:.1f} %",
                            kKinds[kind],
                            percent(grid.spent_core_us[kind], grid.connected_core_us));
    }
    text += fmt::format(", under way {:.1f} %\n",
                        percent(grid.under_way_core_us, grid.connected_core_us));
    for (const protocol::OwnerLedger& owner : status.owners) {
        const protocol::JobLedger& l = owner.ledger;
        const std::uint64_t total = l.useful_core_us + l.lost_to_reclaim_core_us +
                                    l.lost_to_faults_core_us + l.speculative_core_us +
                                    l.audit_core_us + l.idle_core_us + l.start_up_core_us;
        text += fmt::format("jobs of {}: {:.1f} core-seconds, of which useful {:.1f} %\n",
                            owner.owner,
                            static_cast<double>(total) * 1e-6,
                            percent(l.useful_core_us, total));
    }
    return text;
}

std::string why_text(const protocol::Why& question, const protocol::WhyReply& reply) {
    const bool of_job = question.worker.empty();
    std::string text = of_job ? fmt::format("job {}\n", question.job.value())
                              : fmt::format("worker {}\n", question.worker);
    for (const protocol::WhyReason& reason : reply.reasons) {
        text += "  " + reason.text + "\n";
    }
    if (of_job) {
        text += "  " + when(reply.forecast) + "\n";
    }
    return text;
}

}  // namespace vargrid::cli
