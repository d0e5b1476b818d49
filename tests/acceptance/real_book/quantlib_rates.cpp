// Bonds, deposits, FRAs and swaps.
#include "tests/acceptance/real_book/quantlib_builder.hpp"

#include <ql/cashflows/cashflows.hpp>
#include <ql/cashflows/fixedratecoupon.hpp>
#include <ql/cashflows/iborcoupon.hpp>
#include <ql/cashflows/overnightindexedcoupon.hpp>
#include <ql/cashflows/simplecashflow.hpp>
#include <ql/currencies/america.hpp>
#include <ql/indexes/ibor/euribor.hpp>
#include <ql/indexes/ibor/gbplibor.hpp>
#include <ql/indexes/ibor/usdlibor.hpp>
#include <ql/instruments/bonds/fixedratebond.hpp>
#include <ql/instruments/forwardrateagreement.hpp>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace vargrid::acceptance {

Value Builder::with_settlement(const Row& row, const Curve& curve, Value flows) const {
    if (!row.has("settlement_date")) {
        return flows;
    }
    const double sign = row.number("notional") > 0.0 ? 1.0 : -1.0;
    const Value due = payment(curve, years_to(row.date("settlement_date")));
    return [flows = std::move(flows), due, amount = sign * row.number("settlement_amount")] {
        return flows() - amount * due();
    };
}

Value Builder::zero_coupon_bond(const Row& row) {
    const std::string currency = row.text("currency");
    const Curve curve = discounting(row, currency);
    const Value due = payment(curve, maturity_years(row));
    return in_base(currency, with_settlement(row, curve, [due, notional = row.number("notional")] {
                       return notional * due();
                   }));
}

Value Builder::bill(const Row& row) {
    const std::string currency = row.text("currency");
    const Curve curve = discounting(row, currency);
    const ql::Calendar calendar = calendar_named(row.text("calendar", calendar_of(currency)));
    const ql::Date due = calendar.adjust(row.date("maturity"),
                                         rule_named(row.text("business_day_rule", "following")));
    const ql::Leg leg{ql::ext::make_shared<ql::Redemption>(row.number("notional"), due)};
    return in_base(currency, with_settlement(row, curve, npv(leg, curve, settlement_of(row))));
}

Value Builder::fixed_coupon_bond(const Row& row) {
    const std::string currency = row.text("currency");
    const Curve curve = discounting(row, currency);
    const ql::Calendar calendar = calendar_named(row.text("calendar", calendar_of(currency)));
    const ql::FixedRateBond bond{
        0,
        row.number("notional"),
        schedule(row, months_of(row.text("frequency")), calendar, ql::Unadjusted),
        {row.number("rate")},
        day_counter(row.text("day_count", "Act/Act ICMA")),
        rule_named(row.text("business_day_rule", "following")),
        100.0 * row.number("redemption", 1.0),
        ql::Date{},
        calendar};
    return in_base(currency,
                   with_settlement(row, curve, npv(bond.cashflows(), curve, settlement_of(row))));
}

Value Builder::deposit(const Row& row) {
    const std::string currency = row.text("currency");
    const bool is_365 = currency == "GBP" || currency == "AUD" || currency == "CAD";
    const ql::DayCounter counter =
        day_counter(row.text("day_count", is_365 ? "Act/365F" : "Act/360"));
    const ql::Calendar calendar = calendar_named(row.text("calendar", calendar_of(currency)));
    const auto rule = rule_named(row.text("business_day_rule", "modified_following"));
    const ql::Date start = calendar.adjust(row.date("start_date"), rule);
    const ql::Date end = calendar.adjust(row.date("maturity"), rule);
    const double notional = row.number("notional");
    const ql::Leg leg{ql::ext::make_shared<ql::SimpleCashFlow>(-notional, start),
                      ql::ext::make_shared<ql::FixedRateCoupon>(
                          end, notional, row.number("rate"), counter, start, end),
                      ql::ext::make_shared<ql::SimpleCashFlow>(notional, end)};
    return in_base(currency, npv(leg, discounting(row, currency), today()));
}

ql::ext::shared_ptr<ql::IborIndex> Builder::term_index(const std::string& name) const {
    const ql::Period tenor{months_of(name.substr(name.rfind('-') + 1)), ql::Months};
    const Curve curve = market_.projection(name);
    ql::ext::shared_ptr<ql::IborIndex> index;
    if (name.starts_with("EUR-EURIBOR")) {
        index = ql::ext::make_shared<ql::Euribor>(tenor, curve);
    } else if (name.starts_with("USD-LIBOR")) {
        index = ql::ext::make_shared<ql::USDLibor>(tenor, curve);
    } else if (name.starts_with("GBP-LIBOR")) {
        index = ql::ext::make_shared<ql::GBPLibor>(tenor, curve);
    } else {
        throw std::runtime_error{"no term index " + name};
    }
    load_fixings(name, *index);
    return index;
}

