#include "worker/agent/executor.hpp"

#include "worker/agent/parallel.hpp"

#include <chrono>
#include <exception>
#include <new>
#include <utility>

namespace vargrid::worker {
namespace {

/// Foreign exceptions stop here: a worker without memory gives the block back and lives on.
template <class Function>
auto guarded(const Function& function) -> decltype(function()) {
    try {
        return function();
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::limit, "out of memory"};
    } catch (const std::exception& error) {
        return Error{ErrorCode::internal, error.what()};
    }
}

}  // namespace

Executor::Executor(TaskRunner& runner, BlobSource& blobs, EventQueue& events, int threads)
    : runner_{runner},
      blobs_{blobs},
      events_{events},
      threads_{threads},
      thread_{[this](const std::stop_token& ending) { serve(ending); }} {
    CHECK(threads_ >= 1);
}

Executor::~Executor() {
    ending_ = true;
    blobs_.call_off();
    thread_.request_stop();
}

void Executor::start(TaskDescription task) {
    {
        const std::lock_guard lock{mutex_};
        waiting_.push_back(std::move(task));
    }
    changed_.notify_one();
}

void Executor::stop(Attempt attempt) {
    std::uint64_t before = stop_up_to_.load();
    while (before < attempt.value() &&
           !stop_up_to_.compare_exchange_weak(before, attempt.value())) {
    }
    blobs_.call_off();
}

void Executor::serve(const std::stop_token& ending) {
    while (true) {
        TaskDescription task;
        {
            std::unique_lock lock{mutex_};
            if (!changed_.wait(lock, ending, [this] { return !waiting_.empty(); })) {
                return;
            }
            task = std::move(waiting_.front());
            waiting_.pop_front();
        }
        execute(task);
    }
}

void Executor::execute(const TaskDescription& task) {
    const Attempt attempt = task.lease.attempt;
    blobs_.resume();  // First: whoever stops us from here on calls the waits off again.
    if (!must_stop(attempt)) {
        auto running = guarded([&] { return runner_.prepare(task, blobs_, threads_); });
        if (running) {
            events_.post(TaskPrepared{attempt, *running});
            compute_blocks(task, **running);
        } else if (!must_stop(attempt)) {
            report_unfit(task, running.error());
            return;
        }
    }
    events_.post(TaskStopped{.attempt = attempt, .failure = {}, .core_time = {}});
}

void Executor::compute_blocks(const TaskDescription& task, RunningTask& running) {
    const BlockRange range = task.lease.range;
    // In ascending order, each to the next free thread: blocks that are done stay one range.
    std::atomic<std::uint64_t> next{range.first};
    const int threads = range.size() < static_cast<std::uint64_t>(threads_)
                            ? static_cast<int>(range.size())
                            : threads_;
    in_parallel(threads, [&](int thread) {
        while (!must_stop(task.lease.attempt)) {
            const std::uint64_t block = next.fetch_add(1);
            if (block >= range.last) {
                return;
            }
            compute_block(task, running, block, thread);
        }
    });
}

void Executor::compute_block(const TaskDescription& task,
                             RunningTask& running,
                             std::uint64_t block,
                             int thread) {
    const auto begin = std::chrono::steady_clock::now();
    ++busy_threads_;
    const auto computed = guarded([&] { return running.compute(block, thread); });
    --busy_threads_;
    const Duration core_time = std::chrono::steady_clock::now() - begin;
    if (computed) {
        events_.post(BlocksDone{
            .attempt = task.lease.attempt, .range = single_block(block), .core_time = core_time});
    } else {
        events_.post(BlockFailed{.attempt = task.lease.attempt,
                                 .block = block,
                                 .cause = cause_of(computed.error()),
                                 .message = computed.error().message,
                                 .core_time = core_time});
    }
}

/// Input that is wrong is wrong for every block of the lease; a host that cannot get it gives the
/// whole task back.
void Executor::report_unfit(const TaskDescription& task, const Error& error) {
    const Attempt attempt = task.lease.attempt;
    if (cause_of(error) == FaultCause::host) {
        events_.post(TaskStopped{.attempt = attempt, .failure = error.message, .core_time = {}});
        return;
    }
    for (std::uint64_t block = task.lease.range.first; block < task.lease.range.last; ++block) {
        events_.post(BlockFailed{.attempt = attempt,
                                 .block = block,
                                 .cause = FaultCause::task,
                                 .message = error.message,
                                 .core_time = {}});
    }
    events_.post(TaskStopped{.attempt = attempt, .failure = {}, .core_time = {}});
}

}  // namespace vargrid::worker
