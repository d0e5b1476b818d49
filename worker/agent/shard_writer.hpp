// ShardWriter: makes finished blocks durable while the executor goes on computing. It owns one
// thread, the only one that writes shards, and answers every order exactly once.
#pragma once

#include "worker/agent/event_queue.hpp"
#include "worker/agent/task_runner.hpp"
#include "worker/core/action.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>

namespace vargrid::worker {

class ShardWriter {
  public:
    /// `runner` and `events` must outlive the writer.
    ShardWriter(TaskRunner& runner, EventQueue& events);
    /// Finishes the order it is at; the rest is dropped.
    ~ShardWriter();
    ShardWriter(const ShardWriter&) = delete;
    ShardWriter& operator=(const ShardWriter&) = delete;

    /// ShardWritten or ShardFailed follows.
    void write(WriteShard order, std::shared_ptr<RunningTask> task);
    /// After all that was ordered before.
    void remove(std::string output_folder, std::string name);
    /// Tells the task that a shard of it was accepted.
    void accepted(std::shared_ptr<RunningTask> task);

  private:
    struct WriteOrder {
        WriteShard order;
        std::shared_ptr<RunningTask> task;
    };
    struct RemoveOrder {
        std::string output_folder;
        std::string name;
    };
    struct AcceptedOrder {
        std::shared_ptr<RunningTask> task;
    };
    using Order = std::variant<WriteOrder, RemoveOrder, AcceptedOrder>;

    void put(Order order);
    void serve(const std::stop_token& ending);
    void carry_out(const WriteOrder& order);

    TaskRunner& runner_;
    EventQueue& events_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Order> orders_;
    std::jthread thread_;  // Last: it uses everything above.
};

}  // namespace vargrid::worker
