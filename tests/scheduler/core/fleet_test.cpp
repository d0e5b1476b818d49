// A fleet of 34 kinds of machine, as a night of preemptible instances gives it: twice as fast and
// half as fast as one, 2 to 96 threads. Nothing of it is declared; the core has to find out. The
// driver is outside: it knows the true speeds, runs each lease for as long as its blocks take, and
// counts the time until the last block is committed.
#include "base/random.hpp"
#include "scheduler/core/scheduler_core.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <deque>
#include <map>
#include <queue>
#include <string>
#include <vector>

namespace vargrid::scheduler {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kKinds = 34;
constexpr std::uint32_t kWorkersOfAKind = 10;
constexpr std::array<std::uint32_t, 8> kThreads{2, 4, 8, 16, 32, 48, 64, 96};
/// On a machine of speed one.
constexpr Duration kBlockCost = 100ms;

struct Machine {
    std::uint32_t kind{0};
    std::uint32_t threads{0};
    std::int64_t speed_millionths{0};
    std::deque<GrantLease> leases{};
};

class Fleet {
  public:
    explicit Fleet(std::uint64_t seed) : random_{seed, 0}, core_{CoreConfig{}} {
        apply(Restored{Epoch{1}, JobId{1}, {}});
        for (std::uint32_t i = 0; i < kKinds * kWorkersOfAKind; ++i) {
            const std::uint32_t kind = i % kKinds;
            Machine machine{
                .kind = kind,
                .threads = kThreads[kind * 5 % kThreads.size()],
                .speed_millionths = 500'000 + std::int64_t{kind} * 1'500'000 / (kKinds - 1)};
            capacity_millionths_ += machine.threads * machine.speed_millionths;
            const Incarnation worker{i + 1};
            machines_.emplace(worker, machine);
            apply(WorkerHello{.incarnation = worker,
                              .name = "w" + std::to_string(i),
                              .threads = machine.threads,
                              .memory_bytes = 1ULL << 36U,
                              .isa = "avx2",
                              .cpu_model = "kind" + std::to_string(kind)});
            plan(now_ + kHeartbeat, worker, false);
        }
    }

    /// Makespan of a job that would take `ideal` if every core were busy to the end, over `ideal`.
    double makespan_over(Duration ideal, CoreTime nominal_cost) {
        const auto blocks =
            static_cast<std::uint64_t>(capacity_millionths_ / 1'000'000 * (ideal / kBlockCost));
        const Duration exact{static_cast<std::int64_t>(blocks) * kBlockCost.count() /
                             (capacity_millionths_ / 1'000) * 1'000};
        const Instant begin = now_;
        apply(SubmitJob{ClientId{1},
                        RequestId{++requests_},
                        JobSpec{.name = "night", .blocks = blocks, .block_cost = nominal_cost}});
        apply(Tick{});
        while (!settled_ && !events_.empty()) {
            step();
        }
        settled_ = false;
        return static_cast<double>((now_ - begin).count()) / static_cast<double>(exact.count());
    }
    [[nodiscard]] const SchedulerCore& core() const { return core_; }

  private:
    static constexpr Duration kHeartbeat = 4s;

    struct Planned {
        Instant at;
        std::uint64_t number;
        Incarnation worker;
        bool task_ends;

        friend bool operator<(const Planned& a, const Planned& b) {
            return std::pair{b.at, b.number} < std::pair{a.at, a.number};  // The earliest on top.
        }
    };

    void plan(Instant at, Incarnation worker, bool task_ends) {
        events_.push({at, ++planned_, worker, task_ends});
    }

    template <class What>
    void apply(What what) {
        std::vector<Action> actions;
        core_.apply(Event{now_, std::move(what)}, actions);
        for (const Action& action : actions) {
            if (const auto* grant = std::get_if<GrantLease>(&action)) {
                Machine& machine = machines_.at(grant->incarnation);
                machine.leases.push_back(*grant);
                if (machine.leases.size() == 1) {
                    begin_task(machine, grant->incarnation);
                }
            } else if (const auto* changed = std::get_if<JobChanged>(&action)) {
                settled_ = settled_ || changed->state == JobState::finalising;
            }
        }
    }

    /// Whole rounds of one block a thread, and a little luck.
    void begin_task(Machine& machine, Incarnation worker) {
        const std::uint64_t blocks = machine.leases.front().range.size();
        const std::uint64_t rounds = (blocks + machine.threads - 1) / machine.threads;
        const std::int64_t block = kBlockCost.count() * 1'000'000 / machine.speed_millionths;
        const Duration took{static_cast<std::int64_t>(rounds) * block / 100 *
                            random_.between(95, 105)};
        plan(now_ + took, worker, true);
    }

    void step() {
        const Planned next = events_.top();
        events_.pop();
        now_ = next.at;
        Machine& machine = machines_.at(next.worker);
        if (!next.task_ends) {
            WorkerHeartbeat heartbeat{next.worker, Epoch{1}, false, {}};
            for (const GrantLease& lease : machine.leases) {
                heartbeat.held.push_back({lease.attempt, 0, false});
            }
            apply(std::move(heartbeat));
            plan(now_ + kHeartbeat, next.worker, false);
            return;
        }
        const GrantLease done = machine.leases.front();
        machine.leases.pop_front();
        if (!machine.leases.empty()) {
            begin_task(machine, next.worker);
        }
        const Duration took = kBlockCost * static_cast<std::int64_t>(done.range.size());
        apply(BlocksCommitted{next.worker,
                              Epoch{1},
                              done.job,
                              done.attempt,
                              0,
                              {{done.range, {}}},
                              "shard",
                              took * 1'000 / (machine.speed_millionths / 1'000)});
        apply(Tick{});
    }

    RandomStream random_;
    Instant now_;
    SchedulerCore core_;
    std::map<Incarnation, Machine> machines_;
    std::int64_t capacity_millionths_{0};
    std::priority_queue<Planned> events_;
    std::uint64_t planned_{0};
    std::uint64_t requests_{0};
    bool settled_{false};
};

TEST(Fleet, OfThirtyFourKindsOfMachineFinishesWithinThreePercentOfTheIdeal) {
    Fleet fleet{1};
    const double nominal_right = fleet.makespan_over(2'000s, kBlockCost);
    std::printf("34 kinds, 340 workers, 2000 s of work for each core: makespan / ideal %.4f\n",
                nominal_right);
    EXPECT_LE(nominal_right, 1.03);
    EXPECT_GE(nominal_right, 1.0) << "nobody can be faster than the ideal";
}

TEST(Fleet, DoesSoWhenAJobIsWrongAboutTheCostOfItsBlocks) {
    for (const CoreTime nominal : {kBlockCost / 10, kBlockCost * 10}) {
        Fleet fleet{2};
        const double ratio = fleet.makespan_over(1'000s, nominal);
        std::printf("nominal cost of a block %lld ms: makespan / ideal %.4f\n",
                    static_cast<long long>(nominal / 1ms),
                    ratio);
        EXPECT_LE(ratio, 1.03);
        EXPECT_GE(ratio, 1.0);
    }
}

TEST(Fleet, KnowsItsSpeedsFromTheFirstJobOn) {
    Fleet fleet{3};
    fleet.makespan_over(200s, kBlockCost);
    const auto workers = fleet.core().worker_summaries();
    // Relative to each other: the slowest kind is a quarter as fast as the fastest.
    const double slowest = static_cast<double>(workers[0].speed);
    const double fastest = static_cast<double>(workers[kKinds - 1].speed);
    EXPECT_NEAR(fastest / slowest, 4.0, 0.2);
}

}  // namespace
}  // namespace vargrid::scheduler
