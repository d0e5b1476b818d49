// Deposits, FRAs and swaps against QuantLib.
#include "tests/pricing/trades/quantlib_market.hpp"

#include <gtest/gtest.h>
#include <ql/cashflows/cashflows.hpp>
#include <ql/cashflows/fixedratecoupon.hpp>
#include <ql/cashflows/iborcoupon.hpp>
#include <ql/cashflows/overnightindexedcoupon.hpp>
#include <ql/indexes/ibor/eonia.hpp>
#include <ql/indexes/ibor/estr.hpp>
#include <ql/indexes/ibor/euribor.hpp>
#include <ql/indexes/ibor/fedfunds.hpp>
#include <ql/indexes/ibor/gbplibor.hpp>
#include <ql/indexes/ibor/sofr.hpp>
#include <ql/indexes/ibor/sonia.hpp>
#include <ql/indexes/ibor/usdlibor.hpp>
#include <ql/indexes/indexmanager.hpp>
#include <ql/instruments/forwardrateagreement.hpp>
#include <ql/instruments/overnightindexedswap.hpp>
#include <ql/instruments/vanillaswap.hpp>
#include <ql/pricingengines/swap/discountingswapengine.hpp>
#include <ql/time/calendars/jointcalendar.hpp>
#include <ql/time/calendars/target.hpp>
#include <ql/time/calendars/unitedkingdom.hpp>
#include <ql/time/calendars/unitedstates.hpp>
#include <ql/time/daycounters/actual360.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>
#include <ql/time/daycounters/thirty360.hpp>

#include <memory>

namespace vargrid::test {
namespace {

namespace ql = QuantLib;

constexpr std::string_view kDeposits =
    "id,book,type,currency,notional,start_date,maturity,rate,day_count,calendar,discount_curve";
constexpr std::string_view kFras =
    "id,book,type,direction,notional,index,rate,start_date,maturity,settlement,discount_curve";
constexpr std::string_view kSwaps =
    "id,book,type,direction,notional,index,rate,spread,start_date,maturity,frequency,day_count,"
    "float_frequency,stub,payment_lag,notional_schedule,discount_curve,business_day_rule,"
    "end_of_month";

const ql::Thirty360 kThirty360{ql::Thirty360::BondBasis};

/// The same fixings for QuantLib's index and for the compiler; QuantLib forgets them at the end.
class SharedFixings {
  public:
    explicit SharedFixings(std::string name) : name_{std::move(name)} {}
    ~SharedFixings() { ql::IndexManager::instance().clearHistories(); }
    SharedFixings(const SharedFixings&) = delete;
    SharedFixings& operator=(const SharedFixings&) = delete;

