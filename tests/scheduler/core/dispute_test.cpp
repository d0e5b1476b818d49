// Audits, hosts that disagree, and what becomes of a host that stands alone.
#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

constexpr Incarnation kW4{0xa4};

/// Every block is audited, one at a time.
CoreConfig audited() {
    CoreConfig config = one_lease();
    config.audit_per_million = 1'000'000;
    return config;
}

/// w1 has committed block 0 of 2 with these bits and goes on; w2 has its audit.
struct Audit {
    CoreHarness grid{audited(), Reviews::on};
    JobId job;
    GrantLease first;
    GrantLease audit;

    explicit Audit(std::uint64_t bits) {
        grid.joins(kW1, "w1");
        job = grid.submit(a_job().blocks(2).blocks_per_task_max(1));
        grid.tick();
        first = grid.granted(kW1);
        grid.commits_bits(first, 0, bits).expect_accepted(first).tick();
        first = grid.granted(kW1);
        grid.joins(kW2, "w2").after(300ms).heartbeat(kW1, {{first.attempt, 0, true}}).tick();
        audit = grid.granted(kW2);
        EXPECT_EQ(audit.kind, LeaseKind::audit);
        EXPECT_EQ(audit.range, single_block(0));
    }
};

TEST(Audit, ComparesASampledBlockOnAnotherHostAndKeepsNothing) {
    Audit set{7};
    EXPECT_EQ(set.grid.summary(set.job).redundancy.blocks_sampled, 1U);
    set.grid.commits_bits(set.audit, 0, 7).expect_refused(set.audit, CommitRefusal::superseded);
    EXPECT_EQ(set.grid.summary(set.job).redundancy.blocks_audited, 1U);
    EXPECT_EQ(set.grid.ledger(set.job)[Spent::audit], CoreSum{100ms});
    EXPECT_EQ(set.grid.summary(set.job).blocks_committed, 1U);
    set.grid.after(300ms).tick().expect_nothing();
}

TEST(Audit, IsNotWaitedFor) {
    Audit set{7};
    set.grid.commits_bits(set.first, 1, 8).expect_accepted(set.first);
    set.grid.expect(JobChanged{set.job, JobState::finalising}).tick();
    const auto last = set.grid.granted(kW1);
    set.grid.commits(last).expect_accepted(last);
    set.grid.expect_revoked(set.audit, RevokeReason::job_ended);
    set.grid.expect(JobChanged{set.job, JobState::completed});
}

TEST(Dispute, ADisagreementTakesTheCommitBackAndAThirdHostDecides) {
    Audit set{666};
    CoreHarness& grid = set.grid;
    grid.commits_bits(set.audit, 0, 7).expect_refused(set.audit, CommitRefusal::superseded);
    EXPECT_EQ(grid.notices(NoticeKind::hosts_disagree), 1);
    EXPECT_EQ(grid.summary(set.job).blocks_committed, 0U) << "neither is believed";
    EXPECT_NE(grid.summary(set.job).trouble.find("disagree"), std::string::npos);
    grid.tick().expect_nothing();
    grid.joins(kW3, "w3").tick();
    const auto arbiter = grid.granted(kW3);
    EXPECT_EQ(arbiter.kind, LeaseKind::arbiter);
    EXPECT_EQ(arbiter.range, single_block(0));
    // w1 stands alone: quarantined at once, and its lease taken.
    grid.commits_bits(arbiter, 0, 7).expect_accepted(arbiter);
    grid.expect_revoked(set.first, RevokeReason::quarantined);
    EXPECT_EQ(grid.notices(NoticeKind::host_lied), 1);
    EXPECT_EQ(grid.notices(NoticeKind::host_quarantined), 1);
    EXPECT_EQ(grid.summary(set.job).blocks_committed, 1U);
    grid.tick().granted(kW2);
}

