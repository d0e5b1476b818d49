#include "pricing/sample/calendars.hpp"

#include <chrono>

namespace vargrid {
namespace {

std::chrono::weekday weekday_of(Date date) {
    return std::chrono::weekday{std::chrono::sys_days{std::chrono::days{date.days}}};
}

struct Day {
    int year;
    unsigned month;
    unsigned day;
    std::chrono::weekday weekday;
};

/// Whether it is the n-th `weekday` of its month; n = -1 is the last.
bool is_nth(const Day& day, unsigned month, std::chrono::weekday weekday, int n, Date date) {
    if (day.month != month || day.weekday != weekday) {
        return false;
    }
    if (n > 0) {
        return static_cast<int>((day.day - 1) / 7) + 1 == n;
    }
    return static_cast<unsigned>(to_ymd(date + 7).month()) != month;
}

/// A holiday on a fixed day, taken on the nearest weekday when it falls on a weekend.
bool is_observed_nearest(const Day& day, unsigned month, unsigned on) {
    if (day.month != month) {
        return false;
    }
    return day.day == on || (day.day + 1 == on && day.weekday == std::chrono::Friday) ||
           (day.day == on + 1 && day.weekday == std::chrono::Monday);
}

bool is_united_states_holiday(const Day& day, Date date, Date easter) {
    using std::chrono::Monday;
    return date == easter + -2 || is_observed_nearest(day, 1, 1) ||
           is_nth(day, 1, Monday, 3, date) || is_nth(day, 2, Monday, 3, date) ||
           is_nth(day, 5, Monday, -1, date) || is_observed_nearest(day, 6, 19) ||
           is_observed_nearest(day, 7, 4) || is_nth(day, 9, Monday, 1, date) ||
           is_nth(day, 11, std::chrono::Thursday, 4, date) || is_observed_nearest(day, 12, 25);
}

bool is_united_kingdom_holiday(const Day& day, Date date, Date easter) {
    using std::chrono::Monday;
    const bool new_year =
        day.month == 1 && (day.day == 1 || (day.day <= 3 && day.weekday == Monday));
    const bool christmas =
        day.month == 12 && (day.day == 25 || day.day == 26 ||
                            ((day.day == 27 || day.day == 28) &&
                             (day.weekday == Monday || day.weekday == std::chrono::Tuesday)));
    return new_year || christmas || date == easter + -2 || date == easter + 1 ||
           is_nth(day, 5, Monday, 1, date) || is_nth(day, 5, Monday, -1, date) ||
           is_nth(day, 8, Monday, -1, date);
}

bool is_target_holiday(const Day& day, Date date, Date easter) {
    return (day.month == 1 && day.day == 1) || date == easter + -2 || date == easter + 1 ||
           (day.month == 5 && day.day == 1) ||
           (day.month == 12 && (day.day == 25 || day.day == 26));
}

}  // namespace

bool is_weekday(Date date) {
    const std::chrono::weekday day = weekday_of(date);
    return day != std::chrono::Saturday && day != std::chrono::Sunday;
}

bool is_open(SampleCalendar calendar, Date date) {
    if (!is_weekday(date)) {
        return false;
    }
    const auto ymd = to_ymd(date);
    const Day day{static_cast<int>(ymd.year()),
                  static_cast<unsigned>(ymd.month()),
                  static_cast<unsigned>(ymd.day()),
                  weekday_of(date)};
    const Date easter = easter_sunday(day.year);
    switch (calendar) {
        case SampleCalendar::target:
            return !is_target_holiday(day, date, easter);
        case SampleCalendar::united_states:
            return !is_united_states_holiday(day, date, easter);
        case SampleCalendar::united_kingdom:
            return !is_united_kingdom_holiday(day, date, easter);
    }
    return false;
}

Date easter_sunday(int year) {
    const int a = year % 19;
    const int b = year / 100;
    const int c = year % 100;
    const int g = (8 * b + 13) / 25;
    const int h = (19 * a + b - b / 4 - g + 15) % 30;
    const int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    const int m = (a + 11 * h + 22 * l) / 451;
    const int month = (h + l - 7 * m + 114) / 31;
    const int day = (h + l - 7 * m + 114) % 31 + 1;
    return make_date(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}

Date weekday_from(Date date) {
    while (!is_weekday(date)) {
        date = date + 1;
    }
    return date;
}

Date add_months(Date date, int months) {
    const auto ymd = to_ymd(date);
    const auto month = ymd.year() / ymd.month() + std::chrono::months{months};
    const auto last = (month / std::chrono::last).day();
    const auto day = ymd.day() < last ? ymd.day() : last;
    return make_date(static_cast<int>(month.year()),
                     static_cast<unsigned>(month.month()),
                     static_cast<unsigned>(day));
}

}  // namespace vargrid
