// What an interest-rate index is, and what a swap on it is unless the trade says otherwise.
#pragma once

#include "pricing/trades/trade.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vargrid {

struct IndexTerms {
    std::string name{};
    std::string currency{};
    int tenor_months{0};  ///< 0: overnight.
    int fixing_days{0};   ///< Business days of fixing_calendar before the period starts.
    CalendarNames fixing_calendar{};
    /// Good days for the value dates of the index and the periods of a swap on it.
    CalendarNames calendar{};
    DayCount day_count{DayCount::act_360};
    Frequency fixed_frequency{};
    DayCount fixed_day_count{DayCount::act_360};
    int payment_lag{0};

    [[nodiscard]] bool overnight() const { return tenor_months == 0; }
    friend bool operator==(const IndexTerms&, const IndexTerms&) = default;
};

/// By name, for example "EUR-EURIBOR-6M" or "USD-SOFR"; nothing when there is no such index.
[[nodiscard]] std::optional<IndexTerms> index_terms(std::string_view name);
/// For error messages: the names in short.
[[nodiscard]] std::string_view known_indices();

}  // namespace vargrid
