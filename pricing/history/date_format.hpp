// Dates as files write them: "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d %b %Y", ...
#pragma once

#include "base/date.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

namespace vargrid {

/// %Y four digits, %m and %d one or two digits, %b an English month of three letters (any case);
/// everything else stands for itself. There is no two-digit year: it would be a guess.
class DateFormat {
  public:
    /// Errors: invalid_input unless year, month and day are each there once and nothing is unknown.
    [[nodiscard]] static Result<DateFormat> parse_pattern(std::string_view pattern);

    /// Errors: invalid_input, naming the pattern and the text, also for a day that does not exist
    /// or lies outside 1900..2199.
    [[nodiscard]] Result<Date> parse(std::string_view text) const;

    friend bool operator==(const DateFormat&, const DateFormat&) = default;

  private:
    std::string pattern_{"%Y-%m-%d"};
};

}  // namespace vargrid
