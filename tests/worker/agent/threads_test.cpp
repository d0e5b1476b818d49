// Executor and ShardWriter with a task of our own: who is told what, in which order.
#include "worker/agent/executor.hpp"
#include "worker/agent/shard_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

namespace vargrid::worker {
namespace {

using ::testing::HasSubstr;

struct FakeTask final : RunningTask {
    std::function<Result<void>(std::uint64_t, int)> on_compute{
        [](std::uint64_t, int) { return Result<void>{}; }};
    std::function<Result<Shard>(std::uint32_t, std::span<const BlockRange>)> on_write{
        [](std::uint32_t part, std::span<const BlockRange>) -> Result<Shard> {
            return Shard{.name = "part" + std::to_string(part), .ranges = {}};
        }};

    Result<void> compute(std::uint64_t block, int thread) override {
        return on_compute(block, thread);
    }
    Result<Shard> write(std::uint32_t part, std::span<const BlockRange> ranges) override {
        return on_write(part, ranges);
    }
    Result<std::vector<RangeDigest>> digests(std::span<const BlockRange> ranges) override {
        std::vector<RangeDigest> all;
        for (const BlockRange range : ranges) {
            all.push_back({range, BlockDigest{.high = range.first, .low = range.last}});
        }
        return all;
    }
};

struct FakeRunner final : TaskRunner {
    std::shared_ptr<FakeTask> task{std::make_shared<FakeTask>()};
    std::function<Result<void>()> on_prepare{[] { return Result<void>{}; }};
    std::vector<std::string> deleted;

    Result<std::shared_ptr<RunningTask>> prepare(const TaskDescription& /*task*/,
                                                 BlobSource& /*blobs*/,
                                                 int /*threads*/) override {
        VARGRID_TRY_VOID(on_prepare());
        return std::shared_ptr<RunningTask>{task};
    }
    void delete_shard(const std::string& folder, const std::string& name) override {
        deleted.push_back(folder + "/" + name);
    }
};

struct NoBlobs final : BlobSource {
    Result<Bytes> get(const Digest& /*digest*/) override {
        return Error{ErrorCode::not_found, "no blobs here"};
    }
    void call_off() override { called_off = true; }
    void resume() override { called_off = false; }
    std::atomic<bool> called_off{false};
};

class Threads : public ::testing::Test {
  protected:
    /// Everything that was reported up to and with the end of the task.
    std::vector<Notice> until_stopped() {
        std::vector<Notice> all;
        while (all.empty() || !std::holds_alternative<TaskStopped>(all.back())) {
            for (Notice& notice : events_.take()) {
                all.push_back(std::move(notice));
            }
            std::this_thread::yield();
        }
        return all;
    }

    static TaskDescription lease(std::uint64_t attempt, BlockRange range) {
        TaskDescription task;
        task.lease = {.job = JobId{1}, .attempt = Attempt{attempt}, .range = range};
        task.n_blocks = 1'000'000;
        return task;
    }

    template <class What>
    static std::vector<What> all_of(const std::vector<Notice>& notices) {
        std::vector<What> found;
        for (const Notice& notice : notices) {
            if (const auto* what = std::get_if<What>(&notice)) {
                found.push_back(*what);
            }
        }
        return found;
    }

    static std::uint64_t blocks_done(const std::vector<Notice>& notices) {
        std::uint64_t blocks = 0;
        for (const BlocksDone& done : all_of<BlocksDone>(notices)) {
            blocks += done.range.size();
        }
        return blocks;
    }

