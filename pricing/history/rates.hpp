// How a file quotes a curve's pillar, and its conversion to what a Curve holds: zero rates,
// continuously compounded, Act/365F, decimal.
#pragma once

#include "base/result.hpp"

#include <cstdint>

namespace vargrid {

enum class RateQuote : std::uint8_t { zero_rate, discount_factor };

enum class Compounding : std::uint8_t { continuous, simple, annual, semi_annual, quarterly };

enum class RateDayCount : std::uint8_t { act_365_fixed, act_360 };

/// Units: percent says that quoted zero rates are in percent; discount factors never are.
struct RateConvention {
    RateQuote quote{RateQuote::zero_rate};
    Compounding compounding{Compounding::continuous};
    RateDayCount day_count{RateDayCount::act_365_fixed};
    bool percent{false};

    friend bool operator==(const RateConvention&, const RateConvention&) = default;
};

/// Units: years are Act/365F; a year of Act/360 accrues 365/360.
/// Errors: invalid_input when the quote has no continuous rate (a discount factor that is not
/// positive, a compounded rate at or below minus one per period).
[[nodiscard]] Result<double> continuous_zero_rate(const RateConvention& convention,
                                                  double quoted,
                                                  double years);

}  // namespace vargrid
