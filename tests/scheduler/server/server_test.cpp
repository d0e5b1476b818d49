// A real server over loopback sockets, with workers that follow a script: the life of a job, and a
// scheduler that dies in the middle of it.
#include "scheduler/server/server.hpp"

#include "protocol/manifest.hpp"
#include "protocol/zmq/client.hpp"
#include "tests/protocol/samples.hpp"
#include "tests/scheduler/server/fake_worker.hpp"
#include "tests/scheduler/server/folder.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include <sys/resource.h>

namespace vargrid::scheduler {
namespace {

using protocol::Client;
using protocol::CommitVerdict;
using protocol::testing::bytes_of;
using testing::FakePeer;
using testing::FakeWorker;
using testing::RunningServer;
using testing::TestFolder;
using namespace std::chrono_literals;

Client connect(const std::string& endpoint) {
    auto client = Client::connect(protocol::Context{}, {.endpoint = endpoint, .reply_timeout = 2s});
    EXPECT_TRUE(client.has_value());
    return std::move(*client);
}

protocol::SubmitJob a_job(std::uint64_t blocks) {
    return {.name = "nightly",
            .owner = "ana",
            .priority = 0,
            .n_blocks = blocks,
            .block_cost_ns = 10'000'000,
            .blocks_per_task_max = 10,
            .payload = blake2b(bytes_of("payload")),
            .output_folder = "/out"};
}

JobId submit(Client& client, std::uint64_t blocks) {
    EXPECT_TRUE(client.put_blob(bytes_of("payload")).has_value());
    const auto job = client.submit(a_job(blocks));
    EXPECT_TRUE(job.has_value()) << job.error().message;
    return job.has_value() ? *job : JobId{};
}

TEST(Server, AJobGoesFromSubmissionOverLeasesAndCommitsToTheFinalStep) {
    RunningServer server{{}};
    Client client = connect(server.endpoint());
    const JobId job = submit(client, 25);
    EXPECT_EQ(client.status(job)->blocks_pending, 25U);
    FakeWorker worker{server.endpoint(), 11};
    ASSERT_TRUE(worker.hello());
    EXPECT_EQ(client.workers()->workers.at(0).name, "fake:11");
    const auto grants = worker.work_to_the_end();
    ASSERT_GE(grants.size(), 4U);  // At most ten blocks a task, and the final step.
    EXPECT_EQ(grants.back().blocks, (BlockRange{25, 26}));
    EXPECT_EQ(grants.front().payload, blake2b(bytes_of("payload")));
    EXPECT_EQ(grants.front().output_folder, "/out");

    const auto manifest = protocol::decode_manifest(worker.manifest);
    ASSERT_TRUE(manifest.has_value()) << manifest.error().message;
    EXPECT_EQ(manifest->job, job);
    EXPECT_EQ(manifest->committed.size(), grants.size() - 1);

    const auto done = client.status(job);
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(done->state, protocol::JobState::completed);
    EXPECT_EQ(done->blocks_committed, 25U);
    EXPECT_EQ(done->ledger.commits, grants.size());
    EXPECT_EQ(done->ledger.useful_core_us, 26'000U);
    EXPECT_GT(done->submitted_unix_ms, 0U);
    EXPECT_GE(done->ended_unix_ms, done->submitted_unix_ms);
    EXPECT_TRUE(server.stop().has_value());
}

TEST(Server, ASubmissionThatIsRepeatedIsOneJob) {
    RunningServer server{{}};
    Client client = connect(server.endpoint());
    ASSERT_TRUE(client.put_blob(bytes_of("payload")).has_value());
    FakePeer peer{server.endpoint(), {protocol::Role::client, 77}};
    peer.send(a_job(3), 5);
    const auto first = peer.expect<protocol::JobAccepted>();
    EXPECT_EQ(peer.last_request, 5U);
    peer.send(a_job(3), 5);
    const auto second = peer.expect<protocol::JobAccepted>();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->job, second->job);
    EXPECT_EQ(client.jobs()->jobs_total, 1U);
}

TEST(Server, AJobWhoseBlobsAreMissingIsNotTaken) {
    RunningServer server{{}};
    Client client = connect(server.endpoint());
    const auto refused = client.submit(a_job(3));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::not_found);
    ASSERT_TRUE(client.put_blob(bytes_of("payload")).has_value());
    protocol::SubmitJob job = a_job(3);
    job.blobs = {blake2b(bytes_of("market"))};
    EXPECT_EQ(client.submit(job).error().code, ErrorCode::not_found);
    EXPECT_EQ(client.jobs()->jobs_total, 0U);
}

TEST(Server, LimitsOfTheCoreReachTheClientInWords) {
    ServerConfig config;
    config.core.jobs_max = 1;
    RunningServer server{config};
    Client client = connect(server.endpoint());
    submit(client, 3);
    const auto rejected = client.submit(a_job(3));
    ASSERT_FALSE(rejected.has_value());
    EXPECT_EQ(rejected.error().code, ErrorCode::limit);
    EXPECT_NE(rejected.error().message.find("as many jobs"), std::string::npos);
}

TEST(Server, ACancelledJobRevokesItsLeasesAndSaysSo) {
    RunningServer server{{}};
    Client client = connect(server.endpoint());
    const JobId job = submit(client, 25);
    FakeWorker worker{server.endpoint(), 11};
    ASSERT_TRUE(worker.hello());
    const auto lease = worker.expect<protocol::LeaseGranted>();
    ASSERT_TRUE(lease.has_value());
    EXPECT_TRUE(client.cancel(job)->cancelled);
    EXPECT_EQ(worker.expect<protocol::LeaseRevoked>()->reason, protocol::RevokeReason::job_ended);
    worker.commit(*lease, lease->blocks);
    EXPECT_EQ(worker.expect<protocol::CommitReply>()->verdict, CommitVerdict::job_ended);
    EXPECT_EQ(client.status(job)->state, protocol::JobState::cancelled);
    const auto again = client.cancel(job);
    EXPECT_FALSE(again->cancelled);
    EXPECT_EQ(client.cancel(JobId{99}).error().code, ErrorCode::not_found);
    EXPECT_EQ(client.status(JobId{99}).error().code, ErrorCode::not_found);
}

TEST(Server, ACommitRepeatedIsAcceptedAgainAndAStrangersIsRefused) {
    RunningServer server{{}};
    Client client = connect(server.endpoint());
    const JobId job = submit(client, 25);
    FakeWorker worker{server.endpoint(), 11};
    ASSERT_TRUE(worker.hello());
    const auto lease = worker.expect<protocol::LeaseGranted>();
    worker.commit(*lease, lease->blocks);
    EXPECT_EQ(worker.expect<protocol::CommitReply>()->verdict, CommitVerdict::accepted);
    worker.commit(*lease, lease->blocks);
    EXPECT_EQ(worker.expect<protocol::CommitReply>()->verdict, CommitVerdict::accepted);
    FakeWorker thief{server.endpoint(), 12};
    ASSERT_TRUE(thief.hello());
    thief.commit(*lease, lease->blocks, 1);
    EXPECT_EQ(thief.expect<protocol::CommitReply>()->verdict, CommitVerdict::stale);
    const auto info = client.status(job);
    EXPECT_EQ(info->blocks_committed, lease->blocks.size());
    EXPECT_EQ(info->ledger.commits_repeated, 1U);
    EXPECT_EQ(info->ledger.commits_refused, 1U);
}

TEST(Server, AWorkerThatFallsSilentLosesItsBlocksToAnother) {
    ServerConfig config;
    config.core.heartbeat_interval = 20ms;
    config.core.worker_silence_max = 100ms;
    RunningServer server{config};
    Client client = connect(server.endpoint());
    const JobId job = submit(client, 5);
    FakeWorker silent{server.endpoint(), 11};
    ASSERT_TRUE(silent.hello());
    const auto lost = silent.expect<protocol::LeaseGranted>();
    ASSERT_TRUE(lost.has_value());
    FakeWorker other{server.endpoint(), 12};
    ASSERT_TRUE(other.hello());
    bool done = false;
    while (!done) {
        other.send(protocol::Heartbeat{});
        while (auto message = other.next(20ms)) {
            if (const auto* lease = std::get_if<protocol::LeaseGranted>(&message->body)) {
                other.commit(*lease, lease->blocks);
                done = lease->is_final_step();
            }
        }
        ASSERT_FALSE(::testing::Test::HasFailure());
    }
    EXPECT_EQ(client.status(job)->state, protocol::JobState::completed);
    silent.commit(*lost, lost->blocks);
    // It is unknown by now, so its message is not even looked at.
    EXPECT_TRUE(silent.expect<protocol::Reintroduce>().has_value());
    ASSERT_TRUE(silent.hello());
    silent.commit(*lost, lost->blocks);
    EXPECT_NE(silent.expect<protocol::CommitReply>()->verdict, CommitVerdict::accepted);
    EXPECT_GE(client.status(job)->ledger.leases_lost, 1U);
}

TEST(Server, AfterARestartCommitsAreKeptAndHeldLeasesGoOn) {
    const TestFolder folder;
    ServerConfig config{.journal_folder = folder.path()};
    std::optional<RunningServer> server{std::in_place, config};
    EXPECT_EQ(server->epoch(), 1U);
    const std::string endpoint = server->endpoint();
    Client client = connect(endpoint);
    const JobId job = submit(client, 25);
    FakeWorker worker{endpoint, 11};
    ASSERT_TRUE(worker.hello());
    const auto first = worker.expect<protocol::LeaseGranted>();
    const auto second = worker.expect<protocol::LeaseGranted>();
    ASSERT_TRUE(first && second);
    worker.commit(*first, first->blocks);
    ASSERT_EQ(worker.expect<protocol::CommitReply>()->verdict, CommitVerdict::accepted);
    const auto third = worker.expect<protocol::LeaseGranted>();
    ASSERT_TRUE(third.has_value());

    server.reset();
    config.bind = endpoint;
    server.emplace(config);
    EXPECT_EQ(server->epoch(), 2U);
    EXPECT_EQ(client.status(job)->blocks_committed, first->blocks.size());

    // The worker still believes in epoch 1.
    worker.send(protocol::Heartbeat{.held = {{second->attempt, 3, true}}});
    ASSERT_TRUE(worker.expect<protocol::Reintroduce>().has_value());
    ASSERT_TRUE(worker.hello({{job, second->attempt, {second->blocks}},
                              {job, third->attempt, {third->blocks}},
                              {job, Attempt{424242}, {{0, 1}}}}));
    EXPECT_EQ(worker.expect<protocol::LeaseRevoked>()->attempt, Attempt{424242});
    // An answer that the crash swallowed: the commit comes again.
    worker.commit(*first, first->blocks);
    EXPECT_EQ(worker.expect<protocol::CommitReply>()->verdict, CommitVerdict::accepted);
    worker.commit(*second, second->blocks);
    EXPECT_EQ(worker.expect<protocol::CommitReply>()->verdict, CommitVerdict::accepted);
    worker.commit(*third, third->blocks);
    const auto grants = worker.work_to_the_end();
    for (const protocol::LeaseGranted& lease : grants) {
        EXPECT_FALSE(lease.blocks.overlaps(first->blocks));
        EXPECT_GT(lease.attempt, third->attempt);
    }
    const auto done = client.status(job);
    EXPECT_EQ(done->state, protocol::JobState::completed);
    EXPECT_EQ(done->blocks_committed, 25U);
    EXPECT_EQ(done->ledger.commits_repeated, 1U);
}

TEST(Server, WhatWasAcknowledgedIsInTheFilesAtThatMoment) {
    const TestFolder folder;
    RunningServer server{ServerConfig{.journal_folder = folder.path()}};
    Client client = connect(server.endpoint());
    const JobId job = submit(client, 30);
    FakeWorker worker{server.endpoint(), 11};
    ASSERT_TRUE(worker.hello());
    std::uint64_t acknowledged = 0;
    for (int round = 0; round < 3; ++round) {
        const auto lease = worker.expect<protocol::LeaseGranted>();
        ASSERT_TRUE(lease.has_value());
        worker.commit(*lease, lease->blocks);
        ASSERT_EQ(worker.expect<protocol::CommitReply>()->verdict, CommitVerdict::accepted);
        acknowledged += lease->blocks.size();
        const TestFolder image;  // As kill -9 at this moment would leave it.
        folder.copy_to(image.path());
        RunningServer survivor{ServerConfig{.journal_folder = image.path()}};
        EXPECT_EQ(connect(survivor.endpoint()).status(job)->blocks_committed, acknowledged);
    }
}

TEST(Server, AfterARestartTheManifestOfAFinalStepUnderWayIsTheSame) {
    const TestFolder folder;
    const ServerConfig config{.journal_folder = folder.path()};
    std::optional<Digest> manifest;
    {
        RunningServer server{config};
        Client client = connect(server.endpoint());
        submit(client, 25);
        FakeWorker worker{server.endpoint(), 11};
        ASSERT_TRUE(worker.hello());
        while (!manifest) {
            const auto lease = worker.expect<protocol::LeaseGranted>();
            ASSERT_TRUE(lease.has_value());
            manifest = lease->manifest;
            if (!manifest) {
                worker.commit(*lease, lease->blocks);
            }
        }
    }
    std::this_thread::sleep_for(20ms);  // The clock has gone on; what the manifest says has not.
    RunningServer again{config};
    FakePeer peer{again.endpoint(), {protocol::Role::client, 77}};
    peer.send(protocol::GetBlob{*manifest, 0, 1U << 20U}, 1);
    const auto chunk = peer.expect<protocol::BlobChunk>();
    ASSERT_TRUE(chunk.has_value());
    EXPECT_EQ(blake2b(chunk->bytes), *manifest);
    const auto content = protocol::decode_manifest(chunk->bytes);
    ASSERT_TRUE(content.has_value()) << content.error().message;
    EXPECT_EQ(content->n_blocks, 25U);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "blobs" / to_hex(*manifest)))
        << "nothing needs to be synced for it";
}

