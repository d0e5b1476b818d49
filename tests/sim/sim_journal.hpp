// SimJournal: the journal of the pretended server. In memory, as an oracle that decides what is
// durable; and, where the seed says so, beside it the real one: the bytes that SQLite leaves behind
// when the process dies in the middle of a transaction, torn at a random place or garbled.
#pragma once

#include "base/random.hpp"
#include "scheduler/core/action.hpp"
#include "scheduler/core/core_config.hpp"
#include "scheduler/core/event.hpp"
#include "tests/scheduler/core/memory_journal.hpp"
#include "tests/sim/ledger.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vargrid::scheduler {
class Journal;
}

namespace vargrid::sim {

/// What became of real journals, over all epochs.
struct JournalStats {
    std::uint64_t restored{0};
    /// The last transaction was cut off or garbled, and restore gave the one before.
    std::uint64_t torn{0};
    /// Bytes of the main file were garbled: refused in words, or without effect.
    std::uint64_t refused{0};
    std::uint64_t unharmed{0};
};

class SimJournal {
  public:
    /// `seed` draws where files are torn and garbled, apart from what else happens.
    SimJournal(Ledger& ledger,
               const scheduler::CoreConfig& config,
               bool real_files,
               std::uint64_t seed);
    ~SimJournal();
    SimJournal(const SimJournal&) = delete;
    SimJournal& operator=(const SimJournal&) = delete;

    /// What is durable, for the next epoch. The real journal must say the same.
    [[nodiscard]] scheduler::Restored restore(Epoch epoch);
    /// All Journal* actions among these become durable together. Says of each whether it is one.
    [[nodiscard]] std::vector<bool> write(const std::vector<scheduler::Action>& actions);
    /// The process dies; what is on disk stays as it is.
    void crash();
    /// It dies while it writes these: none of them is durable.
    void crash_in(const std::vector<scheduler::Action>& actions);

    [[nodiscard]] const JournalStats& stats() const { return stats_; }

  private:
    void move_on();
    void try_garbled();
    void compare(const scheduler::Restored& real, const scheduler::Restored& expected);
    [[nodiscard]] std::filesystem::path folder(std::uint64_t life) const;

    Ledger& ledger_;
    scheduler::CoreConfig config_;
    RandomStream random_;
    scheduler::testing::MemoryJournal memory_;
    bool real_files_{false};
    std::filesystem::path root_;
    std::uint64_t life_{0};
    std::unique_ptr<scheduler::Journal> real_;
    JournalStats stats_;
};

}  // namespace vargrid::sim
