// What core time was spent on: every kind is booked where it belongs, and all kinds together are
// the time the workers were connected.
#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

CoreSum spent(const GridStatus& grid, Spent kind) {
    return grid.spent[static_cast<std::size_t>(kind)];
}

void expect_adds_up(const GridStatus& grid) {
    CoreSum sum = grid.under_way;
    for (const CoreSum kind : grid.spent) {
        EXPECT_GE(kind.count(), 0);
        sum += kind;
    }
    EXPECT_EQ(sum, grid.connected);
}

TEST(GridLedger, OfAnIdleGridIsAllIdle) {
    CoreHarness grid;
    grid.joins(kW1, "w1", 4).at(3s).joins(kW2, "w2", 2).heartbeat(kW1).at(5s).tick();
    const GridStatus status = grid.core().grid_status();
    EXPECT_EQ(status.connected, 24s);
    EXPECT_EQ(spent(status, Spent::idle), 24s);
    EXPECT_EQ(status.threads, 6U);
    EXPECT_EQ(status.threads_idle, 6U);
    EXPECT_EQ(status.workers_joined, 2U);
    expect_adds_up(status);
}

TEST(GridLedger, CountsAWorkerFromTheStartOfItsProcess) {
    CoreHarness grid;
    grid.send(WorkerHello{.incarnation = kW1,
                          .name = "w1",
                          .threads = 4,
                          .memory_bytes = 1U << 30U,
                          .isa = "avx2",
                          .started_ago = 2s});
    grid.take<SendWelcome>();
    // It says Hello again, as after a lost answer: that is no second start.
    grid.at(1s).send(WorkerHello{.incarnation = kW1,
                                 .name = "w1",
                                 .threads = 4,
                                 .memory_bytes = 1U << 30U,
                                 .isa = "avx2",
                                 .started_ago = 3s});
    grid.take<SendWelcome>();
    const GridStatus status = grid.core().grid_status();
    EXPECT_EQ(spent(status, Spent::start_up), 8s);
    EXPECT_EQ(status.connected, 12s);
    expect_adds_up(status);
}

TEST(GridLedger, BooksEveryKindWhereItBelongs) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.at(1s);
    grid.send(BlocksCommitted{.incarnation = kW1,
                              .epoch = grid.epoch(),
                              .job = job,
                              .attempt = lease.attempt,
                              .ranges = {{{0, 4}, {}}},
                              .shard = "shard",
                              .core_time = 700ms,
                              .start_up = 200ms});
    grid.expect_accepted(lease);
    grid.at(2s).fails(lease, 4);
    grid.at(3s).returns(lease, {{5, 10}}, ReturnReason::drain);
    EXPECT_EQ(grid.ledger(job)[Spent::useful], 700ms);
    EXPECT_EQ(grid.ledger(job)[Spent::start_up], 200ms);
    EXPECT_EQ(grid.ledger(job)[Spent::lost_to_faults], 10ms);
    EXPECT_EQ(grid.ledger(job)[Spent::lost_to_reclaim], 50ms);
    const GridStatus status = grid.core().grid_status();
    EXPECT_EQ(status.connected, 3s);
    EXPECT_EQ(spent(status, Spent::idle), 3s - 960ms);
    expect_adds_up(status);
}

TEST(GridLedger, BooksWhatARevokedLeaseWasDoingAsAFault) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1", 2);
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.at(1s).heartbeat(kW1, {{lease.attempt, 0, true}});
    grid.at(3s).send(CancelJob{kClient, RequestId{99}, job});
    grid.expect_revoked(lease, RevokeReason::job_ended)
        .expect(JobChanged{job, JobState::cancelled})
        .expect(AnswerCancel{kClient, RequestId{99}, job, CancelOutcome::cancelled});
    EXPECT_EQ(grid.ledger(job)[Spent::lost_to_faults], 6s);
    expect_adds_up(grid.core().grid_status());
}

