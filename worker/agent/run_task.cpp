#include "worker/agent/run_task.hpp"

#include "protocol/manifest.hpp"
#include "results/finalise.hpp"
#include "results/results_file.hpp"
#include "results/shard.hpp"
#include "risk/evaluate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

namespace vargrid::worker {
namespace {

namespace fs = std::filesystem;

/// A worker that does not see the folder the client made would write its shards where nobody finds
/// them: another host may be luckier.
Result<void> expect_output_folder(const fs::path& folder) {
    std::error_code failure;
    if (!fs::is_directory(folder, failure)) {
        return Error{ErrorCode::io,
                     "the output folder " + folder.string() + " is not there on this machine"};
    }
    return {};
}

/// "j3-a1.41-p0-9f3c...h5": job, attempt (epoch and sequence), part, incarnation. Attempts are
/// unique, so no two writers ever mean the same file.
std::string shard_name(const TaskDescription& task, std::uint32_t part) {
    const std::uint64_t attempt = task.lease.attempt.value();
    std::array<char, 17> hex{};
    std::to_chars(hex.data(), hex.data() + hex.size(), task.incarnation.value(), 16);
    return results::shard_name(task.lease.job.value(),
                               "a" + std::to_string(attempt >> 32U) + "." +
                                   std::to_string(attempt & 0xffffffffU) + "-p" +
                                   std::to_string(part) + "-" + hex.data() + ".h5");
}

/// What the input says is wrong with it is wrong on every machine.
Error unusable(Error error, const std::string& what) {
    if (error.code != ErrorCode::unreachable) {
        error.code = ErrorCode::invalid_input;
    }
    return with_context(std::move(error), what);
}

/// Blocks first to last-1 of a run.
class BlocksTask final : public RunningTask {
  public:
    BlocksTask(TaskDescription task,
               std::shared_ptr<const LoadedRun> loaded,
               std::map<std::uint32_t, std::shared_ptr<const Batch>> batches,
               const RunTaskRunner::Options& options,
               int threads)
        : task_{std::move(task)},
          loaded_{std::move(loaded)},
          batches_{std::move(batches)},
          faults_{options.faults} {
        for (int i = 0; i < threads; ++i) {
            evaluators_.emplace_back(loaded_->run, loaded_->scenarios, options.isa);
        }
    }

    Result<void> compute(std::uint64_t index, int thread) override {
        VARGRID_TRY_VOID(faults_.before(index));
        const auto begin = std::chrono::steady_clock::now();
        const Block block = loaded_->plan.block(index);
        BlockResult result = evaluators_.at(static_cast<std::size_t>(thread))
                                 .evaluate(*batches_.at(block.batch), block);
        faults_.after(index, std::chrono::steady_clock::now() - begin, result);
        const std::lock_guard lock{mutex_};
        computed_.emplace(index, std::move(result));
        return {};
    }

    Result<Shard> write(std::uint32_t part, std::span<const BlockRange> ranges) override {
        VARGRID_TRY_VOID(faults_.before_shard());
        const auto blocks = take(ranges);
        const fs::path output = task_.output_folder;
        VARGRID_TRY_VOID(expect_output_folder(output));
        const fs::path folder = output / results::kShardFolderName;
        std::error_code failure;
        fs::create_directory(folder, failure);
        if (failure) {
            return Error{ErrorCode::io, folder.string() + ": cannot make it: " + failure.message()};
        }
        Shard shard{.name = shard_name(task_, part), .ranges = digests_of(ranges, blocks)};
        VARGRID_TRY_VOID(results::write_shard(folder / shard.name,
                                              {.run = task_.payload,
                                               .job = task_.lease.job.value(),
                                               .attempt = task_.lease.attempt.value(),
                                               .incarnation = task_.incarnation.value()},
                                              blocks));
        return shard;
    }

    Result<std::vector<RangeDigest>> digests(std::span<const BlockRange> ranges) override {
        return digests_of(ranges, take(ranges));
    }

  private:
    /// In block order.
    std::vector<BlockResult> take(std::span<const BlockRange> ranges) {
        std::vector<BlockResult> blocks;
        const std::lock_guard lock{mutex_};
        for (const BlockRange range : ranges) {
            for (std::uint64_t index = range.first; index < range.last; ++index) {
                auto found = computed_.extract(index);
                CHECK_MSG(!found.empty(), "asked to write a block that was not computed");
                blocks.push_back(std::move(found.mapped()));
            }
        }
        return blocks;
    }

    static std::vector<RangeDigest> digests_of(std::span<const BlockRange> ranges,
                                               const std::vector<BlockResult>& blocks) {
        std::vector<RangeDigest> all;
        std::size_t next = 0;
        for (const BlockRange range : ranges) {
            std::vector<BlockDigest> digests;
            for (std::uint64_t i = 0; i < range.size(); ++i) {
                digests.push_back(blocks[next++].digest());
            }
            all.push_back({range, combined_digest(digests)});
        }
        return all;
    }

