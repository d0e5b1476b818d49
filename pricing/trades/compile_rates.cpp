// Deposits, FRAs and swaps.
#include "pricing/trades/compile_trade.hpp"
#include "pricing/trades/conventions.hpp"
#include "pricing/trades/index_terms.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace vargrid {
namespace {

/// Currencies whose money market counts 365 days a year.
DayCount money_market_day_count(const std::string& currency) {
    constexpr std::array<std::string_view, 7> fixed_365{
        "GBP", "AUD", "NZD", "CAD", "HKD", "SGD", "ZAR"};
    return std::find(fixed_365.begin(), fixed_365.end(), currency) == fixed_365.end()
               ? DayCount::act_360
               : DayCount::act_365f;
}

Date fixing_date(const IndexTerms& index, Date start) {
    return advanced_days(
        start, -index.fixing_days, index.fixing_calendar, BusinessDayRule::preceding);
}

/// The rate of a term index for a period, once it is known: fixed in the past (and then required),
/// or today and already in the fixings.
struct TermFixing {
    bool known{false};
    double rate{0.0};
};

TermFixing term_fixing(const IndexTerms& index, Date start, TradeContext& context) {
    const Date date = fixing_date(index, start);
    if (date > context.today()) {
        return {};
    }
    if (date == context.today()) {
        const std::optional<double> rate = context.fixing(index.name, date);
        return TermFixing{rate.has_value(), rate.value_or(0.0)};
    }
    return TermFixing{true,
                      context.required_fixing(TradeColumn::index, index.name, date).value_or(0.0)};
}

/// What both legs of a swap share.
struct SwapTerms {
    IndexTerms index{};
    CalendarNames calendar{};
    const Curve* discounting{nullptr};
    const Curve* projection{nullptr};
};

std::vector<Period> swap_periods(const Swap& swap, const SwapTerms& terms, Frequency frequency) {
    return periods(ScheduleTerms{.start = swap.start_date,
                                 .maturity = swap.maturity,
                                 .frequency = frequency,
                                 .calendar = terms.calendar,
                                 .accrual_rule = swap.business_day_rule,
                                 .payment_rule = swap.business_day_rule,
                                 .payment_lag = swap.payment_lag.value_or(terms.index.payment_lag),
                                 .end_of_month = swap.end_of_month,
                                 .stub = swap.stub,
                                 .unrolled_starts = !swap.notional_schedule.empty()});
}

double notional_of(const Swap& swap, const Period& period) {
    double notional = swap.notional;
    for (const auto& [from, value] : swap.notional_schedule) {
        if (from <= period.unrolled_start) {
            notional = value;
        }
    }
    return notional;
}

void add_fixed_leg(
    const Swap& swap, const SwapTerms& terms, double sign, LegBuilder& leg, TradeContext& context) {
    const Frequency frequency = swap.frequency.value_or(terms.index.fixed_frequency);
    const DayCount day_count = swap.day_count.value_or(terms.index.fixed_day_count);
    for (const Period& period : swap_periods(swap, terms, frequency)) {
        if (period.payment > context.today()) {
            leg.add(
                context.discount(*terms.discounting, period.payment),
                sign * notional_of(swap, period) * swap.rate * year_fraction(day_count, period));
        }
    }
}

/// N * tau * ((Ps / Pe - 1) / tau_index + spread) * Pd. Where projection and discounting are one
/// curve and the payment is at the end, Ps * Pd / Pe is Ps, and the coupons telescope.
void add_term_coupon(const Swap& swap,
                     const SwapTerms& terms,
                     const Period& period,
                     double sign,
                     LegBuilder& leg,
                     TradeContext& context) {
    const DayCount day_count = swap.float_day_count.value_or(terms.index.day_count);
    const double tau = year_fraction(day_count, period);
    const double amount = sign * notional_of(swap, period);
    const PoolRow paid = context.discount(*terms.discounting, period.payment);
    const TermFixing fixing = term_fixing(terms.index, period.start, context);
    if (fixing.known) {
        leg.add(paid, amount * tau * (fixing.rate + swap.spread));
        return;
    }
    const double tau_index = year_fraction(terms.index.day_count, period.start, period.end);
    const double scaled = amount * (tau / tau_index);
    const PoolRow projected =
        context.rows().product(context.discount(*terms.projection, period.start),
                               paid,
                               context.discount(*terms.projection, period.end));
    leg.add(projected, scaled);
    leg.add(paid, -scaled);
    leg.add(paid, amount * tau * swap.spread);
}

/// The known part of a compounded coupon: the growth factor up to the first day whose fixing is
/// not known yet.
struct Compounded {
    double growth{1.0};
    Date until{};
};

/// Day i of the period earns the fixing of that day, or of the good day before it.
Compounded compound_known(const SwapTerms& terms, const Period& period, TradeContext& context) {
    Compounded known{.until = period.start};
    if (period.start > context.today()) {
        return known;
    }
    std::vector<Date> days{period.start};
    // Days far enough past today have no fixing, and no bank holiday is longer than two weeks.
    constexpr std::int32_t kHolidayDaysMax = 14;
    const Date last = std::min(period.end, context.today() + kHolidayDaysMax);
    for (const Date day : good_days(terms.index.fixing_calendar, period.start + 1, last)) {
        days.push_back(day);
    }
    days.push_back(last);
    for (std::size_t i = 0; i + 1 < days.size(); ++i) {
        const Date date = fixing_date(terms.index, days[i]);
        std::optional<double> rate = context.fixing(terms.index.name, date);
        if (!rate && date < context.today()) {
            rate = context.required_fixing(TradeColumn::index, terms.index.name, date);
            return known;
        }
        if (!rate) {
            return known;
        }
        known.growth *= 1.0 + *rate * year_fraction(terms.index.day_count, days[i], days[i + 1]);
        known.until = days[i + 1];
    }
    return known;
}

/// N * (growth of the known days * Ps / Pe - 1 + spread * tau) * Pd
void add_overnight_coupon(const Swap& swap,
                          const SwapTerms& terms,
                          const Period& period,
                          double sign,
                          LegBuilder& leg,
                          TradeContext& context) {
    const DayCount day_count = swap.float_day_count.value_or(terms.index.day_count);
    const double amount = sign * notional_of(swap, period);
    const PoolRow paid = context.discount(*terms.discounting, period.payment);
    const Compounded known = compound_known(terms, period, context);
    if (known.until == period.end) {
        leg.add(paid, amount * (known.growth - 1.0));
    } else if (context.problems().empty()) {
        const PoolRow projected =
            context.rows().product(context.discount(*terms.projection, known.until),
                                   paid,
                                   context.discount(*terms.projection, period.end));
        leg.add(projected, amount * known.growth);
        leg.add(paid, -amount);
    }
    leg.add(paid, amount * swap.spread * year_fraction(day_count, period));
}

void add_floating_leg(
    const Swap& swap, const SwapTerms& terms, double sign, LegBuilder& leg, TradeContext& context) {
    const IndexTerms& index = terms.index;
    const Frequency frequency = swap.float_frequency.value_or(
        index.overnight() ? swap.frequency.value_or(index.fixed_frequency)
                          : Frequency{index.tenor_months});
    for (const Period& period : swap_periods(swap, terms, frequency)) {
        if (period.payment <= context.today()) {
            continue;
        }
        if (index.overnight()) {
            add_overnight_coupon(swap, terms, period, sign, leg, context);
        } else {
            add_term_coupon(swap, terms, period, sign, leg, context);
        }
    }
}

}  // namespace

