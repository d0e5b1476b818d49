#include "tests/pricing/trades/quantlib_market.hpp"

#include "pricing/market/weights.hpp"

#include <gtest/gtest.h>
#include <ql/settings.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

#include <algorithm>
#include <cmath>

namespace vargrid::test {
namespace {

namespace ql = QuantLib;

/// Discount factors straight from the pillar rates for linear zeros; the weights that the other
/// interpolations need have their own tests against QuantLib.
class MarketCurve final : public ql::YieldTermStructure {
  public:
    MarketCurve(const Market& market, const Curve& curve)
        : YieldTermStructure(ql_date(market.as_of), ql::NullCalendar(), ql::Actual365Fixed()),
          market_{market},
          curve_{curve} {}

    ql::Date maxDate() const override { return ql::Date::maxDate(); }

  private:
    ql::DiscountFactor discountImpl(ql::Time t) const override {
        if (curve_.interpolation != Interpolation::linear_zero) {
            return t == 0.0 ? 1.0 : discount_factor(market_, curve_, t);
        }
        const auto& years = curve_.pillar_years;
        const auto rate = [&](std::size_t i) { return market_.values[curve_.factors[i]]; };
        if (t <= years.front()) {
            return std::exp(-rate(0) * t);
        }
        if (t >= years.back()) {
            return std::exp(-rate(years.size() - 1) * t);
        }
        std::size_t right = 1;
        while (years[right] < t) {
            ++right;
        }
        const double u = (t - years[right - 1]) / (years[right] - years[right - 1]);
        return std::exp(-((1.0 - u) * rate(right - 1) + u * rate(right)) * t);
    }

    Market market_;
    Curve curve_;
};

}  // namespace

ql::Date ql_date(Date date) {
    return ql::Date{ql::Date::serial_type{date.days + 25'569}};
}

ql::Date ql_date(int year, unsigned month, unsigned day) {
    return ql_date(make_date(year, month, day));
}

QlMarket::QlMarket(const Market& market) : market_{market} {
    ql::Settings::instance().evaluationDate() = ql_date(market.as_of);
}

ql::Handle<ql::YieldTermStructure> QlMarket::curve(const std::string& name) const {
    const Curve* curve = market_.layout->curve(name);
    CHECK_MSG(curve != nullptr, name);
    return ql::Handle<ql::YieldTermStructure>{ql::ext::make_shared<MarketCurve>(market_, *curve)};
}

double QlMarket::fx(std::string_view from, std::string_view to) const {
    return fx_rate(market_, from, to);
}

double QlMarket::spot(std::string_view asset) const {
    const Asset* found = market_.layout->asset(asset);
    CHECK_MSG(found != nullptr && found->spot, asset);
    return market_.values[*found->spot];
}

double QlMarket::vol(std::string_view name, double years) const {
    const VolCurve* found = market_.layout->vol(name);
    CHECK_MSG(found != nullptr, name);
    return deviation(market_, *found, years) / std::sqrt(years);
}

void expect_peer(std::string_view header,
                 std::string_view row,
                 const Peer& peer,
                 const Fixings& fixings,
                 const Market& market) {
    SCOPED_TRACE(std::string{row});
    const std::string csv = std::string{header} + "\n" + std::string{row} + "\n";
    const CompiledBook book = compiled(csv, market, "USD", fixings);
    ASSERT_EQ(book.trades.size(), 1U);
    ASSERT_FALSE(book.trades.front().matured);
    const std::vector<Market> markets = one_lane_each(market);
    const auto values = values_of(book, 0, markets);
    const double notional =
        book.trades.front().notional * fx_rate(market, book.trades.front().currency, "USD");
    ASSERT_GT(notional, 0.0);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const double expected = peer(QlMarket{markets[lane]});
        ASSERT_TRUE(std::isfinite(expected));
        EXPECT_NEAR(values[lane], expected, 1e-10 * notional) << "lane " << lane;
        // A trade worth nothing would pass any comparison.
        EXPECT_TRUE(lane > 0 || std::abs(expected) > 1e-7 * notional) << expected;
    }
}

}  // namespace vargrid::test
