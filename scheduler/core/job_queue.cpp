#include "scheduler/core/job_queue.hpp"

#include "base/check.hpp"

namespace vargrid::scheduler {

JobQueue::Level& JobQueue::level(std::int32_t priority) {
    return levels_
        .try_emplace(-std::int64_t{priority},
                     Level{FairShare{shares_, owners_remembered_max_}, {}, 0})
        .first->second;
}

void JobQueue::forget_if_unused(std::int32_t priority) {
    const auto found = levels_.find(-std::int64_t{priority});
    if (found != levels_.end() && found->second.owners.empty() && found->second.leases == 0) {
        levels_.erase(found);
    }
}

void JobQueue::insert(JobId job, const JobSpec& spec) {
    Level& at = level(spec.priority);
    Groups& groups = at.owners[spec.owner];
    if (groups.empty()) {
        at.share.enter(spec.owner);
    }
    CHECK(groups[needs_of(spec)].insert(key_of(job, spec)).second);
    ++size_;
}

void JobQueue::erase(JobId job, const JobSpec& spec) {
    Level& at = level(spec.priority);
    const auto owner = at.owners.find(spec.owner);
    CHECK(owner != at.owners.end());
    const auto group = owner->second.find(needs_of(spec));
    CHECK(group != owner->second.end() && group->second.erase(key_of(job, spec)) == 1);
    if (group->second.empty()) {
        owner->second.erase(group);
    }
    if (owner->second.empty()) {
        at.share.leave(spec.owner);
        at.owners.erase(owner);
    }
    --size_;
    forget_if_unused(spec.priority);
}

bool JobQueue::contains(JobId job, const JobSpec& spec) const {
    const auto at = levels_.find(-std::int64_t{spec.priority});
    if (at == levels_.end()) {
        return false;
    }
    const auto owner = at->second.owners.find(spec.owner);
    if (owner == at->second.owners.end()) {
        return false;
    }
    const auto group = owner->second.find(needs_of(spec));
    return group != owner->second.end() && group->second.contains(key_of(job, spec));
}

Service JobQueue::charge(const JobSpec& spec, CoreTime predicted) {
    Level& at = level(spec.priority);
    ++at.leases;
    return at.share.charge(spec.owner, predicted);
}

void JobQueue::settle(const JobSpec& spec, Service charged, CoreTime took) {
    level(spec.priority).share.settle(spec.owner, charged, took);
}

void JobQueue::close(const JobSpec& spec, Service left) {
    Level& at = level(spec.priority);
    CHECK(at.leases > 0);
    --at.leases;
    at.share.settle(spec.owner, left, CoreTime{0});
    forget_if_unused(spec.priority);
}

void JobQueue::transfer(const JobSpec& spec, std::int32_t priority, Service left) {
    Level& to = level(priority);
    ++to.leases;
    to.share.charge_service(spec.owner, left);
    close(spec, left);
}

Service JobQueue::service_of(std::int32_t priority, const std::string& owner) const {
    const auto at = levels_.find(-std::int64_t{priority});
    return at == levels_.end() ? 0 : at->second.share.service_of(owner);
}

}  // namespace vargrid::scheduler
