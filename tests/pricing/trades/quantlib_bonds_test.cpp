// Zero-coupon bonds, bills and fixed-coupon bonds against QuantLib.
#include "tests/pricing/trades/quantlib_market.hpp"

#include <gtest/gtest.h>
#include <ql/instruments/bonds/fixedratebond.hpp>
#include <ql/pricingengines/bond/discountingbondengine.hpp>
#include <ql/time/calendars/target.hpp>
#include <ql/time/calendars/unitedkingdom.hpp>
#include <ql/time/calendars/unitedstates.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>
#include <ql/time/daycounters/actualactual.hpp>
#include <ql/time/daycounters/thirty360.hpp>
#include <ql/time/schedule.hpp>

namespace vargrid::test {
namespace {

namespace ql = QuantLib;

constexpr std::string_view kBills =
    "id,book,type,currency,notional,maturity,maturity_years,business_day_rule,calendar,"
    "discount_curve,settlement_date,settlement_amount";
constexpr std::string_view kBonds =
    "id,book,type,currency,notional,start_date,maturity,rate,frequency,day_count,calendar,"
    "business_day_rule,end_of_month,stub,redemption,discount_curve";

double bond_value(const QlMarket& market,
                  const std::string& curve,
                  double face,
                  const ql::Schedule& schedule,
                  double rate,
                  const ql::DayCounter& day_count,
                  ql::BusinessDayConvention rule,
                  double redemption = 100.0) {
    ql::FixedRateBond bond{0, face, schedule, {rate}, day_count, rule, redemption};
    bond.setPricingEngine(ql::ext::make_shared<ql::DiscountingBondEngine>(market.curve(curve)));
    return bond.NPV();
}

ql::Schedule schedule(const ql::Date& start,
                      const ql::Date& end,
                      int months,
                      const ql::Calendar& calendar,
                      ql::DateGeneration::Rule rule = ql::DateGeneration::Backward,
                      bool end_of_month = false,
                      const ql::Date& first = {},
                      const ql::Date& next_to_last = {}) {
    return ql::Schedule{start,
                        end,
                        ql::Period{months, ql::Months},
                        calendar,
                        ql::Unadjusted,
                        ql::Unadjusted,
                        rule,
                        end_of_month,
                        first,
                        next_to_last};
}

TEST(ZeroCouponBondTrade, IsItsNotionalDiscounted) {
    expect_peer(kBills, "Z,b,zero_coupon_bond,EUR,10000000,,5,,,,,", [](const QlMarket& m) {
        return 1e7 * m.curve("EUR-OIS")->discount(5.0) * m.fx("EUR");
    });
    expect_peer(kBills, "Z,b,zero_coupon_bond,JPY,-6e8,2030-11-17,,,,,,", [](const QlMarket& m) {
        return -6e8 * m.curve("JPY-GOV")->discount(ql_date(2030, 11, 17)) * m.fx("JPY");
    });
    expect_peer(
        kBills, "Z,b,zero_coupon_bond,USD,2e6,2026-01-01,,,,USD-ISSUER,,", [](const QlMarket& m) {
            return 2e6 * m.curve("USD-ISSUER")->discount(ql_date(2026, 1, 1));
        });
}

TEST(BillTrade, IsPaidOnAGoodDay) {
    // 2021-07-04 is a Sunday and the fifth a holiday in New York.
    expect_peer(kBills, "B,b,bill,USD,5e6,2021-07-04,,,,,,", [](const QlMarket& m) {
        return 5e6 * m.curve("USD-OIS")->discount(ql_date(2021, 7, 6));
    });
    expect_peer(kBills, "B,b,bill,USD,5e6,2021-07-04,,preceding,,,,", [](const QlMarket& m) {
        return 5e6 * m.curve("USD-OIS")->discount(ql_date(2021, 7, 2));
    });
    expect_peer(kBills, "B,b,bill,USD,5e6,2021-07-04,,,TARGET,,,", [](const QlMarket& m) {
        return 5e6 * m.curve("USD-OIS")->discount(ql_date(2021, 7, 5));
    });
}

TEST(BillTrade, BoughtForLaterDeliveryIsPaidForThen) {
    expect_peer(
        kBills, "B,b,bill,USD,-5e6,2021-07-02,,,,,2021-01-04,4990000", [](const QlMarket& m) {
            const auto curve = m.curve("USD-OIS");
            return -5e6 * curve->discount(ql_date(2021, 7, 2)) +
                   4.99e6 * curve->discount(ql_date(2021, 1, 4));
        });
}

TEST(FixedCouponBondTrade, HasTheCouponsOfATreasuryBond) {
    expect_peer(kBonds,
                "G,b,fixed_coupon_bond,USD,2000000,2018-08-15,2028-08-15,0.02875,6M,,,,,,,",
                [](const QlMarket& m) {
                    const ql::UnitedStates calendar{ql::UnitedStates::Settlement};
                    return bond_value(
                        m,
                        "USD-OIS",
                        2e6,
                        schedule(ql_date(2018, 8, 15), ql_date(2028, 8, 15), 6, calendar),
                        0.02875,
                        ql::ActualActual{ql::ActualActual::ISMA},
                        ql::Following);
                });
}

TEST(FixedCouponBondTrade, TakesEveryDayCountAndRule) {
    const auto compare = [](const std::string& words,
                            const ql::DayCounter& day_count,
                            ql::BusinessDayConvention rule) {
        expect_peer(
            kBonds,
            "G,b,fixed_coupon_bond,EUR,-3e6,2019-01-31,2031-01-31,0.011,12M," + words + ",,,1.02,",
            [&](const QlMarket& m) {
                return m.fx("EUR") *
                       bond_value(
                           m,
                           "EUR-OIS",
                           -3e6,
                           schedule(ql_date(2019, 1, 31), ql_date(2031, 1, 31), 12, ql::TARGET()),
                           0.011,
                           day_count,
                           rule,
                           102.0);
            });
    };
    compare("30/360,,following", ql::Thirty360{ql::Thirty360::BondBasis}, ql::Following);
    compare("30E/360,,modified_following",
            ql::Thirty360{ql::Thirty360::EurobondBasis},
            ql::ModifiedFollowing);
    compare("Act/Act ISDA,,preceding", ql::ActualActual{ql::ActualActual::ISDA}, ql::Preceding);
    compare("Act/365F,TARGET,unadjusted", ql::Actual365Fixed{}, ql::Unadjusted);
}

TEST(FixedCouponBondTrade, HasShortAndLongStubsAtBothEnds) {
    const ql::UnitedKingdom calendar{ql::UnitedKingdom::Exchange};
    const ql::ActualActual icma{ql::ActualActual::ISMA};
    const ql::Date start = ql_date(2020, 10, 5);
    const ql::Date end = ql_date(2026, 1, 22);
    const auto compare = [&](const std::string& stub, const ql::Schedule& dates) {
        expect_peer(
            kBonds,
            "G,b,fixed_coupon_bond,GBP,1e6,2020-10-05,2026-01-22,0.03,6M,,,,," + stub + ",,",
            [&](const QlMarket& m) {
                return m.fx("GBP") *
                       bond_value(m, "GBP-GOV", 1e6, dates, 0.03, icma, ql::Following);
            });
    };
    compare("", schedule(start, end, 6, calendar));
    compare("short_front", schedule(start, end, 6, calendar));
    compare(
        "long_front",
        schedule(
            start, end, 6, calendar, ql::DateGeneration::Backward, false, ql_date(2021, 7, 22)));
    compare("short_back", schedule(start, end, 6, calendar, ql::DateGeneration::Forward));
    compare(
        "long_back",
        schedule(
            start, end, 6, calendar, ql::DateGeneration::Forward, false, {}, ql_date(2025, 4, 5)));
}

TEST(FixedCouponBondTrade, StaysAtMonthEndsWhenAsked) {
    const ql::UnitedStates calendar{ql::UnitedStates::Settlement};
    for (const bool end_of_month : {true, false}) {
        expect_peer(kBonds,
                    std::string{"G,b,fixed_coupon_bond,USD,1e6,2020-02-29,2027-02-28,0.01,3M,"
                                "30/360,,,"} +
                        (end_of_month ? "true" : "false") + ",,,",
                    [&](const QlMarket& m) {
                        return bond_value(m,
                                          "USD-OIS",
                                          1e6,
                                          schedule(ql_date(2020, 2, 29),
                                                   ql_date(2027, 2, 28),
                                                   3,
                                                   calendar,
                                                   ql::DateGeneration::Backward,
                                                   end_of_month),
                                          0.01,
                                          ql::Thirty360{ql::Thirty360::BondBasis},
                                          ql::Following);
                    });
    }
}

TEST(FixedCouponBondTrade, PayingOnceHasOneCouponAtTheEnd) {
    expect_peer(kBonds,
                "G,b,fixed_coupon_bond,USD,1e6,2020-03-16,2022-03-15,0.02,once,Act/365F,,,,,,",
                [](const QlMarket& m) {
                    return 1e6 * (1.0 + 0.02 * 729.0 / 365.0) *
                           m.curve("USD-OIS")->discount(ql_date(2022, 3, 15));
                });
}

TEST(FixedCouponBondTrade, LosesTheCouponPaidOnTheValuationDate) {
    // Coupons on 2020-12-30, 2021-06-30 and 2021-12-30.
    expect_peer(kBonds,
                "G,b,fixed_coupon_bond,USD,1e6,2019-12-30,2021-12-30,0.04,6M,,,,,,,",
                [](const QlMarket& m) {
                    const auto curve = m.curve("USD-OIS");
                    return 1e6 * (0.02 * curve->discount(ql_date(2021, 6, 30)) +
                                  1.02 * curve->discount(ql_date(2021, 12, 30)));
                });
}

}  // namespace
}  // namespace vargrid::test
