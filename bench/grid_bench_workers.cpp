#include "bench/grid_bench_workers.hpp"

#include "base/check.hpp"
#include "bench/grid_bench.hpp"
#include "protocol/codec.hpp"
#include "protocol/zmq/router.hpp"

#include <fmt/format.h>

#include <type_traits>
#include <utility>
#include <variant>

namespace vargrid::bench {
namespace {

constexpr std::chrono::milliseconds kWaitOne{20};
constexpr std::chrono::microseconds kPause{20};
constexpr std::chrono::seconds kWelcomeMax{60};
constexpr std::chrono::seconds kBeat{1};

std::vector<protocol::Dealer> connect_all(const protocol::Context& context,
                                          const std::string& endpoint,
                                          const std::vector<protocol::Peer>& peers) {
    std::vector<protocol::Dealer> dealers;
    for (const protocol::Peer& self : peers) {
        dealers.push_back(
            or_give_up(protocol::Dealer::connect(context, {.endpoint = endpoint, .self = self})));
    }
    return dealers;
}

std::vector<protocol::Peer> random_peers(std::size_t count) {
    std::vector<protocol::Peer> peers;
    for (std::size_t i = 0; i < count; ++i) {
        peers.push_back({.role = protocol::Role::worker, .id = protocol::random_id()});
    }
    return peers;
}

}  // namespace

IdleWorkers::IdleWorkers(const std::string& endpoint, std::size_t count) {
    const auto peers = random_peers(count);
    auto dealers = connect_all(context_, endpoint, peers);
    for (std::size_t i = 0; i < count; ++i) {
        workers_.push_back({.dealer = std::move(dealers[i]), .incarnation = peers[i].id});
    }
    thread_ = std::thread{[this] { serve(); }};
    const auto start = Clock::now();
    while (welcomed_ < count) {
        if (Clock::now() - start > kWelcomeMax) {
            give_up({ErrorCode::unreachable,
                     fmt::format("only {} of {} workers were welcomed", welcomed_.load(), count)});
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

IdleWorkers::~IdleWorkers() {
    stop_ = true;
    thread_.join();
}

void IdleWorkers::send(Worker& worker, protocol::Body body) {
    const protocol::Message message{
        .epoch = worker.epoch, .sender = worker.incarnation, .body = std::move(body)};
    CHECK(worker.dealer.send(protocol::encode(message)));
}

void IdleWorkers::answer(Worker& worker, const protocol::Message& message) {
    worker.epoch = message.epoch;
    if (std::holds_alternative<protocol::Welcome>(message.body)) {
        ++welcomed_;
    } else if (std::holds_alternative<protocol::Reintroduce>(message.body)) {
        send(worker, protocol::Hello{.name = "idle", .isa = "none", .release = "bench"});
    } else if (const auto* lease = std::get_if<protocol::LeaseGranted>(&message.body)) {
        send(worker,
             protocol::Commit{
                 .job = lease->job,
                 .attempt = lease->attempt,
                 .ranges = {{.range = lease->blocks, .digest = {1, lease->blocks.first}}},
                 .shard = fmt::format("{}.h5", lease->attempt.value()),
                 .core_ns = 1});
    } else if (const auto* reply = std::get_if<protocol::CommitReply>(&message.body)) {
        CHECK(reply->verdict == protocol::CommitVerdict::accepted);
        ++accepted_;
        accepted_.notify_all();
    }
}

bool IdleWorkers::serve_one(Worker& worker) {
    bool heard = false;
    while (const auto bytes = worker.dealer.receive()) {
        heard = true;
        answer(worker, or_give_up(protocol::decode(*bytes)));
    }
    return heard;
}

void IdleWorkers::serve() {
    for (Worker& worker : workers_) {
        send(worker, protocol::Hello{.name = "idle", .isa = "none", .release = "bench"});
    }
    auto beat = Clock::now();
    while (!stop_) {
        if (Clock::now() - beat > kBeat) {
            beat = Clock::now();
            for (Worker& worker : workers_) {
                send(worker, protocol::Heartbeat{});
            }
        }
        if (workers_.size() == 1) {
            workers_.front().dealer.wait(kWaitOne);
        }
        bool heard = false;
        for (Worker& worker : workers_) {
            heard |= serve_one(worker);
        }
        if (!heard && workers_.size() > 1) {
            std::this_thread::sleep_for(kPause);
        }
    }
}

double echo_rate(std::size_t peers, std::uint64_t echoes, std::size_t bytes) {
    const protocol::Context server_context;
    auto router = or_give_up(protocol::Router::bind(server_context, {}));
    std::atomic<bool> stop{false};
    std::thread server{[&] {
        while (!stop) {
            router.wait(kWaitOne);
            router.receive(2'048, [&](const protocol::Incoming& incoming) {
                router.send(incoming.routing_id, incoming.message);
            });
        }
    }};
    const protocol::Context context;
    auto dealers = connect_all(context, router.endpoint(), random_peers(peers));
    const Bytes message(bytes, std::byte{7});
    std::uint64_t heard = 0;
    // The first echo of every peer, not counted, makes sure that all of them are connected.
    for (protocol::Dealer& dealer : dealers) {
        CHECK(dealer.send(message));
        dealer.wait(kWelcomeMax);
        CHECK(dealer.receive().has_value());
    }
    const auto start = Clock::now();
    for (protocol::Dealer& dealer : dealers) {
        CHECK(dealer.send(message));
    }
    while (heard < echoes) {
        bool any = false;
        for (protocol::Dealer& dealer : dealers) {
            while (dealer.receive()) {
                any = true;
                ++heard;
                CHECK(dealer.send(message));
            }
        }
        if (!any) {
            std::this_thread::sleep_for(kPause);
        }
    }
    const double rate = static_cast<double>(heard) / seconds_since(start);
    stop = true;
    server.join();
    return rate;
}

}  // namespace vargrid::bench
