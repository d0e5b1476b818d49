// Calendars, day counts and schedules, as functions of plain dates. QuantLib does the work behind
// this header and is included nowhere else, so that one file pays for its headers.
#pragma once

#include "pricing/trades/trade.hpp"

#include <vector>

namespace vargrid {

/// CHECKs, here and below, that every calendar name is one of calendar_words().
[[nodiscard]] Date rolled(Date date, const CalendarNames& calendar, BusinessDayRule rule);
/// The day `days` good days later (or earlier); 0: the day rolled by the rule.
[[nodiscard]] Date advanced_days(Date date,
                                 int days,
                                 const CalendarNames& calendar,
                                 BusinessDayRule rule);
/// The day `months` later, at a month's end if `end_of_month` and the date is one, then rolled.
[[nodiscard]] Date advanced_months(
    Date date, int months, const CalendarNames& calendar, BusinessDayRule rule, bool end_of_month);
/// Good days in [from, to).
[[nodiscard]] std::vector<Date> good_days(const CalendarNames& calendar, Date from, Date to);

/// Act/Act ICMA without a reference period takes the period itself for one.
[[nodiscard]] double year_fraction(DayCount day_count, Date start, Date end);

/// One accrual period of a leg.
struct Period {
    /// Start before rolling, what a notional schedule is compared with; `start` unless asked for.
    Date unrolled_start{};
    Date start{};
    Date end{};
    Date payment{};
    Date reference_start{};  ///< The regular period it belongs to, for Act/Act ICMA.
    Date reference_end{};

    friend bool operator==(const Period&, const Period&) = default;
};

[[nodiscard]] double year_fraction(DayCount day_count, const Period& period);

struct ScheduleTerms {
    Date start{};
    Date maturity{};
    Frequency frequency{};
    CalendarNames calendar{};
    BusinessDayRule accrual_rule{BusinessDayRule::unadjusted};
    BusinessDayRule payment_rule{BusinessDayRule::following};
    int payment_lag{0};
    bool end_of_month{false};
    Stub stub{Stub::short_front};
    bool unrolled_starts{false};  ///< Costs a second schedule.
};

/// The periods from start to maturity, in order. Empty when rolling leaves no day between them.
[[nodiscard]] std::vector<Period> periods(const ScheduleTerms& terms);

}  // namespace vargrid
