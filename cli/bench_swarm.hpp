// BenchSwarm: a process full of workers without work. Each has a connection of its own and keeps
// the protocol: hello, heartbeats, commits that are answered, a new hello when asked. One thread.
#pragma once

#include "base/result.hpp"
#include "cli/bench_peer.hpp"
#include "protocol/messages.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vargrid::cli {

/// What the swarms tell the process that started them: in memory that all of them share.
struct SwarmCounts {
    std::atomic<std::uint64_t> welcomed{0};
    std::atomic<std::uint64_t> accepted{0};  ///< Acknowledged commits, of final steps too.
    std::atomic<std::uint64_t> refused{0};   ///< Commits that came too late.
    std::atomic<std::uint64_t> echoed{0};
    std::atomic<std::uint64_t> lost{0};  ///< Connections that ended.
    std::atomic<std::uint64_t> reconnected{0};
    std::atomic<bool> stop{false};
    /// Every acknowledged commit is written to SwarmConfig::bell.
    std::atomic<bool> ring{false};
    std::atomic<bool> send_echoes{false};
};

struct SwarmConfig {
    std::string endpoint;
    std::size_t workers{1};
    /// Bytes of a message that is only sent back and forth; 0: workers of a grid.
    std::size_t echo_bytes{0};
    int bell{-1};  ///< An eventfd.
};

class BenchSwarm {
  public:
    /// Connects all of them. Errors: as BenchPeer::connect().
    [[nodiscard]] static Result<BenchSwarm> open(const SwarmConfig& config, SwarmCounts& counts);
    ~BenchSwarm();
    BenchSwarm(BenchSwarm&& other) noexcept;
    BenchSwarm& operator=(BenchSwarm&&) = delete;
    BenchSwarm(const BenchSwarm&) = delete;
    BenchSwarm& operator=(const BenchSwarm&) = delete;

    /// Until SwarmCounts::stop.
    void run();

  private:
    struct Worker {
        std::optional<BenchPeer> peer;
        std::uint64_t id{0};
        Epoch epoch{};
        std::vector<protocol::LeaseGranted> held;
        std::vector<protocol::Message> outbox;
        bool welcome{false};
    };

    BenchSwarm(SwarmConfig config, SwarmCounts& counts, int poll);
    [[nodiscard]] Result<void> connect(Worker& worker, std::uint64_t id);
    void reconnect_lost();
    void say_hello(Worker& worker);
    void commit(Worker& worker, const protocol::LeaseGranted& lease);
    void serve(Worker& worker);
    void take(Worker& worker, const protocol::Message& message);
    void say(Worker& worker, protocol::Body body);
    void flush(Worker& worker);
    void beat(std::chrono::steady_clock::time_point now);

    SwarmConfig config_;
    SwarmCounts& counts_;
    int poll_{-1};
    std::vector<Worker> workers_;
    std::vector<std::size_t> lost_;
    std::size_t next_to_beat_{0};
    std::chrono::steady_clock::time_point beats_begin_;
    bool echoes_sent_{false};
};

}  // namespace vargrid::cli
