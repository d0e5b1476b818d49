// The cost model. Constants are picoseconds of one core per item and scenario, measured by
// bench/kernel_bench.cpp and rounded between the AVX2 and AVX-512 figures (bench/README.md). Blocks
// depend on them, so a change here changes how a run is cut, never its answer.
#include "pricing/kernels/batch.hpp"

namespace vargrid {
namespace {

constexpr std::uint64_t kBatchPicoseconds = 1'000;
/// Gathering a factor of eight scenarios into one vector.
constexpr std::uint64_t kFactorPicoseconds = 300;
constexpr std::uint64_t kRowPicoseconds = 150;
constexpr std::uint64_t kEntryPicoseconds = 100;
/// exp or sqrt at the end of a row.
constexpr std::uint64_t kFunctionPicoseconds = 600;
constexpr std::uint64_t kProductPicoseconds = 400;
constexpr std::uint64_t kLegPicoseconds = 250;
constexpr std::uint64_t kTermPicoseconds = 110;
constexpr std::uint64_t kEuropeanPicoseconds = 5'300;
/// P&L, rounding and the exact sums.
constexpr std::uint64_t kAccumulatePicoseconds = 350;

}  // namespace

std::uint64_t predicted_picoseconds_per_scenario(const Batch& batch) {
    const RowProgram& rows = batch.rows;
    std::uint64_t sum = kBatchPicoseconds + kFactorPicoseconds * rows.factors.size();
    for (const Combinations* kind : {&rows.linear, &rows.discount, &rows.deviation}) {
        sum += kRowPicoseconds * kind->count() + kEntryPicoseconds * kind->slot.size();
    }
    sum += kFunctionPicoseconds * (rows.discount.count() + rows.deviation.count());
    sum += kProductPicoseconds * rows.products.size();
    sum += kLegPicoseconds * batch.linear.leg_fx_row.size();
    sum += kTermPicoseconds * batch.linear.term_row.size();
    sum += kEuropeanPicoseconds * batch.european.count();
    return sum + kAccumulatePicoseconds * batch.trade_count();
}

}  // namespace vargrid
