// One function a trade type: fills the columns of docs/trades.md for one invented trade.
#pragma once

#include "base/date.hpp"
#include "base/random.hpp"
#include "pricing/sample/row.hpp"
#include "pricing/sample/tradable.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

/// What a maker works with. The row has its id and type already.
struct Making {
    const Tradable& on;
    RandomStream& random;
    TradeRow& row;

    [[nodiscard]] Date as_of() const { return on.as_of(); }
    template <class T>
    [[nodiscard]] const T& pick(const std::vector<T>& from) const {
        return from[static_cast<std::size_t>(random.below(from.size()))];
    }
    [[nodiscard]] std::string_view pick(std::span<const std::string_view> from) const {
        return from[static_cast<std::size_t>(random.below(from.size()))];
    }
    [[nodiscard]] double sign() const { return random.chance(1, 2) ? 1.0 : -1.0; }
    /// A round size in units of the currency: one to a hundred million euros' worth, mostly small.
    [[nodiscard]] double lot(std::string_view currency) const;
    /// The first weekday on or after a number of Act/365F years from the market's date.
    [[nodiscard]] Date date_in(double years) const;
    /// Sets maturity, or now and then maturity_years; returns the years.
    double set_maturity(double years) const;
    /// Now and then another curve of the currency than the discounting one.
    void set_discount_curve(std::string_view currency, std::uint64_t one_in) const;
};

void make_cash(const Making& making);
void make_equity_position(const Making& making);
void make_commodity_position(const Making& making);
void make_equity_forward(const Making& making);
void make_commodity_forward(const Making& making);
void make_equity_option(const Making& making);
void make_zero_coupon_bond(const Making& making);
void make_bill(const Making& making);
void make_fixed_coupon_bond(const Making& making);
void make_deposit(const Making& making);
void make_fra(const Making& making);
void make_swap(const Making& making);
void make_fx_forward(const Making& making);
void make_fx_swap(const Making& making);
void make_fx_option(const Making& making);

/// Six significant digits, as prices are quoted.
[[nodiscard]] std::string price_text(double price);
/// Five digits after the point: a tenth of a basis point.
[[nodiscard]] std::string rate_text(double rate);
/// A whole number.
[[nodiscard]] std::string amount_text(double amount);
/// "eur" of "EUR"
[[nodiscard]] std::string lower(std::string_view text);

}  // namespace vargrid
