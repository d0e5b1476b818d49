#include "tests/acceptance/real_book/quantlib_book.hpp"

#include "tests/acceptance/real_book/quantlib_curves.hpp"

#include <ql/cashflows/cashflows.hpp>
#include <ql/cashflows/fixedratecoupon.hpp>
#include <ql/cashflows/iborcoupon.hpp>
#include <ql/cashflows/overnightindexedcoupon.hpp>
#include <ql/cashflows/simplecashflow.hpp>
#include <ql/currencies/america.hpp>
#include <ql/exercise.hpp>
#include <ql/indexes/ibor/euribor.hpp>
#include <ql/indexes/ibor/gbplibor.hpp>
#include <ql/indexes/ibor/usdlibor.hpp>
#include <ql/indexes/indexmanager.hpp>
#include <ql/instruments/bonds/fixedratebond.hpp>
#include <ql/instruments/forwardrateagreement.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <ql/pricingengines/vanilla/analyticeuropeanengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/settings.hpp>
#include <ql/time/calendars/australia.hpp>
#include <ql/time/calendars/canada.hpp>
#include <ql/time/calendars/japan.hpp>
#include <ql/time/calendars/jointcalendar.hpp>
#include <ql/time/calendars/norway.hpp>
#include <ql/time/calendars/sweden.hpp>
#include <ql/time/calendars/switzerland.hpp>
#include <ql/time/calendars/target.hpp>
#include <ql/time/calendars/unitedkingdom.hpp>
#include <ql/time/calendars/unitedstates.hpp>
#include <ql/time/calendars/weekendsonly.hpp>
#include <ql/time/daycounters/actual360.hpp>
#include <ql/time/daycounters/actualactual.hpp>
#include <ql/time/daycounters/thirty360.hpp>
#include <ql/time/schedule.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace vargrid::acceptance {
namespace {

using Value = std::function<double()>;

/// A row with defaults.
class Row {
  public:
    explicit Row(const Cells& cells) : cells_{cells} {}
    [[nodiscard]] bool has(std::string_view column) const { return cells_.contains(column); }
    [[nodiscard]] std::string text(std::string_view column, std::string fallback = {}) const {
        const auto found = cells_.find(column);
        return found == cells_.end() ? std::move(fallback) : found->second;
    }
    [[nodiscard]] double number(std::string_view column, double fallback = 0.0) const {
        return has(column) ? std::stod(text(column)) : fallback;
    }
    [[nodiscard]] ql::Date date(std::string_view column) const { return parse(text(column)); }
    [[nodiscard]] static ql::Date parse(const std::string& iso) {
        return {std::stoi(iso.substr(8, 2)),
                static_cast<ql::Month>(std::stoi(iso.substr(5, 2))),
                std::stoi(iso.substr(0, 4))};
    }

