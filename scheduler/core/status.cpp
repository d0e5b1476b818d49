// SchedulerCore: questions.
#include "scheduler/core/status.hpp"

#include "scheduler/core/scheduler_core.hpp"
#include "scheduler/core/state_digest.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace vargrid::scheduler {
namespace {

/// What is left until the end a worker announced.
std::optional<Duration> left_of(std::optional<Instant> ends_at, Instant now) {
    if (!ends_at) {
        return std::nullopt;
    }
    return std::max(*ends_at - now, Duration{0});
}

std::string trouble_of(const JobRow& job) {
    if (!job.trouble.empty() || job.redundancy.disputes().empty()) {
        return job.trouble;
    }
    const auto& disputes = job.redundancy.disputes();
    return "hosts disagree on block " + std::to_string(disputes.begin()->first) +
           (disputes.size() > 1 ? " and " + std::to_string(disputes.size() - 1) + " more" : "") +
           "; a third host decides";
}

JobSummary summary_of(const JobRow& job) {
    const BlockTable& blocks = job.blocks;
    const std::uint64_t final_step = blocks.final_step();
    const auto final_block = single_block(final_step);
    const auto without_final = [](std::uint64_t count, bool has) {
        return has ? count - 1 : count;
    };
    std::set<Incarnation> workers;
    bool final_leased = false;
    std::uint64_t under_way = 0;
    for (const auto& [attempt, lease] : job.leases) {
        workers.insert(lease.incarnation);
        under_way += lease.blocks_done - std::min(lease.blocks_done, lease.blocks_committed);
        final_leased = final_leased || lease.open.contains(final_step);
    }
    const bool final_available =
        blocks.pending().contains(final_step) || blocks.suspects().contains(final_step);
    return JobSummary{
        .job = job.job,
        .name = job.spec.name,
        .owner = job.spec.owner,
        .priority = job.spec.priority,
        .state = job.state,
        .message = job.message,
        .paused = job.paused,
        .trouble = trouble_of(job),
        .blocks_total = job.spec.blocks,
        .blocks_pending = without_final(blocks.available(), final_available),
        .blocks_leased = without_final(blocks.leased(), final_leased),
        .blocks_committed =
            without_final(blocks.committed().size(), blocks.committed().overlaps(final_block)),
        .blocks_set_aside = without_final(blocks.set_aside_blocks().size(),
                                          blocks.set_aside_blocks().contains(final_step)),
        .workers = workers.size(),
        .blocks_under_way = under_way,
        .ledger = job.ledger,
        .redundancy = job.redundancy.counts,
    };
}

void add_job(StateDigest& digest, const JobRow& job) {
    digest.add(job.job.value());
    digest.add(static_cast<std::uint64_t>(job.state));
    digest.add(job.message);
    digest.add(job.paused ? 1 : 0);
    digest.add(static_cast<std::uint64_t>(std::int64_t{job.spec.priority}));
    digest.add(job.cost_overall);
    for (const auto& [incarnation, cost] : job.cost_by_worker) {
        digest.add(incarnation.value());
        digest.add(cost);
    }
    for (const auto& [attempt, lease] : job.leases) {
        digest.add(attempt.value());
        digest.add(lease.incarnation.value());
        digest.add(lease.confirmed_at);
        digest.add(lease.progress_at);
        digest.add(lease.blocks_done);
        digest.add(static_cast<std::uint64_t>(lease.kind));
        digest.add(lease.late ? 1 : 0);
        for (const BlockRange range : lease.second.ranges()) {
            digest.add(range);
        }
        for (const BlockRange range : lease.open.ranges()) {
            digest.add(range);
        }
    }
    for (const BlockRange range : job.blocks.pending().ranges()) {
        digest.add(range);
    }
    for (const CommittedRange& committed : job.blocks.committed().ranges()) {
        digest.add(committed.range);
        digest.add(committed.attempt.value());
    }
    for (const std::uint64_t block : job.blocks.set_aside_blocks()) {
        digest.add(block);
    }
    for (const auto& [block, faults] : job.blocks.faults()) {
        digest.add(block);
        for (const BlockFault& fault : faults) {
            digest.add(fault.host);
        }
    }
    const Ledger& ledger = job.ledger;
    for (const CoreSum spent : ledger.spent) {
        digest.add(spent);
    }
    digest.add(ledger.leases);
    digest.add(ledger.commits_refused);
    digest.add(ledger.blocks_repeated);
}

}  // namespace