std::optional<TradeTerms> compile(const Deposit& deposit, TradeContext& context) {
    const Curve* curve = context.discounting(deposit.currency, deposit.discount_curve);
    const std::optional<PoolRow> fx = context.fx(deposit.currency);
    if (curve == nullptr || !fx) {
        return std::nullopt;
    }
    const CalendarNames calendar =
        deposit.calendar.empty()
            ? CalendarNames{std::string{calendar_of_currency(deposit.currency)}}
            : deposit.calendar;
    const Date start = rolled(deposit.start_date, calendar, deposit.business_day_rule);
    const Date end = rolled(deposit.maturity, calendar, deposit.business_day_rule);
    const double tau = year_fraction(
        deposit.day_count.value_or(money_market_day_count(deposit.currency)), start, end);
    TradeTerms terms{.currency = deposit.currency, .notional = std::abs(deposit.notional)};
    LegBuilder leg;
    if (start > context.today()) {
        leg.add(context.discount(*curve, start), -deposit.notional);
    }
    if (end > context.today()) {
        leg.add(context.discount(*curve, end), deposit.notional * (1.0 + deposit.rate * tau));
    }
    terms.matured = leg.empty();
    if (!terms.matured) {
        terms.legs.push_back(leg.finish(*fx));
    }
    return terms;
}

