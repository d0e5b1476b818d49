// The layout of the invented market and where each of its factors stands in the files.
#pragma once

#include "pricing/sample/history.hpp"
#include "pricing/sample/universe.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

inline constexpr std::string_view kSampleFxFile = "fx.csv";
inline constexpr std::string_view kSampleRatesFile = "rates.csv";
inline constexpr std::string_view kSampleEquitiesFile = "equities.csv";
inline constexpr std::string_view kSampleCommoditiesFile = "commodities.csv";
inline constexpr std::string_view kSampleVolatilitiesFile = "volatilities.csv";

/// Shapes: columns and calendars, one per factor. A factor without a file is a constant that stands
/// in market.toml.
struct SampleLayout {
    MarketLayout layout;
    std::vector<SampleColumn> columns;
    std::vector<SampleCalendar> calendars;
};

[[nodiscard]] SampleLayout make_sample_layout();
/// Pillars of a curve of the universe.
[[nodiscard]] std::vector<SamplePillar> pillars_of(const SampleCurve& curve);

}  // namespace vargrid