    void add(ql::Index& index, const ql::Date& date, double value) {
        index.addFixing(date, value, true);
        fixings_.values[name_][Date{static_cast<std::int32_t>(date.serialNumber()) - 25'569}] =
            value;
    }
    [[nodiscard]] const Fixings& get() const { return fixings_; }

  private:
    std::string name_;
    Fixings fixings_;
};

ql::Schedule schedule(const ql::Date& start,
                      const ql::Date& end,
                      int months,
                      const ql::Calendar& calendar,
                      ql::DateGeneration::Rule rule = ql::DateGeneration::Backward,
                      const ql::Date& first = {},
                      const ql::Date& next_to_last = {}) {
    return ql::Schedule{start,
                        end,
                        ql::Period{months, ql::Months},
                        calendar,
                        ql::ModifiedFollowing,
                        ql::ModifiedFollowing,
                        rule,
                        false,
                        first,
                        next_to_last};
}

double value_of(const ql::Leg& leg, const QlMarket& market, const std::string& curve) {
    return ql::CashFlows::npv(leg, **market.curve(curve), false);
}

TEST(DepositTrade, RollsBothItsDates) {
    // 2021-05-15 is a Saturday.
    expect_peer(
        kDeposits, "D,b,deposit,GBP,3e6,2020-11-16,2021-05-15,0.0012,,,", [](const QlMarket& m) {
            return 3e6 * (1.0 + 0.0012 * 182.0 / 365.0) *
                   m.curve("GBP-GOV")->discount(ql_date(2021, 5, 17)) * m.fx("GBP");
        });
    expect_peer(kDeposits,
                "D,b,deposit,USD,-3e6,2021-02-15,2021-11-15,0.05,,,USD-GOV",
                [](const QlMarket& m) {
                    // 2021-02-15 is a holiday in New York.
                    const auto curve = m.curve("USD-GOV");
                    return -3e6 *
                           ((1.0 + 0.05 * 272.0 / 360.0) * curve->discount(ql_date(2021, 11, 15)) -
                            curve->discount(ql_date(2021, 2, 16)));
                });
}

TEST(FraTrade, SettledAtTheStartIsQuantLibs) {
    for (const auto type : {ql::Position::Long, ql::Position::Short}) {
        const std::string word = type == ql::Position::Long ? "pay" : "receive";
        expect_peer(kFras,
                    "R,b,fra," + word + ",2e7,EUR-EURIBOR-6M,-0.02,2021-03-15,2021-09-15,,",
                    [&](const QlMarket& m) {
                        const auto index = ql::ext::make_shared<ql::Euribor6M>(m.curve("EUR-6M"));
                        const ql::ForwardRateAgreement fra{ql_date(2021, 3, 15),
                                                           ql_date(2021, 9, 15),
                                                           type,
                                                           -0.02,
                                                           2e7,
                                                           index,
                                                           m.curve("EUR-OIS"),
                                                           false};
                        return fra.NPV() * m.fx("EUR");
                    });
    }
}

TEST(FraTrade, WithoutAMaturityRunsForTheTenorOfItsIndex) {
    // From a month's end to a month's end that is a good day in New York and London.
    expect_peer(kFras, "R,b,fra,pay,2e7,USD-LIBOR-3M,0.03,2021-02-26,,,", [](const QlMarket& m) {
        const auto index =
            ql::ext::make_shared<ql::USDLibor>(ql::Period{3, ql::Months}, m.curve("USD-3M"));
        const ql::ForwardRateAgreement fra{
            ql_date(2021, 2, 26), ql::Position::Long, 0.03, 2e7, index, m.curve("USD-OIS")};
        return fra.NPV();
    });
}

TEST(FraTrade, SettledAtTheEndIsASinglePeriodSwap) {
    expect_peer(kFras,
                "R,b,fra,receive,2e7,GBP-LIBOR-3M,0.02,2021-04-15,2021-07-15,end,",
                [](const QlMarket& m) {
                    const auto curve = m.curve("GBP-GOV");
                    const double tau = 91.0 / 365.0;
                    const double from = curve->discount(ql_date(2021, 4, 15));
                    const double to = curve->discount(ql_date(2021, 7, 15));
                    return -2e7 * tau * ((from / to - 1.0) / tau - 0.02) * to * m.fx("GBP");
                });
}

TEST(FraTrade, OnceFixedUsesTheFixing) {
    SharedFixings fixings{"EUR-EURIBOR-6M"};
    ql::Euribor6M past;
    fixings.add(past, ql_date(2020, 12, 29), -0.0051);
    expect_peer(
        kFras,
        "R,b,fra,pay,2e7,EUR-EURIBOR-6M,-0.02,2020-12-31,2021-06-30,,",
        [&](const QlMarket& m) {
            const double tau = 181.0 / 360.0;
            return 2e7 * (-0.0051 + 0.02) * tau / (1.0 - 0.0051 * tau) *
                   m.curve("EUR-OIS")->discount(ql_date(2020, 12, 31)) * m.fx("EUR");
        },
        fixings.get());
}

double vanilla_swap(const QlMarket& market,
                    ql::Swap::Type type,
                    double notional,
                    const ql::Schedule& fixed,
                    double rate,
                    const ql::DayCounter& fixed_day_count,
                    const ql::Schedule& floating,
                    const ql::ext::shared_ptr<ql::IborIndex>& index,
                    double spread,
                    const std::string& discounting) {
    ql::VanillaSwap swap{
        type, notional, fixed, rate, fixed_day_count, floating, index, spread, index->dayCounter()};
    swap.setPricingEngine(
        ql::ext::make_shared<ql::DiscountingSwapEngine>(market.curve(discounting)));
    return swap.NPV();
}

TEST(SwapTrade, OnEuriborIsAVanillaSwap) {
    SharedFixings fixings{"EUR-EURIBOR-6M"};
    ql::Euribor6M past;
    fixings.add(past, ql_date(2020, 12, 15), -0.00519);
    for (const auto type : {ql::Swap::Payer, ql::Swap::Receiver}) {
        const std::string word = type == ql::Swap::Payer ? "pay" : "receive";
        expect_peer(
            kSwaps,
            "S,b,swap," + word + ",1e7,EUR-EURIBOR-6M,0.0115,,2019-06-17,2024-06-17,,,,,,,,,",
            [&](const QlMarket& m) {
                const ql::Date start = ql_date(2019, 6, 17);
                const ql::Date end = ql_date(2024, 6, 17);
                return m.fx("EUR") *
                       vanilla_swap(m,
                                    type,
                                    1e7,
                                    schedule(start, end, 12, ql::TARGET()),
                                    0.0115,
                                    kThirty360,
                                    schedule(start, end, 6, ql::TARGET()),
                                    ql::ext::make_shared<ql::Euribor6M>(m.curve("EUR-6M")),
                                    0.0,
                                    "EUR-OIS");
            },
            fixings.get());
    }
}

TEST(SwapTrade, OnLiborUsesTheCalendarsOfBothCities) {
    const ql::JointCalendar both{ql::UnitedStates{ql::UnitedStates::Settlement},
                                 ql::UnitedKingdom{ql::UnitedKingdom::Exchange}};
    expect_peer(
        kSwaps,
        "S,b,swap,receive,8e6,USD-LIBOR-3M,0.0125,0.001,2021-01-18,2031-01-18,,,,,,,USD-GOV,,",
        [&](const QlMarket& m) {
            const ql::Date start = ql_date(2021, 1, 18);
            const ql::Date end = ql_date(2031, 1, 18);
            return vanilla_swap(
                m,
                ql::Swap::Receiver,
                8e6,
                schedule(start, end, 6, both),
                0.0125,
                kThirty360,
                schedule(start, end, 3, both),
                ql::ext::make_shared<ql::USDLibor>(ql::Period{3, ql::Months}, m.curve("USD-3M")),
                0.001,
                "USD-GOV");
        });
}

TEST(SwapTrade, OnOneCurveTelescopes) {
    const ql::UnitedKingdom london{ql::UnitedKingdom::Exchange};
    constexpr std::string_view row =
        "S,b,swap,pay,5e6,GBP-LIBOR-3M,0.004,,2021-01-04,2041-01-04,,,,,,,,,";
    expect_peer(kSwaps, row, [&](const QlMarket& m) {
        const ql::Date start = ql_date(2021, 1, 4);
        const ql::Date end = ql_date(2041, 1, 4);
        return m.fx("GBP") * vanilla_swap(m,
                                          ql::Swap::Payer,
                                          5e6,
                                          schedule(start, end, 6, london),
                                          0.004,
                                          ql::Actual365Fixed{},
                                          schedule(start, end, 3, london),
                                          ql::ext::make_shared<ql::GBPLibor>(
                                              ql::Period{3, ql::Months}, m.curve("GBP-GOV")),
                                          0.0,
                                          "GBP-GOV");
    });
    // 40 fixed coupons, whose last row the floating leg shares, and the floating leg's start.
    const CompiledBook book =
        compiled(std::string{kSwaps} + "\n" + std::string{row}, sample_market());
    EXPECT_EQ(book.batches.front().linear.term_row.size(), 41U);
}

TEST(SwapTrade, HasShortAndLongStubsAtBothEnds) {
    const ql::Date start = ql_date(2021, 1, 11);
    const ql::Date end = ql_date(2025, 6, 15);
    const auto backward = ql::DateGeneration::Backward;
    const auto forward = ql::DateGeneration::Forward;
    const auto compare = [&](const std::string& stub,
                             const ql::Schedule& fixed,
                             const ql::Schedule& floating) {
        expect_peer(kSwaps,
                    "S,b,swap,receive,1e7,EUR-EURIBOR-3M,0.01,0.0005,2021-01-11,2025-06-15,12M,,," +
                        stub + ",,,,,",
                    [&](const QlMarket& m) {
                        return m.fx("EUR") *
                               vanilla_swap(m,
                                            ql::Swap::Receiver,
                                            1e7,
                                            fixed,
                                            0.01,
                                            kThirty360,
                                            floating,
                                            ql::ext::make_shared<ql::Euribor3M>(m.curve("EUR-3M")),
                                            0.0005,
                                            "EUR-OIS");
                    });
    };
    const ql::TARGET target;
    compare("short_front", schedule(start, end, 12, target), schedule(start, end, 3, target));
    compare("long_front",
            schedule(start, end, 12, target, backward, ql_date(2022, 6, 15)),
            schedule(start, end, 3, target, backward, ql_date(2021, 6, 15)));
    compare("short_back",
            schedule(start, end, 12, target, forward),
            schedule(start, end, 3, target, forward));
    compare("long_back",
            schedule(start, end, 12, target, forward, {}, ql_date(2024, 1, 11)),
            schedule(start, end, 3, target, forward, {}, ql_date(2025, 1, 11)));
}

TEST(SwapTrade, Amortises) {
    const ql::JointCalendar both{ql::UnitedStates{ql::UnitedStates::Settlement},
                                 ql::UnitedKingdom{ql::UnitedKingdom::Exchange}};
    const ql::Date start = ql_date(2021, 2, 13);
    const ql::Date end = ql_date(2024, 2, 13);
    const std::vector<double> fixed_notionals{8e6, 8e6, 8e6, 6e6, 6e6, 6e6};
    const std::vector<double> floating_notionals{
        8e6, 8e6, 8e6, 8e6, 8e6, 7e6, 6e6, 6e6, 6e6, 6e6, 6e6, 6e6};
    // The step of 2022-05-13 is inside a fixed period, which keeps the notional it started with.
    expect_peer(kSwaps,
                "S,b,swap,pay,8e6,USD-LIBOR-3M,0.0125,,2021-02-13,2024-02-13,,,,,,"
                "2022-05-13:7000000;2022-08-13:6000000,,,",
                [&](const QlMarket& m) {
                    const auto index = ql::ext::make_shared<ql::USDLibor>(ql::Period{3, ql::Months},
                                                                          m.curve("USD-3M"));
                    const ql::Leg fixed = ql::FixedRateLeg(schedule(start, end, 6, both))
                                              .withNotionals(fixed_notionals)
                                              .withCouponRates(0.0125, kThirty360)
                                              .withPaymentAdjustment(ql::ModifiedFollowing);
                    const ql::Leg floating = ql::IborLeg(schedule(start, end, 3, both), index)
                                                 .withNotionals(floating_notionals)
                                                 .withPaymentDayCounter(ql::Actual360{})
                                                 .withPaymentAdjustment(ql::ModifiedFollowing);
                    return value_of(floating, m, "USD-OIS") - value_of(fixed, m, "USD-OIS");
                });
}

TEST(SwapTrade, MayPayLateAndCountFixedDaysItsOwnWay) {
    expect_peer(
        kSwaps,
        "S,b,swap,pay,1e7,EUR-EURIBOR-6M,0.02,,2021-03-01,2026-03-01,6M,Act/365F,3M,,3,,,,",
        [&](const QlMarket& m) {
            const ql::Date start = ql_date(2021, 3, 1);
            const ql::Date end = ql_date(2026, 3, 1);
            const auto index = ql::ext::make_shared<ql::Euribor6M>(m.curve("EUR-6M"));
            const ql::Leg fixed = ql::FixedRateLeg(schedule(start, end, 6, ql::TARGET()))
                                      .withNotionals(1e7)
                                      .withCouponRates(0.02, ql::Actual365Fixed{})
                                      .withPaymentLag(3);
            const ql::Leg floating = ql::IborLeg(schedule(start, end, 3, ql::TARGET()), index)
                                         .withNotionals(1e7)
                                         .withPaymentLag(3);
            return m.fx("EUR") * (value_of(floating, m, "EUR-OIS") - value_of(fixed, m, "EUR-OIS"));
        });
}

double overnight_swap(const QlMarket& market,
                      const ql::Date& start,
                      const ql::Date& end,
                      double rate,
                      double spread,
                      int payment_lag,
                      const ql::ext::shared_ptr<ql::OvernightIndex>& index,
                      const std::string& discounting,
                      bool telescopic) {
    ql::OvernightIndexedSwap swap{ql::Swap::Payer,
                                  1e7,
                                  schedule(start, end, 12, index->fixingCalendar()),
                                  rate,
                                  index->dayCounter(),
                                  index,
                                  spread,
                                  static_cast<ql::Natural>(payment_lag),
                                  ql::ModifiedFollowing,
                                  index->fixingCalendar(),
                                  telescopic};
    swap.setPricingEngine(
        ql::ext::make_shared<ql::DiscountingSwapEngine>(market.curve(discounting)));
    return swap.NPV();
}

template <class QlIndex>
void compare_overnight(const std::string& index,
                       const std::string& projection,
                       const std::string& discounting,
                       int payment_lag) {
    const std::string currency = index.substr(0, 3);
    // One that starts later, with a short first period, and one that runs since the summer.
    expect_peer(kSwaps,
                "S,b,swap,pay,1e7," + index + ",0.007,0.0004,2021-02-16,2025-06-15,,,,,,,,,",
                [&](const QlMarket& m) {
                    return m.fx(currency) *
                           overnight_swap(m,
                                          ql_date(2021, 2, 16),
                                          ql_date(2025, 6, 15),
                                          0.007,
                                          0.0004,
                                          payment_lag,
                                          ql::ext::make_shared<QlIndex>(m.curve(projection)),
                                          discounting,
                                          true);
                });
    SharedFixings fixings{index};
    QlIndex past;
    const ql::Date start = ql_date(2020, 7, 15);
    for (ql::Date date = start; date < ql_date(kToday); ++date) {
        if (past.isValidFixingDate(date)) {
            fixings.add(past, date, 0.001 + 1e-5 * static_cast<double>(date - start));
        }
    }
    for (const bool fixed_today : {false, true}) {
        if (fixed_today) {
            fixings.add(past, ql_date(kToday), 0.0123);
        }
        expect_peer(
            kSwaps,
            "S,b,swap,pay,1e7," + index + ",0.007,,2020-07-15,2021-07-15,,,,,,,,,",
            [&](const QlMarket& m) {
                return m.fx(currency) *
                       overnight_swap(m,
                                      start,
                                      ql_date(2021, 7, 15),
                                      0.007,
                                      0.0,
                                      payment_lag,
                                      ql::ext::make_shared<QlIndex>(m.curve(projection)),
                                      discounting,
                                      false);
            },
            fixings.get());
    }
}

TEST(OvernightSwapTrade, OnSofrCompoundsAndPaysTwoDaysLate) {
    compare_overnight<ql::Sofr>("USD-SOFR", "USD-OIS", "USD-OIS", 2);
}

TEST(OvernightSwapTrade, OnFedFundsProjectsOnItsOwnCurve) {
    compare_overnight<ql::FedFunds>("USD-FEDFUNDS", "USD-GOV", "USD-OIS", 2);
}

TEST(OvernightSwapTrade, OnEstrPaysOneDayLate) {
    compare_overnight<ql::Estr>("EUR-ESTR", "EUR-OIS", "EUR-OIS", 1);
}

TEST(OvernightSwapTrade, OnEoniaProjectsOnItsOwnCurve) {
    compare_overnight<ql::Eonia>("EUR-EONIA", "EUR-3M", "EUR-OIS", 1);
}

TEST(OvernightSwapTrade, OnSoniaPaysAtOnce) {
    compare_overnight<ql::Sonia>("GBP-SONIA", "GBP-GOV", "GBP-GOV", 0);
}

TEST(SwapTrade, FixedTodayUsesTheFixingIfThereIsOne) {
    constexpr std::string_view row =
        "S,b,swap,pay,1e7,GBP-LIBOR-3M,0.02,,2020-12-30,2022-12-30,,,,,,,,,";
    const CompiledBook projected =
        compiled(std::string{kSwaps} + "\n" + std::string{row}, sample_market());
    Fixings fixings;
    fixings.values["GBP-LIBOR-3M"][kToday] = 0.05;
    const CompiledBook fixed =
        compiled(std::string{kSwaps} + "\n" + std::string{row}, sample_market(), "GBP", fixings);
    const CompiledBook base =
        compiled(std::string{kSwaps} + "\n" + std::string{row}, sample_market(), "GBP");
    const std::vector<Market> markets = one_lane_each(sample_market());
    const double discount = QlMarket{markets[0]}.curve("GBP-GOV")->discount(ql_date(2021, 3, 30));
    const double gained = values_of(fixed, 0, markets)[0] - values_of(base, 0, markets)[0];
    const double tau = 90.0 / 365.0;
    EXPECT_NEAR(gained, 1e7 * ((1.0 + 0.05 * tau) * discount - 1.0), 1e-3);
    EXPECT_EQ(projected.trades.front().notional, 1e7);
}

}  // namespace
}  // namespace vargrid::test
