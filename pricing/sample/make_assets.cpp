// Cash, and trades on equities, indices and commodities.
#include "pricing/market/weights.hpp"
#include "pricing/sample/calendars.hpp"
#include "pricing/sample/makers.hpp"

#include <algorithm>
#include <cmath>

namespace vargrid {
namespace {

/// Units worth about a tenth of a lot, in round numbers.
double quantity_of(const Making& making, const Asset& asset) {
    const double value = making.lot(asset.currency) * 0.1;
    const double price = making.on.spot(asset);
    const double units = value / std::max(std::abs(price), 0.01);
    const double step = std::pow(10.0, std::max(0.0, std::floor(std::log10(units)) - 1.0));
    return making.sign() * std::max(1.0, std::round(units / step) * step);
}

void set_payment_date(const Making& making, double years) {
    // Only beside a maturity that is a date: two weekdays later, as stock deliveries are paid.
    if (making.random.chance(1, 3)) {
        const Date maturity = making.date_in(years);
        making.row.set("maturity", maturity);
        making.row.set("payment_date", weekday_from(weekday_from(maturity + 1) + 1));
    } else {
        static_cast<void>(making.set_maturity(years));
    }
}

void make_forward(const Making& making, const Asset& asset, const std::string& book) {
    const double years = making.random.uniform(0.04, 2.0);
    const double strike = making.on.forward(asset, years) *
                          (1.0 + 0.12 * std::sqrt(years) * making.random.normal() * 0.5);
    making.row.set("book", book)
        .set("asset", asset.name)
        .set("quantity", amount_text(quantity_of(making, asset)))
        .set("strike", price_text(std::max(strike, 0.01)));
    set_payment_date(making, years);
    making.set_discount_curve(asset.currency, 25);
}

}  // namespace

void make_cash(const Making& making) {
    const std::string& currency = making.pick(making.on.cash_currencies);
    making.row.set("book", "treasury/cash")
        .set("currency", currency)
        .set("amount",
             amount_text(making.sign() * making.lot(currency) * 0.25 *
                         making.random.uniform(0.5, 1.5)));
}

void make_equity_position(const Making& making) {
    const Asset& asset = *making.pick(making.on.equities);
    making.row.set("book", "equity/cash-" + lower(asset.currency)).set("asset", asset.name);
    if (making.random.chance(1, 4)) {
        making.row.set("market_value",
                       amount_text(making.sign() * making.lot(asset.currency) * 0.1));
    } else {
        making.row.set("quantity", amount_text(quantity_of(making, asset)));
    }
    if (making.random.chance(1, 5)) {
        making.row.set("currency", asset.currency);
    }
}

void make_commodity_position(const Making& making) {
    const Asset& asset = *making.pick(making.on.commodities);
    making.row.set("book", "commodity/physical").set("asset", asset.name);
    if (making.random.chance(1, 4)) {
        making.row.set("market_value",
                       amount_text(making.sign() * making.lot(asset.currency) * 0.1));
    } else {
        making.row.set("quantity", amount_text(quantity_of(making, asset)));
    }
}

void make_equity_forward(const Making& making) {
    make_forward(making, *making.pick(making.on.equities), "equity/delta-one");
}

void make_commodity_forward(const Making& making) {
    make_forward(making, *making.pick(making.on.commodities), "commodity/forwards");
}

void make_equity_option(const Making& making) {
    const Asset& asset = *making.pick(making.on.optionable);
    const double years = making.random.uniform(0.02, 2.5);
    const double spread =
        deviation(making.on.market(), *making.on.market().layout->vol(asset.name), years);
    const bool is_call = making.random.chance(11, 20);
    const double moneyness = std::clamp(making.random.normal(), -2.0, 2.0) * spread;
    const bool is_equity = asset.asset_class == AssetClass::equity;
    making.row.set("book", is_equity ? "equity/options" : "commodity/options")
        .set("asset", asset.name)
        .set("option_type", is_call ? "call" : "put")
        .set("quantity", amount_text(quantity_of(making, asset)))
        .set("strike", price_text(making.on.forward(asset, years) * std::exp(moneyness)));
    set_payment_date(making, years);
}

}  // namespace vargrid
