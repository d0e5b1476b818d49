// Cash, positions in and forwards and options on equities and commodities.
#include "pricing/trades/compile_trade.hpp"
#include "pricing/trades/csv_text.hpp"
#include "pricing/trades/maturity_times.hpp"
#include "pricing/trades/row_reader.hpp"

#include <algorithm>
#include <cmath>

namespace vargrid {
namespace {

/// An amount that is already known, paid later.
TradeTerms known_payment(double amount, PoolRow discount_row, PoolRow fx_row) {
    LegBuilder leg;
    leg.add(discount_row, amount);
    return TradeTerms{.legs = {leg.finish(fx_row)}};
}

}  // namespace

std::optional<TradeTerms> compile(const Cash& cash, TradeContext& context) {
    const std::optional<PoolRow> fx = context.fx(cash.currency);
    if (!fx) {
        return std::nullopt;
    }
    TradeTerms terms = known_payment(cash.amount, kOne, *fx);
    terms.currency = cash.currency;
    terms.notional = std::abs(cash.amount);
    return terms;
}

std::optional<TradeTerms> compile(const Position& position,
                                  AssetClass asset_class,
                                  TradeContext& context) {
    const Asset* asset = context.asset(position.asset, asset_class, position.currency);
    if (asset == nullptr) {
        return std::nullopt;
    }
    const double spot = context.spot_value(*asset);
    if (position.market_value && !(spot > 0.0)) {
        context.fail(TradeColumn::market_value,
                     "found a market value while the price of " + position.asset + " is " +
                         std::to_string(spot) + ", expected a quantity instead");
    }
    const std::optional<PoolRow> fx = context.fx(asset->currency, TradeColumn::asset);
    if (!fx || !context.problems().empty()) {
        return std::nullopt;
    }
    const double quantity =
        position.quantity ? *position.quantity : position.market_value.value_or(0.0) / spot;
    TradeTerms terms = known_payment(quantity, context.spot(*asset), *fx);
    terms.currency = asset->currency;
    terms.notional = std::abs(quantity * spot);
    return terms;
}

std::optional<TradeTerms> compile(const AssetForward& forward,
                                  AssetClass asset_class,
                                  TradeContext& context) {
    const Asset* asset = context.asset(forward.asset, asset_class, forward.currency);
    if (asset == nullptr) {
        return std::nullopt;
    }
    const Curve* curve =
        context.discounting(asset->currency, forward.discount_curve, TradeColumn::asset);
    const std::optional<PoolRow> fx = context.fx(asset->currency, TradeColumn::asset);
    if (curve == nullptr || !fx) {
        return std::nullopt;
    }
    const MaturityTimes times = maturity_times(context, forward.maturity, forward.payment_date);
    TradeTerms terms;
    if (times.matured()) {
        terms.matured = true;
    } else {
        const PoolRow paid = context.rows().discount(*curve, times.payment_years);
        LegBuilder leg;
        if (times.observed()) {
            const auto price = context.required_fixing(
                TradeColumn::maturity, forward.asset, *forward.maturity.date);
            leg.add(paid, forward.quantity * (price.value_or(0.0) - forward.strike));
        } else {
            leg.add(context.discounted_forward(*asset, times.years, *curve, times.payment_years),
                    forward.quantity);
            leg.add(paid, -forward.quantity * forward.strike);
        }
        terms.legs.push_back(leg.finish(*fx));
    }
    terms.currency = asset->currency;
    terms.notional = std::abs(forward.quantity * context.spot_value(*asset));
    return terms;
}

std::optional<TradeTerms> compile(const EquityOption& option, TradeContext& context) {
    const Asset* asset = context.asset(option.asset, std::nullopt, option.currency);
    const VolCurve* vol = context.market().layout->vol(option.asset);
    if (asset != nullptr && vol == nullptr) {
        context.fail(TradeColumn::asset,
                     found_expected(option.asset, "an asset that the market has a volatility for"));
    }
    if (asset == nullptr) {
        return std::nullopt;
    }
    const Curve* curve =
        context.discounting(asset->currency, option.discount_curve, TradeColumn::asset);
    const std::optional<PoolRow> fx = context.fx(asset->currency, TradeColumn::asset);
    if (vol == nullptr || curve == nullptr || !fx) {
        return std::nullopt;
    }
    const MaturityTimes times = maturity_times(context, option.maturity, option.payment_date);
    const double sign = option.option_type == OptionType::call ? 1.0 : -1.0;
    TradeTerms terms;
    if (times.matured()) {
        terms.matured = true;
    } else if (times.observed()) {
        const auto price =
            context.required_fixing(TradeColumn::maturity, option.asset, *option.maturity.date);
        const double payoff = std::max(sign * (price.value_or(0.0) - option.strike), 0.0);
        terms = known_payment(
            option.quantity * payoff, context.rows().discount(*curve, times.payment_years), *fx);
    } else {
        terms.option =
            EuropeanTerms{.forward_row = context.forward(*asset, times.years),
                          .deviation_row = context.rows().deviation(*vol, times.years),
                          .discount_row = context.rows().discount(*curve, times.payment_years),
                          .fx_row = *fx,
                          .strike = option.strike,
                          .amount = option.quantity,
                          .call_sign = sign};
    }
    terms.currency = asset->currency;
    terms.notional = std::abs(option.quantity * option.strike);
    return terms;
}

}  // namespace vargrid
