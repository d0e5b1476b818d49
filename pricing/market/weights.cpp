#include "pricing/market/weights.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace vargrid {

namespace {

/// Where `x` lies among increasing pillars: weight 1 - u on `left`, u on `left + 1`. Outside the
/// pillars, and on a pillar, u is 0 and `left` is that pillar.
struct Position {
    std::size_t left{0};
    double u{0.0};
};

Position locate(std::span<const double> pillars, double x) {
    CHECK(!pillars.empty());
    if (x <= pillars.front()) {
        return {0, 0.0};
    }
    if (x >= pillars.back()) {
        return {pillars.size() - 1, 0.0};
    }
    const auto above = std::upper_bound(pillars.begin(), pillars.end(), x);
    const auto left = static_cast<std::size_t>(above - pillars.begin()) - 1;
    return {left, (x - pillars[left]) / (pillars[left + 1] - pillars[left])};
}

/// The weights that are not zero, in factor order of the pillars.
std::vector<FactorWeight> sparse(std::span<const FactorIndex> factors,
                                 std::span<const double> weights) {
    std::vector<FactorWeight> result;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (weights[i] != 0.0) {
            result.push_back({factors[i], weights[i]});
        }
    }
    return result;
}

/// Solves the symmetric tridiagonal system in place (Thomas algorithm, diagonally dominant so
/// pivoting is not needed). Shapes: diagonal[n], off_diagonal[n - 1], right[n].
void solve_tridiagonal(std::vector<double> diagonal,
                       std::span<const double> off_diagonal,
                       std::span<double> right) {
    for (std::size_t i = 1; i < right.size(); ++i) {
        const double factor = off_diagonal[i - 1] / diagonal[i - 1];
        diagonal[i] -= factor * off_diagonal[i - 1];
        right[i] -= factor * right[i - 1];
    }
    for (std::size_t i = right.size(); i-- > 0;) {
        if (i + 1 < right.size()) {
            right[i] -= off_diagonal[i] * right[i + 1];
        }
        right[i] /= diagonal[i];
    }
}

/// Weights of the pillar values in a natural cubic spline at `x` strictly between the pillars.
/// The spline is z(x) = (1-u) z_i + u z_i+1 + c M_i + d M_i+1, where the second derivatives M solve
/// T M = R z. The weights of M are pulled back through the transposed system: one solve, whatever
/// the number of pillars.
std::vector<double> natural_cubic_weights(std::span<const double> pillars, double x) {
    const std::size_t count = pillars.size();
    const Position at = locate(pillars, x);
    std::vector<double> weights(count, 0.0);
    weights[at.left] = 1.0 - at.u;
    if (at.u == 0.0) {
        return weights;
    }
    weights[at.left + 1] = at.u;
    if (count < 3) {
        return weights;
    }
    std::vector<double> steps(count - 1);
    for (std::size_t i = 0; i + 1 < count; ++i) {
        steps[i] = pillars[i + 1] - pillars[i];
    }
    // Interior second derivatives only: a natural spline has none at its ends.
    std::vector<double> diagonal(count - 2);
    std::vector<double> pulled(count - 2, 0.0);
    for (std::size_t i = 0; i < count - 2; ++i) {
        diagonal[i] = (steps[i] + steps[i + 1]) / 3.0;
    }
    std::vector<double> off_diagonal(count - 2, 0.0);
    for (std::size_t i = 0; i + 1 < count - 2; ++i) {
        off_diagonal[i] = steps[i + 1] / 6.0;
    }
    const double step = steps[at.left];
    const double v = 1.0 - at.u;
    if (at.left > 0) {
        pulled[at.left - 1] = (v * v * v - v) * step * step / 6.0;
    }
    if (at.left + 1 < count - 1) {
        pulled[at.left] = (at.u * at.u * at.u - at.u) * step * step / 6.0;
    }
    solve_tridiagonal(std::move(diagonal), off_diagonal, pulled);
    // R z at interior pillar i + 1 is the jump of the slope there.
    for (std::size_t i = 0; i < count - 2; ++i) {
        weights[i] += pulled[i] / steps[i];
        weights[i + 1] -= pulled[i] * (1.0 / steps[i] + 1.0 / steps[i + 1]);
        weights[i + 2] += pulled[i] / steps[i + 1];
    }
    return weights;
}

