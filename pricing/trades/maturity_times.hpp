// When a forward or an option is observed and paid, as years from the valuation date.
#pragma once

#include "pricing/trades/compile_trade.hpp"

namespace vargrid {

/// Units: Act/365F years from the valuation date.
struct MaturityTimes {
    double years{0.0};
    double payment_years{0.0};

    /// Nothing left to pay.
    [[nodiscard]] bool matured() const { return payment_years <= 0.0; }
    /// The price that settles it was observed, today or before.
    [[nodiscard]] bool observed() const { return years <= 0.0; }
};

[[nodiscard]] inline MaturityTimes maturity_times(const TradeContext& context,
                                                  const Maturity& maturity,
                                                  std::optional<Date> payment_date) {
    if (maturity.years) {
        return MaturityTimes{*maturity.years, *maturity.years};
    }
    CHECK(maturity.date.has_value());
    return MaturityTimes{context.market().years_to(*maturity.date),
                         context.market().years_to(payment_date.value_or(*maturity.date))};
}

}  // namespace vargrid