std::optional<TradeTerms> compile(const Fra& fra, TradeContext& context) {
    const std::optional<IndexTerms> index = index_terms(fra.index);
    CHECK_MSG(index.has_value() && !index->overnight(), fra.index);
    const Curve* discounting = context.discounting(index->currency, fra.discount_curve);
    const Curve* projection = context.projection(fra.index);
    const std::optional<PoolRow> fx = context.fx(index->currency);
    if (discounting == nullptr || projection == nullptr || !fx) {
        return std::nullopt;
    }
    const Date start = fra.start_date;
    // The terms' index rolls its value dates by modified_following, at month ends where it starts
    // at one.
    const Date end = fra.maturity ? *fra.maturity
                                  : advanced_months(start,
                                                    index->tenor_months,
                                                    index->calendar,
                                                    BusinessDayRule::modified_following,
                                                    true);
    const Date payment = fra.settlement == FraSettlement::start ? start : end;
    TradeTerms terms{.currency = index->currency, .notional = fra.notional};
    if (payment <= context.today()) {
        terms.matured = true;
        return terms;
    }
    const double amount = (fra.direction == Direction::pay ? 1.0 : -1.0) * fra.notional;
    const double tau = year_fraction(index->day_count, start, end);
    const PoolRow paid = context.discount(*discounting, payment);
    const TermFixing fixing = term_fixing(*index, start, context);
    LegBuilder leg;
    if (fixing.known) {
        const double payoff = amount * (fixing.rate - fra.rate) * tau;
        leg.add(
            paid,
            fra.settlement == FraSettlement::start ? payoff / (1.0 + fixing.rate * tau) : payoff);
    } else {
        const PoolRow from = context.discount(*projection, start);
        const PoolRow to = context.discount(*projection, end);
        if (fra.settlement == FraSettlement::start) {
            leg.add(paid, amount);
            leg.add(context.rows().product(to, paid, from), -amount * (1.0 + fra.rate * tau));
        } else {
            leg.add(context.rows().product(from, paid, to), amount);
            leg.add(paid, -amount * (1.0 + fra.rate * tau));
        }
    }
    terms.legs.push_back(leg.finish(*fx));
    return terms;
}

std::optional<TradeTerms> compile(const Swap& swap, TradeContext& context) {
    const std::optional<IndexTerms> index = index_terms(swap.index);
    CHECK_MSG(index.has_value(), swap.index);
    const SwapTerms shared{.index = *index,
                           .calendar = swap.calendar.empty() ? index->calendar : swap.calendar,
                           .discounting = context.discounting(index->currency, swap.discount_curve),
                           .projection = context.projection(swap.index)};
    const std::optional<PoolRow> fx = context.fx(index->currency);
    if (shared.discounting == nullptr || shared.projection == nullptr || !fx) {
        return std::nullopt;
    }
    if (rolled(swap.start_date, shared.calendar, swap.business_day_rule) >=
        rolled(swap.maturity, shared.calendar, swap.business_day_rule)) {
        context.fail(TradeColumn::maturity,
                     "found no good day between start_date and " + to_iso(swap.maturity) +
                         ", expected a later date");
        return std::nullopt;
    }
    const double fixed_sign = swap.direction == Direction::pay ? -1.0 : 1.0;
    LegBuilder leg;
    add_fixed_leg(swap, shared, fixed_sign, leg, context);
    add_floating_leg(swap, shared, -fixed_sign, leg, context);
    TradeTerms terms{.currency = index->currency, .notional = swap.notional};
    terms.matured = leg.empty();
    if (!terms.matured) {
        terms.legs.push_back(leg.finish(*fx));
    }
    return terms;
}

}  // namespace vargrid
