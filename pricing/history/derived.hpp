// Series computed from other series: rolling realised volatility, for assets nobody quotes an
// implied volatility of.
#pragma once

#include "pricing/history/mapping.hpp"
#include "pricing/history/source.hpp"

#include <optional>

namespace vargrid {

/// On each date: sqrt(returns_per_year / n * sum of the last n squared log returns), n =
/// spec.returns, mean zero as variance swaps have it. Returns are between consecutive dates of the
/// series itself (with `per`: between consecutive dates both have, of the ratio).
/// A return that touches a value which is not positive is undefined and skipped: it takes no place
/// among the n, prices on either side of it are not bridged, and the volatility of its date is that
/// of the n defined returns before it. Dates before the n-th defined return have no volatility.
/// Units: annualised, decimal. Cost: O(dates * n).
[[nodiscard]] Series realised_volatility(const RealisedSpec& spec,
                                         const Series& factor,
                                         const Series* per);

}  // namespace vargrid
