// RunTaskRunner: where the grid meets risk. A job's payload is an encoded RunSpec, its blocks are
// the blocks of the run's plan, its shards are results::write_shard, its final step is
// results::assemble and publish.
#pragma once

#include "pricing/kernels/kernels.hpp"
#include "pricing/market/scenario_set.hpp"
#include "risk/block.hpp"
#include "risk/run.hpp"
#include "worker/agent/fault_injection.hpp"
#include "worker/agent/recent_cache.hpp"
#include "worker/agent/task_runner.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace vargrid::worker {

/// A run as its tasks share it.
struct LoadedRun {
    RunSpec run;
    ScenarioSet scenarios;
    Plan plan;
};

class RunTaskRunner final : public TaskRunner {
  public:
    struct Options {
        Isa isa{Isa::avx2};
        /// Of decoded runs and of decoded batches, each: memory that is kept between tasks.
        std::uint64_t cache_bytes_max{std::uint64_t{512} << 20U};
        FaultInjection faults{};
    };
    explicit RunTaskRunner(Options options);

    [[nodiscard]] Result<std::shared_ptr<RunningTask>> prepare(const TaskDescription& task,
                                                               BlobSource& blobs,
                                                               int threads) override;
    void delete_shard(const std::string& output_folder, const std::string& name) override;

  private:
    [[nodiscard]] Result<std::shared_ptr<const LoadedRun>> load_run(const TaskDescription& task,
                                                                    BlobSource& blobs);
    [[nodiscard]] Result<std::shared_ptr<const Batch>> load_batch(const LoadedRun& loaded,
                                                                  std::uint32_t index,
                                                                  BlobSource& blobs);

    Options options_;
    RecentCache<Digest, LoadedRun> runs_;
    RecentCache<Digest, Batch> batches_;
};

}  // namespace vargrid::worker
