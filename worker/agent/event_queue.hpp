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
};

using Notice =
    std::variant<TaskPrepared, BlockDone, BlockFailed, TaskStopped, ShardWritten, ShardFailed>;

class EventQueue {
  public:
    explicit EventQueue(const protocol::Wakeup& wakeup) : wakeup_{wakeup} {}

    void post(Notice notice) {
        {
            const std::lock_guard lock{mutex_};
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
    const protocol::Wakeup& wakeup_;
    std::mutex mutex_;
    std::vector<Notice> notices_;
};

}  // namespace vargrid::worker
