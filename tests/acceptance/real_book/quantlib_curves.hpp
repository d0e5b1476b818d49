// The market as QuantLib term structures, straight from the layout's pillars and docs/trades.md.
// Included by quantlib_book.cpp alone, so that QuantLib is compiled once here.
#pragma once

#include "pricing/market/market.hpp"

#include <ql/handle.hpp>
#include <ql/math/interpolations/cubicinterpolation.hpp>
#include <ql/math/interpolations/linearinterpolation.hpp>
#include <ql/math/interpolations/loginterpolation.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/termstructures/volatility/equityfx/blackvoltermstructure.hpp>
#include <ql/termstructures/yield/zeroyieldstructure.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vargrid::acceptance {

namespace ql = QuantLib;

inline ql::Date to_ql(Date date) {
    const auto ymd = to_ymd(date);
    return ql::Date{static_cast<ql::Day>(static_cast<unsigned>(ymd.day())),
                    static_cast<ql::Month>(static_cast<unsigned>(ymd.month())),
                    static_cast<ql::Year>(static_cast<int>(ymd.year()))};
}

/// Zero rates at pillar times with QuantLib's interpolations; flat zero rates outside them.
class PillarCurve final : public ql::ZeroYieldStructure {
  public:
    PillarCurve(const ql::Date& today, const Curve& curve, const std::vector<double>& values)
        : ql::ZeroYieldStructure{today, ql::NullCalendar(), ql::Actual365Fixed()},
          times_{curve.pillar_years} {
        for (const FactorIndex factor : curve.factors) {
            zeros_.push_back(values[factor]);
        }
        if (times_.size() < 2) {
            return;
        }
        if (curve.interpolation == Interpolation::linear_zero) {
            interpolation_ = ql::LinearInterpolation{times_.begin(), times_.end(), zeros_.begin()};
        } else if (curve.interpolation == Interpolation::natural_cubic_zero) {
            interpolation_ = ql::CubicNaturalSpline{times_.begin(), times_.end(), zeros_.begin()};
        } else {
            for (std::size_t i = 0; i < times_.size(); ++i) {
                discounts_.push_back(std::exp(-zeros_[i] * times_[i]));
            }
            interpolation_ =
                ql::LogLinearInterpolation{times_.begin(), times_.end(), discounts_.begin()};
        }
        interpolation_.update();
    }

    [[nodiscard]] ql::Date maxDate() const override { return ql::Date::maxDate(); }

  private:
    [[nodiscard]] ql::Rate zeroYieldImpl(ql::Time t) const override {
        if (t <= times_.front()) {
            return zeros_.front();
        }
        if (t >= times_.back()) {
            return zeros_.back();
        }
        return discounts_.empty() ? interpolation_(t) : -std::log(interpolation_(t)) / t;
    }

    std::vector<ql::Time> times_;
    std::vector<ql::Rate> zeros_;
    std::vector<ql::DiscountFactor> discounts_;
    ql::Interpolation interpolation_;
};

/// Volatilities at expiries: total variance linear between them, volatility flat outside.
class PillarVariance final : public ql::BlackVarianceTermStructure {
  public:
    PillarVariance(const ql::Date& today, const VolCurve& vol, const std::vector<double>& values)
        : ql::BlackVarianceTermStructure{today,
                                         ql::NullCalendar(),
                                         ql::Unadjusted,
                                         ql::Actual365Fixed()},
          times_{vol.pillar_years} {
        for (std::size_t i = 0; i < times_.size(); ++i) {
            const double sigma = values[vol.factors[i]];
            variances_.push_back(sigma * sigma * times_[i]);
        }
        if (times_.size() > 1) {
            interpolation_ =
                ql::LinearInterpolation{times_.begin(), times_.end(), variances_.begin()};
            interpolation_.update();
        }
    }

    [[nodiscard]] ql::Date maxDate() const override { return ql::Date::maxDate(); }
    [[nodiscard]] ql::Real minStrike() const override { return 0.0; }
    [[nodiscard]] ql::Real maxStrike() const override { return 1e300; }

  private:
    [[nodiscard]] ql::Real blackVarianceImpl(ql::Time t, ql::Real /*strike*/) const override {
        if (t <= times_.front()) {
            return variances_.front() / times_.front() * t;
        }
        if (t >= times_.back()) {
            return variances_.back() / times_.back() * t;
        }
        return interpolation_(t);
    }

    std::vector<ql::Time> times_;
    std::vector<ql::Real> variances_;
    ql::Interpolation interpolation_;
};

/// Handles that stay while the numbers behind them change from scenario to scenario.
class QuantLibMarket {
  public:
    explicit QuantLibMarket(const Market& market)
        : layout_{market.layout}, today_{to_ql(market.as_of)} {
        for (const Curve& curve : layout_->curves) {
            curves_.emplace(curve.name, ql::RelinkableHandle<ql::YieldTermStructure>{});
        }
        for (const VolCurve& vol : layout_->vols) {
            vols_.emplace(vol.name, ql::RelinkableHandle<ql::BlackVolTermStructure>{});
        }
        set_values(market.values);
    }

