// What a server does with what it should never get: it answers where it can, counts, and goes on as
// if nothing had happened.
#include "protocol/version.hpp"
#include "protocol/zmq/client.hpp"
#include "tests/protocol/samples.hpp"
#include "tests/scheduler/server/fake_worker.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vargrid::scheduler {
namespace {

using protocol::RefusalCode;
using protocol::Role;
using protocol::testing::bytes_of;
using protocol::testing::message_with;
using testing::FakePeer;
using testing::FakeWorker;
using testing::RunningServer;
using namespace std::chrono_literals;

protocol::Client connect(const std::string& endpoint) {
    return *protocol::Client::connect(protocol::Context{}, {.endpoint = endpoint});
}

/// A server with one job and one worker that holds leases: something that could be harmed.
class Border : public ::testing::Test {
  protected:
    Border() : worker_{server_.endpoint(), 11}, client_{connect(server_.endpoint())} {
        EXPECT_TRUE(client_.put_blob(bytes_of("payload")).has_value());
        const auto job = client_.submit({.name = "j",
                                         .n_blocks = 100,
                                         .block_cost_ns = 10'000'000,
                                         .payload = blake2b(bytes_of("payload")),
                                         .output_folder = "/out"});
        EXPECT_TRUE(job.has_value());
        job_ = *job;
        EXPECT_TRUE(worker_.hello());
        lease_ = *worker_.expect<protocol::LeaseGranted>();
        EXPECT_TRUE(worker_.expect<protocol::LeaseGranted>().has_value());
        before_ = without_time(*client_.status(job_));
    }

    /// The job without what changes while time passes: idle cores, forecasts, late leases.
    static protocol::JobInfo without_time(protocol::JobInfo job) {
        const protocol::JobLedger whole = job.ledger;
        job.ledger = {};
        job.ledger.commits = whole.commits;
        job.ledger.commits_refused = whole.commits_refused;
        job.ledger.block_faults = whole.block_faults;
        job.forecast = {};
        job.redundancy = {};
        return job;
    }

    void expect_nothing_changed() {
        const auto after = client_.status(job_);
        ASSERT_TRUE(after.has_value()) << after.error().message;
        EXPECT_EQ(without_time(*after), before_);
        EXPECT_EQ(client_.workers()->workers_total, 1U);
    }

