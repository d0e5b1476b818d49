// CoreConfig: every limit and every interval of the scheduler core. Reaching a limit is an action
// (RejectJob, RefuseWorker, a failed job), never a surprise.
#pragma once

#include "base/time.hpp"
#include "scheduler/core/fair_share.hpp"

#include <chrono>
#include <cstdint>

namespace vargrid::scheduler {

struct CoreConfig {
    // Workers.
    Duration heartbeat_interval{std::chrono::seconds{1}};
    /// A worker not heard of for this long is lost and its leases end.
    Duration worker_silence_max{std::chrono::seconds{5}};
    /// Heartbeats of the whole fleet; beyond it both intervals above grow with the number of
    /// workers, see heartbeat_terms().
    std::uint32_t heartbeats_per_second_max{10'000};
    /// A lease that the heartbeats of its worker do not mention for this long never arrived there,
    /// or its end was lost on the way here; it ends and its blocks are pending again.
    Duration lease_unconfirmed_max{std::chrono::seconds{5}};
    /// A running lease whose worker is alive but finishes no block for this long is revoked: a hung
    /// thread must not hold a job for ever. Doubled each time it happens in a job, because the
    /// block may be that long.
    Duration lease_stall_max{std::chrono::minutes{10}};
    /// A final step, which is one long block, is revoked after this long, and its host charged.
    Duration final_step_stall_max{std::chrono::hours{2}};
    /// The longest life a worker may announce; a longer one counts as this.
    Duration worker_life_max{std::chrono::hours{24 * 400}};
    std::uint32_t workers_max{100'000};
    std::uint32_t threads_per_worker_max{4'096};
    /// One running and one prefetched.
    std::uint32_t leases_per_worker_max{2};
    /// Where tasks are so short that a worker would wait for the next ones, it gets as many as
    /// make up this time, at most so many: a few milliseconds, so that a reclaim costs no more.
    Duration prefetch_time{std::chrono::milliseconds{4}};
    std::uint32_t short_leases_per_worker_max{16};

    // Tasks.
    /// What a task should take on its worker while there is plenty of work.
    Duration task_target{std::chrono::seconds{2}};
    /// What a reclaim without notice may cost: no task is planned to take longer, and finished
    /// blocks are committed at least twice in this time.
    Duration reclaim_cost_max{std::chrono::seconds{10}};
    /// The share of what is left that a worker gets at once is 1 / (this x its part of all
    /// threads), so tasks shrink towards the end of a job.
    std::uint32_t tail_divisor{2};
    /// Grants of one Tick; the rest is placed by the next one, so that a turn stays short.
    std::uint32_t grants_per_tick_max{10'000};

    // Stragglers and second opinions.
    /// A lease is late when it has run for twice its predicted time and this; its blocks hang when
    /// none is finished for the time of two and this.
    Duration straggler_grace{std::chrono::seconds{2}};
    /// Work is stolen from a worker only if it has at least this much left.
    Duration steal_time_min{std::chrono::milliseconds{500}};
    /// A lease whose blocks were all committed by others has at least this long to hand them in for
    /// the comparison.
    Duration beaten_grace{std::chrono::seconds{30}};
    /// How often workers without work are given second looks at what others do; 10 us more for each
    /// worker.
    Duration review_interval{std::chrono::milliseconds{250}};
    /// A block on which hosts disagree is set aside when no third host can be found for this long
    /// and the job has nothing else to do.
    Duration dispute_wait_max{std::chrono::seconds{60}};
    /// A host that is alone with its bits against two others gets no work for this long.
    Duration lie_quarantine_time{std::chrono::hours{24}};
    /// Digests of committed blocks kept for comparison, for each job; beyond it the lowest block is
    /// no longer compared.
    std::uint32_t kept_digests_max{100'000};
    /// What jobs that do not say get: 0.1 % of the blocks.
    std::uint32_t audit_per_million{1'000};
    /// Kept free before the announced end of a worker, for its last shard and commit.
    Duration worker_end_reserve{std::chrono::seconds{5}};
    /// What a final step is taken to need where a worker has an end; never started later.
    Duration final_step_time{std::chrono::minutes{1}};
    /// Jobs of equal standing that are looked at for one whose input the worker has read already.
    std::uint32_t affinity_looks_max{4};
    /// Kinds of machine whose speed is remembered for new workers.
    std::uint32_t machine_kinds_max{1'000};

    // Jobs.
    /// How the grid is shared between owners of one priority; whoever is not named has 1.
    OwnerShares owner_shares{};
    /// Owners of one priority whose use is remembered while they have no work.
    std::uint32_t idle_owners_max{10'000};
    std::uint32_t jobs_max{1'000};
    /// Ended jobs whose commits are remembered; beyond it the one that ended first is forgotten.
    std::uint32_t ended_jobs_max{100};
    /// Owners of forgotten jobs whose core time is told apart; further ones are added up as one.
    std::uint32_t owners_remembered_max{1'000};
    std::uint64_t blocks_per_job_max{1'000'000'000};
    std::uint32_t text_bytes_max{4'096};
    /// Lost leases of a job whose booked work is remembered; beyond it the oldest is forgotten, and
    /// what its worker still hands in is booked twice.
    std::uint32_t lost_leases_remembered_max{1'000};

    // Blame.
    /// Distinct hosts a block may fail on before it is set aside.
    std::uint32_t task_fault_max{3};
    /// Failures of a block in all, so that a grid of one host comes to an end too.
    std::uint32_t task_fault_total_max{6};
    /// Blocks of one job that one host failed and that nobody has tried since: beyond it the
    /// host gets no fresh blocks of this job, so that one bad host cannot touch every block.
    std::uint32_t unresolved_faults_max{8};
    /// Blocks set aside before the whole job is given up.
    std::uint32_t set_aside_per_job_max{1'000};
    /// Faults of one host before it is quarantined.
    std::uint32_t host_fault_max{5};
    Duration quarantine_time{std::chrono::seconds{60}};
    /// Workers that vanished one after the other with the same blocks under way, before the job and
    /// the log say so: those blocks may be what kills them. It changes nothing else, because
    /// nothing tells such a death from a reclaim.
    std::uint32_t vanishings_notice{5};
    /// Places of a job where this is counted; beyond it the least suspicious is forgotten.
    std::uint32_t vanishings_remembered_max{8};
    /// Hosts with faults that are remembered; beyond it the oldest is forgotten.
    std::uint32_t hosts_remembered_max{10'000};

    friend bool operator==(const CoreConfig&, const CoreConfig&) = default;
};

}  // namespace vargrid::scheduler
