// Evaluates blocks. One evaluator per thread: it owns the scratch memory of that thread.
#pragma once

#include "pricing/kernels/kernels.hpp"
#include "pricing/market/scenario_set.hpp"
#include "risk/block.hpp"

#include <memory>
#include <span>

namespace vargrid {

/// Memory aligned for the kernels' full vectors, grown and never shrunk.
class AlignedDoubles {
  public:
    /// At least `count` doubles; contents undefined.
    double* reserve(std::size_t count);

  private:
    struct Free {
        void operator()(double* memory) const;
    };
    std::unique_ptr<double[], Free> memory_;
    std::size_t capacity_{0};
};

class BlockEvaluator {
  public:
    /// `run` and `scenarios` must outlive the evaluator.
    BlockEvaluator(const RunSpec& run, const ScenarioSet& scenarios, Isa isa);

    /// Revalues every trade of the batch in every column of the block.
    /// `batch` is the run's batch number block.batch, decoded or validated; CHECKs shapes.
    /// Cost: rows and trades of the batch times columns; no allocation beyond the result.
    [[nodiscard]] BlockResult evaluate(const Batch& batch, const Block& block);

  private:
    void fill_base_factors(const Batch& batch, double* factors) const;
    void fill_factors(const Batch& batch,
                      std::uint64_t column,
                      std::size_t lanes,
                      double* factors) const;

    void record_failures(const Block& block,
                         std::size_t column,
                         std::size_t lanes,
                         const double* values,
                         const double* pnl,
                         std::vector<CellFailure>& failures) const;

    const RunSpec& run_;
    const ScenarioSet& scenarios_;
    const KernelSet& kernels_;
    std::vector<std::uint32_t> first_trade_;
    AlignedDoubles factors_;
    AlignedDoubles rows_;
    AlignedDoubles values_;
    AlignedDoubles sums_;
    AlignedDoubles pnl_;
    std::vector<double> base_values_;
    std::vector<std::uint32_t> group_slot_;
};

}  // namespace vargrid
