// CoreHarness: drives a SchedulerCore by events alone. Every action must be consumed: journal
// records go into a MemoryJournal, notices are kept apart, everything else waits to be taken, in
// order; what is left at the end fails the test. After each event the invariants are checked and a
// second core, restored from the journal, must show the same jobs.
#pragma once

#include "scheduler/core/describe.hpp"
#include "scheduler/core/scheduler_core.hpp"
#include "tests/scheduler/core/memory_journal.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace vargrid::scheduler {

// GoogleTest finds these by name.
inline void PrintTo(const Action& action, std::ostream* out) {
    *out << describe(action);
}
inline void PrintTo(JobState state, std::ostream* out) {
    *out << name_of(state);
}
inline void PrintTo(const JobSummary& job, std::ostream* out) {
    *out << "job " << job.job.value() << " " << name_of(job.state) << " pending "
         << job.blocks_pending << " leased " << job.blocks_leased << " committed "
         << job.blocks_committed << " set aside " << job.blocks_set_aside;
}

}  // namespace vargrid::scheduler

namespace vargrid::scheduler::testing {

inline constexpr Incarnation kW1{0xa1};
inline constexpr Incarnation kW2{0xa2};
inline constexpr Incarnation kW3{0xa3};
inline constexpr ClientId kClient{0xc1};

class JobBuilder {
  public:
    JobBuilder& blocks(std::uint64_t count) { return set(spec_.blocks, count); }
    JobBuilder& block_cost(CoreTime cost) { return set(spec_.block_cost, cost); }
    JobBuilder& priority(std::int32_t priority) { return set(spec_.priority, priority); }
    JobBuilder& owner(std::string owner) { return set(spec_.owner, std::move(owner)); }
    JobBuilder& deadline(std::uint64_t unix_ms) { return set(spec_.deadline_unix_ms, unix_ms); }
    JobBuilder& needs(std::string isa, std::uint64_t memory_per_thread_bytes = 0) {
        set(spec_.needs_isa, std::move(isa));
        return set(spec_.memory_per_thread_bytes, memory_per_thread_bytes);
    }
    JobBuilder& payload(Digest payload) { return set(spec_.payload, payload); }
    JobBuilder& name(std::string name) { return set(spec_.name, std::move(name)); }
    JobBuilder& blocks_per_task_max(std::uint64_t count) {
        return set(spec_.blocks_per_task_max, count);
    }
    [[nodiscard]] const JobSpec& spec() const { return spec_; }

