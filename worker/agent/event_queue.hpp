// EventQueue: what executor and writer threads tell the agent's main thread, in order. Every post
// wakes the main thread.
#pragma once

#include "protocol/zmq/wakeup.hpp"
#include "worker/agent/task_runner.hpp"
#include "worker/core/event.hpp"

#include <memory>
#include <mutex>
#include <utility>
#include <variant>
#include <vector>

namespace vargrid::worker {

/// The input is at hand: the agent keeps the task for the shards to come.
struct TaskPrepared {
    Attempt attempt;
    std::shared_ptr<RunningTask> task;
    /// What the threads waited for it, added up.
    Duration start_up{0};
};

using Notice = std::variant<TaskPrepared,
                            BlocksDone,
                            BlocksNotBegun,
                            BlockFailed,
                            TaskEmptied,
                            TaskStopped,
                            ShardWritten,
                            ShardFailed>;

class EventQueue {
  public:
    explicit EventQueue(const protocol::Wakeup& wakeup) : wakeup_{wakeup} {}

    /// Blocks done side by side that nobody has taken yet become one range.
    void post(Notice notice) {
        {
            const std::lock_guard lock{mutex_};
            if (!notices_.empty() && is_merged(notices_.back(), notice)) {
                return;  // The wake-up of the one it joined is still to be seen.
            }
            notices_.push_back(std::move(notice));
        }
        wakeup_.notify();
    }

    [[nodiscard]] std::vector<Notice> take() {
        const std::lock_guard lock{mutex_};
        return std::exchange(notices_, {});
    }

    /// Ends the main thread's wait without a notice.
    void wake() const { wakeup_.notify(); }

  private:
    /// Adds `next` to `last` if both are blocks of one attempt and neighbours.
    static bool is_merged(Notice& last, const Notice& next) {
        auto* const before = std::get_if<BlocksDone>(&last);
        const auto* const after = std::get_if<BlocksDone>(&next);
        if (before == nullptr || after == nullptr || before->attempt != after->attempt) {
            return false;
        }
        if (after->range.first == before->range.last) {
            before->range.last = after->range.last;
        } else if (after->range.last == before->range.first) {
            before->range.first = after->range.first;
        } else {
            return false;
        }
        before->core_time += after->core_time;
        return true;
    }

    const protocol::Wakeup& wakeup_;
    std::mutex mutex_;
    std::vector<Notice> notices_;
};

}  // namespace vargrid::worker
