#include "pricing/sample/calendars.hpp"
#include "pricing/sample/files.hpp"
#include "pricing/sample/makers.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace vargrid {

double Making::lot(std::string_view currency) const {
    constexpr std::array<double, 14> kMillions{
        1, 1.5, 2, 3, 5, 5, 7.5, 10, 12.5, 15, 20, 25, 50, 100};
    // The smaller of two draws: large trades are rarer.
    const std::size_t one = static_cast<std::size_t>(random.below(kMillions.size()));
    const std::size_t other = static_cast<std::size_t>(random.below(kMillions.size()));
    return kMillions[std::min(one, other)] * 1e6 * on.unit_of(currency);
}

Date Making::date_in(double years) const {
    return weekday_from(as_of() + static_cast<std::int32_t>(std::lround(years * 365.0)));
}

double Making::set_maturity(double years) const {
    if (random.chance(1, 8)) {
        const double rounded = std::max(std::round(years * 4.0) / 4.0, 0.25);
        row.set("maturity_years", price_text(rounded));
        return rounded;
    }
    const Date maturity = date_in(years);
    row.set("maturity", maturity);
    return static_cast<double>(maturity - as_of()) / 365.0;
}

void Making::set_discount_curve(std::string_view currency, std::uint64_t one_in) const {
    const std::vector<std::string> others = on.other_curves(currency);
    if (!others.empty() && random.chance(1, one_in)) {
        row.set("discount_curve", pick(others));
    }
}

std::string price_text(double price) {
    if (price == 0.0) {
        return "0";
    }
    const int magnitude = static_cast<int>(std::floor(std::log10(std::abs(price))));
    std::string text = fixed(price, std::clamp(5 - magnitude, 0, 12));
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') {
            text.pop_back();
        }
    }
    return text;
}

std::string rate_text(double rate) {
    const std::string text = fixed(rate, 5);
    return text == "-0.00000" ? "0.00000" : text;
}

std::string amount_text(double amount) {
    return fixed(std::round(amount), 0);
}

std::string lower(std::string_view text) {
    std::string result{text};
    for (char& letter : result) {
        if (letter >= 'A' && letter <= 'Z') {
            letter = static_cast<char>(letter - 'A' + 'a');
        }
    }
    return result;
}

}  // namespace vargrid