  private:
    template <class T>
    JobBuilder& set(T& field, T value) {
        field = std::move(value);
        return *this;
    }
    JobSpec spec_{.name = "var",
                  .owner = "desk",
                  .blocks = 10,
                  .block_cost = std::chrono::milliseconds{100},
                  .output_folder = "/out"};
};

inline JobBuilder a_job() {
    return {};
}

/// One lease a worker, and the whole of a job in it if only one worker is there.
inline CoreConfig one_lease() {
    CoreConfig config;
    config.leases_per_worker_max = 1;
    config.short_leases_per_worker_max = 1;
    config.tail_divisor = 1;
    return config;
}

/// Whether workers without work look twice at what others do. Most tests are about something else.
enum class Reviews : std::uint8_t { off, on };

class CoreHarness {
  public:
    /// Starts with an empty journal in epoch 1.
    explicit CoreHarness(CoreConfig config = {}, Reviews reviews = Reviews::off) : config_{config} {
        if (reviews == Reviews::off) {
            config_.review_interval = std::chrono::hours{10'000};
        }
        restart();
    }
    CoreHarness(const CoreHarness&) = delete;
    CoreHarness& operator=(const CoreHarness&) = delete;
    CoreHarness(CoreHarness&&) = delete;
    CoreHarness& operator=(CoreHarness&&) = delete;
    ~CoreHarness() { expect_nothing(); }

    // ---- Events.

    CoreHarness& at(Duration since_start) {
        now_ = Instant{since_start.count()};
        return *this;
    }
    CoreHarness& after(Duration passed) {
        now_ = now_ + passed;
        return *this;
    }
    template <class What>
    CoreHarness& send(What what);
    CoreHarness& tick() { return send(Tick{}); }
    /// A worker says Hello and is welcomed.
    CoreHarness& joins(Incarnation worker, std::string name, std::uint32_t threads = 1);
    /// The same on a host of its own name.
    CoreHarness& joins_on(Incarnation worker,
                          std::string name,
                          std::string host,
                          std::uint32_t threads = 1);
    /// The same for a worker whose machine matters.
    CoreHarness& joins(WorkerHello hello);
    CoreHarness& hello(Incarnation worker,
                       std::string name,
                       std::uint32_t threads,
                       std::vector<HeldLease> held);
    /// Submits and takes the answer.
    JobId submit(const JobBuilder& job);
    CoreHarness& heartbeat(Incarnation worker, std::vector<LeaseProgress> held = {});
    /// What commits say a block took; at first the nominal cost of a_job().
    CoreHarness& a_block_takes(CoreTime time) {
        block_time_ = time;
        return *this;
    }
    /// Offers a commit; its answer is left to the test.
    CoreHarness& commits(const GrantLease& lease,
                         std::vector<BlockRange> ranges,
                         std::uint32_t part = 0);
    CoreHarness& commits(const GrantLease& lease) { return commits(lease, {lease.range}); }
    /// Offers one block with bits of its own.
    CoreHarness& commits_bits(const GrantLease& lease,
                              std::uint64_t block,
                              std::uint64_t bits,
                              std::uint32_t part = 0);
    CoreHarness& returns(const GrantLease& lease,
                         std::vector<BlockRange> ranges,
                         ReturnReason reason = ReturnReason::drain);
    CoreHarness& fails(const GrantLease& lease,
                       std::uint64_t block,
                       FaultCause cause = FaultCause::task);
    /// What a worker is told now about heartbeats.
    [[nodiscard]] HeartbeatTerms terms() const {
        return heartbeat_terms(config_, core_->worker_count());
    }
    /// The scheduler dies and comes back from its journal in the next epoch.
    CoreHarness& restart();

    // ---- Actions.

    /// The next action must be of this kind.
    template <class Wanted>
    Wanted take();
    /// The next action must be exactly this.
    CoreHarness& expect(const Action& wanted);
    CoreHarness& expect_nothing();
    CoreHarness& expect_accepted(const GrantLease& lease, std::uint32_t part = 0) {
        return expect(AcceptCommit{lease.incarnation, lease.attempt, part});
    }
    CoreHarness& expect_refused(const GrantLease& lease, CommitRefusal reason) {
        return expect(RefuseCommit{lease.incarnation, lease.attempt, 0, reason});
    }
    CoreHarness& expect_revoked(const GrantLease& lease, RevokeReason reason) {
        return expect(RevokeLease{lease.incarnation, lease.attempt, reason});
    }
    /// The next grant, to this worker.
    GrantLease granted(Incarnation worker);
    /// How often a notice of this kind was given.
    [[nodiscard]] int notices(NoticeKind kind) const;

    // ---- Questions.

    [[nodiscard]] const SchedulerCore& core() const { return *core_; }
    [[nodiscard]] Epoch epoch() const { return epoch_; }
    [[nodiscard]] JobSummary summary(JobId job) const {
        return core_->job_summary(job).value_or(JobSummary{});
    }
    [[nodiscard]] JobState state(JobId job) const { return summary(job).state; }
    [[nodiscard]] const Ledger& ledger(JobId job);

  private:
    void apply(const Event& event);
    void compare_with_journal() const;

    CoreConfig config_;
    std::unique_ptr<SchedulerCore> core_;
    MemoryJournal journal_;
    Instant now_;
    Epoch epoch_;
    std::uint64_t next_request_{1};
    CoreTime block_time_{std::chrono::milliseconds{100}};
    std::deque<Action> actions_;
    std::vector<Notice> notices_;
    Ledger ledger_;
};

template <class What>
CoreHarness& CoreHarness::send(What what) {
    apply(Event{now_, std::move(what)});
    return *this;
}

template <class Wanted>
Wanted CoreHarness::take() {
    if (actions_.empty()) {
        ADD_FAILURE() << "no action is left";
        return {};
    }
    const Action action = actions_.front();
    actions_.pop_front();
    if (const auto* wanted = std::get_if<Wanted>(&action)) {
        return *wanted;
    }
    ADD_FAILURE() << "unexpected action: " << describe(action);
    return {};
}

}  // namespace vargrid::scheduler::testing
