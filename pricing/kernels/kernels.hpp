// The vector kernels, one set per instruction set, chosen at start. Equal inputs give equal bits in
// every set: lanes never interact, every operation is a full vector wide, and nothing is fused or
// reassociated (docs/numerics.md).
#pragma once

#include "base/result.hpp"
#include "pricing/kernels/batch.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vargrid {

enum class Isa : std::uint8_t { avx2, avx512 };

/// "avx2", "avx512"
[[nodiscard]] std::string_view to_text(Isa isa);
/// Whether this machine (CPUID and operating system) runs it.
[[nodiscard]] bool is_supported(Isa isa);
/// The widest one this machine runs. Errors: invalid_input when it does not even have AVX2 and FMA.
[[nodiscard]] Result<Isa> best_isa();
/// "auto", "avx2" or "avx512". Errors: invalid_input, also when the machine lacks it.
[[nodiscard]] Result<Isa> isa_from_text(std::string_view text);

/// All pointers 64-byte aligned, arrays item-major with kLanes doubles an item.
struct KernelSet {
    /// Values of every trade of the batch under kLanes scenarios, in base currency.
    /// Shapes: factors[slots][kLanes], rows[row_count][kLanes] (scratch), values[trades][kLanes].
    /// A scenario outside a model's domain (negative forward or volatility) gives NaN in its lane,
    /// always the same NaN.
    void (*evaluate)(const Batch& batch, const double* factors, double* rows, double* values);

    /// P&L = value - base value, rounded to quanta of 2^-30 and added to its trade's group without
    /// rounding: high in multiples of 2^8 units, low in multiples of 2^-30 units; both sums exact
    /// for kBatchTradesMax trades. A lane that is NaN or beyond kCellLimit adds nothing and is
    /// counted. Shapes: values[trades][kLanes], base_values[trades] (one per trade), high and low
    /// [groups][kLanes] where group g of the batch adds to item group_slot[trade],
    /// pnl[trades][kLanes] or nullptr (the rounded P&L; NaN where failed).
    /// Returns the number of failed cells among the first `lanes` lanes.
    std::size_t (*accumulate)(const std::uint32_t* group_slot,
                              std::size_t trades,
                              const double* values,
                              const double* base_values,
                              std::size_t lanes,
                              double* high,
                              double* low,
                              double* pnl);
};

/// CHECKs is_supported(isa).
[[nodiscard]] const KernelSet& kernel_set(Isa isa);

}  // namespace vargrid
