// FX forwards, swaps and options.
#include "pricing/market/weights.hpp"
#include "pricing/sample/calendars.hpp"
#include "pricing/sample/makers.hpp"

#include <algorithm>
#include <cmath>

namespace vargrid {
namespace {

/// A pair and a maturity weighted to the short end, where FX is traded.
double short_tenor(const Making& making, double longest) {
    const double draw = making.random.uniform();
    return 0.02 + (longest - 0.02) * draw * draw;
}

TradablePair pick_pair(const Making& making) {
    // Half of the flow is in pairs with the first currency of the market.
    TradablePair pair = making.pick(making.on.pairs);
    if (pair.currency != making.on.pairs.front().currency && making.random.chance(1, 2)) {
        pair = making.pick(making.on.pairs);
    }
    return pair;
}

void set_pair(const Making& making, const TradablePair& pair, double notional) {
    making.row.set("currency", pair.currency)
        .set("quote_currency", pair.quote_currency)
        .set("notional", amount_text(notional));
}

}  // namespace

void make_fx_forward(const Making& making) {
    const TradablePair pair = pick_pair(making);
    set_pair(making, pair, making.sign() * making.lot(pair.currency));
    making.row.set("book", "fx/forwards");
    if (making.random.chance(1, 60)) {
        // Already delivered, not yet taken off the book.
        making.row.set("maturity", weekday_from(making.as_of() + -9))
            .set("strike", price_text(making.on.forward(pair, 0.0)));
        return;
    }
    const double years = making.set_maturity(short_tenor(making, 3.0));
    const double off = 0.03 * std::sqrt(years) * making.random.normal();
    making.row.set("strike", price_text(making.on.forward(pair, years) * (1.0 + off)));
}

void make_fx_swap(const Making& making) {
    const TradablePair pair = pick_pair(making);
    const bool near_is_past = making.random.chance(2, 5);
    const Date near = near_is_past ? making.date_in(-making.random.uniform(0.01, 0.5))
                                   : making.date_in(making.random.uniform(0.005, 0.3));
    const double near_years = static_cast<double>(near - making.as_of()) / 365.0;
    const double far_years = std::max(near_years, 0.0) + short_tenor(making, 1.5) + 0.03;
    const double off = 1.0 + 0.01 * making.random.normal();
    set_pair(making, pair, making.sign() * making.lot(pair.currency));
    making.row.set("book", "fx/swaps")
        .set("start_date", near)
        .set("maturity", making.date_in(far_years))
        .set("near_strike", price_text(making.on.forward(pair, std::max(near_years, 0.0)) * off))
        .set("strike", price_text(making.on.forward(pair, far_years) * off));
}

void make_fx_option(const Making& making) {
    const TradablePair& pair = making.pick(making.on.option_pairs);
    const Market& market = making.on.market();
    const double years = short_tenor(making, 2.0);
    const VolCurve& vol = *market.layout->fx_vol(pair.currency, pair.quote_currency);
    const double moneyness =
        std::clamp(making.random.normal(), -2.0, 2.0) * deviation(market, vol, years);
    set_pair(making, pair, making.sign() * making.lot(pair.currency));
    making.row.set("book", "fx/options")
        .set("option_type", making.random.chance(1, 2) ? "call" : "put")
        .set("strike", price_text(making.on.forward(pair, years) * std::exp(moneyness)));
    if (making.random.chance(1, 3)) {
        const Date expiry = making.date_in(years);
        making.row.set("maturity", expiry)
            .set("payment_date", weekday_from(weekday_from(expiry + 1) + 1));
    } else {
        static_cast<void>(making.set_maturity(years));
    }
}

}  // namespace vargrid