TEST(Server, ASecondServerOnTheSameJournalIsRefused) {
    const TestFolder folder;
    const ServerConfig config{.journal_folder = folder.path()};
    RunningServer server{config};
    const auto second = Server::open(config);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
}

TEST(Server, AFullJournalAcknowledgesNothingAndGoesOnWhenThereIsRoom) {
    const TestFolder folder;
    ServerConfig config{.journal_folder = folder.path()};
    config.journal_bytes_max = 400'000;
    config.journal_retry = 20ms;
    RunningServer server{config};
    Client client = connect(server.endpoint());
    ASSERT_TRUE(client.put_blob(bytes_of("payload")).has_value());
    // Jobs with long names fill the file soon.
    std::uint64_t accepted = 0;
    std::string refusal;
    protocol::SubmitJob job = a_job(3);
    job.output_folder = "/" + std::string(4000, 'x');
    while (refusal.empty() && accepted < 1'000) {
        const auto submitted = client.submit(job);
        if (submitted) {
            ++accepted;
        } else {
            EXPECT_EQ(submitted.error().code, ErrorCode::io);
            refusal = submitted.error().message;
        }
    }
    EXPECT_GT(accepted, 10U);
    EXPECT_NE(refusal.find("full"), std::string::npos) << refusal;
    EXPECT_FALSE(server.stop().has_value());
    config.journal_bytes_max = std::uint64_t{1} << 30;
    RunningServer again{config};
    EXPECT_EQ(connect(again.endpoint()).jobs()->jobs_total, accepted);
}

