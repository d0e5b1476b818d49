// Executor: computes the blocks of one task at a time on a team of threads and reports each block
// as it is done. It owns the thread that leads the team.
#pragma once

#include "worker/agent/event_queue.hpp"
#include "worker/agent/task_runner.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>

namespace vargrid::worker {

class Executor {
  public:
    /// `runner`, `blobs` and `events` must outlive the executor.
    Executor(TaskRunner& runner, BlobSource& blobs, EventQueue& events, int threads);
    /// Waits for the blocks in flight.
    ~Executor();
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;

    void start(TaskDescription task);
    /// No further block of this attempt is begun; TaskStopped follows when those in flight are
    /// done.
    void stop(Attempt attempt);

    /// Threads that are computing a block just now.
    [[nodiscard]] int busy_threads() const { return busy_threads_.load(); }

  private:
    void serve(const std::stop_token& ending);
    void execute(const TaskDescription& task);
    void compute_blocks(const TaskDescription& task, RunningTask& running);
    void compute_block(const TaskDescription& task,
                       RunningTask& running,
                       std::uint64_t block,
                       int thread);
    void report_unfit(const TaskDescription& task, const Error& error);
    [[nodiscard]] bool must_stop(Attempt attempt) const {
        return ending_.load() || stop_up_to_.load() >= attempt.value();
    }

    TaskRunner& runner_;
    BlobSource& blobs_;
    EventQueue& events_;
    int threads_{1};
    std::atomic<int> busy_threads_{0};
    std::atomic<bool> ending_{false};
    /// Attempts rise, and one task runs at a time: stopping one stops all before it.
    std::atomic<std::uint64_t> stop_up_to_{0};

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<TaskDescription> waiting_;
    std::jthread thread_;  // Last: it uses everything above.
};

}  // namespace vargrid::worker
