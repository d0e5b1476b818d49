// SchedulerCore: capacity that nobody needs checks what was computed. The review, a few times a
// second at most, hands out second looks: copies of what hangs, stolen work, audits.
// docs/scheduling.md, "Audit".
#include "protocol/audit_sample.hpp"
#include "scheduler/core/scheduler_core.hpp"

#include <algorithm>
#include <chrono>

namespace vargrid::scheduler {
namespace {

/// Waiting samples of a job that one review looks at.
constexpr int kSamplesTriedMax = 256;

}  // namespace

/// It grows with the fleet, because it looks at every worker.
Duration SchedulerCore::review_interval() const {
    return config_.review_interval +
           std::chrono::microseconds{10} * static_cast<Duration::rep>(workers_.size());
}

/// When the next review is due; none while there is nothing to review.
std::optional<Instant> SchedulerCore::next_review() const {
    const bool idle = !hungry_.empty() && hungry_.begin()->first == 0;
    if (late_leases_.empty() && disputed_jobs_.empty() && (!idle || active_jobs_ == 0)) {
        return std::nullopt;
    }
    return reviewed_at_ + review_interval();
}

bool SchedulerCore::review_is_due() const {
    const auto next = next_review();
    return next && *next <= now_;
}

/// After the Tick has placed what is pending: whoever is still without work looks twice at what
/// others do.
void SchedulerCore::review(Actions& actions) {
    reviewed_at_ = now_;
    give_up_disputes(actions);
    if (!late_leases_.empty()) {
        copy_late(false, actions);
    }
    if (hungry_.empty() || hungry_.begin()->first != 0) {
        return;
    }
    copy_silent(actions);
    steal(actions);
    audit(actions);
}

void SchedulerCore::audit(Actions& actions) {
    for (auto& [id, job] : jobs_) {
        if (has_ended(job.state) || job.paused) {
            continue;
        }
        const auto samples = job.redundancy.samples();
        int tried = 0;
        for (const std::uint64_t block : samples) {
            if (hungry_.empty() || hungry_.begin()->first != 0) {
                return;
            }
            if (++tried > kSamplesTriedMax) {
                break;
            }
            const Claim* const claim = job.redundancy.kept(block);
            if (claim == nullptr || job.redundancy.has_second(block)) {
                continue;
            }
            if (WorkerRow* const worker = spare_worker(job, block, claim->host, false)) {
                lend_second(
                    job, *worker, single_block(block), LeaseKind::audit, Attempt{}, actions);
            }
        }
    }
}

/// Whether the audit has chosen this block.
bool SchedulerCore::is_audited(const JobRow& job, std::uint64_t block) const {
    return block != job.blocks.final_step() &&
           is_sampled(audit_seed(job.spec.payload), block, job.spec.audit_per_million);
}

}  // namespace vargrid::scheduler