    protocol::Wakeup wakeup_{protocol::Wakeup::open().value()};
    EventQueue events_{wakeup_};
    FakeRunner runner_;
    NoBlobs blobs_;
};

TEST_F(Threads, EveryBlockIsComputedOnceAndReportedBeforeTheTaskStops) {
    for (const int threads : {1, 2, 5}) {
        std::set<int> numbers;
        std::mutex mutex;
        runner_.task->on_compute = [&](std::uint64_t, int thread) -> Result<void> {
            const std::lock_guard lock{mutex};
            numbers.insert(thread);
            return {};
        };
        Executor executor{runner_, blobs_, events_, threads};
        executor.start(lease(1, {10, 210}));
        const auto notices = until_stopped();
        EXPECT_TRUE(std::holds_alternative<TaskPrepared>(notices.front()));
        std::set<std::uint64_t> blocks;
        for (const BlocksDone& done : all_of<BlocksDone>(notices)) {
            EXPECT_EQ(done.attempt, Attempt{1});
            EXPECT_GE(done.core_time.count(), 0);
            for (std::uint64_t block = done.range.first; block < done.range.last; ++block) {
                EXPECT_TRUE(blocks.insert(block).second);
            }
        }
        EXPECT_EQ(blocks.size(), 200U);
        EXPECT_EQ(*blocks.begin(), 10U);
        EXPECT_TRUE(std::get<TaskStopped>(notices.back()).failure.empty());
        EXPECT_LT(*numbers.rbegin(), threads);
        EXPECT_EQ(executor.busy_threads(), 0);
    }
}

TEST_F(Threads, BlocksDoneSideBySideAreOneNoticeUntilSomebodyTakesIt) {
    const auto done = [&](std::uint64_t attempt, BlockRange range) {
        events_.post(BlocksDone{Attempt{attempt}, range, std::chrono::milliseconds{1}});
    };
    done(1, {4, 5});
    done(1, {5, 7});
    done(1, {3, 4});
    done(1, {9, 10});
    done(2, {10, 11});
    const auto notices = all_of<BlocksDone>(events_.take());
    ASSERT_EQ(notices.size(), 3U);
    EXPECT_EQ(notices[0], (BlocksDone{Attempt{1}, {3, 7}, std::chrono::milliseconds{3}}));
    EXPECT_EQ(notices[1].range, (BlockRange{9, 10}));
    EXPECT_EQ(notices[2].attempt, Attempt{2});
}

TEST_F(Threads, AFaultNamesItsBlockItsCauseAndSparesTheOthers) {
    runner_.task->on_compute = [](std::uint64_t block, int) -> Result<void> {
        if (block == 3) {
            return Error{ErrorCode::invalid_input, "negative volatility"};
        }
        if (block == 5) {
            return Error{ErrorCode::io, "no disk"};
        }
        if (block == 6) {
            throw std::bad_alloc{};
        }
        return {};
    };
    Executor executor{runner_, blobs_, events_, 1};
    executor.start(lease(1, {0, 8}));
    const auto notices = until_stopped();
    EXPECT_EQ(blocks_done(notices), 5U);
    const auto failed = all_of<BlockFailed>(notices);
    ASSERT_EQ(failed.size(), 3U);
    EXPECT_EQ(failed[0].block, 3U);
    EXPECT_EQ(failed[0].cause, FaultCause::task);
    EXPECT_EQ(failed[0].message, "negative volatility");
    EXPECT_EQ(failed[1].cause, FaultCause::host);
    EXPECT_EQ(failed[2].cause, FaultCause::host);
    EXPECT_EQ(failed[2].message, "out of memory");
}

TEST_F(Threads, InputThatIsWrongIsTheTasksFaultForEveryBlock) {
    runner_.on_prepare = []() -> Result<void> {
        return Error{ErrorCode::invalid_input, "not a run"};
    };
    Executor executor{runner_, blobs_, events_, 2};
    executor.start(lease(1, {4, 7}));
    const auto notices = until_stopped();
    const auto failed = all_of<BlockFailed>(notices);
    ASSERT_EQ(failed.size(), 3U);
    EXPECT_EQ(failed[0].cause, FaultCause::task);
    EXPECT_TRUE(std::get<TaskStopped>(notices.back()).failure.empty());
}

TEST_F(Threads, InputThatCannotBeHadHereIsTheHostsFault) {
    runner_.on_prepare = []() -> Result<void> { return Error{ErrorCode::io, "disk full"}; };
    Executor executor{runner_, blobs_, events_, 2};
    executor.start(lease(1, {4, 7}));
    const auto notices = until_stopped();
    EXPECT_TRUE(all_of<BlockFailed>(notices).empty());
    EXPECT_EQ(std::get<TaskStopped>(notices.back()).failure, "disk full");
}

TEST_F(Threads, AStoppedTaskBeginsNoFurtherBlockAndTheNextOneRuns) {
    std::atomic<int> computed{0};
    Executor* running = nullptr;
    runner_.task->on_compute = [&](std::uint64_t block, int) -> Result<void> {
        ++computed;
        if (block == 2) {
            running->stop(Attempt{1});
        }
        return {};
    };
    Executor executor{runner_, blobs_, events_, 1};
    running = &executor;
    executor.start(lease(1, {0, 1000}));
    const auto notices = until_stopped();
    EXPECT_EQ(blocks_done(notices), 3U);
    EXPECT_TRUE(std::get<TaskStopped>(notices.back()).failure.empty());
    EXPECT_TRUE(all_of<TaskEmptied>(notices).empty());

    executor.start(lease(2, {10, 20}));
    EXPECT_EQ(blocks_done(until_stopped()), 10U);
}

TEST_F(Threads, OnlyTheTaskWhoseInputIsAwaitedCallsTheWaitOff) {
    std::atomic<bool> preparing{false};
    std::atomic<bool> go_on{false};
    runner_.on_prepare = [&]() -> Result<void> {
        preparing = true;
        while (!go_on && !blobs_.called_off) {
            std::this_thread::yield();
        }
        return blobs_.called_off ? Result<void>{Error{ErrorCode::unreachable, "called off"}}
                                 : Result<void>{};
    };
    Executor executor{runner_, blobs_, events_, 1};
    executor.start(lease(2, {10, 20}));
    while (!preparing) {
        std::this_thread::yield();
    }
    executor.stop(Attempt{1});
    EXPECT_FALSE(blobs_.called_off);
    executor.stop(Attempt{2});
    EXPECT_TRUE(blobs_.called_off);
    const auto notices = until_stopped();
    EXPECT_EQ(notices.size(), 1U);
    EXPECT_TRUE(std::get<TaskStopped>(notices.back()).failure.empty());
}

TEST_F(Threads, TheNextTaskBeginsWhileTheLastBlockOfTheFirstIsComputed) {
    std::atomic<bool> second_done{false};
    runner_.task->on_compute = [&](std::uint64_t block, int) -> Result<void> {
        if (block == 3) {  // The last of the first task ends after the whole second one.
            while (!second_done) {
                std::this_thread::yield();
            }
        }
        return {};
    };
    Executor executor{runner_, blobs_, events_, 2};
    executor.start(lease(1, {0, 4}));
    executor.start(lease(2, {10, 20}));
    const auto second = until_stopped();
    EXPECT_EQ(std::get<TaskStopped>(second.back()).attempt, Attempt{2});
    const auto emptied = all_of<TaskEmptied>(second);
    ASSERT_EQ(emptied.size(), 2U);
    EXPECT_EQ(emptied[0].attempt, Attempt{1});
    second_done = true;
    const auto first = until_stopped();
    EXPECT_EQ(std::get<TaskStopped>(first.back()).attempt, Attempt{1});
    EXPECT_EQ(blocks_done(second) + blocks_done(first), 14U);
}

TEST_F(Threads, ATaskStoppedBeforeItBeganReportsOnlyItsEnd) {
    Executor executor{runner_, blobs_, events_, 1};
    executor.stop(Attempt{7});
    executor.start(lease(7, {0, 10}));
    EXPECT_EQ(until_stopped().size(), 1U);
}

TEST_F(Threads, TheWriterAnswersEveryOrderOnceAndInOrder) {
    runner_.task->on_write = [](std::uint32_t part,
                                std::span<const BlockRange> ranges) -> Result<RunningTask::Shard> {
        if (part == 1) {
            return Error{ErrorCode::io, "x.h5: cannot write: No space left on device"};
        }
        if (part == 2) {
            throw std::bad_alloc{};
        }
        return RunningTask::Shard{.name = "s" + std::to_string(part),
                                  .ranges = {{ranges[0], BlockDigest{1, 2}}}};
    };
    ShardWriter writer{runner_, events_};
    for (std::uint32_t part = 0; part < 4; ++part) {
        writer.write({JobId{1}, Attempt{9}, part, {{part, part + 1}}, false}, runner_.task);
    }
    writer.remove("/out", "s0");
    std::vector<Notice> notices;
    while (notices.size() < 4) {
        for (Notice& notice : events_.take()) {
            notices.push_back(std::move(notice));
        }
        std::this_thread::yield();
    }
    EXPECT_EQ(std::get<ShardWritten>(notices[0]).name, "s0");
    EXPECT_EQ(std::get<ShardWritten>(notices[0]).ranges[0].range, (BlockRange{0, 1}));
    EXPECT_THAT(std::get<ShardFailed>(notices[1]).message, HasSubstr("No space left"));
    EXPECT_EQ(std::get<ShardFailed>(notices[2]).part, 2U);
    EXPECT_EQ(std::get<ShardWritten>(notices[3]).part, 3U);
}

TEST(Faults, WhatIsWrongWithTheInputIsTheTasksAndAllElseTheHosts) {
    for (const ErrorCode code :
         {ErrorCode::invalid_input, ErrorCode::not_found, ErrorCode::conflict}) {
        EXPECT_EQ(cause_of(Error{code, ""}), FaultCause::task);
    }
    for (const ErrorCode code : {ErrorCode::io,
                                 ErrorCode::limit,
                                 ErrorCode::unreachable,
                                 ErrorCode::internal,
                                 ErrorCode::unauthorised}) {
        EXPECT_EQ(cause_of(Error{code, ""}), FaultCause::host);
    }
}

}  // namespace
}  // namespace vargrid::worker
