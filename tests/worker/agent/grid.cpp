#include "tests/worker/agent/grid.hpp"

#include <utility>

namespace vargrid::worker {

using std::chrono_literals::operator""ms;

RunningServer::RunningServer(scheduler::ServerConfig config) {
    config.quiet = true;
    server_ = std::make_unique<scheduler::Server>(scheduler::Server::open(config).value());
    endpoint_ = server_->endpoint();
    thread_ = std::jthread{[this] { server_->run(stop_).value(); }};
}

RunningServer::~RunningServer() {
    stop_ = true;
}

RunningAgent::RunningAgent(AgentConfig config, std::unique_ptr<TaskRunner> runner)
    : runner_{std::move(runner)}, agent_{Agent::open(std::move(config), *runner_).value()} {
    thread_ = std::jthread{[this] {
        code_ = agent_->run();
        ended_ = true;
    }};
}

RunningAgent::~RunningAgent() {
    agent_->request_drain();
}

int RunningAgent::wait() {
    if (thread_.joinable()) {
        thread_.join();
    }
    return code_;
}

AgentConfig agent_config(const std::string& endpoint, std::uint32_t threads) {
    AgentConfig config;
    config.endpoint = endpoint;
    config.session.threads = threads;
    config.session.isa = "avx2";
    config.grace = std::chrono::seconds{5};
    config.log_level = LogLevel::off;
    return config;
}

std::unique_ptr<TaskRunner> run_task_runner() {
    return std::make_unique<RunTaskRunner>(RunTaskRunner::Options{.isa = best_isa().value()});
}

protocol::Client connect_client(const std::string& endpoint) {
    protocol::ClientOptions options;
    options.endpoint = endpoint;
    return protocol::Client::connect(protocol::Context{}, options).value();
}

JobId submit(protocol::Client& client,
             const SmallRun& small,
             const std::filesystem::path& output_folder) {
    const Plan plan{small.run};
    protocol::SubmitJob job;
    job.payload = client.put_blob(small.run.encode()).value();
    for (const Bytes& blob : small.blobs) {
        job.blobs.push_back(client.put_blob(blob).value());
    }
    job.name = small.run.name;
    job.n_blocks = plan.block_count();
    job.block_cost_ns = plan.mean_block_nanoseconds();
    job.output_folder = output_folder.string();
    return client.submit(job).value();
}

bool has_ended(const protocol::JobInfo& info) {
    return info.state != protocol::JobState::running &&
           info.state != protocol::JobState::finalising;
}

protocol::JobInfo wait_for(protocol::Client& client, JobId job, std::chrono::seconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (true) {
        protocol::JobInfo info = client.status(job).value();
        if (has_ended(info) || std::chrono::steady_clock::now() >= deadline) {
            return info;
        }
        std::this_thread::sleep_for(5ms);
    }
}

}  // namespace vargrid::worker
