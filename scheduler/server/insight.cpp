#include "scheduler/server/insight.hpp"

#include "protocol/version.hpp"
#include "scheduler/core/describe.hpp"
#include "scheduler/server/translate.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

namespace vargrid::scheduler {
namespace {

/// Looking takes at most one part in so many of the time.
constexpr int kLookShare = 100;

std::string seconds_text(Duration time) {
    const std::int64_t tenths = time.count() / 100'000'000;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string counted(std::uint64_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::uint64_t milliseconds(double seconds) {
    constexpr double kMax = 1e15;
    return static_cast<std::uint64_t>(std::llround(std::clamp(seconds * 1e3, 0.0, kMax)));
}

std::uint64_t microseconds(CoreSum sum) {
    return sum.count() > 0 ? static_cast<std::uint64_t>(sum.count()) : 0U;
}

protocol::WhyReason told(const Reason& reason) {
    return {
        .kind = std::string{name_of(reason.kind)},
        .text = shortened(sentence_of(reason), protocol::kTextBytesMax),
        .job = reason.job,
        .worker = shortened(reason.worker, protocol::kNameBytesMax),
        .block = reason.block,
        .count = reason.count,
        .time_ns = static_cast<std::uint64_t>(std::max<Duration::rep>(0, reason.time.count())),
        .usual_ns = static_cast<std::uint64_t>(std::max<Duration::rep>(0, reason.usual.count()))};
}

std::string of_job(const Reason& r) {
    switch (r.kind) {
        case ReasonKind::job_ended:
            return "the job has ended: " + r.text;
        case ReasonKind::job_paused:
            return "the job is paused; vargrid resume lets it go on";
        case ReasonKind::no_workers:
            return "there are no workers";
        case ReasonKind::no_worker_fits:
            return "none of " + counted(r.count, "worker") + " has " + r.text;
        case ReasonKind::no_worker_in_use:
            return "all of " + counted(r.count, "worker") +
                   " that could do it drain or are in quarantine";
        case ReasonKind::behind_job:
            return "job " + std::to_string(r.job.value()) + " goes first and has " +
                   counted(r.count, "block") + " left to lease";
        case ReasonKind::all_workers_busy:
            return counted(r.count, "block") + " wait until a worker is free";
        case ReasonKind::workers_distrusted:
            return counted(r.count, "worker") +
                   " failed so many of its blocks that others must try those first";
        case ReasonKind::second_opinion:
            return counted(r.count, "block") + " failed and wait for a second opinion, block " +
                   std::to_string(r.block) + " among them";
        case ReasonKind::awaited_workers:
            return counted(r.count, "worker") +
                   " had leases before the scheduler was started again and are not back yet";
        case ReasonKind::straggler:
            return "block " + std::to_string(r.block) + " is under way on " + r.worker + " for " +
                   seconds_text(r.time) + ", usual are " + seconds_text(r.usual);
        case ReasonKind::slow_worker:
            return "a block takes " + r.worker + " " + seconds_text(r.time) + ", usual are " +
                   seconds_text(r.usual);
        case ReasonKind::trouble:
            return r.text;
        case ReasonKind::final_step_waits:
            return "all blocks are done; the final step waits for a worker";
        case ReasonKind::final_step_runs:
            return "all blocks are done; the final step runs on " + r.worker + " for " +
                   seconds_text(r.time);
        default:
            return "nothing is wrong: " + counted(r.other_count, "worker") + " compute " +
                   counted(r.count, "block");
    }
}

protocol::Refusal unknown(const std::string& what) {
    return {protocol::RefusalCode::not_found, what};
}

}  // namespace

std::string sentence_of(const Reason& r) {
    switch (r.kind) {
        case ReasonKind::worker_awaited:
            return "it had leases before the scheduler was started again and has not said a word "
                   "for " +
                   seconds_text(r.time) + "; after " + seconds_text(r.usual) + " it counts as lost";
        case ReasonKind::worker_silent:
            return "not heard for " + seconds_text(r.time) + "; after " + seconds_text(r.usual) +
                   " it counts as lost";
        case ReasonKind::worker_draining:
            return "it drains and wants nothing new";
        case ReasonKind::worker_ends:
            return "it will be gone in " + seconds_text(r.time) +
                   " and gets nothing that takes longer";
        case ReasonKind::worker_quarantined:
            return "its host is in quarantine for another " + seconds_text(r.time) + " after " +
                   counted(r.count, "fault");
        case ReasonKind::worker_on_probation:
            return "its host is back from quarantine: one block at a time until one succeeds";
        case ReasonKind::worker_working:
            return "it has " + counted(r.count, "block") + " of job " +
                   std::to_string(r.job.value());
        case ReasonKind::worker_full:
            return "it has as many leases as a worker gets: " + std::to_string(r.count);
        case ReasonKind::worker_unfit:
            return "job " + std::to_string(r.job.value()) + " needs " + r.text;
        case ReasonKind::worker_distrusted:
            return "it failed too many blocks of job " + std::to_string(r.job.value()) +
                   "; others must try those first";
        case ReasonKind::no_work:
            return "no job has anything to lease";
        default:
            return of_job(r);
    }
}

void Insight::watch(Instant now) {
    if (now < next_look_ || !history_.is_due(now)) {
        return;
    }
    const auto begin = std::chrono::steady_clock::now();
    history_.note(now, core_.job_summaries(), core_.grid_status());
    next_look_ = now + kLookShare * Duration{std::chrono::steady_clock::now() - begin};
}

protocol::Forecast Insight::forecast_of(const JobSummary& job, std::uint64_t now_unix_ms) const {
    protocol::Forecast told;
    if (has_ended(job.state)) {
        told.unknown = "it has ended";
        return told;
    }
    const std::optional<double> own = work_left(job);
    if (job.paused || !own) {
        told.unknown = job.paused ? "the job is paused" : "not enough measured yet";
        return told;
    }
    double work = *own;
    const std::vector<JobId> ahead = core_.jobs_ahead(job.job);
    for (const JobSummary& other : core_.job_summaries()) {
        if (other.job == job.job || has_ended(other.state) || other.paused) {
            continue;
        }
        const std::optional<double> its = work_left(other);
        const bool first = std::find(ahead.begin(), ahead.end(), other.job) != ahead.end();
        if (first && !its) {
            told.unknown =
                "job " + std::to_string(other.job.value()) + " goes first and is not measured yet";
            return told;
        }
        const std::vector<JobId> behind = core_.jobs_ahead(other.job);
        const bool last = std::find(behind.begin(), behind.end(), job.job) != behind.end();
        if (first) {
            work += *its;
        } else if (!last) {  // They share; until this one is done, the other gets as much at most.
            work += std::min(its.value_or(*own), *own);
        }
    }
    const JobSpec* const spec = core_.job_spec(job.job);
    ForecastQuestion question{.work_core_seconds = work,
                              .block_seconds = static_cast<double>(job.block_cost.count()) * 1e-9,
                              .threads = static_cast<double>(core_.grid_status().threads_in_use)};
    if (spec != nullptr && spec->deadline_unix_ms > 0) {
        question.deadline_seconds =
            (static_cast<double>(spec->deadline_unix_ms) - static_cast<double>(now_unix_ms)) * 1e-3;
    }
    const JobForecast made = forecast(history_, question);
    told.unknown = made.unknown;
    told.left_10_ms = milliseconds(made.left_10_seconds);
    told.left_50_ms = milliseconds(made.left_50_seconds);
    told.left_90_ms = milliseconds(made.left_90_seconds);
    told.probability_millionths =
        static_cast<std::uint32_t>(std::lround(made.probability.value_or(0.0) * 1e6));
    told.cores_needed = static_cast<std::uint64_t>(std::min(made.cores_needed.value_or(0.0), 1e15));
    return told;
}

protocol::Body Insight::answer(const protocol::Why& question, std::uint64_t now_unix_ms) const {
    protocol::WhyReply reply;
    if (question.job != JobId{}) {
        const auto summary = core_.job_summary(question.job);
        if (!summary) {
            return unknown("no job " + std::to_string(question.job.value()));
        }
        for (const Reason& reason : core_.why_job(question.job)) {
            reply.reasons.push_back(told(reason));
        }
        reply.forecast = forecast_of(*summary, now_unix_ms);
        return reply;
    }
    const auto workers = core_.workers_named(question.worker);
    if (workers.empty()) {
        return unknown("no worker or host " + question.worker);
    }
    for (const Incarnation worker : workers) {
        for (const Reason& reason : core_.why_worker(worker)) {
            if (reply.reasons.size() < protocol::kReasonsMax) {
                reply.reasons.push_back(told(reason));
            }
        }
    }
    return reply;
}

protocol::GridInfo Insight::grid() const {
    const GridStatus status = core_.grid_status();
    protocol::GridInfo grid{.workers = status.workers,
                            .workers_idle = status.workers_idle,
                            .workers_draining = status.workers_draining,
                            .workers_on_probation = status.workers_on_probation,
                            .workers_quarantined = status.workers_quarantined,
                            .workers_awaited = status.workers_awaited,
                            .threads = status.threads,
                            .threads_idle = status.threads_idle,
                            .workers_joined = status.workers_joined,
                            .workers_left = status.workers_left,
                            .workers_lost = status.workers_lost,
                            .connected_core_us = microseconds(status.connected),
                            .under_way_core_us = microseconds(status.under_way),
                            .spent_core_us = {}};
    for (const CoreSum kind : status.spent) {
        grid.spent_core_us.push_back(microseconds(kind));
    }
    return grid;
}

}  // namespace vargrid::scheduler
