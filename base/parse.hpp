// Strict number parsing: the whole text or nothing, no locale, no NaN or infinity.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string_view>

namespace vargrid {

/// Errors: invalid_input ("expected a number, found '...'"), also for nan, inf and overflow.
[[nodiscard]] Result<double> parse_number(std::string_view text);
/// Errors: invalid_input ("expected a whole number, found '...'").
[[nodiscard]] Result<std::int64_t> parse_integer(std::string_view text);
/// Without leading and trailing blanks and tabs.
[[nodiscard]] std::string_view trimmed(std::string_view text);

}  // namespace vargrid
