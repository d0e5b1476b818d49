// Workers without work: real peers over TCP that commit what they are given at once.
#pragma once

#include "protocol/messages.hpp"
#include "protocol/zmq/context.hpp"
#include "protocol/zmq/dealer.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace vargrid::bench {

class IdleWorkers {
  public:
    /// Returns when the scheduler has welcomed all of them.
    IdleWorkers(const std::string& endpoint, std::size_t count);
    ~IdleWorkers();
    IdleWorkers(const IdleWorkers&) = delete;
    IdleWorkers& operator=(const IdleWorkers&) = delete;

    /// Commits of blocks and of final steps that the scheduler acknowledged.
    [[nodiscard]] const std::atomic<std::uint64_t>& accepted() const { return accepted_; }

  private:
    struct Worker {
        protocol::Dealer dealer;
        std::uint64_t incarnation{0};
        Epoch epoch{};
    };

    void serve();
    bool serve_one(Worker& worker);
    void answer(Worker& worker, const protocol::Message& message);
    static void send(Worker& worker, protocol::Body body);

    protocol::Context context_;
    std::vector<Worker> workers_;
    std::atomic<std::uint64_t> welcomed_{0};
    std::atomic<std::uint64_t> accepted_{0};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

/// Echoes a second over bare ROUTER and DEALER sockets with so many peers: what the transport could
/// do if nothing had to be decided or kept. `bytes` a message, one in flight a peer and direction.
[[nodiscard]] double echo_rate(std::size_t peers, std::uint64_t echoes, std::size_t bytes);

}  // namespace vargrid::bench