    RunningServer server_{{}};
    FakeWorker worker_;
    protocol::Client client_;
    JobId job_;
    protocol::LeaseGranted lease_;
    protocol::JobInfo before_;
};

TEST_F(Border, MessagesThatAreNoneAreAnsweredAndChangeNothing) {
    FakePeer peer{server_.endpoint(), {Role::worker, 99}};
    auto wrong_version = protocol::encode(message_with(protocol::Leaving{}));
    wrong_version[1] = std::byte{9};
    const std::vector<std::pair<Bytes, RefusalCode>> bad{
        {{}, RefusalCode::malformed},
        {bytes_of("GET / HTTP/1.1\r\n\r\n"), RefusalCode::malformed},
        {Bytes(1000, std::byte{0xFF}), RefusalCode::malformed},
        {wrong_version, RefusalCode::unsupported_version},
        {bytes_of("\x08\x01"), RefusalCode::unknown_message},
        {bytes_of("\x08\x01\xA2\x01\x80\xC8\xAF\xA0\x25"), RefusalCode::malformed},
        {Bytes(protocol::kMessageBytesMax + 1), RefusalCode::too_large},
    };
    for (const auto& [bytes, code] : bad) {
        peer.send_raw(bytes);
        const auto refusal = peer.expect<protocol::Refusal>();
        ASSERT_TRUE(refusal.has_value());
        EXPECT_EQ(refusal->code, code) << refusal->text;
        EXPECT_FALSE(refusal->text.empty());
    }
    expect_nothing_changed();
}

TEST_F(Border, EveryMessageFromTheWrongRoleIsRefused) {
    FakePeer worker{server_.endpoint(), {Role::worker, 99}};
    FakePeer client{server_.endpoint(), {Role::client, 99}};
    int refused = 0;
    for (const protocol::Body& body : protocol::testing::sample_bodies()) {
        const std::string name = protocol::name_of(body);
        SCOPED_TRACE(name);
        const bool is_worker_message = name == "Hello" || name == "Heartbeat" || name == "Commit" ||
                                       name == "Return" || name == "BlockFailed" ||
                                       name == "Leaving";
        const bool is_client_message =
            name == "PutBlob" || name == "HasBlobs" || name == "SubmitJob" || name == "CancelJob" ||
            name == "ControlJob" || name == "JobStatus" || name == "WorkersStatus" || name == "Why";
        if (name == "Refusal" || name == "GetBlob") {
            continue;
        }
        for (FakePeer* peer : {&worker, &client}) {
            if ((peer == &worker && is_worker_message) || (peer == &client && is_client_message)) {
                continue;
            }
            peer->send(body, 31);
            const auto refusal = peer->expect<protocol::Refusal>();
            ASSERT_TRUE(refusal.has_value());
            EXPECT_EQ(refusal->code, RefusalCode::wrong_role);
            EXPECT_NE(refusal->text.find(name), std::string::npos);
            EXPECT_EQ(peer->last_request, 31U);
            ++refused;
        }
    }
    EXPECT_GT(refused, 40);
    expect_nothing_changed();
}

TEST_F(Border, ASenderThatIsNotTheOwnerOfItsConnectionIsRefused) {
    FakePeer thief{server_.endpoint(), {Role::worker, 99}};
    // In the name of the worker that holds the lease.
    thief.send_raw(
        protocol::encode({.epoch = worker_.epoch,
                          .sender = 11,
                          .request = 0,
                          .body = protocol::Return{
                              .job = job_, .attempt = lease_.attempt, .ranges = {lease_.blocks}}}));
    EXPECT_EQ(thief.expect<protocol::Refusal>()->code, RefusalCode::wrong_role);
    expect_nothing_changed();
}

TEST_F(Border, AWorkerThatNobodyKnowsIsAskedToIntroduceItself) {
    FakeWorker stranger{server_.endpoint(), 99};
    stranger.epoch = worker_.epoch;
    stranger.commit(lease_, lease_.blocks);
    EXPECT_TRUE(stranger.expect<protocol::Reintroduce>().has_value());
    expect_nothing_changed();
}

TEST_F(Border, AnOldEpochIsAnsweredByReintroduceAndNotUsed) {
    worker_.epoch = Epoch{worker_.epoch.value() + 7};
    worker_.commit(lease_, lease_.blocks);
    EXPECT_TRUE(worker_.expect<protocol::Reintroduce>().has_value());
    expect_nothing_changed();
}

TEST_F(Border, CommitsThatBreakTheRulesAreRefusedWithoutHarm) {
    worker_.commit(lease_, {lease_.blocks.first, lease_.blocks.last + 1'000});
    EXPECT_EQ(worker_.expect<protocol::CommitReply>()->verdict, protocol::CommitVerdict::stale);
    worker_.send(protocol::Commit{.job = JobId{77},
                                  .attempt = lease_.attempt,
                                  .ranges = {{lease_.blocks, {}}},
                                  .shard = "s.h5"});
    EXPECT_EQ(worker_.expect<protocol::CommitReply>()->verdict,
              protocol::CommitVerdict::unknown_job);
    EXPECT_EQ(client_.status(job_)->blocks_committed, 0U);
    worker_.commit(lease_, lease_.blocks);
    EXPECT_EQ(worker_.expect<protocol::CommitReply>()->verdict, protocol::CommitVerdict::accepted);
}

TEST_F(Border, ChunksThatDoNotFitAreRefusedAndNoBlobAppears) {
    FakePeer peer{server_.endpoint(), {Role::client, 99}};
    const Digest digest = blake2b(bytes_of("abcd"));
    peer.send(protocol::PutBlob{digest, 4, 2, bytes_of("cd")}, 1);
    EXPECT_EQ(peer.expect<protocol::Refusal>()->code, RefusalCode::conflict);
    peer.send(protocol::PutBlob{digest, 4, 0, bytes_of("abXX")}, 2);
    EXPECT_EQ(peer.expect<protocol::Refusal>()->code, RefusalCode::conflict);
    peer.send(protocol::PutBlob{digest, 10'000'000'000, 0, bytes_of("a")}, 3);
    EXPECT_EQ(peer.expect<protocol::Refusal>()->code, RefusalCode::too_large);
    EXPECT_EQ(client_.missing_blobs({digest})->size(), 1U);
    peer.send(protocol::GetBlob{digest, 0, 10}, 4);
    EXPECT_EQ(peer.expect<protocol::Refusal>()->code, RefusalCode::not_found);
    peer.send(protocol::GetBlob{blake2b(bytes_of("payload")), 7, 10}, 5);
    EXPECT_EQ(peer.expect<protocol::Refusal>()->code, RefusalCode::malformed);
    expect_nothing_changed();
}

TEST_F(Border, RefusalsAreNotAnsweredSoThatNobodyQuarrelsForEver) {
    FakePeer peer{server_.endpoint(), {Role::client, 99}};
    peer.send(protocol::Refusal{RefusalCode::malformed, "no, you"});
    peer.send(protocol::WorkersStatus{}, 1);
    const auto answer = peer.next();
    ASSERT_TRUE(answer.has_value());
    EXPECT_TRUE(std::holds_alternative<protocol::WorkersStatusReply>(answer->body));
}

TEST_F(Border, AFloodOfNonsenseIsAnsweredAtALimitedRateAndServiceGoesOn) {
    FakePeer peer{server_.endpoint(), {Role::worker, 99}};
    for (int i = 0; i < 3'000; ++i) {
        peer.send_raw(bytes_of("nonsense"));
    }
    // Answered in order: once this has its answer, all of the above was read.
    peer.send(protocol::Heartbeat{});
    EXPECT_TRUE(peer.expect<protocol::Reintroduce>().has_value());
    expect_nothing_changed();
    EXPECT_TRUE(server_.stop().has_value());
    EXPECT_GT(server_.stats().refusals, protocol::kRefusalsPerSecondMax);
}

TEST_F(Border, PeersThatVanishDoNotHurt) {
    for (std::uint64_t id = 200; id < 220; ++id) {
        FakeWorker gone{server_.endpoint(), id};
        gone.send(protocol::Hello{.name = "gone", .threads = 1});
        EXPECT_TRUE(gone.expect<protocol::Welcome>().has_value());
    }
    worker_.send(protocol::Heartbeat{});
    EXPECT_TRUE(worker_.expect<protocol::HeartbeatReply>().has_value());
    EXPECT_EQ(client_.status(job_)->job, job_);
}

/// A plain TCP connection to the server.
int tcp_to(const std::string& endpoint) {
    const auto colon = endpoint.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(endpoint.substr(colon + 1))));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return descriptor;
}

void write_all(int descriptor, const std::string& bytes) {
    EXPECT_EQ(send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
}

/// Everything the other side says until `text` was among it; false after five seconds.
bool says(int descriptor, const std::string& text) {
    timeval patience{.tv_sec = 5, .tv_usec = 0};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    std::string said;
    char buffer[4096];
    while (said.find(text) == std::string::npos) {
        const ssize_t count = recv(descriptor, buffer, sizeof(buffer), 0);
        if (count <= 0) {
            return false;
        }
        said.append(buffer, static_cast<std::size_t>(count));
    }
    return true;
}

/// Becomes a ZeroMQ peer, a DEALER of routing id C00000001: ZMTP 3.0 with the NULL mechanism.
void shake_hands(int descriptor) {
    std::string greeting = std::string{"\xFF"} + std::string(8, '\0') + '\x7F' + '\x03' + '\0';
    greeting += "NULL" + std::string(16, '\0') + std::string(32, '\0');
    ASSERT_EQ(greeting.size(), 64U);
    write_all(descriptor, greeting);
    const std::string zeros(3, '\0');
    const std::string ready = "\x05READY\x0BSocket-Type" + zeros + "\x06" + "DEALER" + "\x08" +
                              "Identity" + zeros + "\x09" + "C00000001";
    write_all(descriptor, std::string{'\x04'} + static_cast<char>(ready.size()) + ready);
    // A message before the other side is ready would break off the handshake.
    ASSERT_TRUE(says(descriptor, "READY"));
}

/// Reads until the other side closes; false after five seconds.
bool is_closed_by_peer(int descriptor) {
    timeval patience{.tv_sec = 5, .tv_usec = 0};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    char buffer[4096];
    ssize_t count = 0;
    do {
        count = recv(descriptor, buffer, sizeof(buffer), 0);
    } while (count > 0);
    return count == 0 || errno == ECONNRESET;
}

TEST_F(Border, AFrameThatClaimsTenGigabytesCostsItsSenderTheConnection) {
    const int descriptor = tcp_to(server_.endpoint());
    shake_hands(descriptor);
    // A long frame of 10^10 bytes, and the first few of them.
    std::string frame{"\x02"};
    for (int shift = 56; shift >= 0; shift -= 8) {
        frame += static_cast<char>((10'000'000'000ULL >> static_cast<unsigned>(shift)) & 0xFFU);
    }
    write_all(descriptor, frame + "abc");
    EXPECT_TRUE(is_closed_by_peer(descriptor));
    close(descriptor);
    expect_nothing_changed();
}

TEST_F(Border, AMessageInSeveralFramesIsRefused) {
    const int descriptor = tcp_to(server_.endpoint());
    shake_hands(descriptor);
    const auto frame = protocol::encode({.epoch = {},
                                         .sender = 0x3030'3030'3030'3031U,
                                         .request = 1,
                                         .body = protocol::CancelJob{job_}});
    const std::string bytes{reinterpret_cast<const char*>(frame.data()), frame.size()};
    const std::string length(1, static_cast<char>(bytes.size()));
    write_all(descriptor, "\x01" + length + bytes + std::string(1, '\0') + length + bytes);
    EXPECT_TRUE(says(descriptor, "a message is one frame"));
    expect_nothing_changed();
    // The same in one frame is understood: the refusal was for the second.
    write_all(descriptor, std::string(1, '\0') + length + bytes);
    EXPECT_TRUE(says(descriptor, "\xE2\x01"));  // Tag of CancelReply.
    close(descriptor);
    EXPECT_EQ(client_.status(job_)->state, protocol::JobState::cancelled);
}

TEST_F(Border, AConnectionThatDoesNotSpeakZeroMqDoesNotHurt) {
    const int descriptor = tcp_to(server_.endpoint());
    write_all(descriptor, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" + std::string(100, 'x'));
    expect_nothing_changed();
    close(descriptor);
    expect_nothing_changed();
}

}  // namespace
}  // namespace vargrid::scheduler
