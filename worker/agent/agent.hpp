// Agent: the worker as a process sees it. Its main thread owns the socket and the session (the
// worker core) and decides nothing: it tells the session what happened and does what the session
// says. Blocks are computed by the executor's threads, shards written by the writer's.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "protocol/zmq/dealer.hpp"
#include "protocol/zmq/wakeup.hpp"
#include "worker/agent/agent_log.hpp"
#include "worker/agent/blob_store.hpp"
#include "worker/agent/event_queue.hpp"
#include "worker/agent/executor.hpp"
#include "worker/agent/shard_writer.hpp"
#include "worker/agent/task_runner.hpp"
#include "worker/core/worker_session.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vargrid::worker {

/// Exit codes beside those of the session (worker_config.hpp).
inline constexpr int kExitUnreachable = 4;

struct AgentConfig {
    std::string endpoint;  ///< Of the scheduler: "tcp://HOST:PORT" or "file:PATH".
    /// Incarnation 0: drawn at random. Host empty: that of the system. Name empty: host:pid.
    WorkerConfig session;
    /// How long a drain may take.
    Duration grace{std::chrono::seconds{25}};
    /// Exit with kExitUnreachable when nothing was heard for this long and nothing is being
    /// computed. 0: never.
    Duration connect_timeout{std::chrono::minutes{5}};
    std::filesystem::path cache_folder;  ///< Empty: no disk cache.
    std::uint64_t cache_bytes_max{std::uint64_t{8} << 30U};
    LogLevel log_level{LogLevel::info};
};

class Agent {
  public:
    /// `runner` must outlive the agent. Does not wait for the scheduler.
    /// Errors: invalid_input for an endpoint that cannot be one; io when the system has no room.
    [[nodiscard]] static Result<std::unique_ptr<Agent>> open(AgentConfig config,
                                                             TaskRunner& runner);
    ~Agent();
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;

    /// Serves until the session ends; returns the exit code of the process. The last message has
    /// left the socket by then, blocks may still be in flight.
    [[nodiscard]] int run();

    /// Take no new work, commit what is done, return the rest, leave. Safe from any thread and from
    /// a signal handler, any number of times.
    void request_drain() noexcept;

    [[nodiscard]] const Stats& stats() const { return session_.stats(); }
    [[nodiscard]] Incarnation incarnation() const { return config_.session.incarnation; }

  private:
    /// What the scheduler said about a lease, and the task once its input is at hand.
    struct Held {
        TaskDescription description;
        std::shared_ptr<RunningTask> task;
        bool running{false};  ///< From StartTask to TaskStopped.
        int shards_in_work{0};
    };

    Agent(AgentConfig config,
          TaskRunner& runner,
          protocol::Wakeup wakeup,
          protocol::Context context,
          protocol::Dealer dealer);

    void turn();
    void wait() const;
    [[nodiscard]] Instant next_deadline() const;
    void tell(const Event& event);
    void receive();
    void receive(const protocol::Message& message);
    void on_refusal(std::uint64_t request, const protocol::Refusal& refusal);
    void take_notices();
    void send(std::uint64_t request, protocol::Body body);
    void send_questions();
    void carry_out(const Action& action);
    void reconnect();
    void remember_folder(JobId job, const std::string& output_folder);
    void forget_others(const std::vector<Attempt>& held);
    [[nodiscard]] bool is_cut_off() const;

    AgentConfig config_;
    protocol::Wakeup wakeup_;
    std::optional<protocol::Context> context_;
    mutable std::optional<protocol::Dealer> dealer_;
    AgentLog log_;
    WorkerSession session_;
    std::vector<Action> actions_;
    std::map<Attempt, Held> held_;
    /// Where the shards of the latest jobs lie: one may have to be deleted after its lease is gone.
    std::map<JobId, std::string> output_folders_;
    Instant now_;
    Instant heard_at_;
    std::atomic<int> drains_requested_{0};
    int drains_told_{0};
    std::optional<int> exit_code_;
    EventQueue events_;
    BlobStore blobs_;
    ShardWriter writer_;
    Executor executor_;  // Last: it is the first to stop.
};

}  // namespace vargrid::worker
