// What the kernel benchmark evaluates: an equity option book and books of ten-year swaps.
#pragma once

#include "bench/kernel_bench_quantlib.hpp"
#include "pricing/kernels/batch.hpp"

#include <memory>
#include <new>
#include <vector>

namespace vargrid::bench {

/// Scenarios a workload holds, in vectors of kLanes.
constexpr std::size_t kVectors = 32;

struct AlignedDelete {
    void operator()(double* from) const { ::operator delete[](from, std::align_val_t{64}); }
};
using Column = std::unique_ptr<double[], AlignedDelete>;

/// 64-byte aligned zeros.
Column make_column(std::size_t size);

/// A batch with scenarios to evaluate it under. Shapes: factors[kVectors][slots][kLanes].
struct Workload {
    Batch batch;
    Column factors;
    Column rows;
    Column values;
    Column base;
    Column high;
    Column low;

    /// Allocates, and fills factors with base + move * uniform(-1, 1). Shapes: [slots].
    void prepare(const std::vector<double>& base_factors, const std::vector<double>& move_max);

    [[nodiscard]] const double* scenario_vector(std::size_t vector) const {
        return factors.get() + vector * batch.rows.factors.size() * kLanes;
    }
};

/// An equity book: 2,000 options on 20 underlyings, 6 expiries, dividend yields, 3 currencies.
Workload european_workload();

/// One leg in base currency (row 0). With one curve for both, the projected period that ends where
/// it is paid needs no product, as the trade compiler knows.
Workload swap_workload(const std::vector<SwapFlows>& swaps, bool dual);

}  // namespace vargrid::bench