/// While it lives this process cannot let any file grow, as on a full disk.
class FullDisk {
  public:
    FullDisk() {
        signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before_);
        rlimit nothing = before_;
        nothing.rlim_cur = 1;
        setrlimit(RLIMIT_FSIZE, &nothing);
    }
    ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

  private:
    rlimit before_{};
};

TEST(Server, WhatWorkersSayWhileTheDiskIsFullCountsOnceThereIsRoom) {
    const TestFolder folder;
    ServerConfig config{.journal_folder = folder.path()};
    config.journal_retry = 20ms;
    RunningServer server{config};
    Client client = connect(server.endpoint());
    const JobId job = submit(client, 25);
    FakeWorker worker{server.endpoint(), 11};
    ASSERT_TRUE(worker.hello());
    const auto lease = worker.expect<protocol::LeaseGranted>();
    const auto second = worker.expect<protocol::LeaseGranted>();
    ASSERT_TRUE(lease && second);
    {
        const FullDisk full;
        worker.commit(*lease, lease->blocks);
        worker.commit(*second, second->blocks);
        EXPECT_FALSE(worker.next(200ms).has_value()) << "acknowledged before it was durable";
        const auto refused = client.status(job);
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().code, ErrorCode::io);
        // What is on disk already may be read.
        EXPECT_TRUE(client.get_blob(blake2b(bytes_of("payload"))).has_value());
    }
    EXPECT_EQ(worker.expect<protocol::CommitReply>()->verdict, CommitVerdict::accepted);
    EXPECT_EQ(worker.expect<protocol::CommitReply>()->verdict, CommitVerdict::accepted);
    EXPECT_EQ(client.status(job)->blocks_committed, lease->blocks.size() + second->blocks.size());
}