  private:
    const Cells& cells_;
};

ql::Calendar one_calendar(const std::string& name) {
    const std::map<std::string, ql::Calendar> calendars{
        {"TARGET", ql::TARGET()},
        {"NewYork", ql::UnitedStates(ql::UnitedStates::Settlement)},
        {"USGov", ql::UnitedStates(ql::UnitedStates::GovernmentBond)},
        {"FederalReserve", ql::UnitedStates(ql::UnitedStates::FederalReserve)},
        {"London", ql::UnitedKingdom(ql::UnitedKingdom::Exchange)},
        {"UK", ql::UnitedKingdom(ql::UnitedKingdom::Settlement)},
        {"Tokyo", ql::Japan()},
        {"Zurich", ql::Switzerland()},
        {"Sydney", ql::Australia()},
        {"Toronto", ql::Canada()},
        {"Stockholm", ql::Sweden()},
        {"Oslo", ql::Norway()},
        {"Weekends", ql::WeekendsOnly()},
        {"None", ql::NullCalendar()}};
    return calendars.at(name);
}

ql::Calendar calendar_named(const std::string& names) {
    const std::size_t plus = names.find('+');
    if (plus == std::string::npos) {
        return one_calendar(names);
    }
    return ql::JointCalendar{one_calendar(names.substr(0, plus)),
                             one_calendar(names.substr(plus + 1))};
}

std::string calendar_of(const std::string& currency) {
    const std::map<std::string, std::string> names{{"EUR", "TARGET"},
                                                   {"USD", "NewYork"},
                                                   {"GBP", "London"},
                                                   {"JPY", "Tokyo"},
                                                   {"CHF", "Zurich"},
                                                   {"AUD", "Sydney"},
                                                   {"CAD", "Toronto"},
                                                   {"SEK", "Stockholm"},
                                                   {"NOK", "Oslo"}};
    return names.at(currency);
}

ql::DayCounter day_counter(const std::string& name) {
    const std::map<std::string, ql::DayCounter> counters{
        {"Act/360", ql::Actual360()},
        {"Act/365F", ql::Actual365Fixed()},
        {"30/360", ql::Thirty360(ql::Thirty360::BondBasis)},
        {"30E/360", ql::Thirty360(ql::Thirty360::EurobondBasis)},
        {"Act/Act ISDA", ql::ActualActual(ql::ActualActual::ISDA)},
        {"Act/Act ICMA", ql::ActualActual(ql::ActualActual::ISMA)}};
    return counters.at(name);
}

ql::BusinessDayConvention rule_named(const std::string& name) {
    const std::map<std::string, ql::BusinessDayConvention> rules{
        {"unadjusted", ql::Unadjusted},
        {"following", ql::Following},
        {"modified_following", ql::ModifiedFollowing},
        {"preceding", ql::Preceding},
        {"modified_preceding", ql::ModifiedPreceding}};
    return rules.at(name);
}

int months_of(const std::string& frequency) {
    if (frequency == "once") {
        return 0;
    }
    return frequency == "1Y" ? 12 : std::stoi(frequency);
}

/// Dates as docs/trades.md says; a long stub through QuantLib's explicit first or last date.
ql::Schedule schedule(const Row& row,
                      int months,
                      const ql::Calendar& calendar,
                      ql::BusinessDayConvention rule) {
    const ql::Date start = row.date("start_date");
    const ql::Date end = row.date("maturity");
    if (months == 0) {
        return {{calendar.adjust(start, rule), calendar.adjust(end, rule)}, calendar, rule};
    }
    const std::string stub = row.text("stub", "short_front");
    const bool backward = stub == "short_front" || stub == "long_front";
    const bool at_month_end = row.text("end_of_month", "false") == "true";
    const ql::Period tenor{months, ql::Months};
    const auto direction = backward ? ql::DateGeneration::Backward : ql::DateGeneration::Forward;
    const auto make = [&](ql::BusinessDayConvention by, ql::Date first, ql::Date next_to_last) {
        return ql::Schedule{
            start, end, tenor, calendar, by, by, direction, at_month_end, first, next_to_last};
    };
    const ql::Schedule plain = make(ql::Unadjusted, {}, {});
    const std::size_t periods = plain.size() - 1;
    if (stub == "long_front" && periods > 1 && !plain.isRegular(1)) {
        return periods == 2
                   ? ql::Schedule{{calendar.adjust(start, rule), calendar.adjust(end, rule)},
                                  calendar,
                                  rule}
                   : make(rule, plain.date(2), {});
    }
    if (stub == "long_back" && periods > 1 && !plain.isRegular(periods)) {
        return periods == 2
                   ? ql::Schedule{{calendar.adjust(start, rule), calendar.adjust(end, rule)},
                                  calendar,
                                  rule}
                   : make(rule, {}, plain.date(periods - 2));
    }
    return make(rule, {}, {});
}

/// Builds one trade's value function. Values are in `currency_`, which a type may set.
class Builder {
  public:
    Builder(QuantLibMarket& market, std::string base, const std::vector<Cells>& fixings)
        : market_{market}, base_{std::move(base)}, fixings_{fixings} {}

    std::pair<Value, double> build(const Cells& cells);

  private:
    using Curve = ql::Handle<ql::YieldTermStructure>;
    using Maker = Value (Builder::*)(const Row&);

