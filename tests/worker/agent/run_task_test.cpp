// RunTaskRunner: from the bytes of a job to blocks, shards and results, and what it says when the
// bytes are wrong.
#include "worker/agent/run_task.hpp"

#include "protocol/manifest.hpp"
#include "results/results_file.hpp"
#include "results/shard.hpp"
#include "tests/results/sample.hpp"
#include "tests/worker/agent/small_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace vargrid::worker {
namespace {

using results::TemporaryFolder;
using ::testing::HasSubstr;

struct MapBlobs final : BlobSource {
    std::map<Digest, Bytes> blobs;
    std::size_t asked{0};

    Digest put(const Bytes& bytes) {
        blobs[blake2b(bytes)] = bytes;
        return blake2b(bytes);
    }
    Result<Bytes> get(const Digest& digest) override {
        ++asked;
        const auto found = blobs.find(digest);
        if (found == blobs.end()) {
            return Error{ErrorCode::not_found, "the scheduler has no blob " + to_hex(digest)};
        }
        return found->second;
    }
    void call_off() override {}
    void resume() override {}
};

class RunTask : public ::testing::Test {
  protected:
    void SetUp() override {
        for (const Bytes& blob : small_.blobs) {
            blobs_.put(blob);
        }
    }

    TaskDescription task(BlockRange range) {
        TaskDescription task;
        task.lease = {.job = JobId{3}, .attempt = make_attempt(Epoch{2}, 7), .range = range};
        task.incarnation = Incarnation{0xabc};
        task.payload = blobs_.put(small_.run.encode());
        task.n_blocks = Plan{small_.run}.block_count();
        task.output_folder = folder_.path().string();
        return task;
    }

    std::shared_ptr<RunningTask> prepare(const TaskDescription& description) {
        return runner_.prepare(description, blobs_, 1).value();
    }

    void expect_refused(const TaskDescription& description, const std::string& words) {
        const auto task = runner_.prepare(description, blobs_, 1);
        ASSERT_FALSE(task) << words;
        EXPECT_EQ(cause_of(task.error()), FaultCause::task);
        EXPECT_THAT(task.error().message, HasSubstr(words));
    }

    TaskDescription final_step(const protocol::Manifest& manifest) {
        TaskDescription last = task({});
        last.lease.range = single_block(last.n_blocks);
        last.lease.final_step = true;
        last.manifest = blobs_.put(protocol::encode_manifest(manifest));
        return last;
    }

    /// Computes and writes all blocks as two shards; the manifest of that.
    protocol::Manifest compute_all() {
        protocol::Manifest manifest;
        manifest.job = JobId{3};
        manifest.n_blocks = Plan{small_.run}.block_count();
        manifest.ledger.leases_lost = 5;
        const TaskDescription description = task({0, manifest.n_blocks});
        const auto running = prepare(description);
        for (std::uint64_t block = 0; block < manifest.n_blocks; ++block) {
            running->compute(block, 0).value();
        }
        const std::vector<BlockRange> halves{{0, 10}, {10, manifest.n_blocks}};
        for (std::uint32_t part = 0; part < 2; ++part) {
            const auto shard = running->write(part, std::span{halves}.subspan(part, 1)).value();
            for (const RangeDigest& range : shard.ranges) {
                manifest.committed.push_back(
                    {range.range, description.lease.attempt, shard.name, range.digest});
            }
        }
        return manifest;
    }

    SmallRun small_{small_run(100, 40)};
    TemporaryFolder folder_;
    MapBlobs blobs_;
    RunTaskRunner runner_{{.isa = best_isa().value()}};
};

TEST_F(RunTask, BlocksBecomeShardsAndShardsBecomeTheAnswer) {
    const protocol::Manifest manifest = compute_all();
    ASSERT_EQ(manifest.committed.size(), 2U);
    EXPECT_EQ(manifest.committed[0].shard, "j3-a2.7-p0-abc.h5");
    const auto shard = results::read_shard(folder_ / "shards" / manifest.committed[0].shard);
    ASSERT_TRUE(shard) << shard.error().message;
    EXPECT_EQ(shard->blocks.size(), 10U);
    EXPECT_EQ(shard->origin.job, 3U);
    EXPECT_EQ(shard->origin.incarnation, 0xabcU);

    const TaskDescription last = final_step(manifest);
    const auto running = prepare(last);
    ASSERT_TRUE(running->compute(last.n_blocks, 0));
    EXPECT_FALSE(std::filesystem::exists(folder_ / results::kResultsFileName))
        << "the result gets its name when it is asked for, not before";
    const auto written = running->write(0, std::span{&last.lease.range, 1});
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(written->name, results::kResultsFileName);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "shards" / manifest.committed[0].shard))
        << "kept until the commit is accepted: another attempt may need them";
    running->accepted();
    EXPECT_FALSE(std::filesystem::exists(folder_ / "shards"));
    const auto results = results::read_results(folder_ / results::kResultsFileName);
    ASSERT_TRUE(results) << results.error().message;
    EXPECT_EQ(results->digest, small_.direct().digest);
    EXPECT_EQ(results->ledger.workers_lost, 5U);
}

