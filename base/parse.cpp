#include "base/parse.hpp"

#include <charconv>
#include <cmath>

namespace vargrid {

Result<double> parse_number(std::string_view text) {
    double value = 0.0;
    // from_chars does not take the leading plus that spreadsheets write.
    const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (code != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(value)) {
        return Error{ErrorCode::invalid_input,
                     "expected a number, found '" + std::string{text} + "'"};
    }
    return value;
}

Result<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size()) {
        return Error{ErrorCode::invalid_input,
                     "expected a whole number, found '" + std::string{text} + "'"};
    }
    return value;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace vargrid