    Value cash(const Row& row);
    Value position(const Row& row);
    Value asset_forward(const Row& row);
    Value zero_coupon_bond(const Row& row);
    Value bill(const Row& row);
    Value fixed_coupon_bond(const Row& row);
    Value deposit(const Row& row);
    Value fra(const Row& row);
    Value swap(const Row& row);
    Value fx_forward(const Row& row);
    Value fx_swap(const Row& row);
    Value asset_option(const Row& row);
    Value fx_option(const Row& row);

    Value in_base(std::string currency, Value value) const {
        return [this_market = &market_, base = base_, currency = std::move(currency), value] {
            return value() * this_market->fx(currency, base);
        };
    }
    [[nodiscard]] ql::Date today() const { return market_.today(); }
    [[nodiscard]] double years_to(const ql::Date& date) const {
        return static_cast<double>(date - today()) / 365.0;
    }
    [[nodiscard]] double maturity_years(const Row& row) const {
        return row.has("maturity_years") ? row.number("maturity_years")
                                         : years_to(row.date("maturity"));
    }
    [[nodiscard]] Curve discounting(const Row& row, const std::string& currency) const {
        return market_.discounting(row.text("discount_curve"), currency);
    }
    /// A payment of one, if it is still to come.
    [[nodiscard]] Value payment(const Curve& curve, double years) const {
        return [curve, years] { return years > 0.0 ? curve->discount(years) : 0.0; };
    }
    [[nodiscard]] Value npv(ql::Leg leg, Curve curve, ql::Date settlement) const {
        return [leg = std::move(leg), curve = std::move(curve), settlement, today = today()] {
            return ql::CashFlows::npv(leg, **curve, false, settlement, today);
        };
    }
    [[nodiscard]] Value with_settlement(const Row& row, const Curve& curve, Value flows) const;
    [[nodiscard]] ql::Date settlement_of(const Row& row) const {
        return row.has("settlement_date") ? std::max(row.date("settlement_date"), today())
                                          : today();
    }
    ql::ext::shared_ptr<ql::IborIndex> term_index(const std::string& name) const;
    ql::ext::shared_ptr<ql::OvernightIndex> overnight_index(const std::string& name) const;
    void load_fixings(const std::string& name, ql::Index& index) const;

