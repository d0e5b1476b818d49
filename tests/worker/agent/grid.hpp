// A whole grid in one process: the real scheduler server in a thread, agents in threads, a client.
#pragma once

#include "protocol/zmq/client.hpp"
#include "scheduler/server/server.hpp"
#include "tests/results/sample.hpp"
#include "tests/worker/agent/small_run.hpp"
#include "worker/agent/agent.hpp"
#include "worker/agent/run_task.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace vargrid::worker {

class RunningServer {
  public:
    explicit RunningServer(scheduler::ServerConfig config = {});
    ~RunningServer();
    [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

  private:
    std::atomic<bool> stop_{false};
    std::string endpoint_;
    std::unique_ptr<scheduler::Server> server_;
    std::jthread thread_;
};

/// An agent in a thread of its own. The destructor drains it.
class RunningAgent {
  public:
    RunningAgent(AgentConfig config, std::unique_ptr<TaskRunner> runner);
    ~RunningAgent();
    RunningAgent(const RunningAgent&) = delete;
    RunningAgent& operator=(const RunningAgent&) = delete;

    void request_drain() { agent_->request_drain(); }
    /// Waits for the end; the exit code.
    int wait();
    [[nodiscard]] bool has_ended() const { return ended_.load(); }
    /// After wait() only.
    [[nodiscard]] const Stats& stats() const { return agent_->stats(); }

  private:
    std::unique_ptr<TaskRunner> runner_;
    std::unique_ptr<Agent> agent_;
    std::atomic<int> code_{-1};
    std::atomic<bool> ended_{false};
    std::jthread thread_;
};

[[nodiscard]] AgentConfig agent_config(const std::string& endpoint, std::uint32_t threads = 2);
[[nodiscard]] std::unique_ptr<TaskRunner> run_task_runner();

[[nodiscard]] protocol::Client connect_client(const std::string& endpoint);
/// Uploads the blobs and submits the run.
[[nodiscard]] JobId submit(protocol::Client& client,
                           const SmallRun& small,
                           const std::filesystem::path& output_folder);
/// Until the job has ended or the time is over.
[[nodiscard]] protocol::JobInfo wait_for(protocol::Client& client,
                                         JobId job,
                                         std::chrono::seconds timeout = std::chrono::seconds{30});
[[nodiscard]] bool has_ended(const protocol::JobInfo& info);

}  // namespace vargrid::worker