double sum_of(const Market& market, std::span<const FactorWeight> weights) {
    double sum = 0.0;
    for (const FactorWeight& item : weights) {
        sum += item.weight * market.values[item.factor];
    }
    return sum;
}

/// Units of `currency` per 1 pivot.
double per_pivot(const Market& market, std::string_view currency) {
    if (currency == market.layout->pivot_currency) {
        return 1.0;
    }
    const FxQuote* quote = market.layout->fx_quote(currency);
    CHECK_MSG(quote != nullptr, currency);
    const double value = market.values[quote->factor];
    return quote->pivot_per_unit ? 1.0 / value : value;
}

}  // namespace

std::vector<FactorWeight> discount_weights(const Curve& curve, double years) {
    CHECK(years >= 0.0);
    const std::span<const double> pillars{curve.pillar_years};
    const Position at = locate(pillars, years);
    std::vector<double> weights(pillars.size(), 0.0);
    if (at.u == 0.0) {
        weights[at.left] = years;
        return sparse(curve.factors, weights);
    }
    switch (curve.interpolation) {
        case Interpolation::linear_zero:
            weights[at.left] = (1.0 - at.u) * years;
            weights[at.left + 1] = at.u * years;
            break;
        case Interpolation::log_linear_discount:
            weights[at.left] = (1.0 - at.u) * pillars[at.left];
            weights[at.left + 1] = at.u * pillars[at.left + 1];
            break;
        case Interpolation::natural_cubic_zero:
            weights = natural_cubic_weights(pillars, years);
            for (double& weight : weights) {
                weight *= years;
            }
            break;
    }
    return sparse(curve.factors, weights);
}

std::vector<FactorWeight> deviation_weights(const VolCurve& vol, double years) {
    CHECK(years >= 0.0);
    const std::span<const double> pillars{vol.pillar_years};
    const Position at = locate(pillars, years);
    std::vector<double> weights(pillars.size(), 0.0);
    if (at.u == 0.0) {
        weights[at.left] = years;
    } else {
        weights[at.left] = (1.0 - at.u) * pillars[at.left];
        weights[at.left + 1] = at.u * pillars[at.left + 1];
    }
    return sparse(vol.factors, weights);
}

std::vector<FactorWeight> forward_weights(const Asset& asset, double years) {
    CHECK(asset.has_forward_curve());
    const Position at = locate(asset.forward_years, years);
    std::vector<double> weights(asset.forward_years.size(), 0.0);
    weights[at.left] = 1.0 - at.u;
    if (at.u != 0.0) {
        weights[at.left + 1] = at.u;
    }
    return sparse(asset.forward_factors, weights);
}

double discount_factor(const Market& market, const Curve& curve, double years) {
    return std::exp(-sum_of(market, discount_weights(curve, years)));
}

double deviation(const Market& market, const VolCurve& vol, double years) {
    double variance = 0.0;
    for (const FactorWeight& item : deviation_weights(vol, years)) {
        const double sigma = market.values[item.factor];
        if (!(sigma >= 0.0)) {
            return std::numeric_limits<double>::quiet_NaN();
        }
        variance += item.weight * sigma * sigma;
    }
    return std::sqrt(variance);
}

double forward_price(const Market& market, const Asset& asset, double years) {
    if (asset.has_forward_curve()) {
        return sum_of(market, forward_weights(asset, years));
    }
    const Curve* financing = market.layout->curve(asset.financing_curve);
    CHECK_MSG(asset.spot.has_value() && financing != nullptr, asset.name);
    double yield_discount = 1.0;
    if (!asset.yield_curve.empty()) {
        const Curve* yield = market.layout->curve(asset.yield_curve);
        CHECK_MSG(yield != nullptr, asset.yield_curve);
        yield_discount = discount_factor(market, *yield, years);
    }
    return market.values[*asset.spot] * yield_discount / discount_factor(market, *financing, years);
}

double fx_rate(const Market& market, std::string_view from, std::string_view to) {
    return per_pivot(market, to) / per_pivot(market, from);
}

}  // namespace vargrid
