// Cash, positions, forwards and options on equities and commodities against QuantLib.
#include "pricing/market/weights.hpp"
#include "tests/pricing/trades/quantlib_market.hpp"

#include <gtest/gtest.h>
#include <ql/exercise.hpp>
#include <ql/instruments/europeanoption.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <ql/pricingengines/vanilla/analyticeuropeanengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

#include <cmath>

namespace vargrid::test {
namespace {

namespace ql = QuantLib;

constexpr std::string_view kPositions = "id,book,type,currency,amount,asset,quantity,market_value";
constexpr std::string_view kForwards =
    "id,book,type,asset,quantity,strike,maturity,maturity_years,payment_date,discount_curve";
constexpr std::string_view kOptions =
    "id,book,type,asset,option_type,quantity,strike,maturity,maturity_years,payment_date";

double discount(const QlMarket& market, const std::string& curve, double years) {
    return market.curve(curve)->discount(years);
}

double black_scholes(const QlMarket& market,
                     ql::Option::Type type,
                     double spot,
                     double strike,
                     const ql::Date& expiry,
                     const ql::Handle<ql::YieldTermStructure>& yield,
                     const ql::Handle<ql::YieldTermStructure>& rate,
                     double vol) {
    const ql::Date today = ql_date(market.market().as_of);
    const auto process = ql::ext::make_shared<ql::BlackScholesMertonProcess>(
        ql::Handle<ql::Quote>{ql::ext::make_shared<ql::SimpleQuote>(spot)},
        yield,
        rate,
        ql::Handle<ql::BlackVolTermStructure>{ql::ext::make_shared<ql::BlackConstantVol>(
            today, ql::NullCalendar(), vol, ql::Actual365Fixed())});
    ql::EuropeanOption option{ql::ext::make_shared<ql::PlainVanillaPayoff>(type, strike),
                              ql::ext::make_shared<ql::EuropeanExercise>(expiry)};
    option.setPricingEngine(ql::ext::make_shared<ql::AnalyticEuropeanEngine>(process));
    return option.NPV();
}

TEST(CashTrade, IsItsAmountAtTodaysFxRate) {
    for (const std::string currency : {"EUR", "USD", "GBP", "JPY"}) {
        expect_peer(kPositions, "C,b,cash," + currency + ",-250000,,,", [&](const QlMarket& m) {
            return -250000.0 * m.fx(currency);
        });
    }
}

TEST(PositionTrade, IsQuantityTimesSpot) {
    expect_peer(kPositions, "E,b,equity_position,,,AAPL,1200,", [](const QlMarket& m) {
        return 1200.0 * m.spot("AAPL");
    });
    expect_peer(kPositions, "E,b,equity_position,GBP,,VOD,-50000,", [](const QlMarket& m) {
        return -50000.0 * m.spot("VOD") * m.fx("GBP");
    });
    expect_peer(kPositions, "O,b,commodity_position,,,BRENT,1e4,", [](const QlMarket& m) {
        return 1e4 * m.spot("BRENT");
    });
}

TEST(PositionTrade, OfAMarketValueHoldsTheQuantityOfTheValuationDate) {
    const double quantity = 1e6 / 133.72;
    expect_peer(kPositions, "E,b,equity_position,,,AAPL,,1e6", [&](const QlMarket& m) {
        return quantity * m.spot("AAPL");
    });
}

TEST(PositionTrade, WithoutASpotUsesTheFirstForwardPrice) {
    expect_peer(kPositions, "O,b,commodity_position,,,HHGAS,-100000,", [](const QlMarket& m) {
        const Asset* gas = m.market().layout->asset("HHGAS");
        return -100000.0 * m.market().values[gas->forward_factors.front()];
    });
}

TEST(ForwardTrade, GrowsAtTheFinancingCurveLessTheYield) {
    expect_peer(kForwards, "F,b,equity_forward,AAPL,-500,132.5,2021-09-17,,,", [](const auto& m) {
        const double t = 261.0 / 365.0;
        const double forward =
            m.spot("AAPL") * discount(m, "USD-DIVIDEND", t) / discount(m, "USD-OIS", t);
        return -500.0 * (forward - 132.5) * discount(m, "USD-OIS", t);
    });
}

TEST(ForwardTrade, MayBeFinancedAndDiscountedOnDifferentCurvesAndPaidLater) {
    expect_peer(
        kForwards, "F,b,equity_forward,SPX,10,3600,2021-09-17,,2021-09-21,", [](const auto& m) {
            const double forward = m.spot("SPX") / discount(m, "USD-GOV", 261.0 / 365.0);
            return 10.0 * (forward - 3600.0) * discount(m, "USD-OIS", 265.0 / 365.0);
        });
    expect_peer(kForwards, "F,b,equity_forward,SPX,10,3600,,0.5,,USD-ISSUER", [](const auto& m) {
        const double forward = m.spot("SPX") / discount(m, "USD-GOV", 0.5);
        return 10.0 * (forward - 3600.0) * discount(m, "USD-ISSUER", 0.5);
    });
}

TEST(ForwardTrade, OfACommodityReadsTheForwardCurve) {
    expect_peer(kForwards, "F,b,commodity_forward,BRENT,1000,48,,0.75,,", [](const auto& m) {
        const Asset* oil = m.market().layout->asset("BRENT");
        const double near = m.market().values[oil->forward_factors[0]];
        const double far = m.market().values[oil->forward_factors[1]];
        const double forward = near + (far - near) * 0.25 / 1.5;
        return 1000.0 * (forward - 48.0) * discount(m, "USD-OIS", 0.75);
    });
}

TEST(ForwardTrade, ObservedButNotYetPaidTakesThePastPrice) {
    Fixings fixings;
    fixings.values["AAPL"][make_date(2020, 12, 29)] = 134.87;
    expect_peer(
        kForwards,
        "F,b,equity_forward,AAPL,-500,132.5,2020-12-29,,2020-12-31,",
        [](const auto& m) { return -500.0 * 2.37 * discount(m, "USD-OIS", 1.0 / 365.0); },
        fixings);
}

TEST(EquityOptionTrade, IsBlackScholes) {
    for (const auto type : {ql::Option::Call, ql::Option::Put}) {
        const std::string word = type == ql::Option::Call ? "call" : "put";
        expect_peer(kOptions,
                    "V,b,equity_option,AAPL," + word + ",-1000,150,2021-06-18,,",
                    [&](const QlMarket& m) {
                        return -1000.0 * black_scholes(m,
                                                       type,
                                                       m.spot("AAPL"),
                                                       150.0,
                                                       ql_date(2021, 6, 18),
                                                       m.curve("USD-DIVIDEND"),
                                                       m.curve("USD-OIS"),
                                                       m.vol("AAPL", 170.0 / 365.0));
                    });
    }
}

TEST(EquityOptionTrade, OnACommodityUsesItsForwardCurveAndMayBePaidLater) {
    expect_peer(kOptions,
                "V,b,equity_option,BRENT,call,5000,50,2021-06-18,,2021-06-22",
                [](const QlMarket& m) {
                    const double t = 170.0 / 365.0;
                    const Asset* oil = m.market().layout->asset("BRENT");
                    // Before the first pillar the forward is flat.
                    const double forward = m.market().values[oil->forward_factors[0]];
                    return 5000.0 * ql::blackFormula(ql::Option::Call,
                                                     50.0,
                                                     forward,
                                                     m.vol("BRENT", t) * std::sqrt(t),
                                                     discount(m, "USD-OIS", 174.0 / 365.0));
                });
}

TEST(EquityOptionTrade, ExpiredButNotYetPaidIsItsPayoff) {
    Fixings fixings;
    fixings.values["AAPL"][kToday] = 160.0;
    expect_peer(
        kOptions,
        "V,b,equity_option,AAPL,call,10,150,2020-12-30,,2021-01-04",
        [](const auto& m) { return 100.0 * discount(m, "USD-OIS", 5.0 / 365.0); },
        fixings);
}

}  // namespace
}  // namespace vargrid::test
