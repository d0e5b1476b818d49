// Weekday holidays of the invented data sources, after the real rules of the places they imitate.
// Good enough for making data; trades take their calendars from elsewhere.
#pragma once

#include "base/date.hpp"

#include <cstdint>

namespace vargrid {

enum class SampleCalendar : std::uint8_t {
    target,         ///< Euro area.
    united_states,  ///< Federal holidays and Good Friday.
    united_kingdom,
};

[[nodiscard]] bool is_weekday(Date date);
/// A weekday that is no holiday.
[[nodiscard]] bool is_open(SampleCalendar calendar, Date date);
/// Gregorian Easter Sunday. Source: Meeus (1991), Astronomical algorithms, chapter 8.
[[nodiscard]] Date easter_sunday(int year);
/// The first weekday on or after `date`.
[[nodiscard]] Date weekday_from(Date date);
/// `months` later, at the end of the month when the day does not exist.
[[nodiscard]] Date add_months(Date date, int months);

}  // namespace vargrid