TEST(Server, BlobsLargerThanAMessageGoBothWays) {
    RunningServer server{{}};
    Client client = connect(server.endpoint());
    Bytes content(10'000'001);
    for (std::size_t i = 0; i < content.size(); ++i) {
        content[i] = static_cast<std::byte>(i * 2654435761U >> 24U);
    }
    const auto digest = client.put_blob(content);
    ASSERT_TRUE(digest.has_value()) << digest.error().message;
    EXPECT_EQ(*client.get_blob(*digest), content);
    EXPECT_TRUE(client.missing_blobs({*digest})->empty());
    EXPECT_EQ(client.missing_blobs({Digest{}})->size(), 1U);
    EXPECT_EQ(client.get_blob(Digest{}).error().code, ErrorCode::not_found);
}

TEST(Server, AnAddressWithoutSchedulerIsUnreachable) {
    auto client = Client::connect(
        protocol::Context{},
        {.endpoint = "tcp://127.0.0.1:1", .reply_timeout = 20ms, .attempts_max = 2});
    ASSERT_TRUE(client.has_value());
    const auto jobs = client->jobs();
    ASSERT_FALSE(jobs.has_value());
    EXPECT_EQ(jobs.error().code, ErrorCode::unreachable);
    EXPECT_NE(jobs.error().message.find("tcp://127.0.0.1:1"), std::string::npos);
    client->set_interrupt([] { return true; });
    EXPECT_EQ(client->jobs().error().code, ErrorCode::unreachable);
}

}  // namespace
}  // namespace vargrid::scheduler
