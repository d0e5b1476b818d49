#include "worker/core/task.hpp"

#include "base/check.hpp"
#include "protocol/audit_sample.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::worker {

void Task::start(Instant now) {
    CHECK(is_waiting());
    started_at_ = now;
    progress_at_ = now;
}

void Task::note_emptied() {
    CHECK(is_running());
    emptied_ = true;
}

void Task::stop() {
    CHECK(is_running());
    stopped_ = true;
}

bool Task::finish(BlockRange range, Duration core_time, Instant now) {
    if (!is_running()) {
        return false;
    }
    std::uint64_t blocks = 0;
    for (const BlockRange part : to_do_.intersection(range)) {
        if (finished_.empty()) {
            finished_since_ = now;
        }
        to_do_.remove(part);
        finished_.add(part);
        blocks += part.size();
    }
    if (blocks == 0) {
        return false;
    }
    // All of it as a rule; divided first, so that hours of core time times a range cannot overflow.
    const auto size = static_cast<Duration::rep>(range.size());
    const auto taken = static_cast<Duration::rep>(blocks);
    finished_core_time_ += taken == size ? core_time : core_time / size * taken;
    blocks_done_ += blocks;
    progress_at_ = now;
    return true;
}

bool Task::fail(const BlockFailed& failed) {
    if (!is_running() || !to_do_.contains(failed.block)) {
        return false;
    }
    to_do_.remove(single_block(failed.block));
    failures_.push_back(failed);
    ++blocks_done_;
    return true;
}

std::map<std::uint32_t, Task::Shard> Task::drop(Instant now) {
    dropped_at_ = now;
    to_do_.clear();
    finished_.clear();
    failures_.clear();
    returns_.clear();
    std::map<std::uint32_t, Shard> unwanted;
    for (auto at = shards_.begin(); at != shards_.end();) {
        if (at->second.written && !at->second.offered_once) {
            unwanted.insert(shards_.extract(at++));
        } else {
            ++at;  // Still being written: deleted when it is there. Offered: wait for the answer.
        }
    }
    return unwanted;
}

void Task::abandon(Instant now, std::uint32_t threads) {
    abandoned_ = true;
    const auto busy = static_cast<Duration::rep>(std::min<std::uint64_t>(threads, to_do_.size()));
    return_rest(ReturnReason::drain, {}, (now - progress_at_) * busy);
}

void Task::return_rest(ReturnReason reason, std::string message, Duration core_time) {
    if (to_do_.empty()) {
        return;
    }
    returns_.push_back(SendReturn{lease_.job,
                                  lease_.attempt,
                                  to_do_.ranges(),
                                  reason,
                                  std::move(message),
                                  core_time,
                                  std::exchange(start_up_, Duration{0})});
    to_do_.clear();
}

bool Task::return_blocks(BlockRange range, ReturnReason reason) {
    const std::vector<BlockRange> parts = to_do_.intersection(range);
    if (parts.empty()) {
        return false;
    }
    for (const BlockRange part : parts) {
        to_do_.remove(part);
    }
    returns_.push_back(SendReturn{lease_.job, lease_.attempt, parts, reason, {}, Duration{0}});
    return true;
}

/// The finished blocks, cut where one of them may be compared with what another host computed.
std::vector<BlockRange> Task::ranges_to_commit() const {
    const bool all_single = yielded_ || lease_.single_blocks;
    if (lease_.final_step || (!all_single && lease_.audit_per_million == 0)) {
        return finished_.ranges();
    }
    std::vector<BlockRange> ranges;
    for (const BlockRange whole : finished_.ranges()) {
        BlockRange rest = whole;
        for (std::uint64_t block = whole.first; block < whole.last; ++block) {
            if (!all_single && !is_sampled(lease_.audit_seed, block, lease_.audit_per_million)) {
                continue;
            }
            if (rest.first < block) {
                ranges.push_back(BlockRange{rest.first, block});
            }
            ranges.push_back(single_block(block));
            rest.first = block + 1;
        }
        if (!rest.empty()) {
            ranges.push_back(rest);
        }
    }
    return ranges;
}

WriteShard Task::cut_shard() {
    CHECK(!finished_.empty());
    const std::uint32_t part = next_part_++;
    Shard shard;
    shard.ranges = ranges_to_commit();
    shard.core_time = std::exchange(finished_core_time_, Duration{0});
    shard.start_up = std::exchange(start_up_, Duration{0});
    finished_.clear();
    WriteShard write{
        lease_.job, lease_.attempt, part, shard.ranges, lease_.final_step, lease_.digest_only};
    shards_.emplace(part, std::move(shard));
    return write;
}

Task::Shard* Task::shard(std::uint32_t part) {
    const auto found = shards_.find(part);
    return found == shards_.end() ? nullptr : &found->second;
}

void Task::remove_shard(std::uint32_t part) {
    CHECK(shards_.erase(part) == 1);
}

void Task::give_up_shard(std::uint32_t part, std::string message) {
    const auto found = shards_.find(part);
    CHECK(found != shards_.end() && !found->second.written);
    if (!is_dropped()) {
        returns_.push_back(SendReturn{lease_.job,
                                      lease_.attempt,
                                      std::move(found->second.ranges),
                                      ReturnReason::host_fault,
                                      std::move(message),
                                      found->second.core_time,
                                      found->second.start_up});
    }
    shards_.erase(found);
}

std::vector<SendBlockFailed> Task::take_failures() {
    std::vector<SendBlockFailed> reports;
    reports.reserve(failures_.size());
    for (BlockFailed& failed : failures_) {
        reports.push_back(SendBlockFailed{lease_.job,
                                          lease_.attempt,
                                          failed.block,
                                          failed.cause,
                                          std::move(failed.message),
                                          failed.core_time});
    }
    failures_.clear();
    return reports;
}

std::vector<SendReturn> Task::take_returns() {
    return std::exchange(returns_, {});
}

bool Task::is_empty() const {
    return to_do_.empty() && finished_.empty() && shards_.empty() && failures_.empty() &&
           returns_.empty();
}

std::vector<BlockRange> Task::open() const {
    std::vector<BlockRange> all = to_do_.ranges();
    const auto finished = finished_.ranges();
    all.insert(all.end(), finished.begin(), finished.end());
    for (const auto& [part, shard] : shards_) {
        all.insert(all.end(), shard.ranges.begin(), shard.ranges.end());
    }
    for (const BlockFailed& failed : failures_) {
        all.push_back(single_block(failed.block));
    }
    for (const SendReturn& returned : returns_) {
        all.insert(all.end(), returned.ranges.begin(), returned.ranges.end());
    }
    return normalised(std::move(all));
}

void Task::check_invariants() const {
    std::uint64_t blocks = to_do_.size() + finished_.size() + failures_.size();
    for (const auto& [part, shard] : shards_) {
        CHECK(part < next_part_);
        for (const BlockRange range : shard.ranges) {
            blocks += range.size();
        }
    }
    for (const SendReturn& returned : returns_) {
        for (const BlockRange range : returned.ranges) {
            blocks += range.size();
        }
    }
    std::uint64_t distinct = 0;
    for (const BlockRange range : open()) {
        CHECK(lease_.range.contains(range));
        distinct += range.size();
    }
    CHECK_MSG(distinct == blocks, "a block is in two places");
    CHECK(!is_dropped() || (to_do_.empty() && finished_.empty() && failures_.empty()));
}

}  // namespace vargrid::worker
