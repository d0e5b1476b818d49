// Weights: the linear maps from risk factors to the numbers pricing needs. They depend on the
// layout and on times only, never on factor values, so they are computed once, on the client, and
// reused in every scenario.
#pragma once

#include "pricing/market/market.hpp"

#include <vector>

namespace vargrid {

struct FactorWeight {
    FactorIndex factor{0};
    double weight{0.0};

    friend bool operator==(const FactorWeight&, const FactorWeight&) = default;
};

/// Weights w with discount factor = exp(-sum w_i f_i) at `years` >= 0 (years = 0: no weights).
[[nodiscard]] std::vector<FactorWeight> discount_weights(const Curve& curve, double years);

/// Weights w with total standard deviation = sqrt(sum w_i f_i^2) at `years` >= 0.
[[nodiscard]] std::vector<FactorWeight> deviation_weights(const VolCurve& vol, double years);

/// Weights w with forward price = sum w_i f_i. CHECKs that the asset has a forward curve.
[[nodiscard]] std::vector<FactorWeight> forward_weights(const Asset& asset, double years);

// The same numbers for one vector of factor values: the readable form, for the client and tests.
[[nodiscard]] double discount_factor(const Market& market, const Curve& curve, double years);
/// NaN when a volatility that counts is negative, as in the kernels.
[[nodiscard]] double deviation(const Market& market, const VolCurve& vol, double years);
[[nodiscard]] double forward_price(const Market& market, const Asset& asset, double years);
/// Units of `to` per 1 `from`. CHECKs that both are known.
[[nodiscard]] double fx_rate(const Market& market, std::string_view from, std::string_view to);

}  // namespace vargrid
