// Builds QuantLib's view of one trade: cash flows, instruments and formulas behind one function.
#pragma once

#include "tests/acceptance/real_book/quantlib_curves.hpp"
#include "tests/acceptance/real_book/quantlib_terms.hpp"

#include <ql/cashflow.hpp>
#include <ql/cashflows/cashflows.hpp>
#include <ql/indexes/iborindex.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace vargrid::acceptance {

using Value = std::function<double()>;

/// Builds one trade's value function. Values are in `currency_`, which a type may set.
class Builder {
  public:
    Builder(QuantLibMarket& market, std::string base, const std::vector<Cells>& fixings)
        : market_{market}, base_{std::move(base)}, fixings_{fixings} {}

    std::pair<Value, double> build(const Cells& cells);

  private:
    using Curve = ql::Handle<ql::YieldTermStructure>;
    using Maker = Value (Builder::*)(const Row&);

    Value cash(const Row& row);
    Value position(const Row& row);
    Value asset_forward(const Row& row);
    Value zero_coupon_bond(const Row& row);
    Value bill(const Row& row);
    Value fixed_coupon_bond(const Row& row);
    Value deposit(const Row& row);
    Value fra(const Row& row);
    Value swap(const Row& row);
    Value fx_forward(const Row& row);
    Value fx_swap(const Row& row);
    Value asset_option(const Row& row);
    Value fx_option(const Row& row);

    Value in_base(std::string currency, Value value) const {
        return [this_market = &market_, base = base_, currency = std::move(currency), value] {
            return value() * this_market->fx(currency, base);
        };
    }
    [[nodiscard]] ql::Date today() const { return market_.today(); }
    [[nodiscard]] double years_to(const ql::Date& date) const {
        return static_cast<double>(date - today()) / 365.0;
    }
    [[nodiscard]] double maturity_years(const Row& row) const {
        return row.has("maturity_years") ? row.number("maturity_years")
                                         : years_to(row.date("maturity"));
    }
    [[nodiscard]] Curve discounting(const Row& row, const std::string& currency) const {
        return market_.discounting(row.text("discount_curve"), currency);
    }
    /// A payment of one, if it is still to come.
    [[nodiscard]] Value payment(const Curve& curve, double years) const {
        return [curve, years] { return years > 0.0 ? curve->discount(years) : 0.0; };
    }
    [[nodiscard]] Value npv(ql::Leg leg, Curve curve, ql::Date settlement) const {
        return [leg = std::move(leg), curve = std::move(curve), settlement, today = today()] {
            return ql::CashFlows::npv(leg, **curve, false, settlement, today);
        };
    }
    [[nodiscard]] Value with_settlement(const Row& row, const Curve& curve, Value flows) const;
    [[nodiscard]] ql::Date settlement_of(const Row& row) const {
        return row.has("settlement_date") ? std::max(row.date("settlement_date"), today())
                                          : today();
    }
    ql::ext::shared_ptr<ql::IborIndex> term_index(const std::string& name) const;
    ql::ext::shared_ptr<ql::OvernightIndex> overnight_index(const std::string& name) const;
    void load_fixings(const std::string& name, ql::Index& index) const;

    QuantLibMarket& market_;
    std::string base_;
    const std::vector<Cells>& fixings_;
    double size_{0.0};
    std::string size_currency_;
};

}  // namespace vargrid::acceptance
