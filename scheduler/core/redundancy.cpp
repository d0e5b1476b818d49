#include "scheduler/core/redundancy.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::scheduler {

void Redundancy::add_second(std::uint64_t block, Attempt attempt) {
    CHECK(second_holders_.emplace(block, attempt).second);
}

void Redundancy::remove_second(std::uint64_t block) {
    CHECK(second_holders_.erase(block) == 1);
}

std::vector<std::uint64_t> Redundancy::seconds_in(BlockRange range) const {
    std::vector<std::uint64_t> blocks;
    for (auto at = second_holders_.lower_bound(range.first);
         at != second_holders_.end() && at->first < range.last;
         ++at) {
        blocks.push_back(at->first);
    }
    return blocks;
}

BlockRange Redundancy::first_without_second(BlockRange range) const {
    auto at = second_holders_.lower_bound(range.first);
    while (at != second_holders_.end() && at->first == range.first && !range.empty()) {
        ++range.first;
        ++at;
    }
    if (at != second_holders_.end() && at->first < range.last) {
        range.last = at->first;
    }
    return range;
}

void Redundancy::keep(std::uint64_t block, Claim claim, std::size_t kept_max) {
    kept_.insert_or_assign(block, std::move(claim));
    if (kept_.size() > kept_max) {
        samples_.erase(kept_.begin()->first);
        kept_.erase(kept_.begin());
    }
}

const Claim* Redundancy::kept(std::uint64_t block) const {
    const auto found = kept_.find(block);
    return found == kept_.end() ? nullptr : &found->second;
}

void Redundancy::add_claim(std::uint64_t block, Claim claim, Instant now) {
    const auto [at, is_new] = disputes_.try_emplace(block);
    if (is_new) {
        at->second.since = now;
    }
    at->second.claims.push_back(std::move(claim));
}

const Redundancy::Dispute* Redundancy::dispute_on(std::uint64_t block) const {
    const auto found = disputes_.find(block);
    return found == disputes_.end() ? nullptr : &found->second;
}

bool Redundancy::has_claim(std::uint64_t block, const std::string& host) const {
    const Dispute* const dispute = dispute_on(block);
    return dispute != nullptr &&
           std::any_of(dispute->claims.begin(), dispute->claims.end(), [&](const Claim& claim) {
               return claim.host == host;
           });
}

std::vector<std::uint64_t> Redundancy::void_claims(const std::string& host) {
    std::vector<std::uint64_t> settled;
    for (auto at = disputes_.begin(); at != disputes_.end();) {
        std::erase_if(at->second.claims, [&](const Claim& claim) { return claim.host == host; });
        if (at->second.claims.size() < 2) {
            settled.push_back(at->first);
            at = disputes_.erase(at);
        } else {
            ++at;
        }
    }
    return settled;
}

const std::string* Redundancy::host_of(Incarnation incarnation) const {
    const auto found = committers_.find(incarnation);
    return found == committers_.end() ? nullptr : &found->second;
}

void Redundancy::forget(BlockRange range) {
    kept_.erase(kept_.lower_bound(range.first), kept_.lower_bound(range.last));
    samples_.erase(samples_.lower_bound(range.first), samples_.lower_bound(range.last));
}

void Redundancy::clear() {
    CHECK(second_holders_.empty());
    kept_.clear();
    samples_.clear();
    disputes_.clear();
    committers_.clear();
}

}  // namespace vargrid::scheduler
