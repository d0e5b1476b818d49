#include "worker/agent/executor.hpp"

#include "worker/agent/parallel.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
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
      team_{[this] { in_parallel(threads_, [this](int thread) { compute_blocks(thread); }); }},
      preparer_{[this](const std::stop_token& ending) { prepare_tasks(ending); }} {
    CHECK(threads_ >= 1);
}

Executor::~Executor() {
    {
        const std::lock_guard lock{mutex_};
        ending_ = true;
    }
    blobs_.call_off();
    preparer_.request_stop();
    changed_.notify_all();
}

void Executor::start(TaskDescription task) {
    {
        const std::lock_guard lock{mutex_};
        waiting_.push_back(std::move(task));
    }
    changed_.notify_all();
}

void Executor::stop(Attempt attempt) {
    std::uint64_t before = stop_up_to_.load();
    while (before < attempt.value() &&
           !stop_up_to_.compare_exchange_weak(before, attempt.value())) {
    }
    const std::uint64_t preparing = preparing_.load();
    if (preparing != 0 && preparing <= attempt.value()) {
        blobs_.call_off();
    }
    const std::lock_guard lock{mutex_};
    for (auto task = active_.begin(); task != active_.end();) {
        report_not_begun(*task);
        retire_if_over(task++);
    }
}

void Executor::prepare_tasks(const std::stop_token& ending) {
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
        prepare(task);
    }
}

void Executor::prepare(const TaskDescription& task) {
    const Attempt attempt = task.lease.attempt;
    preparing_ = attempt.value();
    const auto begin = std::chrono::steady_clock::now();
    const int busy_before = busy_threads_.load();
    blobs_.resume();  // Whoever stops us from here on calls the waits off again.
    if (must_stop(attempt)) {
        preparing_ = 0;
        events_.post(TaskStopped{.attempt = attempt, .failure = {}, .core_time = {}});
        return;
    }
    auto running = guarded([&] { return runner_.prepare(task, blobs_, threads_); });
    preparing_ = 0;
    if (!running) {
        if (must_stop(attempt)) {
            events_.post(TaskStopped{.attempt = attempt, .failure = {}, .core_time = {}});
        } else {
            report_unfit(task, running.error());
        }
        return;
    }
    // Threads that compute the end of the task before do not wait for this one.
    const int waiting_twice = 2 * threads_ - busy_before - busy_threads_.load();
    const Duration waited = std::chrono::steady_clock::now() - begin;
    events_.post(TaskPrepared{attempt, *running, waited * waiting_twice / 2});
    {
        const std::lock_guard lock{mutex_};
        active_.push_back(Active{.description = task,
                                 .running = std::move(*running),
                                 .next = task.lease.range.first,
                                 .in_flight = 0});
        retire_if_over(std::prev(active_.end()));  // Stopped in the meantime.
    }
    changed_.notify_all();
}

/// What one thread of the team does for all its life.
void Executor::compute_blocks(int thread) {
    while (const auto begun = begin_block()) {
        compute(*begun, thread);
        const std::lock_guard lock{mutex_};
        --begun->task->in_flight;
        retire_if_over(begun->task);
    }
}

bool Executor::has_blocks_to_begin() const {
    return std::ranges::any_of(active_, [this](const Active& task) {
        return task.next < task.description.lease.range.last &&
               !must_stop(task.description.lease.attempt);
    });
}

/// Waits for a block to begin; none at the end. In ascending order, each to the next free thread:
/// blocks that are done stay one range.
std::optional<Executor::Begun> Executor::begin_block() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return ending_.load() || has_blocks_to_begin(); });
    for (auto task = active_.begin(); task != active_.end(); ++task) {
        const Lease& lease = task->description.lease;
        if (task->next == lease.range.last || must_stop(lease.attempt)) {
            continue;
        }
        const Begun begun{task, task->next++};
        ++task->in_flight;
        if (task->next == lease.range.last) {
            events_.post(TaskEmptied{lease.attempt});
        }
        return begun;
    }
    return std::nullopt;
}

void Executor::report_not_begun(Active& task) {
    const Lease& lease = task.description.lease;
    if (task.next < lease.range.last && must_stop(lease.attempt)) {
        events_.post(BlocksNotBegun{.attempt = lease.attempt,
                                    .range = BlockRange{task.next, lease.range.last}});
        task.next = lease.range.last;
    }
}

void Executor::retire_if_over(std::list<Active>::iterator task) {
    const Lease& lease = task->description.lease;
    if (task->in_flight == 0 && (task->next == lease.range.last || must_stop(lease.attempt))) {
        events_.post(TaskStopped{.attempt = lease.attempt, .failure = {}, .core_time = {}});
        active_.erase(task);
    }
}

void Executor::compute(const Begun& begun, int thread) {
    const Attempt attempt = begun.task->description.lease.attempt;
    const auto begin = std::chrono::steady_clock::now();
    ++busy_threads_;
    const auto computed =
        guarded([&] { return begun.task->running->compute(begun.block, thread); });
    --busy_threads_;
    const Duration core_time = std::chrono::steady_clock::now() - begin;
    if (computed) {
        events_.post(BlocksDone{
            .attempt = attempt, .range = single_block(begun.block), .core_time = core_time});
    } else {
        events_.post(BlockFailed{.attempt = attempt,
                                 .block = begun.block,
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