    TaskDescription task_;
    std::shared_ptr<const LoadedRun> loaded_;
    std::map<std::uint32_t, std::shared_ptr<const Batch>> batches_;
    FaultInjection faults_;
    std::vector<BlockEvaluator> evaluators_;
    std::mutex mutex_;
    std::map<std::uint64_t, BlockResult> computed_;
};

WorkLedger ledger_of(const protocol::Manifest& manifest) {
    return {.elapsed_nanoseconds = manifest.elapsed_ns,
            .useful_microseconds = manifest.ledger.useful_core_us,
            .lost_to_reclaim_microseconds = manifest.ledger.lost_to_reclaim_core_us,
            .lost_to_faults_microseconds = manifest.ledger.lost_to_faults_core_us,
            .speculative_microseconds = manifest.ledger.speculative_core_us,
            .audit_microseconds = manifest.ledger.audit_core_us,
            .idle_microseconds = manifest.ledger.idle_core_us,
            .start_up_microseconds = manifest.ledger.start_up_core_us,
            .price_per_core_hour_millionths = manifest.price.per_core_hour_millionths,
            .price_currency = manifest.price.currency,
            .leases = manifest.ledger.leases,
            .blocks_repeated = manifest.ledger.blocks_repeated,
            .reclaims = manifest.ledger.leases_returned,
            .workers_lost = manifest.ledger.leases_lost,
            .commits_refused = manifest.ledger.commits_refused};
}

/// The one block after all others: the results of the run.
class FinalTask final : public RunningTask {
  public:
    FinalTask(TaskDescription task,
              std::shared_ptr<const LoadedRun> loaded,
              protocol::Manifest manifest,
              const FaultInjection& faults)
        : task_{std::move(task)},
          loaded_{std::move(loaded)},
          manifest_{std::move(manifest)},
          faults_{faults} {}

    Result<void> compute(std::uint64_t block, int /*thread*/) override {
        VARGRID_TRY_VOID(faults_.before(block));
        VARGRID_TRY_VOID(expect_output_folder(task_.output_folder));
        results::FinaliseRequest request{
            .run = loaded_->run,
            .job = task_.lease.job.value(),
            .committed = {},
            .shard_folder = fs::path{task_.output_folder} / results::kShardFolderName,
            .output_folder = task_.output_folder,
            .ledger = ledger_of(manifest_)};
        for (const protocol::ManifestEntry& entry : manifest_.committed) {
            request.committed.push_back({.first = entry.range.first,
                                         .last = entry.range.last,
                                         .shard = entry.shard,
                                         .attempt = entry.attempt.value(),
                                         .digest = entry.digest});
        }
        auto assembled = results::assemble(request);
        if (!assembled) {
            return unusable(std::move(assembled).error(), "the committed shards");
        }
        const std::lock_guard lock{mutex_};
        results_ = std::move(*assembled);
        return {};
    }

    Result<Shard> write(std::uint32_t /*part*/, std::span<const BlockRange> ranges) override {
        const std::lock_guard lock{mutex_};
        CHECK(results_.has_value() && ranges.size() == 1);
        VARGRID_TRY_VOID(expect_output_folder(task_.output_folder));
        VARGRID_TRY_VOID(results::publish(task_.output_folder, *results_));
        Shard shard{
            .name = std::string{results::kResultsFileName},
            .ranges = {{ranges[0], xxh128(std::as_bytes(std::span{results_->digest.bytes}))}}};
        results_.reset();
        return shard;
    }

    Result<std::vector<RangeDigest>> digests(std::span<const BlockRange> /*ranges*/) override {
        return Error{ErrorCode::internal, "a final step is never computed for its digest alone"};
    }

    /// The job has its results; nobody will read the pieces again. Exactly those of the manifest:
    /// another job may share the folder.
    void accepted() override {
        std::vector<std::string> names;
        for (const protocol::ManifestEntry& entry : manifest_.committed) {
            names.push_back(entry.shard);
        }
        results::remove_shards(fs::path{task_.output_folder} / results::kShardFolderName,
                               std::span<const std::string>{names});
    }

