#include "pricing/history/rates.hpp"

#include <cmath>

namespace vargrid {

namespace {

/// Years of accrual in the quote's own day count for one year Act/365F.
double accrual_per_year(RateDayCount day_count) {
    return day_count == RateDayCount::act_360 ? 365.0 / 360.0 : 1.0;
}

/// log(1 + rate * period) / period, or NaN when the growth is not positive.
double log_growth(double rate, double period) {
    return 1.0 + rate * period > 0.0 ? std::log1p(rate * period) / period : std::nan("");
}

double continuous(Compounding compounding, double rate, double accrual) {
    switch (compounding) {
        case Compounding::continuous:
            return rate;
        case Compounding::simple:
            return log_growth(rate, accrual);
        case Compounding::annual:
            return log_growth(rate, 1.0);
        case Compounding::semi_annual:
            return log_growth(rate, 0.5);
        case Compounding::quarterly:
            return log_growth(rate, 0.25);
    }
    CHECK_MSG(false, "not a compounding");
}

}  // namespace

Result<double> continuous_zero_rate(const RateConvention& convention, double quoted, double years) {
    if (convention.quote == RateQuote::discount_factor) {
        if (!(quoted > 0.0)) {
            return Error{ErrorCode::invalid_input, "a discount factor must be positive"};
        }
        return -std::log(quoted) / years;
    }
    const double rate = convention.percent ? quoted / 100.0 : quoted;
    const double per_year = accrual_per_year(convention.day_count);
    const double zero = continuous(convention.compounding, rate, years * per_year) * per_year;
    if (!std::isfinite(zero)) {
        return Error{ErrorCode::invalid_input,
                     "the rate is so negative that money would vanish; is the unit right?"};
    }
    return zero;
}

}  // namespace vargrid
