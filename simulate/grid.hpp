// Grid: a whole night in virtual time. The shipped scheduler core, one shipped worker session for
// every machine, messages with latency, machines that are taken away and come back; and an outside
// ledger that counts what was committed. Executors and writers are pretended: a block takes its
// cost divided by the machine's speed, a shard takes a moment. One thread, no clock: two runs of
// the same options are equal.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "scheduler/core/scheduler_core.hpp"
#include "worker/core/worker_session.hpp"

#include "simulate/fleet.hpp"
#include "simulate/interval_ledger.hpp"
#include "simulate/options.hpp"
#include "simulate/outcome.hpp"
#include "simulate/time_wheel.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace vargrid::simulate {

class Grid {
  public:
    /// Nanoseconds of some clock, for the scheduler's turn times; decides nothing.
    using Clock = std::int64_t (*)();

    Grid(const Options& options, Clock clock);

    /// Runs until every job has ended, or three times `Options::length` has passed. Called once.
    [[nodiscard]] Outcome run();

  private:
    enum class StepKind : std::uint8_t { start, wake, task_end, shard_written, reclaim, kill };
    struct Step {
        std::uint32_t host{0};
        /// What it was planned for: a life, or a task of the executor. Void if that is over.
        std::uint32_t token{0};
        StepKind kind{StepKind::start};
    };
    /// The task the executor works on.
    struct Running {
        worker::Lease lease;
        Instant started_at;
        /// Of one block on one thread of this machine.
        Duration block_time{0};
        std::uint64_t reported{0};
        std::uint32_t token{0};
        bool dropped{false};
    };
    struct Host {
        MachineKind machine;
        std::optional<worker::WorkerSession> session;
        std::uint32_t life{0};
        std::uint32_t token{0};
        /// When its planned wake comes; the session may since have asked for a later one.
        Instant wake_at;
        Instant deadline;
        bool ticks_soon{false};
        std::optional<Running> running;
        std::deque<worker::WriteShard> writes;
    };
    struct Delivery {
        Incarnation to;
        worker::Event message;
    };

    // The night (grid.cpp).
    void plan_faults();
    void submit_jobs();
    void carry_out(const Step& step);
    [[nodiscard]] Outcome outcome() const;

    // Machines (grid_hosts.cpp).
    [[nodiscard]] Host& host_of(Incarnation incarnation);
    void start_life(std::uint32_t index);
    void end_life(std::uint32_t index);
    void reclaim();
    void wake(std::uint32_t index);
    void deliver(Delivery& delivery);
    void tick_soon(std::uint32_t index);
    void tick_all();
    /// The event, and whatever the session wants done about it.
    void apply(std::uint32_t index, decltype(worker::Event::what) what);
    void report_progress(std::uint32_t index);
    [[nodiscard]] std::uint64_t blocks_done(const Host& host) const;
    void finish_task(std::uint32_t index);
    void finish_shard(std::uint32_t index);
    void obey(std::uint32_t index, worker::Action& action);
    void start_task(std::uint32_t index, const worker::Lease& lease);
    void stop_task(std::uint32_t index, Attempt attempt, bool dropped);
    void plan_wake(std::uint32_t index);
    /// Thousandths of what a block of this attempt takes beyond its nominal cost: 900 to 1100.
    [[nodiscard]] std::int64_t noise_permille(Attempt attempt) const;

    // The scheduler (grid_scheduler.cpp).
    void turn();
    void obey(scheduler::Action& action);
    [[nodiscard]] bool turn_is_due() const;

    Options options_;
    Clock clock_;
    Fleet fleet_;
    TimeWheel<Step> wheel_;
    RandomStream faults_;
    std::vector<Host> hosts_;
    std::vector<std::uint32_t> ticking_;
    std::vector<worker::Action> spare_actions_;

    scheduler::SchedulerCore core_;
    std::vector<scheduler::Event> inbox_;
    std::vector<scheduler::Action> actions_;
    std::vector<Delivery> sent_;
    std::vector<Delivery> arriving_;
    std::int64_t turn_every_{1};

    std::map<JobId, IntervalLedger> ledgers_;
    std::uint32_t jobs_ended_{0};
    std::uint32_t jobs_completed_{0};
    Instant last_end_;
    Outcome counts_;
    /// Everything computed, committed or not: whole blocks, and what became of those that a machine
    /// was in the middle of when it went.
    std::uint64_t blocks_computed_{0};
    double blocks_begun_{0};
};

}  // namespace vargrid::simulate