    void set_values(const std::vector<double>& values) {
        values_ = values;
        for (const Curve& curve : layout_->curves) {
            curves_.at(curve.name).linkTo(ql::ext::make_shared<PillarCurve>(today_, curve, values));
        }
        for (const VolCurve& vol : layout_->vols) {
            vols_.at(vol.name).linkTo(ql::ext::make_shared<PillarVariance>(today_, vol, values));
        }
        for (const auto& [quote, number] : quotes_) {
            quote->setValue(number());
        }
    }

    [[nodiscard]] const MarketLayout& layout() const { return *layout_; }
    [[nodiscard]] ql::Date today() const { return today_; }

    [[nodiscard]] ql::Handle<ql::YieldTermStructure> curve(const std::string& name) const {
        return curves_.at(name);
    }
    /// The named curve, or the discounting curve of the currency when the name is empty.
    [[nodiscard]] ql::Handle<ql::YieldTermStructure> discounting(
        const std::string& name, const std::string& currency) const {
        return name.empty() ? curve(find_discounting(currency)) : curve(name);
    }
    [[nodiscard]] ql::Handle<ql::YieldTermStructure> projection(const std::string& index) const {
        for (const IndexCurve& item : layout_->indices) {
            if (item.index == index) {
                return curve(item.curve);
            }
        }
        throw std::runtime_error{"no curve for index " + index};
    }
    /// Volatility by asset name or by pair, in either order.
    [[nodiscard]] ql::Handle<ql::BlackVolTermStructure> vol(const std::string& name) const {
        const auto found = vols_.find(name);
        if (found != vols_.end()) {
            return found->second;
        }
        return vols_.at(name.substr(3) + name.substr(0, 3));
    }
    [[nodiscard]] const Asset& asset(const std::string& name) const {
        for (const Asset& asset : layout_->assets) {
            if (asset.name == name) {
                return asset;
            }
        }
        throw std::runtime_error{"no asset " + name};
    }

    [[nodiscard]] double per_pivot(const std::string& currency) const {
        if (currency == layout_->pivot_currency) {
            return 1.0;
        }
        for (const FxQuote& quote : layout_->fx) {
            if (quote.currency == currency) {
                const double value = values_[quote.factor];
                return quote.pivot_per_unit ? 1.0 / value : value;
            }
        }
        throw std::runtime_error{"no rate for " + currency};
    }
    /// Units of `to` per one `from`.
    [[nodiscard]] double fx(const std::string& from, const std::string& to) const {
        return per_pivot(to) / per_pivot(from);
    }
    [[nodiscard]] double spot(const Asset& asset) const {
        return values_[asset.spot ? *asset.spot : asset.forward_factors.front()];
    }
    [[nodiscard]] double forward(const Asset& asset, double years) const {
        if (asset.forward_factors.empty()) {
            const double yield =
                asset.yield_curve.empty() ? 1.0 : curve(asset.yield_curve)->discount(years);
            return spot(asset) * yield / curve(asset.financing_curve)->discount(years);
        }
        std::vector<double> prices;
        for (const FactorIndex factor : asset.forward_factors) {
            prices.push_back(values_[factor]);
        }
        if (years <= asset.forward_years.front() || prices.size() == 1) {
            return prices.front();
        }
        if (years >= asset.forward_years.back()) {
            return prices.back();
        }
        return ql::LinearInterpolation{
            asset.forward_years.begin(), asset.forward_years.end(), prices.begin()}(years);
    }

    /// A quote that follows a number through the scenarios.
    ql::Handle<ql::Quote> follow(std::function<double()> number) {
        auto quote = ql::ext::make_shared<ql::SimpleQuote>(number());
        quotes_.emplace_back(quote, std::move(number));
        return ql::Handle<ql::Quote>{quote};
    }

  private:
    [[nodiscard]] std::string find_discounting(const std::string& currency) const {
        for (const DiscountingCurve& item : layout_->discounting) {
            if (item.currency == currency) {
                return item.curve;
            }
        }
        throw std::runtime_error{"no discounting curve for " + currency};
    }

    std::shared_ptr<const MarketLayout> layout_;
    ql::Date today_;
    std::vector<double> values_;
    std::map<std::string, ql::RelinkableHandle<ql::YieldTermStructure>> curves_;
    std::map<std::string, ql::RelinkableHandle<ql::BlackVolTermStructure>> vols_;
    std::vector<std::pair<ql::ext::shared_ptr<ql::SimpleQuote>, std::function<double()>>> quotes_;
};

}  // namespace vargrid::acceptance
