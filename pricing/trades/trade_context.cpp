#include "pricing/trades/compile_trade.hpp"
#include "pricing/trades/csv_text.hpp"
#include "pricing/trades/row_reader.hpp"

#include <algorithm>
#include <cstddef>

namespace vargrid {

Leg LegBuilder::finish(PoolRow fx_row) const {
    struct Merged {
        Term term;
        std::size_t position{0};
    };
    std::vector<Merged> merged;
    merged.reserve(terms_.size());
    for (const Term& term : terms_) {
        merged.push_back(Merged{term, merged.size()});
    }
    std::stable_sort(merged.begin(), merged.end(), [](const Merged& a, const Merged& b) {
        return a.term.row < b.term.row;
    });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < merged.size(); ++i) {
        if (kept > 0 && merged[kept - 1].term.row == merged[i].term.row) {
            merged[kept - 1].term.amount += merged[i].term.amount;
        } else {
            merged[kept++] = merged[i];
        }
    }
    merged.resize(kept);
    std::sort(merged.begin(), merged.end(), [](const Merged& a, const Merged& b) {
        return a.position < b.position;
    });
    Leg leg{.fx_row = fx_row};
    for (const Merged& item : merged) {
        if (item.term.amount != 0.0) {
            leg.terms.push_back(item.term);
        }
    }
    return leg;
}

TradeContext::TradeContext(const Market& market,
                           std::string_view base_currency,
                           const Fixings& fixings)
    : market_{market}, base_currency_{base_currency}, fixings_{fixings}, rows_{*market.layout} {}

void TradeContext::fail(TradeColumn column, std::string message) {
    problems_.push_back(TradeProblem{column, std::move(message)});
}

const Curve* TradeContext::discounting(const std::string& currency,
                                       const std::string& discount_curve,
                                       TradeColumn currency_column) {
    if (discount_curve.empty()) {
        const Curve* curve = market_.layout->discounting_curve(currency);
        if (curve == nullptr) {
            fail(
                currency_column,
                found_expected(currency, "a currency that the market has a discounting curve for"));
        }
        return curve;
    }
    const Curve* curve = market_.layout->curve(discount_curve);
    if (curve == nullptr || curve->currency != currency) {
        fail(TradeColumn::discount_curve,
             found_expected(discount_curve,
                            curve == nullptr
                                ? "a curve of the market"
                                : "a curve in " + currency + ", not " + curve->currency));
        return nullptr;
    }
    return curve;
}

const Curve* TradeContext::projection(const std::string& index) {
    const Curve* curve = market_.layout->index_curve(index);
    if (curve == nullptr) {
        fail(TradeColumn::index, found_expected(index, "an index that the market has a curve for"));
        return nullptr;
    }
    // The name of every index begins with its currency.
    if (const std::string currency = index.substr(0, 3); curve->currency != currency) {
        fail(TradeColumn::index,
             found_expected(index,
                            "an index whose curve in the market is in " + currency + "; '" +
                                curve->name + "' is in " + curve->currency));
        return nullptr;
    }
    return curve;
}

const Asset* TradeContext::asset(const std::string& name,
                                 std::optional<AssetClass> asset_class,
                                 const std::string& currency) {
    const Asset* asset = market_.layout->asset(name);
    if (asset == nullptr) {
        fail(TradeColumn::asset, found_expected(name, "an asset of the market"));
        return nullptr;
    }
    if (asset_class && asset->asset_class != *asset_class) {
        const bool equity = *asset_class == AssetClass::equity;
        fail(TradeColumn::asset,
             found_expected(
                 name,
                 equity ? "an equity or index, not a commodity" : "a commodity, not an equity"));
        return nullptr;
    }
    if (!currency.empty() && asset->currency != currency) {
        fail(TradeColumn::currency,
             found_expected(currency,
                            asset->currency + " or nothing, as asset " + name + " implies"));
        return nullptr;
    }
    return asset;
}

std::optional<PoolRow> TradeContext::fx(const std::string& currency, TradeColumn column) {
    if (!market_.layout->has_currency(currency)) {
        fail(column, found_expected(currency, "a currency that the market has an FX rate for"));
        return std::nullopt;
    }
    return fx_spot(currency, base_currency_);
}

PoolRow TradeContext::fx_spot(const std::string& currency, const std::string& quote) {
    if (currency == quote) {
        return kOne;
    }
    // quote per currency = (quote per pivot) / (currency per pivot); a quotation the other way
    // round changes sides of the fraction, and the pivot itself is 1.
    std::vector<PoolRow> above;
    std::vector<PoolRow> below;
    if (const FxQuote* item = market_.layout->fx_quote(quote)) {
        (item->pivot_per_unit ? below : above).push_back(rows_.factor(item->factor));
    }
    if (const FxQuote* item = market_.layout->fx_quote(currency)) {
        (item->pivot_per_unit ? above : below).push_back(rows_.factor(item->factor));
    }
    above.resize(std::max<std::size_t>(above.size(), 2), kOne);
    below.resize(std::max<std::size_t>(below.size(), 2), kOne);
    return rows_.ratio(rows_.product(above[0], above[1], below[0]), below[1]);
}

std::optional<double> TradeContext::required_fixing(TradeColumn column,
                                                    std::string_view reference,
                                                    Date date) {
    const std::optional<double> value = fixing(reference, date);
    if (!value) {
        fail(column,
             "found no fixing of " + std::string{reference} + " on " + to_iso(date) +
                 ", expected it in the fixings");
    }
    return value;
}

PoolRow TradeContext::spot(const Asset& asset) {
    return rows_.factor(asset.spot ? *asset.spot : asset.forward_factors.front());
}

double TradeContext::spot_value(const Asset& asset) const {
    return market_.values[asset.spot ? *asset.spot : asset.forward_factors.front()];
}

PoolRow TradeContext::forward(const Asset& asset, double years) {
    if (asset.has_forward_curve()) {
        return rows_.forward_curve(asset, years);
    }
    const Curve* financing = market_.layout->curve(asset.financing_curve);
    const Curve* yield = market_.layout->curve(asset.yield_curve);
    CHECK(financing != nullptr);
    return rows_.product(spot(asset),
                         yield == nullptr ? kOne : rows_.discount(*yield, years),
                         rows_.discount(*financing, years));
}

PoolRow TradeContext::discounted_forward(const Asset& asset,
                                         double years,
                                         const Curve& curve,
                                         double payment_years) {
    const PoolRow paid = rows_.discount(curve, payment_years);
    if (!asset.has_forward_curve()) {
        const Curve* financing = market_.layout->curve(asset.financing_curve);
        const Curve* yield = market_.layout->curve(asset.yield_curve);
        CHECK(financing != nullptr);
        if (rows_.discount(*financing, years) == paid) {
            return rows_.product(
                spot(asset), yield == nullptr ? kOne : rows_.discount(*yield, years), kOne);
        }
    }
    return rows_.product(forward(asset, years), paid, kOne);
}

}  // namespace vargrid
