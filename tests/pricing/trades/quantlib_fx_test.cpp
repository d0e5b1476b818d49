// FX forwards, swaps and options against QuantLib.
#include "tests/pricing/trades/quantlib_market.hpp"

#include <gtest/gtest.h>
#include <ql/exercise.hpp>
#include <ql/instruments/europeanoption.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <ql/pricingengines/vanilla/analyticeuropeanengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/time/calendars/jointcalendar.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/calendars/target.hpp>
#include <ql/time/calendars/unitedstates.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

#include <cmath>

namespace vargrid::test {
namespace {

namespace ql = QuantLib;

constexpr std::string_view kForwards =
    "id,book,type,currency,notional,quote_currency,near_strike,strike,start_date,maturity,"
    "maturity_years,business_day_rule,calendar";
constexpr std::string_view kOptions =
    "id,book,type,currency,quote_currency,option_type,notional,strike,maturity,maturity_years,"
    "payment_date";

TEST(FxForwardTrade, IsTwoDiscountedPayments) {
    expect_peer(
        kForwards, "X,b,fx_forward,EUR,5e6,USD,,1.2301,,2021-03-31,,,", [](const QlMarket& m) {
            const ql::Date date = ql_date(2021, 3, 31);
            return 5e6 * (m.curve("EUR-OIS")->discount(date) * m.fx("EUR") -
                          1.2301 * m.curve("USD-OIS")->discount(date));
        });
    expect_peer(kForwards, "X,b,fx_forward,GBP,-2e6,JPY,,141.5,,,0.5,,", [](const QlMarket& m) {
        return -2e6 * (m.curve("GBP-GOV")->discount(0.5) * m.fx("GBP") -
                       141.5 * m.curve("JPY-GOV")->discount(0.5) * m.fx("JPY"));
    });
}

TEST(FxForwardTrade, SettlesOnADayThatIsGoodInBothPlaces) {
    const ql::JointCalendar both{ql::TARGET(), ql::UnitedStates{ql::UnitedStates::Settlement}};
    // Good Friday is a holiday of TARGET, 2021-05-31 one of New York and a month's last day.
    for (const auto& [text, date] : {std::pair{"2021-04-02", ql_date(2021, 4, 2)},
                                     std::pair{"2021-05-31", ql_date(2021, 5, 31)}}) {
        const ql::Date rolled_date = both.adjust(date, ql::ModifiedFollowing);
        ASSERT_NE(rolled_date, date);
        expect_peer(kForwards,
                    std::string{"X,b,fx_forward,EUR,1e6,USD,,1.2,,"} + text + ",,,",
                    [&](const QlMarket& m) {
                        return 1e6 * (m.curve("EUR-OIS")->discount(rolled_date) * m.fx("EUR") -
                                      1.2 * m.curve("USD-OIS")->discount(rolled_date));
                    });
        expect_peer(kForwards,
                    std::string{"X,b,fx_forward,EUR,1e6,USD,,1.2,,"} + text + ",,unadjusted,",
                    [&](const QlMarket& m) {
                        return 1e6 * (m.curve("EUR-OIS")->discount(date) * m.fx("EUR") -
                                      1.2 * m.curve("USD-OIS")->discount(date));
                    });
    }
}

TEST(FxSwapTrade, IsTwoForwardsOfOppositeSign) {
    expect_peer(kForwards,
                "W,b,fx_swap,EUR,1e7,USD,1.2270,1.2912,2021-01-15,2022-07-15,,,",
                [](const QlMarket& m) {
                    const auto forward = [&](const ql::Date& date, double strike) {
                        return m.curve("EUR-OIS")->discount(date) * m.fx("EUR") -
                               strike * m.curve("USD-OIS")->discount(date);
                    };
                    return 1e7 * (forward(ql_date(2021, 1, 15), 1.2270) -
                                  forward(ql_date(2022, 7, 15), 1.2912));
                });
}

TEST(FxSwapTrade, KeepsItsFarLegOnceTheNearOneIsPaid) {
    expect_peer(kForwards,
                "W,b,fx_swap,EUR,1e7,USD,1.2270,1.2912,2020-12-30,2022-07-15,,,",
                [](const QlMarket& m) {
                    const ql::Date date = ql_date(2022, 7, 15);
                    return -1e7 * (m.curve("EUR-OIS")->discount(date) * m.fx("EUR") -
                                   1.2912 * m.curve("USD-OIS")->discount(date));
                });
}

double garman_kohlhagen(const QlMarket& market,
                        ql::Option::Type type,
                        double spot,
                        double strike,
                        const ql::Date& expiry,
                        const std::string& curve,
                        const std::string& quote_curve,
                        double vol) {
    const auto process = ql::ext::make_shared<ql::GarmanKohlagenProcess>(
        ql::Handle<ql::Quote>{ql::ext::make_shared<ql::SimpleQuote>(spot)},
        market.curve(curve),
        market.curve(quote_curve),
        ql::Handle<ql::BlackVolTermStructure>{ql::ext::make_shared<ql::BlackConstantVol>(
            ql_date(market.market().as_of), ql::NullCalendar(), vol, ql::Actual365Fixed())});
    ql::EuropeanOption option{ql::ext::make_shared<ql::PlainVanillaPayoff>(type, strike),
                              ql::ext::make_shared<ql::EuropeanExercise>(expiry)};
    option.setPricingEngine(ql::ext::make_shared<ql::AnalyticEuropeanEngine>(process));
    return option.NPV();
}

TEST(FxOptionTrade, IsGarmanKohlhagen) {
    for (const auto type : {ql::Option::Call, ql::Option::Put}) {
        const std::string word = type == ql::Option::Call ? "call" : "put";
        expect_peer(kOptions,
                    "Y,b,fx_option,EUR,USD," + word + ",4e6,1.2,2021-06-30,,",
                    [&](const QlMarket& m) {
                        return 4e6 * garman_kohlhagen(m,
                                                      type,
                                                      m.fx("EUR", "USD"),
                                                      1.2,
                                                      ql_date(2021, 6, 30),
                                                      "EUR-OIS",
                                                      "USD-OIS",
                                                      m.vol("EURUSD", 182.0 / 365.0));
                    });
    }
}

TEST(FxOptionTrade, FindsTheVolatilityOfThePairInEitherOrder) {
    expect_peer(kOptions, "Y,b,fx_option,USD,EUR,put,-4e6,0.81,,0.4,", [](const QlMarket& m) {
        const double own = m.curve("USD-OIS")->discount(0.4);
        const double quote = m.curve("EUR-OIS")->discount(0.4);
        return -4e6 * m.fx("EUR") *
               ql::blackFormula(ql::Option::Put,
                                0.81,
                                m.fx("USD", "EUR") * own / quote,
                                m.vol("EURUSD", 0.4) * std::sqrt(0.4),
                                quote);
    });
    expect_peer(
        kOptions, "Y,b,fx_option,GBP,JPY,call,3e6,140,2022-01-07,,2022-01-12", [](const auto& m) {
            const double t = 373.0 / 365.0;
            const ql::Date delivery = ql_date(2022, 1, 12);
            const double own = m.curve("GBP-GOV")->discount(delivery);
            const double quote = m.curve("JPY-GOV")->discount(delivery);
            return 3e6 * m.fx("JPY") *
                   ql::blackFormula(ql::Option::Call,
                                    140.0,
                                    m.fx("GBP", "JPY") * own / quote,
                                    m.vol("JPYGBP", t) * std::sqrt(t),
                                    quote);
        });
}

}  // namespace
}  // namespace vargrid::test
