// What is learned of the speed of machines, and what it is used for.
#include "scheduler/core/speeds.hpp"

#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

const MachineKind kSmall{"avx2", "old", 4, 16};

TEST(Speeds, OfAMachineNobodyKnowsIsOneAndIsReplacedByItsFirstTask) {
    Speeds speeds{10};
    MeasuredSpeed worker = speeds.guess(kSmall);
    EXPECT_EQ(worker, (MeasuredSpeed{kSpeedOne, false, false}));
    speeds.learn(kSmall, worker, 10ms, 20ms);
    EXPECT_EQ(worker, (MeasuredSpeed{kSpeedOne / 2, true, false}));
    speeds.learn(kSmall, worker, 10ms, 10ms);
    EXPECT_EQ(worker.speed, kSpeedOne / 2 + kSpeedOne / 16) << "and then by an eighth";
}

TEST(Speeds, AreTheFirstGuessForMachinesOfTheSameKind) {
    Speeds speeds{10};
    MeasuredSpeed worker;
    speeds.learn(kSmall, worker, 10ms, 5ms);
    EXPECT_EQ(speeds.guess(kSmall), (MeasuredSpeed{2 * kSpeedOne, false, true}));
    MachineKind other = kSmall;
    other.cpu_model = "new";
    EXPECT_EQ(speeds.guess(other).guessed, false);
}

TEST(Speeds, StayWithinTheirLimits) {
    Speeds speeds{10};
    MeasuredSpeed slow;
    speeds.learn(kSmall, slow, 1ns, 24h);
    EXPECT_EQ(slow.speed, kSpeedMin);
    MeasuredSpeed fast;
    speeds.learn(kSmall, fast, 24h, 0ns);
    EXPECT_EQ(fast.speed, kSpeedMax);
    EXPECT_EQ(cost_at(24h, kSpeedMin), 24h);
    EXPECT_EQ(cost_at(1ns, kSpeedMax), 1ns);
    EXPECT_EQ(reference_cost(10ms, kSpeedOne * 2), 20ms);
}

TEST(Speeds, OfMoreKindsThanTheLimitAreNotRemembered) {
    Speeds speeds{2};
    for (std::uint32_t threads = 1; threads < 10; ++threads) {
        MeasuredSpeed worker;
        speeds.learn({"avx2", "", threads, 1}, worker, 10ms, 10ms);
    }
    EXPECT_EQ(speeds.kinds(), 2U);
}

WorkerHello machine(Incarnation worker, std::string cpu_model) {
    return {.incarnation = worker,
            .name = "w" + std::to_string(worker.value()),
            .threads = 1,
            .memory_bytes = 1ULL << 30U,
            .isa = "avx2",
            .cpu_model = std::move(cpu_model)};
}

CoreConfig plenty() {
    CoreConfig config;
    config.leases_per_worker_max = 1;
    return config;
}

TEST(Speeds, AreCarriedToTheNextJobAndToNewWorkersOfTheKind) {
    CoreHarness grid{plenty()};
    grid.joins(machine(kW1, "fast")).joins(machine(kW2, "slow"));
    const JobId first = grid.submit(a_job().blocks(100'000).block_cost(10ms));
    grid.tick();
    const auto fast = grid.granted(kW1);
    const auto slow = grid.granted(kW2);
    grid.a_block_takes(10ms).commits(fast).expect_accepted(fast);
    grid.a_block_takes(40ms).commits(slow).expect_accepted(slow);
    grid.send(CancelJob{kClient, RequestId{9}, first}).take<JobChanged>();
    grid.take<AnswerCancel>();

    // Nobody has measured the new job, and the third worker has never done anything.
    grid.submit(a_job().blocks(100'000).block_cost(20ms));
    grid.joins(machine(kW3, "slow")).tick();
    EXPECT_EQ(grid.granted(kW1).range.size(), 100U);
    EXPECT_EQ(grid.granted(kW2).range.size(), 25U);
    EXPECT_EQ(grid.granted(kW3).range.size(), 25U);
}

TEST(Speeds, DecideWhatAWorkersFairPartOfTheRestIs) {
    CoreConfig config = plenty();
    config.tail_divisor = 1;
    CoreHarness grid{config};
    grid.joins(machine(kW1, "fast")).joins(machine(kW2, "slow"));
    grid.submit(a_job().blocks(400).block_cost(10ms));
    grid.tick();
    const auto fast = grid.granted(kW1);
    const auto slow = grid.granted(kW2);
    EXPECT_EQ(fast.range.size(), 200U);
    EXPECT_EQ(slow.range.size(), 100U) << "half of the rest: nothing is known of either";
    grid.a_block_takes(10ms).commits(fast).expect_accepted(fast);
    grid.a_block_takes(40ms).commits(slow).expect_accepted(slow);
    grid.tick();
    EXPECT_EQ(grid.granted(kW1).range.size(), 80U) << "four fifths of the rest";
    EXPECT_EQ(grid.granted(kW2).range.size(), 4U) << "a fifth of the rest of the rest";
}

TEST(Speeds, StayWithAWorkerThatSaysHelloAgain) {
    CoreHarness grid{plenty()};
    grid.joins(machine(kW1, "fast")).joins(machine(kW2, "slow"));
    grid.submit(a_job().blocks(100'000).block_cost(10ms));
    grid.tick();
    const auto fast = grid.granted(kW1);
    const auto slow = grid.granted(kW2);
    grid.a_block_takes(10ms).commits(fast).expect_accepted(fast);
    grid.a_block_takes(40ms).commits(slow).expect_accepted(slow);
    grid.joins(machine(kW2, "slow"));
    EXPECT_EQ(grid.core().worker_summaries()[0].speed, kSpeedOne);
    EXPECT_EQ(grid.core().worker_summaries()[1].speed, kSpeedOne / 4);
}

}  // namespace
}  // namespace vargrid::scheduler::testing
