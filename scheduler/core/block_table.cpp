#include "scheduler/core/block_table.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::scheduler {
namespace {

/// The distinct hosts in a list of faults, in the order they first appear.
std::vector<std::string> hosts_in(const std::vector<BlockFault>& faults) {
    std::vector<std::string> hosts;
    for (const BlockFault& fault : faults) {
        if (std::find(hosts.begin(), hosts.end(), fault.host) == hosts.end()) {
            hosts.push_back(fault.host);
        }
    }
    return hosts;
}

}  // namespace

BlockTable::BlockTable(std::uint64_t blocks) : blocks_{blocks}, pending_{BlockRange{0, blocks}} {}

BlockTable::BlockTable(std::uint64_t blocks,
                       bool with_final_step,
                       const std::vector<CommittedRange>& committed,
                       const std::vector<std::uint64_t>& set_aside,
                       const std::vector<BlockFault>& faults)
    : blocks_{blocks},
      has_final_step_{with_final_step},
      pending_{BlockRange{0, with_final_step ? blocks + 1 : blocks}} {
    for (const CommittedRange& range : committed) {
        pending_.remove(range.range);
        committed_.add(range);
    }
    for (const std::uint64_t block : set_aside) {
        pending_.remove(single_block(block));
        set_aside_.insert(block);
    }
    for (const BlockFault& fault : faults) {
        if ((fault.cause != FaultCause::task && fault.cause != FaultCause::disagreement) ||
            committed_.overlaps(single_block(fault.block))) {
            continue;
        }
        if (pending_.contains(fault.block)) {
            pending_.remove(single_block(fault.block));
            suspects_.insert(fault.block);
        }
        add_fault(fault);
    }
    for (const std::uint64_t block : set_aside_) {
        resolve(faults_of(block));
    }
}

void BlockTable::lease_pending(BlockRange range) {
    pending_.remove(range);
    leased_ += range.size();
}

void BlockTable::lease_suspect(std::uint64_t block) {
    CHECK(suspects_.erase(block) == 1);
    ++leased_;
}

std::vector<BlockRange> BlockTable::lease_again(BlockRange range) {
    std::vector<BlockRange> taken = pending_.intersection(range);
    for (const BlockRange part : taken) {
        lease_pending(part);
    }
    for (auto at = suspects_.lower_bound(range.first); at != suspects_.end() && *at < range.last;) {
        const std::uint64_t block = *at++;
        lease_suspect(block);
        taken.push_back(single_block(block));
    }
    return normalised(std::move(taken));
}

void BlockTable::release(BlockRange range) {
    CHECK(leased_ >= range.size());
    leased_ -= range.size();
    std::set<std::uint64_t> alone{disputed_.lower_bound(range.first),
                                  disputed_.lower_bound(range.last)};
    for (auto at = faults_.lower_bound(range.first); at != faults_.end() && at->first < range.last;
         ++at) {
        alone.insert(at->first);
    }
    BlockRange rest = range;
    for (const std::uint64_t block : alone) {
        pending_.add(BlockRange{rest.first, block});
        CHECK(suspects_.insert(block).second);
        rest.first = block + 1;
    }
    pending_.add(rest);
}

std::vector<std::string> BlockTable::commit(const CommittedRange& committed) {
    CHECK(leased_ >= committed.range.size());
    leased_ -= committed.range.size();
    committed_.add(committed);
    std::vector<std::string> wrong;
    auto at = faults_.lower_bound(committed.range.first);
    while (at != faults_.end() && at->first < committed.range.last) {
        resolve(at->second);
        for (std::string& host : hosts_in(at->second)) {
            wrong.push_back(std::move(host));
        }
        at = faults_.erase(at);
    }
    return wrong;
}

void BlockTable::uncommit(BlockRange range) {
    committed_.remove(range);
    pending_.add(range);
}

void BlockTable::dispute(std::uint64_t block) {
    CHECK(disputed_.insert(block).second);
    if (suspects_.insert(block).second) {
        pending_.remove(single_block(block));
    }
}

void BlockTable::end_dispute(std::uint64_t block) {
    if (disputed_.erase(block) > 0 && !faults_.contains(block) && suspects_.erase(block) > 0) {
        pending_.add(single_block(block));
    }
}

void BlockTable::set_aside(std::uint64_t block) {
    CHECK(leased_ >= 1);
    --leased_;
    CHECK(set_aside_.insert(block).second);
    resolve(faults_of(block));
}

void BlockTable::open_final_step() {
    CHECK(is_settled() && !has_final_step_);
    has_final_step_ = true;
    pending_.add(single_block(blocks_));
}

void BlockTable::close_final_step() {
    CHECK(has_final_step_);
    has_final_step_ = false;
    if (suspects_.erase(blocks_) == 0) {
        pending_.remove(single_block(blocks_));
    }
}

void BlockTable::close() {
    CHECK(leased_ == 0);
    closed_ = true;
    pending_.clear();
    suspects_.clear();
    disputed_.clear();
    unresolved_.clear();
}

void BlockTable::add_fault(BlockFault fault) {
    if (!has_failed_on(fault.block, fault.host)) {
        ++unresolved_[fault.host];
    }
    faults_[fault.block].push_back(std::move(fault));
}

const std::vector<BlockFault>& BlockTable::faults_of(std::uint64_t block) const {
    static const std::vector<BlockFault> kNone;
    const auto found = faults_.find(block);
    return found == faults_.end() ? kNone : found->second;
}

bool BlockTable::has_failed_on(std::uint64_t block, const std::string& host) const {
    const auto& faults = faults_of(block);
    return std::any_of(
        faults.begin(), faults.end(), [&](const BlockFault& fault) { return fault.host == host; });
}

std::uint32_t BlockTable::distinct_hosts_failed(std::uint64_t block) const {
    return static_cast<std::uint32_t>(hosts_in(faults_of(block)).size());
}

std::uint32_t BlockTable::unresolved_faults(const std::string& host) const {
    const auto found = unresolved_.find(host);
    return found == unresolved_.end() ? 0 : found->second;
}

void BlockTable::resolve(const std::vector<BlockFault>& faults) {
    for (const std::string& host : hosts_in(faults)) {
        const auto found = unresolved_.find(host);
        CHECK(found != unresolved_.end() && found->second > 0);
        if (--found->second == 0) {
            unresolved_.erase(found);
        }
    }
}

void BlockTable::check_invariants(const std::vector<BlockRange>& leased) const {
    std::vector<BlockRange> all = pending_.ranges();
    all.insert(all.end(), leased.begin(), leased.end());
    for (const CommittedRange& committed : committed_.ranges()) {
        all.push_back(committed.range);
    }
    for (const std::uint64_t block : suspects_) {
        CHECK(faults_.contains(block) || disputed_.contains(block));
        all.push_back(single_block(block));
    }
    for (const std::uint64_t block : set_aside_) {
        all.push_back(single_block(block));
    }
    std::uint64_t leased_blocks = 0;
    for (const BlockRange range : leased) {
        leased_blocks += range.size();
    }
    CHECK(leased_blocks == leased_);
    std::sort(all.begin(), all.end());
    std::uint64_t next = 0;
    for (const BlockRange range : all) {
        CHECK_MSG(range.first >= next, "a block is in two places");
        CHECK_MSG(range.first == next || closed_, "a block is nowhere");
        next = range.last;
    }
    CHECK_MSG(closed_ || next == (has_final_step_ ? blocks_ + 1 : blocks_), "the last is nowhere");
}

}  // namespace vargrid::scheduler
