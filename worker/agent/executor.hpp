// Executor: computes the blocks of tasks on a team of threads and reports each block as it is done.
// While the last blocks of one task are computed, threads without one begin the next task: nobody
// waits for the slowest block of a task. It owns the team and the thread that prepares tasks.
#pragma once

#include "worker/agent/event_queue.hpp"
#include "worker/agent/task_runner.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
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

    /// Attempts rise from call to call. TaskEmptied follows when the last block was begun, unless
    /// the task is stopped before, and TaskStopped at the end.
    void start(TaskDescription task);
    /// No further block of this attempt is begun: BlocksNotBegun names those that are left, and
    /// TaskStopped follows when those in flight are done.
    void stop(Attempt attempt);

    /// Threads that are computing a block just now.
    [[nodiscard]] int busy_threads() const { return busy_threads_.load(); }

  private:
    /// A task that is prepared and not yet stopped. Guarded by mutex_, but for what never changes.
    struct Active {
        TaskDescription description;
        std::shared_ptr<RunningTask> running;
        std::uint64_t next{0};
        int in_flight{0};
    };
    struct Begun {
        std::list<Active>::iterator task;
        std::uint64_t block{0};
    };

    void prepare_tasks(const std::stop_token& ending);
    void prepare(const TaskDescription& task);
    void report_unfit(const TaskDescription& task, const Error& error);
    void compute_blocks(int thread);
    [[nodiscard]] std::optional<Begun> begin_block();
    void compute(const Begun& begun, int thread);
    [[nodiscard]] bool has_blocks_to_begin() const;
    /// Takes the blocks that no thread has begun from a task that is to stop. With mutex_ held.
    void report_not_begun(Active& task);
    /// Takes the task off the list if nothing of it is in flight or to be begun. With mutex_ held.
    void retire_if_over(std::list<Active>::iterator task);
    [[nodiscard]] bool must_stop(Attempt attempt) const {
        return ending_.load() || stop_up_to_.load() >= attempt.value();
    }

    TaskRunner& runner_;
    BlobSource& blobs_;
    EventQueue& events_;
    int threads_{1};
    std::atomic<int> busy_threads_{0};
    std::atomic<bool> ending_{false};
    /// Attempts rise, and a task is started when those before it have begun all their blocks:
    /// stopping one stops all before it.
    std::atomic<std::uint64_t> stop_up_to_{0};
    /// The attempt whose input is being fetched; 0: none.
    std::atomic<std::uint64_t> preparing_{0};

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<TaskDescription> waiting_;
    std::list<Active> active_;
    std::jthread team_;
    std::jthread preparer_;  // Last: it uses everything above.
};

}  // namespace vargrid::worker
