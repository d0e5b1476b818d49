// A worker is only given what it can run, and a job that nobody can run says so.
#include "scheduler/core/requirements.hpp"

#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

constexpr std::uint64_t kGibibyte = 1ULL << 30U;

WorkerHello machine(Incarnation worker, std::string isa, std::uint64_t memory_bytes) {
    return {.incarnation = worker,
            .name = "w" + std::to_string(worker.value()),
            .threads = 4,
            .memory_bytes = memory_bytes,
            .isa = std::move(isa)};
}

TEST(Requirements, AreSaidInWords) {
    EXPECT_EQ(words_of({}), "");
    EXPECT_EQ(words_of({2, 0}), "avx512");
    EXPECT_EQ(words_of({1, 4 * kGibibyte}), "avx2 and 4 GiB a thread");
    EXPECT_EQ(words_of({0, 1'536ULL << 20U}), "1536 MiB a thread");
    EXPECT_EQ(words_of({0, 1'000}), "1000 bytes a thread");
}

TEST(Requirements, AnUnknownInstructionSetIsGoodForNothingInParticular) {
    EXPECT_EQ(ability_of("neon", 8 * kGibibyte, 4), (Ability{0, 2 * kGibibyte}));
    EXPECT_TRUE(meets(ability_of("neon", 0, 1), {}));
    EXPECT_FALSE(meets(ability_of("neon", 0, 1), {1, 0}));
}

TEST(Requirements, OfAvx2AreMetByAvx512AndNotTheOtherWayRound) {
    EXPECT_TRUE(meets({2, 0}, {1, 0}));
    EXPECT_FALSE(meets({1, 0}, {2, 0}));
    EXPECT_FALSE(meets({2, 3}, {1, 4}));
}

TEST(Requirements, AreMetByAMachineThatHasBothAtOnce) {
    Abilities abilities;
    abilities.add({2, 1}, 10);
    abilities.add({1, 8}, 20);
    EXPECT_TRUE(abilities.any_meets({2, 1}));
    EXPECT_TRUE(abilities.any_meets({1, 8}));
    EXPECT_FALSE(abilities.any_meets({2, 8}));
    EXPECT_EQ(abilities.capacity(0), 30U);
    EXPECT_EQ(abilities.capacity(2), 10U);
    abilities.remove({1, 8}, 20);
    EXPECT_FALSE(abilities.any_meets({1, 8}));
}

TEST(Requirements, AWorkerIsNeverGivenWhatItCannotRun) {
    CoreHarness grid{one_lease()};
    const JobId wide = grid.submit(a_job().needs("avx512"));
    const JobId large = grid.submit(a_job().needs("", 4 * kGibibyte));
    const JobId any = grid.submit(a_job());
    grid.joins(machine(kW1, "avx2", 8 * kGibibyte)).tick();
    EXPECT_EQ(grid.granted(kW1).job, any);
    grid.joins(machine(kW2, "avx2", 16 * kGibibyte)).tick();
    EXPECT_EQ(grid.granted(kW2).job, large);
    grid.joins(machine(kW3, "avx512", 8 * kGibibyte)).tick();
    EXPECT_EQ(grid.granted(kW3).job, wide);
}

TEST(Requirements, AJobThatNoWorkerCanRunSaysWhatItWants) {
    CoreHarness grid{one_lease()};
    const JobId job = grid.submit(a_job().blocks(2).needs("avx512", 4 * kGibibyte));
    grid.joins(machine(kW1, "avx512", 8 * kGibibyte))
        .joins(machine(kW2, "avx2", 64 * kGibibyte))
        .tick()
        .expect_nothing();
    EXPECT_EQ(grid.summary(job).trouble, "no worker has avx512 and 4 GiB a thread");
    grid.joins(machine(kW3, "avx512", 16 * kGibibyte));
    EXPECT_EQ(grid.summary(job).trouble, "");
    grid.tick();
    EXPECT_EQ(grid.granted(kW3).job, job);
}

TEST(Requirements, ThatDoNotExistAreRefusedAtOnce) {
    CoreHarness grid;
    grid.send(SubmitJob{kClient, RequestId{1}, a_job().needs("avx1024").spec()})
        .expect(RejectJob{kClient, RequestId{1}, RejectReason::unknown_needs});
}

TEST(Requirements, AreRememberedOverARestart) {
    CoreHarness grid{one_lease()};
    grid.submit(a_job().blocks(2).needs("avx512"));
    grid.restart().joins(machine(kW1, "avx2", 0)).tick().expect_nothing();
    grid.joins(machine(kW2, "avx512", 0)).tick();
    grid.granted(kW2);
}

}  // namespace
}  // namespace vargrid::scheduler::testing
