// Task: what became of each block of one lease. Every block that is still this worker's is in
// exactly one of five places: to do, finished, in a shard, failed and not yet reported, to be
// returned and not yet sent. A block leaves when the scheduler knows: its commit was answered, its
// failure or return was sent.
#pragma once

#include "base/time.hpp"
#include "protocol/block_range.hpp"
#include "protocol/ids.hpp"
#include "protocol/interval_set.hpp"
#include "worker/core/action.hpp"
#include "worker/core/event.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vargrid::worker {

class Task {
  public:
    explicit Task(const Lease& lease) : lease_{lease}, to_do_{lease.range} {}

    struct Shard {
        std::vector<BlockRange> ranges;
        Duration core_time{0};
        Duration start_up{0};
        /// Filled in when it is on disk.
        std::string name;
        std::vector<RangeDigest> digests;
        bool written{false};
        /// When it was last offered to the scheduler; none if never, or not on this connection.
        std::optional<Instant> offered_at;
        /// It was offered at least once: it may be committed although no answer came.
        bool offered_once{false};
    };

    // ---- The executor.

    void start(Instant now);
    void begin(const TaskBegun& begun) { start_up_ = begun.start_up; }
    /// No block of it is left to begin. CHECKs that it runs.
    void note_emptied();
    /// No thread works on it any more.
    void stop();
    /// Blocks of the range that are not to do are a late or repeated word, and ignored with their
    /// part of the time. False if that is all of them.
    [[nodiscard]] bool finish(BlockRange range, Duration core_time, Instant now);
    /// False if the block was not to do.
    [[nodiscard]] bool fail(const BlockFailed& failed);

    // ---- Giving up.

    /// The lease is over: only shards that were offered still matter. Returns the others that lie
    /// on disk, which nobody wants.
    std::map<std::uint32_t, Shard> drop(Instant now);
    /// Everything still to do goes back, and nobody waits for the task to stop. What its threads
    /// did since the last block was finished is in vain.
    void abandon(Instant now, std::uint32_t threads);
    /// Only what is under way is finished, and each block is committed at once, as a range of its
    /// own.
    void yield() { yielded_ = true; }
    /// These blocks will not be computed here: they go back, as far as they are to do. False if
    /// none is.
    [[nodiscard]] bool return_blocks(BlockRange range, ReturnReason reason);
    /// Everything still to do goes back.
    void return_rest(ReturnReason reason, std::string message, Duration core_time);

    // ---- Shards.

    /// Puts all finished blocks in a new shard. CHECKs that there are any.
    WriteShard cut_shard();
    /// Null if there is no such shard.
    Shard* shard(std::uint32_t part);
    std::map<std::uint32_t, Shard>& shards() { return shards_; }
    [[nodiscard]] const std::map<std::uint32_t, Shard>& shards() const { return shards_; }
    /// It was answered; its blocks are no longer ours.
    void remove_shard(std::uint32_t part);
    /// It could not be written: its blocks go back.
    void give_up_shard(std::uint32_t part, std::string message);

    // ---- Reports. Taking them is sending them: the blocks leave.

    std::vector<SendBlockFailed> take_failures();
    std::vector<SendReturn> take_returns();

    // ---- Questions.

    [[nodiscard]] const Lease& lease() const { return lease_; }
    [[nodiscard]] bool is_waiting() const {
        return !started_at_ && !is_dropped() && !to_do_.empty();
    }
    [[nodiscard]] bool is_running() const { return started_at_.has_value() && !stopped_; }
    [[nodiscard]] bool is_emptied() const { return emptied_; }
    [[nodiscard]] bool is_dropped() const { return dropped_at_.has_value(); }
    [[nodiscard]] std::optional<Instant> dropped_at() const { return dropped_at_; }
    [[nodiscard]] bool has_finished_blocks() const { return !finished_.empty(); }
    /// When the oldest finished block that is in no shard was finished.
    [[nodiscard]] Instant finished_since() const { return finished_since_; }
    /// Nothing is left to say or to do about it.
    [[nodiscard]] bool is_over() const { return !is_running() && is_empty(); }
    /// The process may go without it.
    [[nodiscard]] bool can_be_left() const {
        return is_empty() && (!is_running() || is_dropped() || abandoned_);
    }
    [[nodiscard]] bool is_abandoned() const { return abandoned_; }
    [[nodiscard]] bool has_yielded() const { return yielded_; }
    /// The blocks that are still this worker's, ascending.
    [[nodiscard]] std::vector<BlockRange> open() const;
    [[nodiscard]] LeaseProgress progress() const {
        return {lease_.attempt, blocks_done_, started_at_.has_value()};
    }
    /// CHECKs that the five places are disjoint and within the lease.
    void check_invariants() const;

  private:
    [[nodiscard]] bool is_empty() const;
    [[nodiscard]] std::vector<BlockRange> ranges_to_commit() const;

    Lease lease_;
    std::optional<Instant> started_at_;
    bool stopped_{false};
    bool emptied_{false};
    std::optional<Instant> dropped_at_;
    bool abandoned_{false};
    bool yielded_{false};
    std::uint64_t blocks_done_{0};

    IntervalSet to_do_;
    IntervalSet finished_;
    Duration finished_core_time_{0};
    /// Not reported yet.
    Duration start_up_{0};
    /// When it started or last finished a block.
    Instant progress_at_;
    Instant finished_since_;
    std::map<std::uint32_t, Shard> shards_;
    std::uint32_t next_part_{0};
    std::vector<BlockFailed> failures_;
    std::vector<SendReturn> returns_;
};

}  // namespace vargrid::worker
