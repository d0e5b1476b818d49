#include "pricing/sample/tradable.hpp"

#include "pricing/market/weights.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace vargrid {
namespace {

/// Market order of currencies in a pair: the earlier one is the one whose units are counted.
constexpr std::array<std::string_view, 9> kPairOrder{
    "EUR", "GBP", "AUD", "USD", "CAD", "CHF", "NOK", "SEK", "JPY"};

std::size_t pair_rank(std::string_view currency) {
    const auto found = std::find(kPairOrder.begin(), kPairOrder.end(), currency);
    return static_cast<std::size_t>(found - kPairOrder.begin());
}

/// The indices of docs/trades.md.
constexpr std::array<std::string_view, 3> kTermFamilies{"EUR-EURIBOR", "USD-LIBOR", "GBP-LIBOR"};
constexpr std::array<std::string_view, 5> kOvernight{
    "EUR-ESTR", "EUR-EONIA", "USD-SOFR", "USD-FEDFUNDS", "GBP-SONIA"};

int months_of(std::string_view tenor) {
    if (tenor == "1M") {
        return 1;
    }
    if (tenor == "3M") {
        return 3;
    }
    if (tenor == "6M") {
        return 6;
    }
    return tenor == "12M" ? 12 : -1;
}

}  // namespace

Tradable::Tradable(const Market& market, std::span<const std::string> no_options_on)
    : market_{market} {
    const MarketLayout& layout = *market.layout;
    cash_currencies.push_back(layout.pivot_currency);
    for (const FxQuote& quote : layout.fx) {
        cash_currencies.push_back(quote.currency);
    }
    for (const std::string& currency : cash_currencies) {
        if (can_discount(currency)) {
            currencies.push_back(currency);
        }
    }
    find_indices();
    find_assets(no_options_on);
    find_pairs();
}

bool Tradable::can_discount(std::string_view currency) const {
    return market_.layout->discounting_curve(currency) != nullptr;
}

void Tradable::find_indices() {
    for (const IndexCurve& item : market_.layout->indices) {
        const std::string currency = item.index.substr(0, 3);
        if (!can_discount(currency)) {
            continue;
        }
        if (std::find(kOvernight.begin(), kOvernight.end(), item.index) != kOvernight.end()) {
            overnight_indices.push_back({item.index, currency, 0});
            continue;
        }
        const std::size_t dash = item.index.rfind('-');
        const std::string_view family = std::string_view{item.index}.substr(0, dash);
        const int months = months_of(std::string_view{item.index}.substr(dash + 1));
        if (months > 0 &&
            std::find(kTermFamilies.begin(), kTermFamilies.end(), family) != kTermFamilies.end()) {
            term_indices.push_back({item.index, currency, months});
        }
    }
}

void Tradable::find_assets(std::span<const std::string> no_options_on) {
    for (const Asset& asset : market_.layout->assets) {
        if (!can_discount(asset.currency)) {
            continue;
        }
        (asset.asset_class == AssetClass::equity ? equities : commodities).push_back(&asset);
        const bool is_banned = std::find(no_options_on.begin(), no_options_on.end(), asset.name) !=
                               no_options_on.end();
        if (!is_banned && market_.layout->vol(asset.name) != nullptr) {
            optionable.push_back(&asset);
        }
    }
}

void Tradable::find_pairs() {
    for (const std::string& one : currencies) {
        for (const std::string& other : currencies) {
            const auto rank = pair_rank(one);
            const auto other_rank = pair_rank(other);
            if (rank > other_rank || (rank == other_rank && one >= other)) {
                continue;
            }
            pairs.push_back({one, other});
            if (market_.layout->fx_vol(one, other) != nullptr) {
                option_pairs.push_back({one, other});
            }
        }
    }
}

double Tradable::discount(std::string_view currency, double years) const {
    return discount_factor(market_, *market_.layout->discounting_curve(currency), years);
}

double Tradable::projected(std::string_view index, double years) const {
    return discount_factor(market_, *market_.layout->index_curve(index), years);
}

double Tradable::forward_rate(const TradableIndex& index, double years) const {
    const double tau = index.months == 0 ? 1.0 / 365.0 : index.months / 12.0;
    return (projected(index.index, years) / projected(index.index, years + tau) - 1.0) / tau;
}

double Tradable::par_rate(const Curve& curve, double start, double tenor) const {
    const double first = discount_factor(market_, curve, std::max(start, 0.0));
    double annuity = 0.0;
    double last = first;
    for (double paid = 0.0; paid < tenor;) {
        const double period = std::min(1.0, tenor - paid);
        paid += period;
        last = discount_factor(market_, curve, std::max(start, 0.0) + paid);
        annuity += period * last;
    }
    return (first - last) / annuity;
}

double Tradable::spot(const Asset& asset) const {
    const FactorIndex factor = asset.spot ? *asset.spot : asset.forward_factors.front();
    return market_.values[factor];
}

double Tradable::forward(const Asset& asset, double years) const {
    if (asset.has_forward_curve()) {
        return forward_price(market_, asset, years);
    }
    const auto factor_on = [&](const std::string& name) {
        const Curve* curve = market_.layout->curve(name);
        return curve == nullptr ? 1.0 : discount_factor(market_, *curve, years);
    };
    return spot(asset) * factor_on(asset.yield_curve) / factor_on(asset.financing_curve);
}

double Tradable::forward(const TradablePair& pair, double years) const {
    return fx_rate(market_, pair.currency, pair.quote_currency) * discount(pair.currency, years) /
           discount(pair.quote_currency, years);
}

double Tradable::unit_of(std::string_view currency) const {
    const double rate = fx_rate(market_, market_.layout->pivot_currency, currency);
    return std::pow(10.0, std::round(std::log10(rate)));
}

std::vector<std::string> Tradable::other_curves(std::string_view currency) const {
    const Curve* discounting = market_.layout->discounting_curve(currency);
    std::vector<std::string> result;
    for (const Curve& curve : market_.layout->curves) {
        if (curve.currency == currency && &curve != discounting && curve.factors.size() >= 3) {
            result.push_back(curve.name);
        }
    }
    return result;
}

}  // namespace vargrid