const JobSpec* SchedulerCore::job_spec(JobId job) const {
    const auto found = jobs_.find(job);
    return found == jobs_.end() ? nullptr : &found->second.spec;
}

JobSummary SchedulerCore::summarise(const JobRow& job) const {
    JobSummary summary = summary_of(job);
    summary.block_cost = usual_cost(job);
    if (job.queued && !abilities_.any_meets(needs_of(job.spec))) {
        const std::string needs = words_of(needs_of(job.spec));
        if (!needs.empty()) {
            summary.trouble = "no worker has " + needs;
        }
    }
    return summary;
}

std::optional<JobSummary> SchedulerCore::job_summary(JobId job) const {
    const auto found = jobs_.find(job);
    if (found == jobs_.end()) {
        return std::nullopt;
    }
    return summarise(found->second);
}

std::vector<JobSummary> SchedulerCore::job_summaries() const {
    std::vector<JobSummary> summaries;
    summaries.reserve(jobs_.size());
    for (const auto& [id, job] : jobs_) {
        summaries.push_back(summarise(job));
    }
    return summaries;
}

std::vector<BlockFault> SchedulerCore::job_faults(JobId job, std::size_t count_max) const {
    std::vector<BlockFault> listed;
    const auto found = jobs_.find(job);
    if (found == jobs_.end()) {
        return listed;
    }
    const BlockTable& blocks = found->second.blocks;
    for (const bool wanted_aside : {true, false}) {
        for (const auto& [block, faults] : blocks.faults()) {
            if (blocks.set_aside_blocks().contains(block) != wanted_aside) {
                continue;
            }
            for (const BlockFault& fault : faults) {
                if (listed.size() == count_max) {
                    return listed;
                }
                listed.push_back(fault);
            }
        }
    }
    return listed;
}

std::vector<std::uint64_t> SchedulerCore::set_aside_blocks(JobId job) const {
    const auto found = jobs_.find(job);
    if (found == jobs_.end()) {
        return {};
    }
    const auto& blocks = found->second.blocks.set_aside_blocks();
    return {blocks.begin(), blocks.end()};
}

std::vector<WorkerSummary> SchedulerCore::worker_summaries() const {
    std::vector<WorkerSummary> summaries;
    summaries.reserve(workers_.size());
    for (const auto& [incarnation, worker] : workers_) {
        std::uint64_t leased = 0;
        for (const auto& [attempt, job] : worker.leases) {
            const Lease& lease = jobs_.at(job).leases.at(attempt);
            leased += lease.open.size() + lease.second.size();
        }
        summaries.push_back(WorkerSummary{.incarnation = incarnation,
                                          .name = worker.name,
                                          .host = worker.host,
                                          .threads = worker.threads,
                                          .memory_bytes = worker.memory_bytes,
                                          .isa = worker.isa,
                                          .speed = worker.speed.speed,
                                          .state = worker.state,
                                          .standing = blame_.standing(worker.host),
                                          .draining = worker.draining,
                                          .leases = worker.leases.size(),
                                          .blocks_leased = leased,
                                          .silent_for = now_ - worker.heard_at,
                                          .ends_in = left_of(worker.ends_at, now_)});
    }
    return summaries;
}

std::uint64_t SchedulerCore::digest() const {
    StateDigest digest;
    digest.add(now_);
    digest.add(epoch_.value());
    digest.add(next_sequence_);
    digest.add(next_job_.value());
    for (const auto& [id, job] : jobs_) {
        add_job(digest, job);
    }
    for (const auto& [incarnation, worker] : workers_) {
        digest.add(incarnation.value());
        digest.add(worker.name);
        digest.add(worker.host);
        digest.add(worker.threads);
        digest.add(worker.speed.speed);
        digest.add(static_cast<std::uint64_t>(worker.state));
        digest.add(worker.draining ? 1 : 0);
        digest.add(worker.heard_at);
        digest.add(worker.ends_at.value_or(Instant{}));
    }
    for (const auto& [name, record] : blame_.records()) {
        digest.add(name);
        digest.add(static_cast<std::uint64_t>(record.standing));
        digest.add(record.faults);
        digest.add(record.since);
    }
    digest.add(stats_.events);
    return digest.value();
}

}  // namespace vargrid::scheduler