TEST_F(RunTask, WhatWasLoadedIsNotAskedForAgain) {
    (void)prepare(task({0, 1}));
    const std::size_t first = blobs_.asked;
    EXPECT_EQ(first, 3U) << "payload, scenarios, one batch";
    (void)prepare(task({1, 2}));
    EXPECT_EQ(blobs_.asked, first);
}

TEST_F(RunTask, ADeletedShardIsGoneAndAMissingOneIsNoTrouble) {
    const protocol::Manifest manifest = compute_all();
    const std::string& name = manifest.committed[0].shard;
    runner_.delete_shard(folder_.path().string(), name);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "shards" / name));
    runner_.delete_shard(folder_.path().string(), name);
}

TEST_F(RunTask, InputThatIsWrongIsNamed) {
    TaskDescription broken = task({0, 1});
    broken.payload = blobs_.put(Bytes(64));
    expect_refused(broken, "payload " + to_hex(broken.payload) + ": run specification");
    broken.payload = blake2b(Bytes(65));
    expect_refused(broken, "the scheduler has no blob");
    broken = task({0, 1});
    broken.n_blocks += 1;
    expect_refused(broken, "blocks, its run has");
    broken = task({0, 1'000'000});
    expect_refused(broken, "a lease beyond the blocks of the job");

    const SmallRun whole = small_;
    small_.run.scenario_set = blobs_.put(Bytes(10));
    expect_refused(task({0, 1}), "scenario set " + to_hex(small_.run.scenario_set));
    small_.run = whole.run;
    small_.run.scenarios.pop_back();
    expect_refused(task({0, 1}), "its scenarios are not those of the run");
}

TEST_F(RunTask, ABatchThatDoesNotFitTheRunIsNamed) {
    const SmallRun whole = small_;
    const auto expect_batch_refused = [&](const Bytes& bytes, const std::string& words) {
        small_.run = whole.run;
        small_.run.batches[0].blob = blobs_.put(bytes);
        expect_refused(task({0, 1}), "batch " + to_hex(small_.run.batches[0].blob));
        expect_refused(task({0, 1}), words);
    };
    expect_batch_refused(Bytes(10), "");
    Batch batch = whole.batches[0];
    batch.group[1] = 0;
    batch.group[0] = 1;
    expect_batch_refused(batch.encode(), "trade 0 is in another book than the run says");
    batch = whole.batches[0];
    batch.rows.factors[2] = 99;
    expect_batch_refused(batch.encode(), "");
    batch = whole.batches[0];
    batch.group.pop_back();
    batch.linear.leg_first.pop_back();
    batch.linear.leg_fx_row.pop_back();
    batch.linear.term_first.pop_back();
    batch.linear.term_row.pop_back();
    batch.linear.term_amount.pop_back();
    expect_batch_refused(batch.encode(), "holds 19 trades, the run says 20");
}

TEST_F(RunTask, AFolderThatIsNotThereIsTheHostsFault) {
    TaskDescription elsewhere = task({0, 1});
    elsewhere.output_folder = (folder_ / "gone").string();
    const auto running = prepare(elsewhere);
    ASSERT_TRUE(running->compute(0, 0));
    const BlockRange range{0, 1};
    const auto shard = running->write(0, std::span{&range, 1});
    ASSERT_FALSE(shard);
    EXPECT_EQ(cause_of(shard.error()), FaultCause::host);
    EXPECT_THAT(shard.error().message, HasSubstr("is not there on this machine"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "gone"));
}

TEST_F(RunTask, AShardThatWentMissingOrIsDamagedFailsTheFinalStepWithItsName) {
    const protocol::Manifest manifest = compute_all();
    const TaskDescription last = final_step(manifest);
    const auto path = folder_ / "shards" / manifest.committed[1].shard;
    const Bytes bytes = results::contents_of(path);
    results::write_contents(path, std::span{bytes}.first(bytes.size() / 2));
    auto computed = prepare(last)->compute(last.n_blocks, 0);
    ASSERT_FALSE(computed);
    EXPECT_EQ(cause_of(computed.error()), FaultCause::task) << "wrong on every machine";
    EXPECT_THAT(computed.error().message, HasSubstr(path.string()));
    std::filesystem::remove(path);
    computed = prepare(last)->compute(last.n_blocks, 0);
    ASSERT_FALSE(computed);
    EXPECT_EQ(cause_of(computed.error()), FaultCause::task);
    EXPECT_THAT(computed.error().message, HasSubstr("no such file"));
}

TEST_F(RunTask, AManifestThatIsNoneIsNamed) {
    TaskDescription last = final_step(compute_all());
    last.manifest = blobs_.put(Bytes(20));
    expect_refused(last, "manifest");
}

}  // namespace
}  // namespace vargrid::worker
