#include "cli/bench_swarm.hpp"

#include "protocol/codec.hpp"
#include "protocol/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/epoll.h>
#include <unistd.h>

namespace vargrid::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBeat{1'000};
constexpr std::chrono::milliseconds kReconnect{50};
constexpr int kWaitMilliseconds = 5;
constexpr std::size_t kEventsMax = 512;

}  // namespace

BenchSwarm::BenchSwarm(SwarmConfig config, SwarmCounts& counts, int poll)
    : config_{std::move(config)}, counts_{counts}, poll_{poll} {}

BenchSwarm::BenchSwarm(BenchSwarm&& other) noexcept
    : config_{std::move(other.config_)},
      counts_{other.counts_},
      poll_{std::exchange(other.poll_, -1)},
      workers_{std::move(other.workers_)} {}

BenchSwarm::~BenchSwarm() {
    if (poll_ >= 0) {
        ::close(poll_);
    }
}

Result<BenchSwarm> BenchSwarm::open(const SwarmConfig& config, SwarmCounts& counts) {
    const int poll = epoll_create1(EPOLL_CLOEXEC);
    if (poll < 0) {
        return Error{ErrorCode::limit, std::string{"epoll: "} + std::strerror(errno)};
    }
    BenchSwarm swarm{config, counts, poll};
    swarm.workers_.resize(config.workers);
    for (std::size_t i = 0; i < config.workers; ++i) {
        swarm.workers_[i].id = protocol::random_id();
        VARGRID_TRY_VOID(swarm.connect(swarm.workers_[i], i));
    }
    return swarm;
}

Result<void> BenchSwarm::connect(Worker& worker, std::uint64_t number) {
    VARGRID_TRY(worker.peer,
                BenchPeer::connect(config_.endpoint, {protocol::Role::worker, worker.id}));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = number;
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, worker.peer->descriptor(), &event) != 0) {
        return Error{ErrorCode::limit, std::string{"epoll: "} + std::strerror(errno)};
    }
    if (config_.echo_bytes == 0) {
        say_hello(worker);
        flush(worker);
    }
    return {};
}

void BenchSwarm::reconnect_lost() {
    for (const std::size_t number : std::exchange(lost_, {})) {
        if (connect(workers_[number], number)) {
            ++counts_.reconnected;
        } else {
            lost_.push_back(number);
            workers_[number].peer.reset();
        }
    }
}

/// With the leases it holds; then it offers their blocks again, as a worker does.
void BenchSwarm::say_hello(Worker& worker) {
    protocol::Hello hello{
        .name = fmt::format("bench:{:x}", worker.id), .isa = "none", .release = "bench"};
    for (const protocol::LeaseGranted& lease : worker.held) {
        hello.held.push_back({lease.job, lease.attempt, {lease.blocks}});
    }
    say(worker, std::move(hello));
}

void BenchSwarm::commit(Worker& worker, const protocol::LeaseGranted& lease) {
    say(worker,
        protocol::Commit{.job = lease.job,
                         .attempt = lease.attempt,
                         .ranges = {{lease.blocks, {lease.blocks.last, lease.blocks.first}}},
                         .shard = fmt::format("task-{}-0.h5", lease.attempt.value()),
                         .core_ns = 1});
}

void BenchSwarm::say(Worker& worker, protocol::Body body) {
    worker.outbox.push_back({.epoch = worker.epoch, .sender = worker.id, .body = std::move(body)});
}

void BenchSwarm::flush(Worker& worker) {
    std::span<const protocol::Message> rest{worker.outbox};
    bool alive = true;
    while (!rest.empty()) {
        // One epoch a frame; it changes once in the life of a scheduler.
        const auto other = std::find_if(rest.begin(), rest.end(), [&](const auto& message) {
            return message.epoch != rest.front().epoch;
        });
        const auto count = std::min(static_cast<std::size_t>(other - rest.begin()),
                                    protocol::kMessagesPerFrameMax);
        alive = worker.peer->send(protocol::encode(rest.first(count))) && alive;
        rest = rest.subspan(count);
    }
    worker.outbox.clear();
    static_cast<void>(alive);  // The end of a connection is seen when it is read.
}

