// The real server, real agents and a real, small run in one process.
#include "results/results_file.hpp"
#include "tests/worker/agent/grid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace vargrid::worker {
namespace {

using results::TemporaryFolder;
using ::testing::HasSubstr;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// A run whose blocks take a while: the real thing behind a pause.
class SlowRunner final : public TaskRunner {
  public:
    using Count = std::shared_ptr<std::atomic<std::uint64_t>>;

    explicit SlowRunner(std::chrono::milliseconds pause) : pause_{pause} {}

    /// Blocks begun so far, final steps included; outlives the runner.
    [[nodiscard]] Count computed() const { return computed_; }

    Result<std::shared_ptr<RunningTask>> prepare(const TaskDescription& task,
                                                 BlobSource& blobs,
                                                 int threads) override {
        VARGRID_TRY(auto inner, runner_->prepare(task, blobs, threads));
        return std::shared_ptr<RunningTask>{
            std::make_shared<Slow>(std::move(inner), pause_, computed_)};
    }
    void delete_shard(const std::string& folder, const std::string& name) override {
        runner_->delete_shard(folder, name);
    }

  private:
    struct Slow final : RunningTask {
        Slow(std::shared_ptr<RunningTask> task, std::chrono::milliseconds time, Count count)
            : inner{std::move(task)}, pause{time}, computed{std::move(count)} {}
        Result<void> compute(std::uint64_t block, int thread) override {
            ++*computed;
            std::this_thread::sleep_for(pause);
            return inner->compute(block, thread);
        }
        Result<Shard> write(std::uint32_t part, std::span<const BlockRange> ranges) override {
            return inner->write(part, ranges);
        }
        Result<std::vector<RangeDigest>> digests(std::span<const BlockRange> ranges) override {
            return inner->digests(ranges);
        }
        std::shared_ptr<RunningTask> inner;
        std::chrono::milliseconds pause;
        Count computed;
    };

    std::unique_ptr<TaskRunner> runner_{run_task_runner()};
    std::chrono::milliseconds pause_;
    Count computed_{std::make_shared<std::atomic<std::uint64_t>>(0)};
};

void expect_the_answer(const std::filesystem::path& folder, const SmallRun& small) {
    const auto results = results::read_results(folder / results::kResultsFileName);
    ASSERT_TRUE(results) << results.error().message;
    const RunResults direct = small.direct();
    EXPECT_TRUE(results->complete);
    EXPECT_EQ(results->digest, direct.digest);
    EXPECT_EQ(results->pnl, direct.pnl);
    EXPECT_EQ(results->measures, direct.measures);
    EXPECT_TRUE(std::filesystem::exists(folder / results::kVarCsvName));
}

TEST(EndToEnd, ARunGoesThroughServerAndAgentsToItsResultsFile) {
    const SmallRun small = small_run();
    const TemporaryFolder folder;
    const RunningServer server;
    RunningAgent one{agent_config(server.endpoint()), run_task_runner()};
    RunningAgent two{agent_config(server.endpoint(), 1), run_task_runner()};
    protocol::Client client = connect_client(server.endpoint());
    const protocol::JobInfo info = wait_for(client, submit(client, small, folder.path()));
    EXPECT_EQ(info.state, protocol::JobState::completed) << info.text;
    EXPECT_EQ(info.blocks_committed, info.blocks_total);
    expect_the_answer(folder.path(), small);
}

TEST(EndToEnd, ThreeJobsInARowShareWhatTheAgentsHaveLoaded) {
    const SmallRun small = small_run(100, 20);
    const TemporaryFolder folder;
    const TemporaryFolder cache;
    const RunningServer server;
    AgentConfig config = agent_config(server.endpoint());
    config.cache_folder = cache / "blobs";
    RunningAgent agent{config, run_task_runner()};
    protocol::Client client = connect_client(server.endpoint());
    for (const char* name : {"a", "b", "c"}) {
        std::filesystem::create_directory(folder / name);
        const auto info = wait_for(client, submit(client, small, folder / name));
        EXPECT_EQ(info.state, protocol::JobState::completed) << info.text;
        expect_the_answer(folder / name, small);
    }
    // Payload, scenarios, two batches and a manifest for each job.
    std::size_t blobs = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator{cache / "blobs"}) {
        ++blobs;
    }
    EXPECT_EQ(blobs, 4U + 3U);
}

TEST(EndToEnd, ADrainedAgentCommitsWhatItHasAndTheOtherFinishes) {
    const SmallRun small = small_run(400, 200);
    const TemporaryFolder folder;
    const RunningServer server;
    protocol::Client client = connect_client(server.endpoint());
    RunningAgent leaving{agent_config(server.endpoint()), std::make_unique<SlowRunner>(5ms)};
    const JobId job = submit(client, small, folder.path());
    std::this_thread::sleep_for(100ms);
    for (int notice = 0; notice < 3; ++notice) {
        leaving.request_drain();
    }
    EXPECT_EQ(leaving.wait(), kExitReclaimed);
    const protocol::JobInfo between = client.status(job).value();
    EXPECT_GT(between.blocks_committed, 0U);
    EXPECT_LT(between.blocks_committed, between.blocks_total);
    EXPECT_EQ(between.workers, 0U);

    RunningAgent staying{agent_config(server.endpoint()), run_task_runner()};
    const protocol::JobInfo info = wait_for(client, job);
    EXPECT_EQ(info.state, protocol::JobState::completed) << info.text;
    EXPECT_EQ(info.ledger.blocks_repeated, 0U);
    expect_the_answer(folder.path(), small);
    const auto results =
        results::read_results(folder / std::string{results::kResultsFileName}).value();
    EXPECT_GE(results.ledger.reclaims, 1U);
    EXPECT_GE(results.ledger.leases, 2U);
    EXPECT_GT(results.ledger.useful_microseconds, 0U);
    EXPECT_GE(results.ledger.elapsed_nanoseconds, 100'000'000U);
}

