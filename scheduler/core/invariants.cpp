// SchedulerCore: what the tables promise each other, checked row by row.
#include "base/check.hpp"
#include "scheduler/core/scheduler_core.hpp"

namespace vargrid::scheduler {

void SchedulerCore::check_invariants() const {
    check_jobs();
    check_workers();
    blame_.check_invariants();
}

void SchedulerCore::check_jobs() const {
    std::size_t active = 0;
    std::size_t queued = 0;
    for (const auto& [id, job] : jobs_) {
        CHECK(id == job.job && id < next_job_);
        CHECK(submissions_.at({job.client, job.request}) == id);
        std::vector<BlockRange> leased;
        std::uint64_t seconds = 0;
        for (const auto& [attempt, lease] : job.leases) {
            CHECK(!lease.open.empty() || !lease.second.empty());
            check_second(job, attempt, lease);
            seconds += lease.second.size();
            CHECK(lease.late == late_leases_.contains({id, attempt}));
            CHECK(workers_.at(lease.incarnation).leases.at(attempt) == id);
            CHECK(attempt < make_attempt(epoch_, next_sequence_));
            const auto open = lease.open.ranges();
            leased.insert(leased.end(), open.begin(), open.end());
        }
        CHECK(seconds == job.redundancy.second_holders().size());
        CHECK(disputed_jobs_.contains(id) == !job.redundancy.disputes().empty());
        job.blocks.check_invariants(leased);
        active += has_ended(job.state) ? 0U : 1U;
        queued += job.queued ? 1U : 0U;
        CHECK(job.queued == (!has_ended(job.state) && !job.paused && job.blocks.available() > 0));
        CHECK(job.queued == queue_.contains(id, job.spec));
        if (has_ended(job.state)) {
            CHECK(job.leases.empty());
        } else {
            CHECK_MSG(!job.blocks.is_settled(), "a settled job did not move on");
            CHECK(job.blocks.has_final_step() == (job.state == JobState::finalising));
        }
    }
    CHECK(active == active_jobs_);
    CHECK(queued == queue_.size());
    CHECK(jobs_.size() == active_jobs_ + ended_jobs_.size());
    CHECK(ended_jobs_.size() <= config_.ended_jobs_max);
    CHECK(submissions_.size() == jobs_.size());
}

/// Nobody computes a block twice, and a copy stands beside the one who has the right.
void SchedulerCore::check_second(const JobRow& job, Attempt attempt, const Lease& lease) const {
    for (const BlockRange range : lease.second.ranges()) {
        CHECK(lease.open.intersection(range).empty());
        for (std::uint64_t block = range.first; block < range.last; ++block) {
            CHECK(job.redundancy.second_holders().at(block) == attempt);
            CHECK(job.blocks.committed().overlaps(single_block(block)) ||
                  job.leases.at(lease.of).open.contains(block));
        }
    }
}

void SchedulerCore::check_workers() const {
    std::uint64_t capacity = 0;
    std::size_t hungry = 0;
    std::map<std::string, std::uint32_t> standing;
    for (const auto& [incarnation, worker] : workers_) {
        CHECK(incarnation == worker.incarnation);
        CHECK(by_host_.at(worker.host).contains(incarnation));
        CHECK(silence_checks_.contains({worker.check_at, incarnation}));
        CHECK(worker.check_at <= worker.heard_at + worker.silence_max);
        Duration planned{0};
        for (const auto& [attempt, job] : worker.leases) {
            const Lease& lease = jobs_.at(job).leases.at(attempt);
            CHECK(lease.incarnation == incarnation);
            planned += lease.planned;
        }
        CHECK(planned == worker.planned);
        if (worker.counted) {
            capacity += worker.capacity;
            CHECK(worker.capacity == worker.threads * worker.speed.speed);
            ++standing[worker.host];
            CHECK(worker.state == WorkerState::active && !worker.draining);
            CHECK(blame_.standing(worker.host) == Standing::good);
        }
        if (worker.hungry) {
            ++hungry;
            CHECK(*worker.hungry == worker.leases.size());
            CHECK(hungry_.contains({*worker.hungry, incarnation}));
            CHECK(blame_.standing(worker.host) != Standing::quarantined);
        }
    }
    CHECK(capacity == abilities_.capacity(0));
    CHECK(hungry == hungry_.size());
    CHECK(silence_checks_.size() == workers_.size());
    CHECK(standing == in_good_standing_);
}

}  // namespace vargrid::scheduler
