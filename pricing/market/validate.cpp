// What makes a layout usable: names that identify, references that lead somewhere, pillars that
// can be interpolated. Everything downstream indexes without looking again.
#include "pricing/market/market.hpp"

#include <cmath>
#include <set>
#include <span>

namespace vargrid {

namespace {

Error invalid(std::string message) {
    return Error{ErrorCode::invalid_input, std::move(message)};
}

std::string quoted(const std::string& what, const std::string& name) {
    return what + " '" + name + "'";
}

template <class Item>
Result<void> check_names(const std::vector<Item>& items,
                         std::string Item::*name,
                         const std::string& what) {
    std::set<std::string_view> seen;
    for (const Item& item : items) {
        if ((item.*name).empty()) {
            return invalid(what + " without a name");
        }
        if (!seen.insert(item.*name).second) {
            return invalid(quoted(what, item.*name) + " is there twice");
        }
    }
    return {};
}

Result<void> check_factor(const MarketLayout& layout, FactorIndex factor, const std::string& what) {
    if (factor >= layout.factors.size()) {
        return invalid(what + ": risk factor " + std::to_string(factor) + " of " +
                       std::to_string(layout.factors.size()));
    }
    return {};
}

Result<void> check_pillars(const MarketLayout& layout,
                           std::span<const double> years,
                           std::span<const FactorIndex> factors,
                           const std::string& what) {
    if (years.empty() || years.size() != factors.size()) {
        return invalid(what + ": " + std::to_string(years.size()) + " pillars and " +
                       std::to_string(factors.size()) + " factors, expected as many of both");
    }
    double previous = 0.0;
    for (const double pillar : years) {
        if (!std::isfinite(pillar) || pillar <= previous) {
            return invalid(what + ": pillars must be positive and strictly increasing");
        }
        previous = pillar;
    }
    for (const FactorIndex factor : factors) {
        VARGRID_TRY_VOID(check_factor(layout, factor, what));
    }
    return {};
}

Result<void> check_currency(const MarketLayout& layout,
                            const std::string& currency,
                            const std::string& what) {
    if (!layout.has_currency(currency)) {
        return invalid(what + ": no FX rate for currency '" + currency + "' (pivot is '" +
                       layout.pivot_currency + "')");
    }
    return {};
}

Result<void> check_curve_known(const MarketLayout& layout,
                               const std::string& curve,
                               const std::string& what) {
    if (layout.curve(curve) == nullptr) {
        return invalid(what + ": there is no curve '" + curve + "'");
    }
    return {};
}

/// A curve that stands for a currency's money must be of that currency: discounting yen on the euro
/// curve is a slip of the pen that no number would show.
Result<void> check_curve_currency(const MarketLayout& layout,
                                  const std::string& curve,
                                  const std::string& currency,
                                  const std::string& what) {
    VARGRID_TRY_VOID(check_curve_known(layout, curve, what));
    const std::string& found = layout.curve(curve)->currency;
    if (found != currency) {
        return invalid(what + ": curve '" + curve + "' is in " + found + ", expected one in " +
                       currency);
    }
    return {};
}

Result<void> check_asset(const MarketLayout& layout, const Asset& asset) {
    const std::string what = quoted("asset", asset.name);
    VARGRID_TRY_VOID(check_currency(layout, asset.currency, what));
    if (asset.spot.has_value()) {
        VARGRID_TRY_VOID(check_factor(layout, *asset.spot, what));
    }
    if (asset.has_forward_curve() || !asset.forward_years.empty()) {
        return check_pillars(layout, asset.forward_years, asset.forward_factors, what);
    }
    if (!asset.spot.has_value()) {
        return invalid(what + ": neither a spot price nor a forward curve");
    }
    VARGRID_TRY_VOID(check_curve_currency(layout, asset.financing_curve, asset.currency, what));
    if (!asset.yield_curve.empty()) {
        VARGRID_TRY_VOID(check_curve_known(layout, asset.yield_curve, what));
    }
    return {};
}

Result<void> check_all_names(const MarketLayout& layout) {
    VARGRID_TRY_VOID(check_names(layout.factors, &RiskFactor::name, "risk factor"));
    VARGRID_TRY_VOID(check_names(layout.fx, &FxQuote::currency, "FX rate"));
    VARGRID_TRY_VOID(check_names(layout.curves, &Curve::name, "curve"));
    VARGRID_TRY_VOID(check_names(layout.assets, &Asset::name, "asset"));
    VARGRID_TRY_VOID(check_names(layout.vols, &VolCurve::name, "volatility"));
    VARGRID_TRY_VOID(check_names(layout.indices, &IndexCurve::index, "index"));
    return check_names(layout.discounting, &DiscountingCurve::currency, "discounting of currency");
}

}  // namespace

Result<void> MarketLayout::validate() const {
    VARGRID_TRY_VOID(check_all_names(*this));
    if (pivot_currency.empty()) {
        return invalid("the pivot currency is missing");
    }
    for (const FxQuote& quote : fx) {
        const std::string what = quoted("FX rate", quote.currency);
        if (quote.currency == pivot_currency) {
            return invalid(what + ": the pivot currency has no rate against itself");
        }
        VARGRID_TRY_VOID(check_factor(*this, quote.factor, what));
    }
    for (const Curve& curve : curves) {
        const std::string what = quoted("curve", curve.name);
        VARGRID_TRY_VOID(check_currency(*this, curve.currency, what));
        VARGRID_TRY_VOID(check_pillars(*this, curve.pillar_years, curve.factors, what));
    }
    for (const Asset& asset : assets) {
        VARGRID_TRY_VOID(check_asset(*this, asset));
    }
    for (const VolCurve& vol : vols) {
        VARGRID_TRY_VOID(
            check_pillars(*this, vol.pillar_years, vol.factors, quoted("volatility", vol.name)));
    }
    for (const IndexCurve& index : indices) {
        VARGRID_TRY_VOID(check_curve_known(*this, index.curve, quoted("index", index.index)));
    }
    for (const DiscountingCurve& link : discounting) {
        const std::string what = quoted("discounting of currency", link.currency);
        VARGRID_TRY_VOID(check_currency(*this, link.currency, what));
        VARGRID_TRY_VOID(check_curve_currency(*this, link.curve, link.currency, what));
    }
    return {};
}

}  // namespace vargrid
