// A worker that does what the test tells it: the wire contract without any computing.
#pragma once

#include "protocol/codec.hpp"
#include "protocol/version.hpp"
#include "protocol/zmq/dealer.hpp"
#include "scheduler/server/server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace vargrid::scheduler::testing {

using namespace std::chrono_literals;

/// A peer with a socket that speaks the protocol, of either role.
class FakePeer {
  public:
    FakePeer(const std::string& endpoint, protocol::Peer self) : self_{self} {
        auto dealer = protocol::Dealer::connect(context_,
                                                {.endpoint = endpoint,
                                                 .self = self,
                                                 .reconnect_min = 10ms,
                                                 .reconnect_max = 50ms,
                                                 .linger = 0ms});
        EXPECT_TRUE(dealer.has_value());
        dealer_.emplace(std::move(*dealer));
    }

    void send(protocol::Body body, std::uint64_t request = 0) {
        send_raw(protocol::encode(
            {.epoch = epoch, .sender = self_.id, .request = request, .body = std::move(body)}));
    }
    void send_raw(const Bytes& bytes) { EXPECT_TRUE(dealer_->send(bytes)); }

    /// The next message of any kind within five seconds.
    std::optional<protocol::Message> next(std::chrono::milliseconds patience = 5s) {
        const auto until = std::chrono::steady_clock::now() + patience;
        while (std::chrono::steady_clock::now() < until) {
            if (!unread_.empty()) {
                protocol::Message message = std::move(unread_.front());
                unread_.pop_front();
                return message;
            }
            if (auto bytes = dealer_->receive()) {
                auto messages = protocol::decode_all(*bytes);
                EXPECT_TRUE(messages.has_value()) << messages.error().message;
                unread_.insert(unread_.end(), messages->begin(), messages->end());
                continue;
            }
            dealer_->wait(10ms);
        }
        return {};
    }

    /// The next message that is a `What`; others are dropped.
    template <class What>
    std::optional<What> expect(std::chrono::milliseconds patience = 5s) {
        while (auto message = next(patience)) {
            if (auto* what = std::get_if<What>(&message->body)) {
                epoch = message->epoch;
                last_request = message->request;
                return *what;
            }
        }
        ADD_FAILURE() << "nothing of the kind came";
        return {};
    }

    Epoch epoch;
    std::uint64_t last_request{0};

  private:
    protocol::Context context_;
    protocol::Peer self_;
    std::deque<protocol::Message> unread_;  ///< Came in one frame with one that was read.
    std::optional<protocol::Dealer> dealer_;
};

class FakeWorker : public FakePeer {
  public:
    FakeWorker(const std::string& endpoint, std::uint64_t incarnation)
        : FakePeer{endpoint, {protocol::Role::worker, incarnation}},
          name_{"fake:" + std::to_string(incarnation)} {}

    bool hello(std::vector<protocol::HeldLease> held = {}) {
        send(protocol::Hello{.name = name_, .threads = 1, .isa = "avx2", .held = std::move(held)});
        return expect<protocol::Welcome>().has_value();
    }

    void commit(const protocol::LeaseGranted& lease, BlockRange range, std::uint32_t part = 0) {
        send(protocol::Commit{.job = lease.job,
                              .attempt = lease.attempt,
                              .part = part,
                              .ranges = {{range, BlockDigest{range.first, range.last}}},
                              .shard = lease.is_final_step()
                                           ? "results.h5"
                                           : "s-" + std::to_string(lease.attempt.value()) + "-" +
                                                 std::to_string(part) + ".h5",
                              .core_ns = range.size() * 1'000'000});
    }

    /// Commits whole leases until the final step is committed; returns the grants.
    std::vector<protocol::LeaseGranted> work_to_the_end() {
        std::vector<protocol::LeaseGranted> grants;
        while (auto lease = expect<protocol::LeaseGranted>()) {
            grants.push_back(*lease);
            if (lease->is_final_step()) {  // It is there as long as the step is leased.
                send(protocol::GetBlob{*lease->manifest, 0, protocol::kChunkBytesMax}, 1);
                manifest = expect<protocol::BlobChunk>().value_or(protocol::BlobChunk{}).bytes;
            }
            commit(*lease, lease->blocks);
            if (lease->is_final_step()) {
                break;
            }
        }
        while (auto reply = expect<protocol::CommitReply>()) {
            EXPECT_EQ(reply->verdict, protocol::CommitVerdict::accepted);
            if (!grants.empty() && reply->attempt == grants.back().attempt) {
                break;
            }
        }
        return grants;
    }

    /// Of the job that was worked on to its end.
    Bytes manifest;

  private:
    std::string name_;
};

/// A server on a thread of its own.
class RunningServer {
  public:
    explicit RunningServer(ServerConfig config) {
        config.quiet = true;
        auto opened = Server::open(config);
        EXPECT_TRUE(opened.has_value()) << opened.error().message;
        server_.emplace(std::move(*opened));
        thread_ = std::thread{[this] { outcome_ = server_->run(stop_); }};
    }
    ~RunningServer() { static_cast<void>(stop()); }
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;

    Result<void> stop() {
        if (thread_.joinable()) {
            stop_ = true;
            thread_.join();
            stats_ = server_->stats();
            server_.reset();
        }
        return outcome_;
    }
    [[nodiscard]] std::string endpoint() const { return server_->endpoint(); }
    [[nodiscard]] std::uint64_t epoch() const { return server_->epoch(); }
    /// After stop().
    [[nodiscard]] const ServerStats& stats() const { return stats_; }

  private:
    std::optional<Server> server_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
    Result<void> outcome_;
    ServerStats stats_;
};

}  // namespace vargrid::scheduler::testing
