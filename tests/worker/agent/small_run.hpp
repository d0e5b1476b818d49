// A small real run made by hand: positions in a few assets in two batches, so that the grid has
// something to compute without any file being read.
#pragma once

#include "base/bytes.hpp"
#include "pricing/kernels/batch.hpp"
#include "pricing/market/scenario_set.hpp"
#include "risk/results.hpp"
#include "risk/run.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace vargrid::worker {

struct SmallRun {
    RunSpec run;
    ScenarioSet scenarios;
    std::vector<Batch> batches;
    std::vector<Bytes> blobs;  ///< Scenario set and batches, encoded.

    /// The answer without any grid.
    [[nodiscard]] RunResults direct() const;
};

/// `blocks` is about how many blocks the plan has.
[[nodiscard]] SmallRun small_run(std::uint32_t scenarios = 400, std::uint64_t blocks = 100);

}  // namespace vargrid::worker
