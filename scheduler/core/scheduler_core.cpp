#include "scheduler/core/scheduler_core.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace vargrid::scheduler {

SchedulerCore::SchedulerCore(const CoreConfig& config)
    : config_{config},
      queue_{config.owner_shares, config.idle_owners_max},
      speeds_{config.machine_kinds_max},
      blame_{config} {
    CHECK(config.leases_per_worker_max >= 1 && config.tail_divisor >= 1);
    CHECK(config.ended_jobs_max >= 1 && config.hosts_remembered_max >= 1);
    CHECK(config.heartbeat_interval.count() >= 1 && config.heartbeats_per_second_max >= 1);
    CHECK(config.task_fault_max >= 1 && config.grants_per_tick_max >= 1);
    CHECK(config.reclaim_cost_max.count() >= 2);
}

void SchedulerCore::apply(const Event& event, std::vector<Action>& actions) {
    CHECK_MSG(event.at >= now_, "time ran back");
    now_ = event.at;
    ++stats_.events;
    if (!restored_ && !std::holds_alternative<Restored>(event.what)) {
        ++stats_.ignored_before_restore;
        if (const auto* submit = std::get_if<SubmitJob>(&event.what)) {
            actions.emplace_back(
                RejectJob{submit->client, submit->request, RejectReason::not_ready});
        }
        return;
    }
    std::visit([&](const auto& what) { on(what, actions); }, event.what);
}

void SchedulerCore::on(const Tick& /*tick*/, Actions& actions) {
    expire_workers(actions);
    end_quarantines(actions);
    const bool reviews = review_is_due();
    if (reviews) {
        copy_late(true, actions);
    }
    place(actions);
    if (reviews) {
        review(actions);
    }
    journal_ledgers(actions);
}

std::optional<Instant> SchedulerCore::next_deadline() const {
    if (placement_cut_short_) {
        return now_;
    }
    std::optional<Instant> next = blame_.next_deadline();
    if (const auto review = next_review()) {
        next = next ? std::min(*next, *review) : review;
    }
    if (!silence_checks_.empty()) {
        const Instant check = silence_checks_.begin()->first;
        next = next ? std::min(*next, check) : check;
    }
    return next;
}

}  // namespace vargrid::scheduler
