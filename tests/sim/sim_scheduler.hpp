// SimScheduler: the shipped scheduler core in a pretended server: turns of a batch and a Tick, a
// journal that is written before anything is sent, and deaths in between.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "scheduler/core/scheduler_core.hpp"
#include "scheduler/core/state_digest.hpp"
#include "tests/sim/coverage.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/sim_journal.hpp"
#include "tests/sim/sim_network.hpp"
#include "tests/sim/timeline.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vargrid::sim {

class SimScheduler {
  public:
    struct World {
        Timeline& timeline;
        RandomStream& random;
        SimNetwork& network;
        Ledger& ledger;
        std::function<void(std::string)> trace;
        /// Actions that are not for workers: answers to clients, and every new job.
        std::function<void(const scheduler::Action&)> to_client;
    };

    SimScheduler(World world,
                 const scheduler::CoreConfig& config,
                 bool real_journal,
                 std::uint64_t seed);

    void start();
    /// The process dies at its next turn: before the journal has the batch, or after it, with only
    /// some of the messages sent.
    void crash_in_next_turn() { crash_soon_ = true; }
    void stall_journal(Instant until) { busy_until_ = until; }
    void heal();

    void receive(const scheduler::Event& message);

    [[nodiscard]] bool is_alive() const { return core_ != nullptr; }
    [[nodiscard]] const scheduler::SchedulerCore& core() const { return *core_; }
    [[nodiscard]] const Coverage& coverage() const { return coverage_; }
    [[nodiscard]] std::uint64_t events() const { return events_; }
    /// Over all actions of all epochs.
    [[nodiscard]] std::uint64_t digest() const { return digest_.value(); }
    /// Over all epochs.
    [[nodiscard]] scheduler::Stats stats_total() const;
    [[nodiscard]] const JournalStats& journal_stats() const { return journal_.stats(); }

  private:
    [[nodiscard]] Duration silence_awaited() const;
    void plan_turn(Instant at);
    void turn();
    void die();
    /// Makes the records among them durable; returns the others.
    std::vector<scheduler::Action> persist(std::vector<scheduler::Action> actions);
    void send(const scheduler::Action& action);

    World world_;
    scheduler::CoreConfig config_;
    std::unique_ptr<scheduler::SchedulerCore> core_;
    SimJournal journal_;
    std::uint64_t life_{0};
    std::uint64_t turn_{0};
    bool turn_planned_{false};
    Instant turn_at_;
    Epoch epoch_;
    std::vector<scheduler::Event> inbox_;
    bool crash_soon_{false};
    Instant busy_until_;
    std::uint64_t events_{0};
    Coverage coverage_;
    scheduler::StateDigest digest_;
    /// Of the epochs before this one.
    scheduler::Stats stats_;
};

}  // namespace vargrid::sim
