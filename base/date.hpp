// Date: a calendar day without a time or a zone. ISO text only.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace vargrid {

struct Date {
    /// Days since 1970-01-01.
    std::int32_t days{0};

    friend constexpr auto operator<=>(Date, Date) = default;
    friend constexpr std::int32_t operator-(Date a, Date b) { return a.days - b.days; }
    friend constexpr Date operator+(Date d, std::int32_t days) { return Date{d.days + days}; }
};

/// CHECKs that it is a real day.
[[nodiscard]] Date make_date(int year, unsigned month, unsigned day);
[[nodiscard]] std::chrono::year_month_day to_ymd(Date date);
/// "2020-12-31"
[[nodiscard]] std::string to_iso(Date date);
/// Errors: invalid_input, naming the text, unless it is exactly YYYY-MM-DD and a real day between
/// 1900-01-01 and 2199-12-31.
[[nodiscard]] Result<Date> date_from_iso(std::string_view text);

}  // namespace vargrid
