#include "scheduler/core/host_blame.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace vargrid::scheduler {

bool HostBlame::charge(const std::string& host, Instant now) {
    if (!records_.contains(host) && records_.size() >= hosts_max_) {
        forget_one();
    }
    Record& record = records_[host];
    if (record.standing == Standing::quarantined) {
        return false;  // What it did before it was stopped; it is already being punished.
    }
    ++record.faults;
    record.since = now;
    if (record.standing == Standing::good && record.faults < fault_max_) {
        return false;
    }
    record.standing = Standing::quarantined;
    record.since = now + quarantine_time_;
    quarantine_ends_.emplace(record.since, host);
    return true;
}

void HostBlame::condemn(const std::string& host, Instant until) {
    if (!records_.contains(host) && records_.size() >= hosts_max_) {
        forget_one();
    }
    Record& record = records_[host];
    if (record.standing == Standing::quarantined) {
        until = std::max(until, record.since);
        quarantine_ends_.erase({record.since, host});
    }
    record.standing = Standing::quarantined;
    record.faults = std::max(record.faults, fault_max_);
    record.since = until;
    quarantine_ends_.emplace(until, host);
}

bool HostBlame::succeeded(const std::string& host) {
    const auto found = records_.find(host);
    if (found == records_.end() || found->second.standing != Standing::on_probation) {
        return false;
    }
    records_.erase(found);
    return true;
}

std::vector<std::string> HostBlame::expire(Instant now) {
    std::vector<std::string> released;
    while (!quarantine_ends_.empty() && quarantine_ends_.begin()->first <= now) {
        const std::string host = quarantine_ends_.begin()->second;
        quarantine_ends_.erase(quarantine_ends_.begin());
        records_.at(host).standing = Standing::on_probation;
        released.push_back(host);
    }
    return released;
}

Standing HostBlame::standing(const std::string& host) const {
    const auto found = records_.find(host);
    return found == records_.end() ? Standing::good : found->second.standing;
}

std::uint32_t HostBlame::faults(const std::string& host) const {
    const auto found = records_.find(host);
    return found == records_.end() ? 0 : found->second.faults;
}

std::optional<Instant> HostBlame::next_deadline() const {
    if (quarantine_ends_.empty()) {
        return std::nullopt;
    }
    return quarantine_ends_.begin()->first;
}

/// Makes room by forgetting the host with the oldest evidence.
void HostBlame::forget_one() {
    const auto oldest =
        std::min_element(records_.begin(), records_.end(), [](const auto& a, const auto& b) {
            return a.second.since < b.second.since;
        });
    CHECK(oldest != records_.end());
    quarantine_ends_.erase({oldest->second.since, oldest->first});
    records_.erase(oldest);
}

void HostBlame::check_invariants() const {
    std::size_t quarantined = 0;
    for (const auto& [host, record] : records_) {
        CHECK(record.faults > 0);
        if (record.standing == Standing::quarantined) {
            ++quarantined;
            CHECK(quarantine_ends_.contains({record.since, host}));
        }
    }
    CHECK(quarantined == quarantine_ends_.size());
    CHECK(records_.size() <= hosts_max_);
}

}  // namespace vargrid::scheduler