ql::ext::shared_ptr<ql::OvernightIndex> Builder::overnight_index(const std::string& name) const {
    const std::map<std::string, std::pair<std::string, std::string>> terms{
        {"EUR-ESTR", {"TARGET", "Act/360"}},
        {"EUR-EONIA", {"TARGET", "Act/360"}},
        {"USD-SOFR", {"USGov", "Act/360"}},
        {"USD-FEDFUNDS", {"FederalReserve", "Act/360"}},
        {"GBP-SONIA", {"London", "Act/365F"}}};
    const auto& [calendar, counter] = terms.at(name);
    auto index = ql::ext::make_shared<ql::OvernightIndex>(name,
                                                          0,
                                                          ql::USDCurrency(),
                                                          one_calendar(calendar),
                                                          day_counter(counter),
                                                          market_.projection(name));
    load_fixings(name, *index);
    return index;
}

void Builder::load_fixings(const std::string& name, ql::Index& index) const {
    if (!index.timeSeries().empty()) {
        return;
    }
    for (const Cells& cells : fixings_) {
        const Row row{cells};
        if (row.text("Reference") == name && row.date("Date") < today() &&
            index.isValidFixingDate(row.date("Date"))) {
            index.addFixing(row.date("Date"), row.number("Value"), true);
        }
    }
}

Value Builder::fra(const Row& row) {
    const auto index = term_index(row.text("index"));
    const std::string currency = row.text("index").substr(0, 3);
    const Curve curve = discounting(row, currency);
    const ql::Date start = row.date("start_date");
    const bool pays = row.text("direction") == "pay";
    const double notional = row.number("notional");
    const double rate = row.number("rate");
    const ql::Date end = row.has("maturity") ? row.date("maturity") : index->maturityDate(start);
    if (row.text("settlement", "start") == "end") {
        const ql::Schedule period{{start, end}, ql::NullCalendar(), ql::Unadjusted};
        const ql::Leg floating = ql::IborLeg(period, index)
                                     .withNotionals(notional)
                                     .withPaymentDayCounter(index->dayCounter())
                                     .withFixingDays(index->fixingDays());
        const ql::Leg fixed = ql::FixedRateLeg(period).withNotionals(notional).withCouponRates(
            rate, index->dayCounter());
        const Value received = npv(floating, curve, today());
        const Value paid = npv(fixed, curve, today());
        return in_base(currency, [received, paid, sign = pays ? 1.0 : -1.0] {
            return sign * (received() - paid());
        });
    }
    const bool is_fixed = index->fixingDate(start) < today();
    if (!is_fixed && !index->fixingCalendar().isBusinessDay(end)) {
        // QuantLib's instrument would roll the end, while ours takes it as given.
        const Curve projection = market_.projection(row.text("index"));
        const double grown = 1.0 + rate * index->dayCounter().yearFraction(start, end);
        const double signed_notional = pays ? notional : -notional;
        return in_base(currency, [curve, projection, start, end, grown, signed_notional] {
            const double ratio = projection->discount(end) / projection->discount(start);
            return signed_notional * (1.0 - grown * ratio) * curve->discount(start);
        });
    }
    const auto agreement = ql::ext::make_shared<ql::ForwardRateAgreement>(
        start,
        end,
        pays ? ql::Position::Long : ql::Position::Short,
        rate,
        notional,
        index,
        curve,
        is_fixed);
    return in_base(currency, [agreement] { return agreement->NPV(); });
}

