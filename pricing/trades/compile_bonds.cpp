// Bonds and bills: known flows on one curve.
#include "pricing/trades/compile_trade.hpp"
#include "pricing/trades/conventions.hpp"

#include <algorithm>
#include <cmath>

namespace vargrid {
namespace {

/// Collects the flows of a bond that are ours: paid after today and, if it is not delivered yet,
/// after its settlement, when the buyer pays for it.
class BondFlows {
  public:
    BondFlows(TradeContext& context,
              const Curve& curve,
              double notional,
              const std::optional<Settlement>& settlement)
        : context_{context}, curve_{curve} {
        if (settlement && settlement->date > context.today()) {
            ours_after_years_ = context.market().years_to(settlement->date);
            leg_.add(context.discount(curve, settlement->date),
                     -std::copysign(settlement->amount, notional));
        }
    }

    void add(double years, double amount) {
        if (years > ours_after_years_) {
            leg_.add(context_.rows().discount(curve_, years), amount);
        }
    }
    void add(Date date, double amount) { add(context_.market().years_to(date), amount); }

    [[nodiscard]] TradeTerms finish(PoolRow fx_row,
                                    const std::string& currency,
                                    double notional) const {
        TradeTerms terms{.currency = currency, .notional = std::abs(notional)};
        terms.matured = leg_.empty();
        if (!terms.matured) {
            terms.legs.push_back(leg_.finish(fx_row));
        }
        return terms;
    }

  private:
    TradeContext& context_;
    const Curve& curve_;
    LegBuilder leg_;
    double ours_after_years_{0.0};
};

CalendarNames calendar_of(const CalendarNames& given, const std::string& currency) {
    return given.empty() ? CalendarNames{std::string{calendar_of_currency(currency)}} : given;
}

}  // namespace

std::optional<TradeTerms> compile(const ZeroCouponBond& bond, TradeContext& context) {
    const Curve* curve = context.discounting(bond.currency, bond.discount_curve);
    const std::optional<PoolRow> fx = context.fx(bond.currency);
    if (curve == nullptr || !fx) {
        return std::nullopt;
    }
    BondFlows flows{context, *curve, bond.notional, bond.settlement};
    if (bond.maturity.years) {
        flows.add(*bond.maturity.years, bond.notional);
    } else {
        flows.add(bond.maturity.date.value_or(Date{}), bond.notional);
    }
    return flows.finish(*fx, bond.currency, bond.notional);
}

std::optional<TradeTerms> compile(const Bill& bill, TradeContext& context) {
    const Curve* curve = context.discounting(bill.currency, bill.discount_curve);
    const std::optional<PoolRow> fx = context.fx(bill.currency);
    if (curve == nullptr || !fx) {
        return std::nullopt;
    }
    BondFlows flows{context, *curve, bill.notional, bill.settlement};
    flows.add(
        rolled(bill.maturity, calendar_of(bill.calendar, bill.currency), bill.business_day_rule),
        bill.notional);
    return flows.finish(*fx, bill.currency, bill.notional);
}

std::optional<TradeTerms> compile(const FixedCouponBond& bond, TradeContext& context) {
    const Curve* curve = context.discounting(bond.currency, bond.discount_curve);
    const std::optional<PoolRow> fx = context.fx(bond.currency);
    if (curve == nullptr || !fx) {
        return std::nullopt;
    }
    const std::vector<Period> coupons =
        periods(ScheduleTerms{.start = bond.start_date,
                              .maturity = bond.maturity,
                              .frequency = bond.frequency,
                              .calendar = calendar_of(bond.calendar, bond.currency),
                              .accrual_rule = BusinessDayRule::unadjusted,
                              .payment_rule = bond.business_day_rule,
                              .end_of_month = bond.end_of_month,
                              .stub = bond.stub});
    CHECK(!coupons.empty());
    BondFlows flows{context, *curve, bond.notional, bond.settlement};
    for (const Period& coupon : coupons) {
        flows.add(coupon.payment,
                  bond.notional * bond.rate * year_fraction(bond.day_count, coupon));
    }
    flows.add(coupons.back().payment, bond.notional * bond.redemption);
    return flows.finish(*fx, bond.currency, bond.notional);
}

}  // namespace vargrid
