#include "pricing/history/derived.hpp"

#include <algorithm>
#include <cmath>

namespace vargrid {

namespace {

/// The series itself, or its ratio to `per` on the dates of both. A ratio with a value that is not
/// positive is 0, which no log return accepts.
std::vector<Observation> ratio_of(const Series& factor, const Series* per) {
    if (per == nullptr) {
        return factor.observations;
    }
    std::vector<Observation> ratios;
    auto below = per->observations.begin();
    for (const Observation& above : factor.observations) {
        below = std::lower_bound(
            below, per->observations.end(), above.date, [](const Observation& item, Date date) {
                return item.date < date;
            });
        if (below == per->observations.end()) {
            break;
        }
        if (below->date == above.date) {
            const bool is_defined = above.value > 0.0 && below->value > 0.0;
            ratios.push_back({above.date, is_defined ? above.value / below->value : 0.0, 0});
        }
    }
    return ratios;
}

}  // namespace

Series realised_volatility(const RealisedSpec& spec, const Series& factor, const Series* per) {
    CHECK(spec.returns > 0);
    const std::vector<Observation> prices = ratio_of(factor, per);
    const auto window = static_cast<std::size_t>(spec.returns);
    std::vector<double> squares;
    Series result;
    for (std::size_t i = 1; i < prices.size(); ++i) {
        if (prices[i - 1].value > 0.0 && prices[i].value > 0.0) {
            const double log_return = std::log(prices[i].value / prices[i - 1].value);
            squares.push_back(log_return * log_return);
        }
        if (squares.size() < window) {
            continue;
        }
        // Summed afresh each day: a running sum would carry rounding from day to day.
        double sum = 0.0;
        for (std::size_t k = squares.size() - window; k < squares.size(); ++k) {
            sum += squares[k];
        }
        const double variance = spec.returns_per_year * sum / static_cast<double>(window);
        result.observations.push_back({prices[i].date, std::sqrt(variance), 0});
    }
    return result;
}

}  // namespace vargrid
