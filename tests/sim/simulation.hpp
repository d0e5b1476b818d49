// Simulation: a whole grid in one thread and virtual time: the two shipped cores, a network and
// machines that break as the plan of a seed says, and a ledger that watches. First everything
// breaks, then it heals, and then every job must end.
#pragma once

#include "base/random.hpp"
#include "tests/sim/fault_plan.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/sim_network.hpp"
#include "tests/sim/sim_scheduler.hpp"
#include "tests/sim/sim_worker.hpp"
#include "tests/sim/timeline.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vargrid::sim {

struct Outcome {
    /// Empty if every promise was kept.
    std::string broken;
    std::uint64_t steps{0};
    std::uint64_t events{0};
    std::uint64_t blocks_committed{0};
    std::uint64_t blocks_computed{0};
    std::uint64_t jobs_ended{0};
    Duration virtual_time{0};
    std::array<std::uint64_t, kFaultKinds> faults{};
    scheduler::Stats scheduler;
    worker::Stats worker;
    Coverage coverage;
    JournalStats journal;
    // Two runs of a seed agree in these.
    std::uint64_t digest{0};
    std::uint64_t random_position{0};
};

class Simulation {
  public:
    Simulation(std::uint64_t seed, FaultPlan plan);
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;
    Simulation(Simulation&&) = delete;
    Simulation& operator=(Simulation&&) = delete;
    ~Simulation() = default;

    /// Keeps the last lines of what happened, or prints every line.
    void keep_trace(std::size_t lines) { trace_lines_ = lines; }
    void print_trace() { print_ = true; }

    /// Storm, healing, end. Stops at the first broken promise.
    Outcome run();

    // ---- For scripted scenarios.

    void run_until(Instant at);
    /// True when every job has ended within `limit`.
    bool run_until_ended(Duration limit);
    void heal();
    void inject(Fault fault, std::uint32_t host);
    [[nodiscard]] SimScheduler& scheduler() { return *scheduler_; }
    [[nodiscard]] SimNetwork& network() { return network_; }
    [[nodiscard]] SimWorker& host(std::size_t index) { return *hosts_.at(index); }
    [[nodiscard]] Ledger& ledger() { return ledger_; }
    [[nodiscard]] Instant now() const { return timeline_.now(); }
    [[nodiscard]] std::vector<scheduler::JobSummary> jobs() const;
    [[nodiscard]] Outcome outcome();

    [[nodiscard]] const std::deque<std::string>& trace_kept() const { return trace_; }
    [[nodiscard]] std::string stuck_jobs() const;

  private:
    struct Client {
        SimJob wanted;
        std::optional<JobId> job;
        bool cancel_sent{false};
        /// How many of its controls were answered.
        std::size_t controlled{0};
    };

    void trace(std::string line);
    /// One step; a shell whose deadline is always in the past would stand still for ever.
    void advance();
    void plan_faults();
    void plan_fault(Fault fault);
    void tend_client(std::size_t index);
    void tend_controls(std::size_t index);
    void answer(const scheduler::Action& action);
    [[nodiscard]] bool all_ended() const;
    void check_ends();

    std::uint64_t seed_;
    FaultPlan plan_;
    RandomStream random_;
    Timeline timeline_;
    Ledger ledger_;
    SimNetwork network_;
    std::map<JobId, std::set<std::uint64_t>> poison_;
    std::unique_ptr<SimScheduler> scheduler_;
    std::unique_ptr<SimWorld> world_;
    std::vector<std::unique_ptr<SimWorker>> hosts_;
    std::vector<Client> clients_;
    bool healed_{false};
    Instant advanced_to_;
    std::uint64_t steps_at_instant_{0};
    std::array<std::uint64_t, kFaultKinds> faults_{};
    std::size_t trace_lines_{0};
    bool print_{false};
    std::deque<std::string> trace_;
};

/// Runs the swarm plan of a seed.
[[nodiscard]] Outcome run_seed(std::uint64_t seed);
/// Runs it once more with a trace; "seed 7 broke: ...\n<the last 40 lines>\nreplay: ...".
[[nodiscard]] std::string explain_seed(std::uint64_t seed);
[[nodiscard]] std::string replay_command(std::uint64_t seed);

/// While it lives, a failed CHECK prints how to replay the seed before the process dies.
class AbortReport {
  public:
    explicit AbortReport(std::uint64_t seed);
    AbortReport(const AbortReport&) = delete;
    AbortReport& operator=(const AbortReport&) = delete;
    AbortReport(AbortReport&&) = delete;
    AbortReport& operator=(AbortReport&&) = delete;
    ~AbortReport();
};

}  // namespace vargrid::sim