namespace {

/// The notional in force at the start, before rolling, of each of `periods` periods. Rolling may
/// make a stub of a day or two vanish, at the end where the stub is.
std::vector<double> notionals_of(const Row& row,
                                 const ql::Schedule& unrolled,
                                 std::size_t periods) {
    std::vector<std::pair<ql::Date, double>> steps;
    std::istringstream text{row.text("notional_schedule")};
    for (std::string step; std::getline(text, step, ';');) {
        steps.emplace_back(Row::parse(step.substr(0, 10)), std::stod(step.substr(11)));
    }
    std::vector<double> result;
    for (std::size_t i = 0; i + 1 < unrolled.size(); ++i) {
        double notional = row.number("notional");
        for (const auto& [from, amount] : steps) {
            notional = from <= unrolled.date(i) ? amount : notional;
        }
        result.push_back(notional);
    }
    const std::string stub = row.text("stub", "short_front");
    const auto vanished = static_cast<std::ptrdiff_t>(result.size() - periods);
    if (stub == "short_front" || stub == "long_front") {
        result.erase(result.begin(), result.begin() + vanished);
    } else {
        result.erase(result.end() - vanished, result.end());
    }
    return result;
}

struct SwapDefaults {
    std::string calendar;
    std::string fixed_frequency;
    std::string fixed_day_count;
    std::string float_frequency;
    std::string float_day_count;
    int payment_lag;
};

SwapDefaults swap_defaults(const std::string& index) {
    const std::map<std::string, SwapDefaults> overnight{
        {"EUR-ESTR", {"TARGET", "12M", "Act/360", "", "Act/360", 1}},
        {"EUR-EONIA", {"TARGET", "12M", "Act/360", "", "Act/360", 1}},
        {"USD-SOFR", {"USGov", "12M", "Act/360", "", "Act/360", 2}},
        {"USD-FEDFUNDS", {"FederalReserve", "12M", "Act/360", "", "Act/360", 2}},
        {"GBP-SONIA", {"London", "12M", "Act/365F", "", "Act/365F", 0}}};
    if (const auto found = overnight.find(index); found != overnight.end()) {
        return found->second;
    }
    const std::string tenor = index.substr(index.rfind('-') + 1);
    if (index.starts_with("EUR")) {
        return {"TARGET", "12M", "30/360", tenor, "Act/360", 0};
    }
    if (index.starts_with("USD")) {
        return {"NewYork+London", "6M", "30/360", tenor, "Act/360", 0};
    }
    return {"London", "6M", "Act/365F", tenor, "Act/365F", 0};
}

}  // namespace

Value Builder::swap(const Row& row) {
    const std::string name = row.text("index");
    const std::string currency = name.substr(0, 3);
    const SwapDefaults defaults = swap_defaults(name);
    const ql::Calendar calendar = calendar_named(row.text("calendar", defaults.calendar));
    const auto rule = rule_named(row.text("business_day_rule", "modified_following"));
    const std::string frequency = row.text("frequency", defaults.fixed_frequency);
    const int fixed_months = months_of(frequency);
    const bool is_overnight = defaults.float_frequency.empty();
    const int float_months =
        months_of(row.text("float_frequency", is_overnight ? frequency : defaults.float_frequency));
    const auto lag = static_cast<ql::Natural>(
        row.number("payment_lag", static_cast<double>(defaults.payment_lag)));
    const Curve curve = discounting(row, currency);

    const ql::Schedule fixed_dates = schedule(row, fixed_months, calendar, rule);
    const ql::Leg fixed =
        ql::FixedRateLeg(fixed_dates)
            .withNotionals(notionals_of(
                row, schedule(row, fixed_months, calendar, ql::Unadjusted), fixed_dates.size() - 1))
            .withCouponRates(row.number("rate"),
                             day_counter(row.text("day_count", defaults.fixed_day_count)))
            .withPaymentCalendar(calendar)
            .withPaymentLag(lag);
    const ql::Schedule float_dates = schedule(row, float_months, calendar, rule);
    const std::vector<double> notionals = notionals_of(
        row, schedule(row, float_months, calendar, ql::Unadjusted), float_dates.size() - 1);
    const ql::DayCounter counter =
        day_counter(row.text("float_day_count", defaults.float_day_count));
    ql::Leg floating;
    if (is_overnight) {
        floating = ql::OvernightLeg(float_dates, overnight_index(name))
                       .withNotionals(notionals)
                       .withPaymentDayCounter(counter)
                       .withPaymentCalendar(calendar)
                       .withPaymentLag(lag)
                       .withSpreads(row.number("spread"));
    } else {
        const auto index = term_index(name);
        floating = ql::IborLeg(float_dates, index)
                       .withNotionals(notionals)
                       .withPaymentDayCounter(counter)
                       .withPaymentCalendar(calendar)
                       .withPaymentLag(lag)
                       .withFixingDays(index->fixingDays())
                       .withSpreads(row.number("spread"));
    }
    const Value received = npv(floating, curve, today());
    const Value paid = npv(fixed, curve, today());
    const double sign = row.text("direction") == "pay" ? 1.0 : -1.0;
    return in_base(currency, [received, paid, sign] { return sign * (received() - paid()); });
}

}  // namespace vargrid::acceptance
