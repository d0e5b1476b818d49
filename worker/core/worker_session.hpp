// WorkerSession: keeps one worker process honest towards the scheduler: hello, heartbeats, leases,
// shards offered until they are answered, drain, back-off. A pure state machine: events in, actions
// out; the agent feeds it in production and the simulator in tests. It owns no thread, socket or
// file and computes nothing.
#pragma once

#include "base/time.hpp"
#include "protocol/ids.hpp"
#include "worker/core/action.hpp"
#include "worker/core/event.hpp"
#include "worker/core/task.hpp"
#include "worker/core/worker_config.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vargrid::worker {

/// Counters since the start of the process.
struct Stats {
    std::uint64_t events{0};
    std::uint64_t hellos{0};
    std::uint64_t reconnects{0};
    std::uint64_t tasks_started{0};
    std::uint64_t tasks_yielded{0};
    std::uint64_t tasks_revoked{0};
    std::uint64_t commits_accepted{0};
    std::uint64_t commits_refused{0};
    std::uint64_t commits_offered_again{0};
    // Events that changed nothing, by why.
    std::uint64_t ignored_old_epoch{0};
    std::uint64_t ignored_grant{0};
    std::uint64_t ignored_unknown_task{0};
    std::uint64_t ignored_after_exit{0};

    friend bool operator==(const Stats&, const Stats&) = default;
};

class WorkerSession {
  public:
    explicit WorkerSession(WorkerConfig config);

    /// Applies one event and appends its consequences, in the order they must be carried out. Most
    /// happens at the Tick that ends a batch. Total and deterministic, like the scheduler's core.
    /// Cost: O(leases held x their intervals).
    void apply(const Event& event, std::vector<Action>& actions);

    /// When a Tick is due even if nothing arrives. None after Exit.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    /// 0 until the first Welcome; what every message carries.
    [[nodiscard]] Epoch epoch() const { return epoch_; }
    [[nodiscard]] bool is_welcome() const { return welcome_; }
    [[nodiscard]] bool is_draining() const { return drain_by_.has_value(); }
    [[nodiscard]] bool has_exited() const { return exited_; }
    [[nodiscard]] std::size_t lease_count() const { return tasks_.size(); }
    [[nodiscard]] const WorkerConfig& config() const { return config_; }
    [[nodiscard]] const Stats& stats() const { return stats_; }

    void check_invariants() const;

  private:
    using Actions = std::vector<Action>;

    void on(const Tick& tick, Actions& actions);
    void on(const Welcome& welcome, Actions& actions);
    void on(const HelloRefused& refused, Actions& actions);
    void on(const Reintroduce& reintroduce, Actions& actions);
    void on(const HeartbeatAnswered& answered, Actions& actions);
    void on(const LeaseGranted& granted, Actions& actions);
    void on(const LeaseYielded& yielded, Actions& actions);
    void on(const LeaseRevoked& revoked, Actions& actions);
    void on(const CommitAccepted& accepted, Actions& actions);
    void on(const CommitRefused& refused, Actions& actions);
    void on(const BlocksDone& done, Actions& actions);
    void on(const BlocksNotBegun& rest, Actions& actions);
    void on(const BlockFailed& failed, Actions& actions);
    void on(const TaskEmptied& emptied, Actions& actions);
    void on(const TaskBegun& begun, Actions& actions);
    void on(const TaskStopped& stopped, Actions& actions);
    void on(const ShardWritten& written, Actions& actions);
    void on(const ShardFailed& failed, Actions& actions);
    void on(const DrainRequested& drain, Actions& actions);

    // The link (worker_session.cpp).
    /// Notes that the scheduler spoke. False for a message of an epoch that is over.
    bool heard(Epoch epoch);
    void introduce_again();
    void follow_terms(Duration heartbeat_interval, Duration silence_max);
    void tend_link(Actions& actions);
    void send_hello(Actions& actions);
    void send_heartbeat(Actions& actions);
    /// Drains when the announced end comes near.
    void watch_end(Actions& actions);
    void leave(int code, Actions& actions);
    void leave_if_done(Actions& actions);

    // Tasks (session_tasks.cpp).
    Task* find_task(Attempt attempt);
    /// Since when a thread has not come back from a task that was given up; none if all have.
    [[nodiscard]] std::optional<Instant> hung_since() const;
    void erase_if_over(Attempt attempt);
    void start_next(Actions& actions);
    void cut_shards(Actions& actions);
    void cut_short(Actions& actions);
    void offer_shards(Actions& actions);
    void report(Actions& actions);
    [[nodiscard]] Duration commit_interval(const Task& task) const;

    WorkerConfig config_;
    Instant now_;
    bool begun_{false};
    Instant begun_at_;
    bool exited_{false};
    Epoch epoch_;

    bool welcome_{false};
    Duration heartbeat_interval_;
    Duration silence_max_;
    Instant heard_at_;
    Instant heartbeat_at_;
    Instant hello_at_;
    Duration hello_retry_;
    /// A silence that has lasted this long asks for a new connection.
    Instant reconnect_at_;

    /// In the order they were granted.
    std::map<Attempt, Task> tasks_;
    /// Grants up to here are repetitions.
    Attempt attempt_max_;
    Instant idle_since_;

    /// When the process must be gone, once asked to drain; and when blocks in flight are given up.
    std::optional<Instant> drain_by_;
    Instant cut_short_at_;
    /// The end of a limited life, and when it starts to drain for that.
    std::optional<Instant> ends_at_;
    Instant end_drain_at_;

    Stats stats_;
};

}  // namespace vargrid::worker
