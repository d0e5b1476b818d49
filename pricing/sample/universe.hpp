// What the invented market consists of: names, starting levels and how each thing moves.
// Sources: orders of magnitude only; no number here is a quote of anything.
#pragma once

#include "pricing/market/market.hpp"
#include "pricing/sample/calendars.hpp"

#include <span>
#include <string_view>

namespace vargrid {

/// Units: `annual_vol` of the rate per euro; betas are correlations with the equity market and
/// with the dollar factor.
struct SampleCurrency {
    std::string_view code;
    double per_euro;
    double annual_vol;
    double equity_correlation;
    double dollar_correlation;
    int decimals;
};

/// A zero curve: level + slope * h1(t) + curvature * h2(t), Nelson-Siegel with a decay of two
/// years, plus a spread. Each of the three reverts to where it starts. Units: decimal; moves are
/// daily standard deviations.
struct SampleRates {
    std::string_view currency;
    SampleCalendar calendar;
    double level;
    double slope;
    double curvature;
    double level_move;
    double slope_move;
    double curvature_move;
};

/// A curve built on its currency's rates.
struct SampleCurve {
    std::string_view name;
    std::string_view currency;
    Interpolation interpolation;
    double spread;      ///< Over the currency's rates; moves a little.
    bool every_pillar;  ///< Otherwise only 3M, 1Y, 5Y and 10Y.
    bool is_discounting;
};

struct SampleIndex {
    std::string_view index;
    std::string_view curve;
};

/// Units: `beta` to the index, annual idiosyncratic volatility, decimal yields.
struct SampleStock {
    std::string_view name;
    std::string_view currency;
    double price;
    double beta;
    double own_vol;
    double dividend_yield;
};

struct SampleCommodity {
    std::string_view name;
    double price;
    double annual_vol;
    double oil_correlation;
    double convenience_yield;
    bool has_forwards;
};

struct SamplePillar {
    std::string_view label;
    double years;
};

[[nodiscard]] std::span<const SampleCurrency> sample_currencies();
[[nodiscard]] std::span<const SampleRates> sample_rates();
[[nodiscard]] std::span<const SampleCurve> sample_curves();
[[nodiscard]] std::span<const SampleIndex> sample_indices();
/// The first is the index itself.
[[nodiscard]] std::span<const SampleStock> sample_stocks();
[[nodiscard]] std::span<const SampleCommodity> sample_commodities();
/// Pairs whose volatility is quoted, such as "EURUSD".
[[nodiscard]] std::span<const std::string_view> sample_vol_pairs();
[[nodiscard]] std::span<const SamplePillar> sample_pillars();
[[nodiscard]] std::span<const SamplePillar> sample_forward_pillars();
[[nodiscard]] std::span<const SamplePillar> sample_vol_pillars();

}  // namespace vargrid
