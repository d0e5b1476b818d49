#include "pricing/market/market.hpp"

#include <algorithm>

namespace vargrid {

namespace {

template <class Item, class Key>
const Item* find_by(const std::vector<Item>& items, Key Item::*key, std::string_view wanted) {
    const auto found = std::find_if(
        items.begin(), items.end(), [&](const Item& item) { return item.*key == wanted; });
    return found == items.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_text(RiskClass risk_class) {
    switch (risk_class) {
        case RiskClass::interest_rate:
            return "interest_rate";
        case RiskClass::fx:
            return "fx";
        case RiskClass::equity:
            return "equity";
        case RiskClass::commodity:
            return "commodity";
        case RiskClass::volatility:
            return "volatility";
    }
    CHECK_MSG(false, "not a risk class");
}

const Curve* MarketLayout::curve(std::string_view name) const {
    return find_by(curves, &Curve::name, name);
}

const Curve* MarketLayout::discounting_curve(std::string_view currency) const {
    const DiscountingCurve* link = find_by(discounting, &DiscountingCurve::currency, currency);
    return link == nullptr ? nullptr : curve(link->curve);
}

const Curve* MarketLayout::index_curve(std::string_view index) const {
    const IndexCurve* link = find_by(indices, &IndexCurve::index, index);
    return link == nullptr ? nullptr : curve(link->curve);
}

const FxQuote* MarketLayout::fx_quote(std::string_view currency) const {
    return find_by(fx, &FxQuote::currency, currency);
}

const Asset* MarketLayout::asset(std::string_view name) const {
    return find_by(assets, &Asset::name, name);
}

const VolCurve* MarketLayout::vol(std::string_view name) const {
    return find_by(vols, &VolCurve::name, name);
}

const VolCurve* MarketLayout::fx_vol(std::string_view one, std::string_view other) const {
    const std::string forward = std::string{one} + std::string{other};
    if (const VolCurve* found = vol(forward); found != nullptr) {
        return found;
    }
    return vol(std::string{other} + std::string{one});
}

bool MarketLayout::has_currency(std::string_view currency) const {
    return currency == pivot_currency || fx_quote(currency) != nullptr;
}

}  // namespace vargrid
