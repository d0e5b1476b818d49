#include "pricing/history/date_format.hpp"

#include <array>
#include <cctype>
#include <chrono>
#include <optional>

namespace vargrid {

namespace {

constexpr std::array<std::string_view, 12> kMonths{
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

/// Takes between `digits_min` and `digits_max` digits off the front.
std::optional<int> take_digits(std::string_view& text,
                               std::size_t digits_min,
                               std::size_t digits_max) {
    std::size_t count = 0;
    int value = 0;
    while (count < digits_max && count < text.size() && text[count] >= '0' && text[count] <= '9') {
        value = value * 10 + (text[count] - '0');
        ++count;
    }
    if (count < digits_min) {
        return std::nullopt;
    }
    text.remove_prefix(count);
    return value;
}

std::optional<int> take_month_name(std::string_view& text) {
    if (text.size() < 3) {
        return std::nullopt;
    }
    std::string name;
    for (const char c : text.substr(0, 3)) {
        name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    for (std::size_t month = 0; month < kMonths.size(); ++month) {
        if (kMonths[month] == name) {
            text.remove_prefix(3);
            return static_cast<int>(month) + 1;
        }
    }
    return std::nullopt;
}

struct DateParts {
    int year{0};
    int month{0};
    int day{0};
};

bool take_part(char kind, std::string_view& text, DateParts& parts) {
    std::optional<int> taken;
    switch (kind) {
        case 'Y':
            taken = take_digits(text, 4, 4);
            parts.year = taken.value_or(0);
            break;
        case 'm':
            taken = take_digits(text, 1, 2);
            parts.month = taken.value_or(0);
            break;
        case 'b':
            taken = take_month_name(text);
            parts.month = taken.value_or(0);
            break;
        case 'd':
            taken = take_digits(text, 1, 2);
            parts.day = taken.value_or(0);
            break;
        default:
            break;
    }
    return taken.has_value();
}

std::optional<Date> match(std::string_view pattern, std::string_view text) {
    DateParts parts;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '%') {
            ++i;
            if (!take_part(pattern[i], text, parts)) {
                return std::nullopt;
            }
        } else if (text.empty() || text.front() != pattern[i]) {
            return std::nullopt;
        } else {
            text.remove_prefix(1);
        }
    }
    const std::chrono::year_month_day day{std::chrono::year{parts.year},
                                          std::chrono::month{static_cast<unsigned>(parts.month)},
                                          std::chrono::day{static_cast<unsigned>(parts.day)}};
    if (!text.empty() || !day.ok() || parts.year < 1900 || parts.year > 2199) {
        return std::nullopt;
    }
    return make_date(
        parts.year, static_cast<unsigned>(parts.month), static_cast<unsigned>(parts.day));
}

}  // namespace

Result<DateFormat> DateFormat::parse_pattern(std::string_view pattern) {
    int years = 0;
    int months = 0;
    int days = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '%') {
            continue;
        }
        ++i;
        const char kind = i < pattern.size() ? pattern[i] : '\0';
        years += kind == 'Y' ? 1 : 0;
        months += kind == 'm' || kind == 'b' ? 1 : 0;
        days += kind == 'd' ? 1 : 0;
        if (kind != 'Y' && kind != 'm' && kind != 'b' && kind != 'd') {
            years = -1;
            break;
        }
    }
    if (years != 1 || months != 1 || days != 1) {
        return Error{ErrorCode::invalid_input,
                     "expected a date format of %Y, %m or %b, and %d, such as %d/%m/%Y, found '" +
                         std::string{pattern} + "'"};
    }
    DateFormat format;
    format.pattern_ = pattern;
    return format;
}

Result<Date> DateFormat::parse(std::string_view text) const {
    const auto date = match(pattern_, text);
    if (!date.has_value()) {
        return Error{ErrorCode::invalid_input,
                     "expected a date as " + pattern_ + ", found '" + std::string{text} + "'"};
    }
    return *date;
}

}  // namespace vargrid
