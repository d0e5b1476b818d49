#include "base/date.hpp"

#include <array>
#include <cstdio>

namespace vargrid {
namespace {

int digits(std::string_view text) {
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return -1;
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

}  // namespace

Date make_date(int year, unsigned month, unsigned day) {
    const std::chrono::year_month_day ymd{
        std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
    CHECK(ymd.ok());
    return Date{static_cast<std::int32_t>(std::chrono::sys_days{ymd}.time_since_epoch().count())};
}

std::chrono::year_month_day to_ymd(Date date) {
    return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{date.days}}};
}

std::string to_iso(Date date) {
    const auto ymd = to_ymd(date);
    std::array<char, 16> text{};
    std::snprintf(text.data(),
                  text.size(),
                  "%04d-%02u-%02u",
                  static_cast<int>(ymd.year()),
                  static_cast<unsigned>(ymd.month()),
                  static_cast<unsigned>(ymd.day()));
    return text.data();
}

Result<Date> date_from_iso(std::string_view text) {
    if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
        const int year = digits(text.substr(0, 4));
        const int month = digits(text.substr(5, 2));
        const int day = digits(text.substr(8, 2));
        if (year >= 1900 && year < 2200 && month > 0 && day > 0) {
            const std::chrono::year_month_day ymd{std::chrono::year{year},
                                                  std::chrono::month{static_cast<unsigned>(month)},
                                                  std::chrono::day{static_cast<unsigned>(day)}};
            if (ymd.ok()) {
                return make_date(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
            }
        }
    }
    return Error{ErrorCode::invalid_input,
                 "expected a date YYYY-MM-DD from 1900 to 2199, found '" + std::string{text} + "'"};
}

}  // namespace vargrid