TEST(Dispute, TakesBackEverythingTheLiarHandedInAndReopensAJobThatWasReady) {
    Audit set{666};
    CoreHarness& grid = set.grid;
    grid.commits_bits(set.first, 1, 667).expect_accepted(set.first);
    grid.expect(JobChanged{set.job, JobState::finalising}).tick();
    const auto last = grid.granted(kW1);
    grid.commits_bits(set.audit, 0, 7).expect_refused(set.audit, CommitRefusal::superseded);
    grid.expect_revoked(last, RevokeReason::expired);
    grid.expect(JobChanged{set.job, JobState::running});
    grid.joins(kW3, "w3").tick();
    const auto arbiter = grid.granted(kW3);
    grid.commits_bits(arbiter, 0, 7).expect_accepted(arbiter);
    EXPECT_EQ(grid.summary(set.job).blocks_committed, 1U) << "block 1 was the liar's too";
    grid.tick();
    const auto again = grid.granted(kW2);
    EXPECT_EQ(again.range, single_block(1));
    grid.commits_bits(again, 1, 8).expect_accepted(again);
    grid.expect(JobChanged{set.job, JobState::finalising}).tick();
    grid.granted(kW2);
    const auto audit = grid.after(300ms).tick().granted(kW3);
    EXPECT_EQ(audit.range, single_block(1)) << "the audit of what was computed anew";
}

TEST(Dispute, ThreeDifferentAnswersAreNoAnswer) {
    Audit set{1};
    CoreHarness& grid = set.grid;
    grid.commits_bits(set.audit, 0, 2).expect_refused(set.audit, CommitRefusal::superseded);
    grid.joins(kW3, "w3").tick();
    const auto arbiter = grid.granted(kW3);
    grid.commits_bits(arbiter, 0, 3).expect_refused(arbiter, CommitRefusal::superseded);
    EXPECT_EQ(grid.core().set_aside_blocks(set.job), std::vector<std::uint64_t>{0});
    EXPECT_EQ(grid.notices(NoticeKind::host_lied), 0) << "nobody knows who";
    const auto faults = grid.core().job_faults(set.job, 1);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_NE(faults[0].message.find("hosts disagree"), std::string::npos);
}

TEST(Dispute, WithoutAThirdHostTheBlockIsSetAsideWhenNothingElseIsLeft) {
    Audit set{1};
    CoreHarness& grid = set.grid;
    grid.commits_bits(set.audit, 0, 2).expect_refused(set.audit, CommitRefusal::superseded);
    grid.commits_bits(set.first, 1, 8).expect_accepted(set.first);
    for (int second = 0; second < 60; second += 4) {
        EXPECT_EQ(grid.summary(set.job).blocks_set_aside, 0U);
        grid.after(4s).heartbeat(kW1).heartbeat(kW2).send(Tick{});
        while (grid.summary(set.job).redundancy.blocks_audited == 1) {
            // The other block is audited meanwhile.
            const auto audit = grid.granted(kW2);
            grid.commits_bits(audit, 1, 8).expect_refused(audit, CommitRefusal::superseded);
        }
    }
    grid.expect(JobChanged{set.job, JobState::finalising});
    EXPECT_EQ(grid.summary(set.job).blocks_set_aside, 1U);
    grid.after(1s).heartbeat(kW1).heartbeat(kW2).tick();
    const auto last = grid.take<GrantLease>();
    grid.commits(last).expect_accepted(last).expect(JobChanged{set.job, JobState::incomplete});
}

TEST(Dispute, SurvivesARestart) {
    Audit set{666};
    CoreHarness& grid = set.grid;
    grid.commits_bits(set.audit, 0, 7).expect_refused(set.audit, CommitRefusal::superseded);
    grid.restart();
    grid.hello(kW1, "w1", 1, {{set.job, set.first.attempt, {single_block(1)}}}).take<SendWelcome>();
    grid.hello(kW2, "w2", 1, {}).take<SendWelcome>();
    grid.tick().expect_nothing();
    grid.joins(kW4, "w4").tick();
    const auto arbiter = grid.granted(kW4);
    EXPECT_EQ(arbiter.kind, LeaseKind::arbiter);
    grid.commits_bits(arbiter, 0, 7).expect_accepted(arbiter);
    grid.expect_revoked(set.first, RevokeReason::quarantined);
    grid.tick().granted(kW2);
}

}  // namespace
}  // namespace vargrid::scheduler::testing
