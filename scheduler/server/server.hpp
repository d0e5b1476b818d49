// Server: the scheduler as a process sees it. It feeds the core and obeys it: receives a batch of
// messages, lets the core decide, writes the decisions to the journal, and only then carries them
// out. It decides nothing about which block runs where. Owned by one thread.
#pragma once

#include "base/result.hpp"
#include "scheduler/server/server_config.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace vargrid::scheduler {

/// Counts since the start. Read it when run() has returned.
struct ServerStats {
    std::uint64_t turns{0};
    std::uint64_t messages{0};
    std::uint64_t refusals{0};
    std::uint64_t unroutable{0};
    std::uint64_t grants{0};
    std::uint64_t journal_records{0};
    std::uint64_t journal_transactions{0};
    std::uint64_t journal_failures{0};
};

class Server {
  public:
    /// Opens or restores the journal and binds the socket: workers may connect from now on.
    /// Errors: io (journal damaged, of another version, disk), conflict (another scheduler has the
    /// journal, or the address is taken), invalid_input (the address).
    [[nodiscard]] static Result<Server> open(const ServerConfig& config);
    ~Server();
    Server(Server&&) noexcept;
    Server& operator=(Server&&) noexcept;

    /// Where to connect: "tcp://127.0.0.1:43567".
    [[nodiscard]] std::string endpoint() const;
    /// Which life of the scheduler this is: 1 for a new journal.
    [[nodiscard]] std::uint64_t epoch() const;

    /// Serves until `stop` is true (seen within ServerConfig::wait_max). Everything acknowledged is
    /// on disk whenever this returns. Errors: io, if the journal broke beyond repair.
    [[nodiscard]] Result<void> run(const std::atomic<bool>& stop);

    [[nodiscard]] const ServerStats& stats() const;

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace vargrid::scheduler
