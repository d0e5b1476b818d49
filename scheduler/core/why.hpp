// Why a job is not finished and why a worker is not used, as structured reasons: a kind and its
// numbers. Whoever shows them to people makes the sentences.
#pragma once

#include "base/time.hpp"
#include "protocol/ids.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vargrid::scheduler {

enum class ReasonKind : std::uint8_t {
    // Of a job.
    job_ended,           ///< `text`: its state and message.
    job_paused,          ///< Until somebody resumes it.
    no_workers,          ///< Nobody has said Hello.
    no_worker_fits,      ///< `count` workers, none with the instruction set or memory in `text`.
    no_worker_in_use,    ///< `count` workers: all drain or are quarantined.
    behind_job,          ///< `job` goes first; `count` of its blocks are pending.
    all_workers_busy,    ///< `count` blocks wait for a free worker.
    workers_distrusted,  ///< `count` workers failed too many blocks of it; others must try first.
    second_opinion,      ///< `count` blocks failed and wait for another worker; `block` is one.
    awaited_workers,     ///< `count` workers held leases before the restart and are not back.
    straggler,           ///< `block` on `worker` is under way for `time`, `usual` is usual.
    slow_worker,         ///< A block costs `worker` `time`, others `usual`.
    trouble,             ///< `text`.
    final_step_waits,    ///< For a worker.
    final_step_runs,     ///< On `worker` for `time`.
    computing,           ///< `count` blocks on `other_count` workers; nothing is wrong.
    // Of a worker.
    worker_awaited,       ///< It held leases before the restart and is not back, for `time`.
    worker_silent,        ///< Not heard for `time`; lost after `usual`.
    worker_draining,      ///< It wants nothing new.
    worker_ends,          ///< It will be gone in `time`; it gets no task that takes longer.
    worker_quarantined,   ///< For another `time`, after `count` host faults; `text`: the last one.
    worker_on_probation,  ///< One block at a time until one succeeds.
    worker_working,       ///< On `count` blocks of `job`.
    worker_full,          ///< It has as many leases as it may.
    worker_unfit,         ///< For `job`: `text` says what it lacks.
    worker_distrusted,    ///< By `job`: it failed too many of its blocks.
    no_work,              ///< No job has anything to lease.
};

struct Reason {
    ReasonKind kind{ReasonKind::computing};
    JobId job{};
    std::string worker{};
    std::uint64_t block{0};
    std::uint64_t count{0};
    std::uint64_t other_count{0};
    Duration time{0};
    Duration usual{0};
    std::string text{};

    friend bool operator==(const Reason&, const Reason&) = default;
};

}  // namespace vargrid::scheduler
