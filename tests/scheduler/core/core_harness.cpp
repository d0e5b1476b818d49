#include "tests/scheduler/core/core_harness.hpp"

#include <algorithm>

namespace vargrid::scheduler::testing {

void CoreHarness::apply(const Event& event) {
    SCOPED_TRACE(describe(event));
    std::vector<Action> actions;
    core_->apply(event, actions);
    for (Action& action : actions) {
        if (journal_.write(action)) {
            continue;
        }
        if (const auto* notice = std::get_if<Notice>(&action)) {
            notices_.push_back(*notice);
        } else {
            actions_.push_back(std::move(action));
        }
    }
    core_->check_invariants();
    compare_with_journal();
}

/// What is durable is everything that counts: a core restored from the journal right now shows the
/// same jobs. Speeds are measured anew, and the ledger is journaled by Tick.
void CoreHarness::compare_with_journal() const {
    SchedulerCore other{config_};
    std::vector<Action> ignored;
    other.apply(Event{now_, journal_.restored(Epoch{epoch_.value() + 1})}, ignored);
    other.check_invariants();
    const auto comparable = [](std::vector<JobSummary> jobs) {
        for (JobSummary& job : jobs) {
            job.ledger = {};
            job.redundancy = {};
            job.block_cost = {};
            job.trouble = {};
            job.blocks_under_way = 0;
        }
        return jobs;
    };
    EXPECT_EQ(comparable(other.job_summaries()), comparable(core_->job_summaries()));
    for (const JobSummary& job : core_->job_summaries()) {
        EXPECT_EQ(other.set_aside_blocks(job.job), core_->set_aside_blocks(job.job));
    }
}

CoreHarness& CoreHarness::joins(Incarnation worker, std::string name, std::uint32_t threads) {
    return hello(worker, std::move(name), threads, {})
        .expect(SendWelcome{worker, epoch_, terms().interval, terms().silence_max});
}

CoreHarness& CoreHarness::joins_on(Incarnation worker,
                                   std::string name,
                                   std::string host,
                                   std::uint32_t threads) {
    return send(WorkerHello{.incarnation = worker,
                            .name = std::move(name),
                            .host = std::move(host),
                            .threads = threads,
                            .memory_bytes = 1ULL << 30U,
                            .isa = "avx2",
                            .draining = false,
                            .held = {}})
        .expect(
            SendWelcome{worker, epoch_, config_.heartbeat_interval, config_.worker_silence_max});
}

CoreHarness& CoreHarness::joins(WorkerHello hello) {
    const Incarnation worker = hello.incarnation;
    return send(std::move(hello))
        .expect(
            SendWelcome{worker, epoch_, config_.heartbeat_interval, config_.worker_silence_max});
}

CoreHarness& CoreHarness::hello(Incarnation worker,
                                std::string name,
                                std::uint32_t threads,
                                std::vector<HeldLease> held) {
    return send(WorkerHello{.incarnation = worker,
                            .name = std::move(name),
                            .threads = threads,
                            .memory_bytes = 1ULL << 30U,
                            .isa = "avx2",
                            .draining = false,
                            .held = std::move(held)});
}

JobId CoreHarness::submit(const JobBuilder& job) {
    send(SubmitJob{kClient, RequestId{next_request_++}, job.spec()});
    const auto accepted = take<AcceptJob>();
    expect(JobChanged{accepted.job, JobState::running});
    return accepted.job;
}

CoreHarness& CoreHarness::heartbeat(Incarnation worker, std::vector<LeaseProgress> held) {
    send(WorkerHeartbeat{worker, epoch_, false, std::move(held)});
    return expect(AnswerHeartbeat{worker, terms().interval, terms().silence_max});
}

CoreHarness& CoreHarness::commits(const GrantLease& lease,
                                  std::vector<BlockRange> ranges,
                                  std::uint32_t part) {
    BlocksCommitted commit{.incarnation = lease.incarnation,
                           .epoch = epoch_,
                           .job = lease.job,
                           .attempt = lease.attempt,
                           .part = part,
                           .ranges = {},
                           .shard = "shard",
                           .core_time = {}};
    for (const BlockRange range : ranges) {
        commit.ranges.push_back(RangeDigest{range, {}});
        commit.core_time += block_time_ * static_cast<std::int64_t>(range.size());
    }
    return send(std::move(commit));
}

CoreHarness& CoreHarness::commits_bits(const GrantLease& lease,
                                       std::uint64_t block,
                                       std::uint64_t bits,
                                       std::uint32_t part) {
    return send(BlocksCommitted{
        .incarnation = lease.incarnation,
        .epoch = epoch_,
        .job = lease.job,
        .attempt = lease.attempt,
        .part = part,
        .ranges = {{single_block(block), BlockDigest{.high = bits, .low = block}}},
        .shard = lease.kind == LeaseKind::audit ? std::string{} : std::string{"shard"},
        .core_time = block_time_});
}

CoreHarness& CoreHarness::returns(const GrantLease& lease,
                                  std::vector<BlockRange> ranges,
                                  ReturnReason reason) {
    return send(BlocksReturned{.incarnation = lease.incarnation,
                               .epoch = epoch_,
                               .job = lease.job,
                               .attempt = lease.attempt,
                               .ranges = std::move(ranges),
                               .reason = reason,
                               .message = {},
                               .core_time = std::chrono::milliseconds{50}});
}

CoreHarness& CoreHarness::fails(const GrantLease& lease, std::uint64_t block, FaultCause cause) {
    return send(BlockFailed{.incarnation = lease.incarnation,
                            .epoch = epoch_,
                            .job = lease.job,
                            .attempt = lease.attempt,
                            .block = block,
                            .cause = cause,
                            .message = "no such curve",
                            .core_time = std::chrono::milliseconds{10}});
}

CoreHarness& CoreHarness::restart() {
    expect_nothing();
    epoch_ = Epoch{epoch_.value() + 1};
    core_ = std::make_unique<SchedulerCore>(config_);
    return send(journal_.restored(epoch_));
}

CoreHarness& CoreHarness::expect(const Action& wanted) {
    if (actions_.empty()) {
        ADD_FAILURE() << "nothing was done; expected " << describe(wanted);
        return *this;
    }
    EXPECT_EQ(actions_.front(), wanted);
    actions_.pop_front();
    return *this;
}

CoreHarness& CoreHarness::expect_nothing() {
    for (const Action& action : actions_) {
        ADD_FAILURE() << "left over: " << describe(action);
    }
    actions_.clear();
    return *this;
}

GrantLease CoreHarness::granted(Incarnation worker) {
    const auto grant = take<GrantLease>();
    EXPECT_EQ(grant.incarnation, worker);
    return grant;
}

int CoreHarness::notices(NoticeKind kind) const {
    return static_cast<int>(
        std::count_if(notices_.begin(), notices_.end(), [&](const Notice& notice) {
            return notice.kind == kind;
        }));
}

const Ledger& CoreHarness::ledger(JobId job) {
    ledger_ = summary(job).ledger;
    return ledger_;
}

}  // namespace vargrid::scheduler::testing
