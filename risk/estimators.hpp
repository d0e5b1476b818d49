// Quantile and expected-shortfall estimators of a P&L sample. People mean different numbers by
// "the 99 % VaR of 500 scenarios"; each convention has a name, and ranks are computed in integers
// (0.01 * 500 is 5, not 6).
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace vargrid {

enum class MeasureKind : std::uint8_t { var, es };

enum class Estimator : std::uint8_t {
    // VaR. L(k) is the k-th worst loss, tail = (1 - confidence) * N.
    ceil_rank,             ///< L(ceil(tail)).
    floor_plus_one_rank,   ///< L(floor(tail) + 1): ORE's rule.
    linear_interpolation,  ///< numpy's and Excel's default: rank tail' = (1 - c)(N - 1) + 1.
    // ES.
    fractional,      ///< (L(1) + ... + L(k) + (tail - k) L(k + 1)) / tail, k = floor(tail).
    inclusive_mean,  ///< Mean of the floor(tail) + 1 worst: ORE's rule without ties.
    ceil_rank_mean,  ///< Mean of the ceil(tail) worst.
};

/// "var", "es"
[[nodiscard]] std::string_view to_text(MeasureKind measure);
[[nodiscard]] std::string_view to_text(Estimator estimator);
/// Errors: invalid_input listing the names there are.
[[nodiscard]] Result<MeasureKind> measure_kind_from_text(std::string_view text);
[[nodiscard]] Result<Estimator> estimator_from_text(std::string_view text);
/// Whether the estimator estimates this measure.
[[nodiscard]] bool estimates(Estimator estimator, MeasureKind measure);

/// VaR or ES as a positive loss.
///
/// Shapes: losses_worst_first[N], N >= 1, descending.
/// Units:  as the losses; confidence in basis points, 1 to 9999.
/// Errors: none; CHECKs its arguments (callers validate requests first).
/// Source: docs/measures.md gives each rule with worked numbers.
[[nodiscard]] double estimate(Estimator estimator,
                              std::uint32_t confidence_basis_points,
                              std::span<const double> losses_worst_first);

}  // namespace vargrid
