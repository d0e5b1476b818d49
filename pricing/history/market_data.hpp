// From files to a market and its scenarios: the only two functions the rest of vargrid calls here.
// The mapping file (market.toml, docs/market-data.md) says which column of which file is which risk
// factor. Reading happens once, on the client; everything after it is values.
#pragma once

#include "base/date.hpp"
#include "base/result.hpp"
#include "pricing/history/data_report.hpp"
#include "pricing/market/market.hpp"
#include "pricing/market/scenario_set.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

/// How a historical move from `s` to `e` is applied to today's value `b`.
enum class ShiftKind : std::uint8_t {
    absolute,   ///< b + (e - s)
    relative,   ///< b * (e / s)
    log,        ///< b * exp(ln e - ln s); the same move as relative, spelt as ORE and others do
    displaced,  ///< (b + d) * (e + d) / (s + d) - d
};

/// What to do where the rule has no answer: s, e or b (plus d) is not positive.
enum class MoveFallback : std::uint8_t { refuse, absolute, displaced };

struct ShiftRule {
    ShiftKind kind{ShiftKind::absolute};
    double displacement{0.0};  ///< d above; used by displaced, as the rule or as the fallback.
    MoveFallback fallback{MoveFallback::refuse};
    bool constant{false};  ///< A number from the mapping file that never moves.

    friend bool operator==(const ShiftRule&, const ShiftRule&) = default;
};

/// One series' dates, factor or required only: for the report.
struct SeriesSummary {
    std::string name;
    Date first;
    Date last;
    std::vector<Date> missing;  ///< Dates up to the base date on which some other series has one.

    friend bool operator==(const SeriesSummary&, const SeriesSummary&) = default;
};

/// Every factor's values on the common dates up to the base date, which is the last of them.
/// Shapes: values[dates * factors] date-major, rules[factors], factors as in the market's layout.
/// Units: as the layout's; rates already continuous Act/365F.
struct History {
    std::vector<Date> dates;  ///< Strictly increasing.
    std::vector<double> values;
    std::vector<ShiftRule> rules;
    std::vector<SeriesSummary> series;
    std::vector<Date> dropped_dates;  ///< Dates that some series has and another lacks.
    std::optional<Date> as_of_requested;
    std::size_t duplicate_dates{0};
    std::vector<std::string> warnings;  ///< As in DataReport.

    [[nodiscard]] double value(std::size_t date, std::size_t factor) const {
        return values[date * rules.size() + factor];
    }
};

struct MarketDataRequest {
    std::filesystem::path mapping;  ///< market.toml
    std::optional<Date> as_of;      ///< Nothing: the last common date there is.
};

struct MarketData {
    Market market;
    History history;
};

/// Why no market may hold this value for a factor of this class; empty when it may. Commodities may
/// be negative (they have been), rates too; an option on a negative forward is a failed cell.
[[nodiscard]] std::string_view what_is_wrong(RiskClass risk_class, double value);

/// Reads the mapping and every source it names.
/// Errors: invalid_input or io, naming file, line and key or column.
[[nodiscard]] Result<MarketData> load_market_data(const MarketDataRequest& request);

struct ScenarioRequest {
    std::size_t count{500};
    /// In common dates; scenarios overlap when it is above 1.
    int horizon_days{1};
    /// Names of the factors the book depends on; nothing: all. An undefined move of any other
    /// factor is reported and leaves it at its base value, instead of refusing the run.
    std::optional<std::set<std::string>> needed_factors;
};

struct Scenarios {
    ScenarioSet set;
    DataReport report;
};

/// The last `count` moves over `horizon_days` that end on or before the base date, applied to it.
/// Scenario i runs from dates[n - count - horizon + i] to dates[n - count + i].
/// Every number that comes out is finite; FX rates, equity prices are positive and volatilities
/// are not negative, or the request is refused.
/// Errors: invalid_input when history is too short, when a needed move is undefined and no fallback
/// is configured (naming factor, dates and values), or when a needed factor is unknown.
[[nodiscard]] Result<Scenarios> make_scenarios(const MarketData& data,
                                               const ScenarioRequest& request);

}  // namespace vargrid
