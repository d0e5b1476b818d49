// FX forwards, swaps and options. Every leg keeps its own currency, curve and FX rate.
#include "pricing/trades/compile_trade.hpp"
#include "pricing/trades/conventions.hpp"
#include "pricing/trades/maturity_times.hpp"
#include "pricing/trades/row_reader.hpp"

#include <algorithm>
#include <cmath>

namespace vargrid {
namespace {

/// Everything two currencies need; complete only if the market has all of it.
struct Pair {
    const Curve* curve{nullptr};
    const Curve* quote_curve{nullptr};
    std::optional<PoolRow> fx{};
    std::optional<PoolRow> quote_fx{};

    Pair(const std::string& currency, const std::string& quote_currency, TradeContext& context)
        : curve{context.discounting(currency, {})},
          quote_curve{context.discounting(quote_currency, {}, TradeColumn::quote_currency)},
          fx{context.fx(currency)},
          quote_fx{context.fx(quote_currency, TradeColumn::quote_currency)} {}

    [[nodiscard]] bool complete() const {
        return curve != nullptr && quote_curve != nullptr && fx && quote_fx;
    }
};

Date rolled_on(Date date,
               const CalendarNames& calendar,
               BusinessDayRule rule,
               const std::string& currency,
               const std::string& quote_currency) {
    if (!calendar.empty()) {
        return rolled(date, calendar, rule);
    }
    return rolled(date,
                  {std::string{calendar_of_currency(currency)},
                   std::string{calendar_of_currency(quote_currency)}},
                  rule);
}

}  // namespace

std::optional<TradeTerms> compile(const FxForward& forward, TradeContext& context) {
    const Pair pair{forward.currency, forward.quote_currency, context};
    if (!pair.complete()) {
        return std::nullopt;
    }
    TradeTerms terms{.currency = forward.currency, .notional = std::abs(forward.notional)};
    const double years =
        forward.maturity.years
            ? *forward.maturity.years
            : context.market().years_to(rolled_on(forward.maturity.date.value_or(Date{}),
                                                  forward.calendar,
                                                  forward.business_day_rule,
                                                  forward.currency,
                                                  forward.quote_currency));
    if (years <= 0.0) {
        terms.matured = true;
        return terms;
    }
    LegBuilder bought;
    LegBuilder sold;
    bought.add(context.rows().discount(*pair.curve, years), forward.notional);
    sold.add(context.rows().discount(*pair.quote_curve, years), -forward.notional * forward.strike);
    terms.legs = {bought.finish(*pair.fx), sold.finish(*pair.quote_fx)};
    return terms;
}

std::optional<TradeTerms> compile(const FxSwap& swap, TradeContext& context) {
    const Pair pair{swap.currency, swap.quote_currency, context};
    if (!pair.complete()) {
        return std::nullopt;
    }
    TradeTerms terms{.currency = swap.currency, .notional = std::abs(swap.notional)};
    LegBuilder own;
    LegBuilder quote;
    const auto exchange = [&](Date contract_date, double notional, double strike) {
        const Date date = rolled_on(contract_date,
                                    swap.calendar,
                                    swap.business_day_rule,
                                    swap.currency,
                                    swap.quote_currency);
        if (date > context.today()) {
            own.add(context.discount(*pair.curve, date), notional);
            quote.add(context.discount(*pair.quote_curve, date), -notional * strike);
        }
    };
    exchange(swap.start_date, swap.notional, swap.near_strike);
    exchange(swap.maturity, -swap.notional, swap.strike);
    terms.matured = own.empty();
    if (!terms.matured) {
        terms.legs = {own.finish(*pair.fx), quote.finish(*pair.quote_fx)};
    }
    return terms;
}

std::optional<TradeTerms> compile(const FxOption& option, TradeContext& context) {
    const Pair pair{option.currency, option.quote_currency, context};
    const VolCurve* vol = context.market().layout->fx_vol(option.currency, option.quote_currency);
    if (vol == nullptr) {
        context.fail(TradeColumn::quote_currency,
                     found_expected(option.currency + option.quote_currency,
                                    "a currency pair that the market has a volatility for"));
    }
    if (vol == nullptr || !pair.complete()) {
        return std::nullopt;
    }
    const MaturityTimes times = maturity_times(context, option.maturity, option.payment_date);
    const double sign = option.option_type == OptionType::call ? 1.0 : -1.0;
    RowPool& rows = context.rows();
    TradeTerms terms;
    if (times.matured()) {
        terms.matured = true;
    } else if (times.observed()) {
        const auto rate = context.required_fixing(
            TradeColumn::maturity, option.currency + option.quote_currency, *option.maturity.date);
        LegBuilder leg;
        leg.add(rows.discount(*pair.quote_curve, times.payment_years),
                option.notional * std::max(sign * (rate.value_or(0.0) - option.strike), 0.0));
        terms.legs.push_back(leg.finish(*pair.quote_fx));
    } else {
        const PoolRow quote_discount = rows.discount(*pair.quote_curve, times.payment_years);
        terms.option = EuropeanTerms{
            .forward_row = rows.product(context.fx_spot(option.currency, option.quote_currency),
                                        rows.discount(*pair.curve, times.payment_years),
                                        quote_discount),
            .deviation_row = rows.deviation(*vol, times.years),
            .discount_row = quote_discount,
            .fx_row = *pair.quote_fx,
            .strike = option.strike,
            .amount = option.notional,
            .call_sign = sign};
    }
    terms.currency = option.currency;
    terms.notional = std::abs(option.notional);
    return terms;
}

}  // namespace vargrid