  private:
    TaskDescription task_;
    std::shared_ptr<const LoadedRun> loaded_;
    protocol::Manifest manifest_;
    FaultInjection faults_;
    std::mutex mutex_;
    std::optional<RunResults> results_;
};

/// The kernels trust a batch, so what comes from outside is compared with the run first.
Result<void> check_batch(const Batch& batch, const LoadedRun& loaded, std::uint32_t index) {
    const RunSpec& run = loaded.run;
    if (batch.trade_count() != run.batches[index].trade_count) {
        return Error{ErrorCode::invalid_input,
                     "holds " + std::to_string(batch.trade_count()) + " trades, the run says " +
                         std::to_string(run.batches[index].trade_count)};
    }
    const std::uint32_t first = run.batch_first_trades()[index];
    for (std::size_t i = 0; i < batch.group.size(); ++i) {
        if (batch.group[i] != run.trades[first + i].book) {
            return Error{ErrorCode::invalid_input,
                         "trade " + std::to_string(i) + " is in another book than the run says"};
        }
    }
    return batch.validate(loaded.scenarios.factor_count());
}

}  // namespace

RunTaskRunner::RunTaskRunner(Options options)
    : options_{options}, runs_{options.cache_bytes_max}, batches_{options.cache_bytes_max} {}

Result<std::shared_ptr<const LoadedRun>> RunTaskRunner::load_run(const TaskDescription& task,
                                                                 BlobSource& blobs) {
    if (auto known = runs_.find(task.payload)) {
        return known;
    }
    VARGRID_TRY(const Bytes payload, blobs.get(task.payload));
    auto run = RunSpec::decode(payload);
    if (!run) {
        return unusable(std::move(run).error(), "payload " + to_hex(task.payload));
    }
    VARGRID_TRY(const Bytes scenario_bytes, blobs.get(run->scenario_set));
    auto scenarios = ScenarioSet::decode(scenario_bytes);
    const std::string name = "scenario set " + to_hex(run->scenario_set);
    if (!scenarios) {
        return unusable(std::move(scenarios).error(), name);
    }
    if (scenarios->labels != run->scenarios) {
        return Error{ErrorCode::invalid_input, name + ": its scenarios are not those of the run"};
    }
    Plan plan{*run};
    auto loaded = std::make_shared<const LoadedRun>(
        LoadedRun{std::move(*run), std::move(*scenarios), std::move(plan)});
    // As encoded; decoded it is about as large.
    runs_.insert(task.payload, loaded, payload.size() + scenario_bytes.size());
    return std::shared_ptr<const LoadedRun>{loaded};
}

Result<std::shared_ptr<const Batch>> RunTaskRunner::load_batch(const LoadedRun& loaded,
                                                               std::uint32_t index,
                                                               BlobSource& blobs) {
    const Digest& digest = loaded.run.batches[index].blob;
    auto batch = batches_.find(digest);
    if (batch == nullptr) {
        VARGRID_TRY(const Bytes bytes, blobs.get(digest));
        auto decoded = Batch::decode(bytes);
        if (!decoded) {
            return unusable(std::move(decoded).error(), "batch " + to_hex(digest));
        }
        batch = std::make_shared<const Batch>(std::move(*decoded));
        batches_.insert(digest, batch, bytes.size());
    }
    if (auto checked = check_batch(*batch, loaded, index); !checked) {
        return unusable(std::move(checked).error(), "batch " + to_hex(digest));
    }
    return batch;
}

Result<std::shared_ptr<RunningTask>> RunTaskRunner::prepare(const TaskDescription& task,
                                                            BlobSource& blobs,
                                                            int threads) {
    VARGRID_TRY(const auto loaded, load_run(task, blobs));
    if (task.n_blocks != loaded->plan.block_count()) {
        return Error{ErrorCode::invalid_input,
                     "the job has " + std::to_string(task.n_blocks) + " blocks, its run has " +
                         std::to_string(loaded->plan.block_count())};
    }
    if (task.lease.final_step) {
        VARGRID_TRY(const Bytes bytes, blobs.get(*task.manifest));
        auto manifest = protocol::decode_manifest(bytes);
        if (!manifest) {
            return unusable(std::move(manifest).error(), "manifest");
        }
        return std::shared_ptr<RunningTask>{
            std::make_shared<FinalTask>(task, loaded, std::move(*manifest), options_.faults)};
    }
    if (task.lease.range.last > task.n_blocks) {
        return Error{ErrorCode::invalid_input, "a lease beyond the blocks of the job"};
    }
    std::map<std::uint32_t, std::shared_ptr<const Batch>> batches;
    const std::uint32_t last = loaded->plan.block(task.lease.range.last - 1).batch;
    for (std::uint32_t i = loaded->plan.block(task.lease.range.first).batch; i <= last; ++i) {
        VARGRID_TRY(auto batch, load_batch(*loaded, i, blobs));
        batches.emplace(i, std::move(batch));
    }
    return std::shared_ptr<RunningTask>{
        std::make_shared<BlocksTask>(task, loaded, std::move(batches), options_, threads)};
}

void RunTaskRunner::delete_shard(const std::string& output_folder, const std::string& name) {
    results::remove_shards(fs::path{output_folder} / results::kShardFolderName,
                           std::span{&name, 1});
}

}  // namespace vargrid::worker
