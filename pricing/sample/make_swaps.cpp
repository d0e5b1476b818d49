// FRAs and swaps.
#include "pricing/sample/calendars.hpp"
#include "pricing/sample/makers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace vargrid {
namespace {

constexpr std::array<std::string_view, 4> kStubs{
    "short_front", "long_front", "short_back", "long_back"};

std::string side(const Making& making) {
    return making.random.chance(1, 2) ? "pay" : "receive";
}

/// Good where the usual swap calendars are: FRA dates are taken as given.
Date good_day_from(Date date) {
    while (!is_open(SampleCalendar::target, date) ||
           !is_open(SampleCalendar::united_states, date) ||
           !is_open(SampleCalendar::united_kingdom, date)) {
        date = date + 1;
    }
    return date;
}

struct Period {
    Date start;
    Date maturity;
    int years{0};
    bool is_stub{false};
};

/// Most swaps of a living book have started; some start in the coming months.
Period pick_period(const Making& making) {
    constexpr std::array<int, 12> kTenors{1, 2, 2, 3, 5, 5, 5, 7, 10, 10, 15, 20};
    Period period;
    period.years = making.random.chance(1, 16)
                       ? 30
                       : kTenors[static_cast<std::size_t>(making.random.below(kTenors.size()))];
    const std::uint64_t when = making.random.below(10);
    if (when < 6) {
        const auto age = making.random.between(2, std::int64_t{365} * period.years - 30);
        period.start = weekday_from(making.as_of() + -static_cast<std::int32_t>(age));
    } else if (when < 8) {
        period.start = weekday_from(making.as_of() + 2);
    } else {
        period.start = weekday_from(making.as_of() +
                                    static_cast<std::int32_t>(making.random.between(10, 700)));
    }
    period.maturity = add_months(period.start, 12 * period.years);
    if (making.random.chance(1, 7)) {
        period.is_stub = true;
        period.maturity = weekday_from(period.maturity +
                                       static_cast<std::int32_t>(making.random.between(20, 340)));
    }
    return period;
}

/// A fair rate for the swap's remaining life, moved off the market the more the older it is.
double pick_rate(const Making& making, const Period& period, std::string_view index) {
    const Curve& curve = *making.on.market().layout->index_curve(index);
    const double start = std::max(0.0, (period.start - making.as_of()) / 365.0);
    const double end = (period.maturity - making.as_of()) / 365.0;
    const double fair = making.on.par_rate(curve, start, std::max(end - start, 0.1));
    const double off = period.start < making.as_of() ? 0.006 : 0.0004;
    return fair + off * making.random.normal();
}

/// Steps down (an amortising loan) or up (an accreting one) on anniversaries of the start.
void set_notional_schedule(const Making& making, const Period& period, double notional) {
    const bool accretes = making.random.chance(1, 4);
    std::string text;
    for (int year = 1; year < period.years; ++year) {
        const double done = static_cast<double>(year) / period.years;
        const double share = accretes ? 1.0 + 0.5 * done : 1.0 - 0.8 * done;
        text += text.empty() ? "" : ";";
        text += to_iso(add_months(period.start, 12 * year)) + ":" +
                amount_text(std::round(notional * share / 1000.0) * 1000.0);
    }
    if (!text.empty()) {
        making.row.set("notional_schedule", text);
    }
}

/// The usual calendar and another one: period dates stay good days of the index.
std::string wider_calendar(const TradableIndex& index) {
    if (index.currency == "USD") {
        const bool is_term = index.months != 0;
        const bool is_sofr = index.index == "USD-SOFR";
        return is_term   ? "NewYork+London+TARGET"
               : is_sofr ? "USGov+London"
                         : "FederalReserve+London";
    }
    return index.currency == "EUR" ? "TARGET+London" : "London+TARGET";
}

/// What a customer's swap may have that the standard one has not.
void set_customer_terms(const Making& making, const TradableIndex& index) {
    if (making.random.chance(1, 5)) {
        constexpr std::array<std::string_view, 4> kDayCounts{
            "Act/365F", "30E/360", "Act/Act ISDA", "30/360"};
        making.row.set("day_count", std::string{making.pick(kDayCounts)});
    }
    if (making.random.chance(1, 5)) {
        making.row.set("frequency", making.random.chance(1, 2) ? "3M" : "6M");
    }
    if (index.months != 0 && making.random.chance(1, 12)) {
        making.row.set("payment_lag",
                       amount_text(static_cast<double>(making.random.between(1, 3))));
    }
    if (making.random.chance(1, 16)) {
        making.row.set("calendar", wider_calendar(index));
    }
    if (making.random.chance(1, 16)) {
        making.row.set("business_day_rule", "following");
    }
}

}  // namespace

void make_fra(const Making& making) {
    const TradableIndex& index = making.pick(making.on.term_indices);
    const bool at_end = making.random.chance(1, 6);
    // One settled at its end may have started: it waits for its fixed amount.
    const std::int64_t first = at_end ? -28 : 1;
    const Date start = good_day_from(making.as_of() +
                                     static_cast<std::int32_t>(making.random.between(first, 500)));
    const double years = std::max(0.0, (start - making.as_of()) / 365.0);
    making.row.set("book", "rates/" + lower(index.currency) + "-fra")
        .set("direction", side(making))
        .set("notional", amount_text(making.lot(index.currency) * 2.0))
        .set("index", index.index)
        .set("rate",
             rate_text(making.on.forward_rate(index, years) + 0.0008 * making.random.normal()))
        .set("start_date", start);
    if (making.random.chance(1, 2)) {
        making.row.set("maturity", good_day_from(add_months(start, index.months)));
    }
    if (at_end) {
        making.row.set("settlement", "end");
    }
}

void make_swap(const Making& making) {
    const bool has_term = !making.on.term_indices.empty();
    const bool has_overnight = !making.on.overnight_indices.empty();
    const bool is_term = has_term && (!has_overnight || making.random.chance(13, 20));
    const TradableIndex& index =
        making.pick(is_term ? making.on.term_indices : making.on.overnight_indices);
    const Period period = pick_period(making);
    const double notional = making.lot(index.currency);
    making.row.set("book", "rates/" + lower(index.currency) + (is_term ? "-swaps" : "-ois"))
        .set("direction", side(making))
        .set("notional", amount_text(notional))
        .set("index", index.index)
        .set("start_date", period.start)
        .set("maturity", period.maturity)
        .set("rate", rate_text(pick_rate(making, period, index.index)));
    if (period.is_stub) {
        making.row.set("stub", std::string{making.pick(kStubs)});
    }
    if (making.random.chance(1, 5)) {
        making.row.set("spread", rate_text(making.random.uniform(-0.001, 0.002)));
    }
    if (making.random.chance(1, 6)) {
        set_notional_schedule(making, period, notional);
    }
    if (!is_term && period.years == 1 && !period.is_stub && making.random.chance(1, 2)) {
        making.row.set("frequency", "once").set("float_frequency", "once");
    } else if (making.random.chance(1, 4)) {
        set_customer_terms(making, index);
    }
    if (making.random.chance(1, 10)) {
        making.row.set("currency", index.currency);
    }
    making.set_discount_curve(index.currency, 20);
}

}  // namespace vargrid