TEST(GridLedger, DoesNotCountASilentWorkerLongerThanItWasHeard) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1", 2);
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.at(1s).heartbeat(kW1, {{lease.attempt, 1, true}});
    grid.at(6s).tick();
    EXPECT_EQ(grid.notices(NoticeKind::worker_lost), 1);
    EXPECT_EQ(grid.ledger(job)[Spent::lost_to_reclaim], 2s);
    const GridStatus status = grid.core().grid_status();
    EXPECT_EQ(status.connected, 2s);
    EXPECT_EQ(spent(status, Spent::idle), 0s);
    expect_adds_up(status);
}

// A restarted scheduler hears of work that was done while it was away.
TEST(GridLedger, CountsWhatWasComputedOutOfTouchWhenItIsToldOf) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1");
    const JobId job = grid.submit(a_job().blocks(10));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.at(4s).restart();
    grid.hello(kW1, "w1", 1, {{job, lease.attempt, {lease.range}}}).take<SendWelcome>();
    grid.at(5s).a_block_takes(500ms).commits(lease, {{0, 6}}).expect_accepted(lease);
    const GridStatus status = grid.core().grid_status();
    EXPECT_EQ(spent(status, Spent::useful), 3s);
    EXPECT_EQ(status.connected, 3s);
    EXPECT_EQ(spent(status, Spent::idle), 0s);
    expect_adds_up(status);
}

TEST(GridLedger, GivesIdleTimeToTheOnlyJobAndToNobodyOtherwise) {
    CoreHarness grid{one_lease()};
    grid.joins(kW1, "w1").at(4s).heartbeat(kW1).at(8s).heartbeat(kW1).at(10s);
    const JobId first = grid.submit(a_job().blocks(2));
    grid.tick();
    const auto lease = grid.granted(kW1);
    grid.at(13s).commits(lease).expect_accepted(lease);
    grid.expect(JobChanged{first, JobState::finalising});
    EXPECT_EQ(grid.core().ledger_now(first)[Spent::idle], 3s - 200ms);
    const JobId second = grid.submit(a_job().blocks(1));
    EXPECT_EQ(grid.ledger(first)[Spent::idle], 3s - 200ms);
    grid.at(20s).tick();
    EXPECT_EQ(grid.core().ledger_now(first)[Spent::idle], 3s - 200ms);
    EXPECT_EQ(grid.core().ledger_now(second)[Spent::idle], 0s);
}

TEST(GridLedger, AddsUpByOwnerAlsoWhenJobsAreForgotten) {
    CoreConfig config = one_lease();
    config.ended_jobs_max = 1;
    CoreHarness grid{config};
    grid.joins(kW1, "w1");
    for (int round = 0; round < 3; ++round) {
        const JobId job = grid.submit(a_job().blocks(1));
        grid.tick();
        const auto block = grid.granted(kW1);
        grid.commits(block).expect_accepted(block).take<JobChanged>();
        grid.tick();
        const auto last = grid.granted(kW1);
        grid.commits(last).expect_accepted(last).expect(JobChanged{job, JobState::completed});
    }
    EXPECT_EQ(grid.core().job_summaries().size(), 1U);
    EXPECT_EQ(grid.core().owner_ledgers().at("desk")[Spent::useful], 600ms);
    EXPECT_EQ(grid.core().owner_ledgers().at("desk").commits, 6U);
}

TEST(GridLedger, HoldsANightOfAMillionCores) {
    GridLedger ledger;
    for (int worker = 0; worker < 1'000; ++worker) {
        ledger.worker_comes(1'300);
    }
    ledger.advance(Instant{} + 96h);
    EXPECT_EQ(ledger.connected(), CoreSum{96h} * 1'300'000);
    EXPECT_EQ(ledger.rest(), ledger.connected());
}

}  // namespace
}  // namespace vargrid::scheduler::testing