TEST(EndToEnd, ASchedulerThatRestartsFindsTheAgentAtWork) {
    const SmallRun small = small_run(400, 200);
    const TemporaryFolder folder;
    const TemporaryFolder journal;
    scheduler::ServerConfig config;
    config.journal_folder = journal.path();
    auto server = std::make_unique<RunningServer>(config);
    config.bind = server->endpoint();
    auto runner = std::make_unique<SlowRunner>(10ms);
    const auto computed = runner->computed();
    RunningAgent agent{agent_config(server->endpoint()), std::move(runner)};
    JobId job;
    {
        protocol::Client client = connect_client(server->endpoint());
        job = submit(client, small, folder.path());
    }
    std::this_thread::sleep_for(300ms);
    server.reset();
    std::this_thread::sleep_for(300ms);
    server = std::make_unique<RunningServer>(config);
    protocol::Client client = connect_client(server->endpoint());
    const protocol::JobInfo info = wait_for(client, job);
    EXPECT_EQ(info.state, protocol::JobState::completed) << info.text;
    EXPECT_EQ(computed->load(), info.blocks_total + 1) << "each block once, then the final step";
    EXPECT_EQ(info.blocks_committed, info.blocks_total);
    expect_the_answer(folder.path(), small);
}

TEST(EndToEnd, AnOutputFolderThatIsNotThereIsTheHostsFaultAndTheAgentLives) {
    const SmallRun small = small_run(100, 20);
    const TemporaryFolder folder;
    const RunningServer server;
    RunningAgent agent{agent_config(server.endpoint()), run_task_runner()};
    protocol::Client client = connect_client(server.endpoint());
    const JobId job = submit(client, small, folder / "gone");
    std::this_thread::sleep_for(500ms);
    EXPECT_FALSE(agent.has_ended());
    const protocol::JobInfo info = client.status(job).value();
    EXPECT_FALSE(has_ended(info));
    EXPECT_EQ(info.blocks_committed, 0U);
    EXPECT_FALSE(std::filesystem::exists(folder / "gone"));
    EXPECT_TRUE(client.cancel(job).value().cancelled);
}

TEST(EndToEnd, APayloadThatIsNoRunFailsTheJobWithWordsAndTheAgentLives) {
    const TemporaryFolder folder;
    const RunningServer server;
    std::vector<std::unique_ptr<RunningAgent>> agents;
    for (int i = 0; i < 3; ++i) {
        agents.push_back(
            std::make_unique<RunningAgent>(agent_config(server.endpoint(), 1), run_task_runner()));
    }
    protocol::Client client = connect_client(server.endpoint());
    protocol::SubmitJob job;
    job.payload = client.put_blob(Bytes(100)).value();
    job.name = "broken";
    job.n_blocks = 2;
    job.block_cost_ns = 1'000'000;
    job.output_folder = folder.path().string();
    const protocol::JobInfo info = wait_for(client, client.submit(job).value(), 60s);
    EXPECT_TRUE(has_ended(info));
    EXPECT_NE(info.state, protocol::JobState::completed);
    ASSERT_FALSE(info.failures.empty());
    EXPECT_THAT(info.failures[0].text, HasSubstr("run specification: not one"));
    for (const auto& agent : agents) {
        EXPECT_FALSE(agent->has_ended());
    }
    EXPECT_FALSE(std::filesystem::exists(folder / std::string{results::kResultsFileName}));
}

TEST(EndToEnd, ACancelledJobLeavesTheAgentFreeForTheNext) {
    const SmallRun small = small_run(400, 400);
    const TemporaryFolder folder;
    const RunningServer server;
    RunningAgent agent{agent_config(server.endpoint()), std::make_unique<SlowRunner>(20ms)};
    protocol::Client client = connect_client(server.endpoint());
    std::filesystem::create_directory(folder / "a");
    std::filesystem::create_directory(folder / "b");
    const JobId first = submit(client, small, folder / "a");
    std::this_thread::sleep_for(200ms);
    EXPECT_TRUE(client.cancel(first).value().cancelled);
    const SmallRun next = small_run(16, 4);
    const auto info = wait_for(client, submit(client, next, folder / "b"));
    EXPECT_EQ(info.state, protocol::JobState::completed) << info.text;
    expect_the_answer(folder / "b", next);
}

TEST(EndToEnd, AnIdleAgentLeavesAfterItsTime) {
    const RunningServer server;
    AgentConfig config = agent_config(server.endpoint());
    config.session.idle_timeout = 200ms;
    RunningAgent agent{config, run_task_runner()};
    EXPECT_EQ(agent.wait(), kExitOk);
}

TEST(EndToEnd, AnAgentThatHearsNothingGivesUp) {
    AgentConfig config = agent_config("tcp://127.0.0.1:1");
    config.connect_timeout = 300ms;
    RunningAgent agent{config, run_task_runner()};
    EXPECT_EQ(agent.wait(), kExitUnreachable);
}

TEST(EndToEnd, AnEndpointThatCannotBeOneIsRefusedAtOnce) {
    const auto runner = run_task_runner();
    const auto agent = Agent::open(agent_config("nonsense"), *runner);
    ASSERT_FALSE(agent);
    EXPECT_EQ(agent.error().code, ErrorCode::invalid_input);
}

}  // namespace
}  // namespace vargrid::worker
