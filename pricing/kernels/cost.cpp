// The cost model. Constants are picoseconds of one core per item and scenario, from
// bench/kernel_bench.cpp (avx512, see bench/README.md); blocks depend on them, so a change here
// changes how a run is cut (never its answer).
#include "pricing/kernels/batch.hpp"

namespace vargrid {
namespace {

constexpr std::uint64_t kBatchPicoseconds = 5'000;
constexpr std::uint64_t kFactorPicoseconds = 300;
constexpr std::uint64_t kRowPicoseconds = 300;
constexpr std::uint64_t kEntryPicoseconds = 150;
constexpr std::uint64_t kExponentialPicoseconds = 1'500;
constexpr std::uint64_t kProductPicoseconds = 600;
constexpr std::uint64_t kLegPicoseconds = 500;
constexpr std::uint64_t kTermPicoseconds = 200;
constexpr std::uint64_t kEuropeanPicoseconds = 5'000;
/// P&L, rounding and the exact sums.
constexpr std::uint64_t kAccumulatePicoseconds = 700;

}  // namespace

std::uint64_t predicted_picoseconds_per_scenario(const Batch& batch) {
    const RowProgram& rows = batch.rows;
    std::uint64_t sum = kBatchPicoseconds + kFactorPicoseconds * rows.factors.size();
    for (const Combinations* kind : {&rows.linear, &rows.discount, &rows.deviation}) {
        sum += kRowPicoseconds * kind->count() + kEntryPicoseconds * kind->slot.size();
    }
    sum += kExponentialPicoseconds * (rows.discount.count() + rows.deviation.count());
    sum += kProductPicoseconds * rows.products.size();
    sum += kLegPicoseconds * batch.linear.leg_fx_row.size();
    sum += kTermPicoseconds * batch.linear.term_row.size();
    sum += kEuropeanPicoseconds * batch.european.count();
    return sum + kAccumulatePicoseconds * batch.trade_count();
}

}  // namespace vargrid
