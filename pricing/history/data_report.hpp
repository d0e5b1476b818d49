// What was done to the data on the way from files to scenarios: everything a reader of the result
// must know to trust it. A value; printed by to_text, or written field by field as JSON.
#pragma once

#include "base/date.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

/// Why a factor does not move by its own rule in one scenario.
enum class MoveException : std::uint8_t {
    fallback_absolute,   ///< The rule was undefined; the configured absolute move was used.
    fallback_displaced,  ///< The rule was undefined; the configured displaced move was used.
    unused_base_kept,    ///< Undefined, but nothing in the book needs it: the base value stands.
};
/// "fallback_absolute", ...
[[nodiscard]] std::string_view to_text(MoveException exception);

struct ExceptionalMove {
    std::string factor;
    MoveException exception{MoveException::fallback_absolute};
    Date from;
    Date to;
    double from_value{0.0};
    double to_value{0.0};
    double base_value{0.0};
    double shifted_value{0.0};

    friend bool operator==(const ExceptionalMove&, const ExceptionalMove&) = default;
};

/// One factor's data. `missing_dates` counts the dates of the scenario window on which some other
/// factor had a value and this one had none: the dates it made the calendar drop.
struct FactorCoverage {
    std::string factor;
    Date first;  ///< First and last date with a value, up to the date used.
    Date last;
    std::size_t missing_dates{0};

    friend bool operator==(const FactorCoverage&, const FactorCoverage&) = default;
};

struct DataReport {
    std::optional<Date> as_of_requested;
    Date as_of_used;                      ///< The last common date not after the one requested.
    Date first_date;                      ///< Where the first scenario starts.
    Date last_date;                       ///< Where the last scenario ends; equals as_of_used.
    std::size_t scenarios{0};             ///< Overlapping when horizon_days > 1.
    int horizon_days{1};                  ///< In common dates.
    std::size_t dates_available{0};       ///< Common dates up to as_of_used, the whole history.
    std::size_t dates_used{0};            ///< Common dates from first_date to last_date.
    std::size_t dates_dropped{0};         ///< Dates between them that some factor lacks.
    std::size_t duplicate_dates{0};       ///< Repeated dates whose values agreed, over all sources.
    std::vector<FactorCoverage> factors;  ///< Every factor and required series, in layout order.
    std::vector<ExceptionalMove> exceptional_moves;
    /// Values that can be right and mostly are not: a rate of 230 % where "percent" was forgotten.
    std::vector<std::string> warnings;

    friend bool operator==(const DataReport&, const DataReport&) = default;
};

/// "IR/USD-GOV" of "IR/USD-GOV/10Y"; other names as they are. Pillars of one curve share most of
/// what there is to say about them.
[[nodiscard]] std::string group_of(const std::string& factor);

/// A few lines for a person: dates, what was dropped and because of which factors (worst first),
/// and the exceptional moves.
[[nodiscard]] std::string to_text(const DataReport& report);

}  // namespace vargrid
