#include "scheduler/core/fair_share.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace vargrid::scheduler {

void FairShare::enter(const std::string& owner) {
    Owner& row = owners_[owner];
    CHECK(!row.waits);
    row.waits = true;
    row.service = std::max(row.service, now_);
    waiting_.emplace(row.service, owner);
}

void FairShare::leave(const std::string& owner) {
    Owner& row = owners_.at(owner);
    CHECK(row.waits && waiting_.erase({row.service, owner}) == 1);
    row.waits = false;
    forget_idle();
}

Service FairShare::charge(const std::string& owner, CoreTime predicted) {
    // At least one unit, or tasks that cost nothing would all go to one owner.
    const Service service = std::max<Service>(1, service_for(owner, predicted));
    charge_service(owner, service);
    return service;
}

void FairShare::charge_service(const std::string& owner, Service service) {
    const Owner& row = owners_[owner];
    if (row.waits) {
        now_ = std::max(now_, row.service);
    }
    move(owner, service);
}

void FairShare::settle(const std::string& owner, Service charged, CoreTime took) {
    move(owner, service_for(owner, took) - charged);
    forget_idle();
}

Service FairShare::service_of(const std::string& owner) const {
    const auto found = owners_.find(owner);
    return found == owners_.end() ? 0 : found->second.service;
}

Service FairShare::service_for(const std::string& owner, CoreTime core_time) const {
    const auto found = shares_.find(owner);
    const std::uint32_t share = found == shares_.end() ? 1 : std::max(1U, found->second);
    return core_time.count() / 1'000 / share;
}

void FairShare::move(const std::string& owner, Service by) {
    Owner& row = owners_[owner];
    if (by == 0) {
        return;
    }
    if (!row.waits) {
        row.service += by;
        return;
    }
    auto place = waiting_.extract({row.service, owner});
    CHECK(!place.empty());
    row.service += by;
    place.value().first = row.service;
    CHECK(waiting_.insert(std::move(place)).inserted);
}

/// Owners come and go; what one without work has used up is worth remembering, but not for ever.
void FairShare::forget_idle() {
    if (owners_.size() > owners_remembered_max_) {
        std::erase_if(owners_, [](const auto& owner) { return !owner.second.waits; });
    }
}

}  // namespace vargrid::scheduler
