// SimWorker: one host. The shipped worker session with a pretended executor (blocks take virtual
// time on T threads) and a pretended shard writer, and everything a host can do wrong. It lives
// through many incarnations under one name.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/sim_network.hpp"
#include "tests/sim/timeline.hpp"
#include "worker/core/worker_session.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vargrid::sim {

/// What all hosts share.
struct SimWorld {
    Timeline& timeline;
    RandomStream& random;
    SimNetwork& network;
    Ledger& ledger;
    const FaultPlan& plan;
    /// Blocks that fail wherever they run, by job.
    std::map<JobId, std::set<std::uint64_t>>& poison;
    std::function<void(std::string)> trace;
};

class SimWorker {
  public:
    SimWorker(SimWorld& world, std::uint32_t index);

    /// A new process, unless one is alive.
    void start();
    /// SIGKILL. A new process starts after a while.
    void crash();
    /// SIGSTOP until then.
    void pause(Instant until);
    /// SIGTERM now and once more, SIGKILL when the grace is over.
    void drain(Duration grace);
    void slow_down(Instant until) { slow_until_ = until; }
    void go_bad(Instant until) { bad_until_ = until; }
    void fill_disk(Instant until) { disk_full_until_ = until; }
    void slow_store(Instant until) { store_slow_until_ = until; }
    void unsure_store(Instant until) { store_unsure_until_ = until; }
    void lie(Instant until) { lies_until_ = until; }
    void hang_next_block() { hang_next_ = true; }
    /// All faults are over; whoever is down comes back.
    void heal();

    void receive(Incarnation to, const worker::Event& message);

    [[nodiscard]] bool is_alive() const { return session_ != nullptr; }
    [[nodiscard]] Incarnation incarnation() const { return config_.incarnation; }
    /// Over all lives.
    [[nodiscard]] worker::Stats stats_total() const;
    [[nodiscard]] const worker::WorkerSession* session() const { return session_.get(); }
    [[nodiscard]] std::uint64_t blocks_computed() const { return blocks_computed_; }

  private:
    struct Running {
        worker::Lease lease;
        std::uint64_t next{0};
        std::uint32_t busy{0};
        std::uint32_t hung{0};
        bool stopping{false};
        bool dropped{false};
    };

    /// Plans a step of this life; it waits while the process is paused and is void after its end.
    void plan_after(Duration delay, std::function<void()> step);
    void run_in_life(std::uint64_t life, const std::function<void()>& step);
    /// One turn: the event, a Tick, the actions.
    void turn(std::optional<decltype(worker::Event::what)> what);
    void plan_wake();
    /// What its clock says now, and when that clock will say so.
    [[nodiscard]] Instant own_time() const;
    [[nodiscard]] Instant true_time(Instant own) const;
    void end_life(Duration restart_after);

    void carry_out(const worker::Action& action);
    void on(const worker::StartTask& start);
    void on(const worker::StopTask& stop);
    void on(const worker::DropTask& drop);
    void on(const worker::WriteShard& write);
    void on(const worker::DeleteShard& shard);
    void on(const worker::Exit& exit);
    void on(const worker::Reconnect& reconnect);

    void fill_threads();
    void begin_block(Running& task);
    void finish_block(Attempt attempt, std::uint64_t block, Duration took);
    void stop_if_idle(Attempt attempt);
    [[nodiscard]] BlockDigest digest_of(const worker::WriteShard& write, BlockRange range);
    [[nodiscard]] std::uint32_t busy_threads() const;
    [[nodiscard]] std::optional<std::pair<worker::FaultCause, std::string>> fault_of(
        JobId job, std::uint64_t block);

    SimWorld& world_;
    worker::WorkerConfig config_;
    std::unique_ptr<worker::WorkerSession> session_;
    std::uint64_t life_{0};
    std::uint64_t wake_{0};
    /// At most one of them has blocks left to begin, unless it is being stopped.
    std::map<Attempt, Running> running_;
    Instant paused_until_;
    Instant slow_until_;
    Instant bad_until_;
    Instant disk_full_until_;
    Instant store_slow_until_;
    Instant store_unsure_until_;
    /// Its clock against the true one, in thousandths.
    std::int64_t clock_permille_{1'000};
    Instant lies_until_;
    bool hang_next_{false};
    std::uint64_t blocks_computed_{0};
    /// Of the lives before this one.
    worker::Stats stats_;
};

}  // namespace vargrid::sim