void BenchSwarm::take(Worker& worker, const protocol::Message& message) {
    worker.epoch = message.epoch;
    const auto forget = [&](Attempt attempt) {
        std::erase_if(worker.held, [&](const auto& lease) { return lease.attempt == attempt; });
    };
    if (const auto* lease = std::get_if<protocol::LeaseGranted>(&message.body)) {
        worker.held.push_back(*lease);
        commit(worker, *lease);
    } else if (const auto* reply = std::get_if<protocol::CommitReply>(&message.body)) {
        forget(reply->attempt);
        ++(reply->verdict == protocol::CommitVerdict::accepted ? counts_.accepted
                                                               : counts_.refused);
        if (counts_.ring) {
            const std::uint64_t one = 1;
            static_cast<void>(::write(config_.bell, &one, sizeof(one)) == sizeof(one));
        }
    } else if (const auto* revoked = std::get_if<protocol::LeaseRevoked>(&message.body)) {
        forget(revoked->attempt);
    } else if (std::holds_alternative<protocol::Welcome>(message.body)) {
        counts_.welcomed += worker.welcome ? 0 : 1;
        worker.welcome = true;
        for (const protocol::LeaseGranted& held : worker.held) {
            commit(worker, held);  // Whose answer was lost with the connection.
        }
    } else if (std::holds_alternative<protocol::Reintroduce>(message.body)) {
        say_hello(worker);
    }
}

void BenchSwarm::serve(Worker& worker) {
    const bool alive = worker.peer->receive([&](std::span<const std::byte> frame) {
        if (config_.echo_bytes > 0) {
            ++counts_.echoed;
            static_cast<void>(worker.peer->send(frame));
            return;
        }
        if (const auto messages = protocol::decode_all(frame)) {
            for (const protocol::Message& message : *messages) {
                take(worker, message);
            }
        }
    });
    if (!alive) {
        ++counts_.lost;
        worker.peer.reset();  // Which takes it out of the epoll set.
        worker.outbox.clear();
        lost_.push_back(static_cast<std::size_t>(&worker - workers_.data()));
        return;
    }
    flush(worker);
    static_cast<void>(worker.peer->flush());
}

/// Spreads the heartbeats over their interval, as those of a real fleet are.
void BenchSwarm::beat(Clock::time_point now) {
    const auto due =
        static_cast<std::size_t>(static_cast<double>(workers_.size()) *
                                 std::chrono::duration<double>(now - beats_begin_).count() /
                                 std::chrono::duration<double>(kBeat).count());
    for (; next_to_beat_ < due && next_to_beat_ < workers_.size(); ++next_to_beat_) {
        Worker& worker = workers_[next_to_beat_];
        if (worker.peer && worker.welcome) {
            protocol::Heartbeat beat;
            for (const protocol::LeaseGranted& lease : worker.held) {
                beat.held.push_back({lease.attempt, lease.blocks.size(), true});
            }
            say(worker, std::move(beat));
            flush(worker);
        }
    }
    if (next_to_beat_ == workers_.size()) {
        next_to_beat_ = 0;
        beats_begin_ += kBeat;
    }
}

void BenchSwarm::run() {
    std::array<epoll_event, kEventsMax> events{};
    beats_begin_ = Clock::now();
    auto reconnect_at = beats_begin_;
    while (!counts_.stop) {
        const int count =
            epoll_wait(poll_, events.data(), static_cast<int>(events.size()), kWaitMilliseconds);
        for (int i = 0; i < count; ++i) {
            serve(workers_[events[static_cast<std::size_t>(i)].data.u64]);
        }
        if (config_.echo_bytes == 0) {
            const auto now = Clock::now();
            beat(now);
            if (!lost_.empty() && now >= reconnect_at) {
                reconnect_lost();
                reconnect_at = now + kReconnect;
            }
        } else if (counts_.send_echoes && !std::exchange(echoes_sent_, true)) {
            const Bytes message(config_.echo_bytes, std::byte{7});
            for (Worker& worker : workers_) {
                static_cast<void>(worker.peer->send(message));
            }
        }
    }
}

}  // namespace vargrid::cli