    QuantLibMarket& market_;
    std::string base_;
    const std::vector<Cells>& fixings_;
    double size_{0.0};
    std::string size_currency_;
};

std::pair<Value, double> Builder::build(const Cells& cells) {
    const std::map<std::string, Maker> makers{{"cash", &Builder::cash},
                                              {"equity_position", &Builder::position},
                                              {"commodity_position", &Builder::position},
                                              {"equity_forward", &Builder::asset_forward},
                                              {"commodity_forward", &Builder::asset_forward},
                                              {"zero_coupon_bond", &Builder::zero_coupon_bond},
                                              {"bill", &Builder::bill},
                                              {"fixed_coupon_bond", &Builder::fixed_coupon_bond},
                                              {"deposit", &Builder::deposit},
                                              {"fra", &Builder::fra},
                                              {"swap", &Builder::swap},
                                              {"fx_forward", &Builder::fx_forward},
                                              {"fx_swap", &Builder::fx_swap},
                                              {"equity_option", &Builder::asset_option},
                                              {"fx_option", &Builder::fx_option}};
    const Row row{cells};
    if (row.has("asset")) {
        const Asset& asset = market_.asset(row.text("asset"));
        size_currency_ = asset.currency;
        size_ = row.has("market_value")
                    ? std::abs(row.number("market_value"))
                    : std::abs(row.number("quantity")) * std::abs(market_.spot(asset));
    } else {
        size_currency_ =
            row.has("currency") ? row.text("currency") : row.text("index").substr(0, 3);
        size_ = std::abs(row.has("amount") ? row.number("amount") : row.number("notional"));
    }
    Value value = (this->*makers.at(row.text("type")))(row);
    return {std::move(value), size_ * market_.fx(size_currency_, base_)};
}

Value Builder::cash(const Row& row) {
    return in_base(row.text("currency"), [amount = row.number("amount")] { return amount; });
}

Value Builder::position(const Row& row) {
    const Asset& asset = market_.asset(row.text("asset"));
    const double quantity = row.has("market_value")
                                ? row.number("market_value") / market_.spot(asset)
                                : row.number("quantity");
    return in_base(asset.currency, [market = &market_, &asset, quantity] {
        return quantity * market->spot(asset);
    });
}

Value Builder::asset_forward(const Row& row) {
    const Asset& asset = market_.asset(row.text("asset"));
    const double years = maturity_years(row);
    const double paid = row.has("payment_date") ? years_to(row.date("payment_date")) : years;
    const Value discount = payment(discounting(row, asset.currency), paid);
    return in_base(asset.currency,
                   [market = &market_,
                    &asset,
                    years,
                    discount,
                    quantity = row.number("quantity"),
                    strike = row.number("strike")] {
                       return quantity * (market->forward(asset, years) - strike) * discount();
                   });
}

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

/// The notional in force at each period's start, before rolling.
std::vector<double> notionals_of(const Row& row, const ql::Schedule& unrolled) {
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
            .withNotionals(notionals_of(row, schedule(row, fixed_months, calendar, ql::Unadjusted)))
            .withCouponRates(row.number("rate"),
                             day_counter(row.text("day_count", defaults.fixed_day_count)))
            .withPaymentCalendar(calendar)
            .withPaymentLag(lag);
    const ql::Schedule float_dates = schedule(row, float_months, calendar, rule);
    const std::vector<double> notionals =
        notionals_of(row, schedule(row, float_months, calendar, ql::Unadjusted));
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

Value Builder::fx_forward(const Row& row) {
    const std::string currency = row.text("currency");
    const std::string quote = row.text("quote_currency");
    const std::string both = calendar_of(currency) + "+" + calendar_of(quote);
    const double years =
        row.has("maturity_years")
            ? row.number("maturity_years")
            : years_to(
                  calendar_named(row.text("calendar", both))
                      .adjust(row.date("maturity"),
                              rule_named(row.text("business_day_rule", "modified_following"))));
    const double notional = row.number("notional");
    const Value bought = in_base(currency, payment(market_.discounting({}, currency), years));
    const Value sold = in_base(quote, payment(market_.discounting({}, quote), years));
    return [bought, sold, notional, strike = row.number("strike")] {
        return notional * bought() - notional * strike * sold();
    };
}

Value Builder::fx_swap(const Row& row) {
    Cells near{{"currency", row.text("currency")},
               {"quote_currency", row.text("quote_currency")},
               {"notional", row.text("notional")},
               {"strike", row.text("near_strike")},
               {"maturity", row.text("start_date")}};
    Cells far = near;
    far["strike"] = row.text("strike");
    far["maturity"] = row.text("maturity");
    const Value near_value = fx_forward(Row{near});
    const Value far_value = fx_forward(Row{far});
    return [near_value, far_value] { return near_value() - far_value(); };
}

ql::Option::Type option_type(const Row& row) {
    return row.text("option_type") == "call" ? ql::Option::Call : ql::Option::Put;
}

/// QuantLib's instrument and engine where everything falls on dates; its formula elsewhere.
Value Builder::asset_option(const Row& row) {
    const Asset& asset = market_.asset(row.text("asset"));
    const Curve curve = discounting(row, asset.currency);
    const auto vol = market_.vol(asset.name);
    const double quantity = row.number("quantity");
    const double strike = row.number("strike");
    const double years = maturity_years(row);
    const double paid = row.has("payment_date") ? years_to(row.date("payment_date")) : years;
    if (row.has("maturity_years") || row.has("payment_date") || asset.yield_curve.empty()) {
        return in_base(asset.currency,
                       [market = &market_,
                        &asset,
                        curve,
                        vol,
                        quantity,
                        strike,
                        years,
                        paid,
                        type = option_type(row)] {
                           const double deviation = std::sqrt(vol->blackVariance(years, strike));
                           return quantity * ql::blackFormula(type,
                                                              strike,
                                                              market->forward(asset, years),
                                                              deviation,
                                                              curve->discount(paid));
                       });
    }
    const auto process = ql::ext::make_shared<ql::BlackScholesMertonProcess>(
        market_.follow([market = &market_, &asset] { return market->spot(asset); }),
        market_.curve(asset.yield_curve),
        market_.curve(asset.financing_curve),
        vol);
    const auto option = ql::ext::make_shared<ql::VanillaOption>(
        ql::ext::make_shared<ql::PlainVanillaPayoff>(option_type(row), strike),
        ql::ext::make_shared<ql::EuropeanExercise>(row.date("maturity")));
    option->setPricingEngine(ql::ext::make_shared<ql::AnalyticEuropeanEngine>(process, curve));
    return in_base(asset.currency, [option, quantity] { return quantity * option->NPV(); });
}

Value Builder::fx_option(const Row& row) {
    const std::string currency = row.text("currency");
    const std::string quote = row.text("quote_currency");
    const Curve foreign = market_.discounting({}, currency);
    const Curve domestic = market_.discounting({}, quote);
    const auto vol = market_.vol(currency + quote);
    const double notional = row.number("notional");
    const double strike = row.number("strike");
    const auto spot = [market = &market_, currency, quote] { return market->fx(currency, quote); };
    if (row.has("maturity_years") || row.has("payment_date")) {
        const double years = maturity_years(row);
        const double paid = row.has("payment_date") ? years_to(row.date("payment_date")) : years;
        return in_base(
            quote,
            [spot, foreign, domestic, vol, notional, strike, years, paid, type = option_type(row)] {
                const double forward = spot() * foreign->discount(paid) / domestic->discount(paid);
                return notional * ql::blackFormula(type,
                                                   strike,
                                                   forward,
                                                   std::sqrt(vol->blackVariance(years, strike)),
                                                   domestic->discount(paid));
            });
    }
    const auto process = ql::ext::make_shared<ql::GarmanKohlagenProcess>(
        market_.follow(spot), foreign, domestic, vol);
    const auto option = ql::ext::make_shared<ql::VanillaOption>(
        ql::ext::make_shared<ql::PlainVanillaPayoff>(option_type(row), strike),
        ql::ext::make_shared<ql::EuropeanExercise>(row.date("maturity")));
    option->setPricingEngine(ql::ext::make_shared<ql::AnalyticEuropeanEngine>(process));
    return in_base(quote, [option, notional] { return notional * option->NPV(); });
}

}  // namespace

std::vector<Cells> simple_csv(const std::string& text) {
    std::vector<Cells> rows;
    std::vector<std::string> header;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        std::vector<std::string> cells{""};
        for (const char letter : line) {
            if (letter == ',') {
                cells.emplace_back();
            } else {
                cells.back() += letter;
            }
        }
        if (header.empty()) {
            header = cells;
            continue;
        }
        Cells row;
        for (std::size_t i = 0; i < std::min(header.size(), cells.size()); ++i) {
            if (!cells[i].empty()) {
                row.emplace(header[i], cells[i]);
            }
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

QuantLibBook::QuantLibBook(const Market& market,
                           std::string base_currency,
                           const std::vector<Cells>& fixings)
    : base_currency_{std::move(base_currency)}, fixings_{fixings} {
    ql::Settings::instance().evaluationDate() = to_ql(market.as_of);
    ql::IndexManager::instance().clearHistories();
    market_ = std::make_unique<QuantLibMarket>(market);
}

QuantLibBook::~QuantLibBook() = default;

void QuantLibBook::add(const Cells& row) {
    auto [value, notional] = Builder{*market_, base_currency_, fixings_}.build(row);
    values_.push_back(std::move(value));
    notionals_.push_back(notional);
}

double QuantLibBook::value(std::size_t trade) const {
    try {
        return values_[trade]();
    } catch (const ql::Error&) {
        return std::numeric_limits<double>::quiet_NaN();
    }
}

void QuantLibBook::set_values(const std::vector<double>& values) {
    market_->set_values(values);
}

}  // namespace vargrid::acceptance
