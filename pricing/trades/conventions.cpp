#include "pricing/trades/conventions.hpp"

#include "base/check.hpp"

#include <ql/time/calendars/australia.hpp>
#include <ql/time/calendars/canada.hpp>
#include <ql/time/calendars/denmark.hpp>
#include <ql/time/calendars/hongkong.hpp>
#include <ql/time/calendars/japan.hpp>
#include <ql/time/calendars/jointcalendar.hpp>
#include <ql/time/calendars/newzealand.hpp>
#include <ql/time/calendars/norway.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/calendars/singapore.hpp>
#include <ql/time/calendars/sweden.hpp>
#include <ql/time/calendars/switzerland.hpp>
#include <ql/time/calendars/target.hpp>
#include <ql/time/calendars/unitedkingdom.hpp>
#include <ql/time/calendars/unitedstates.hpp>
#include <ql/time/calendars/weekendsonly.hpp>
#include <ql/time/daycounters/actual360.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>
#include <ql/time/daycounters/actualactual.hpp>
#include <ql/time/daycounters/thirty360.hpp>
#include <ql/time/schedule.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>

namespace vargrid {
namespace {

namespace ql = QuantLib;

/// QuantLib counts days from 1899-12-30, we from 1970-01-01.
constexpr std::int32_t kEpochSerial = 25'569;

ql::Date to_ql(Date date) {
    return ql::Date{ql::Date::serial_type{date.days + kEpochSerial}};
}

Date from_ql(const ql::Date& date) {
    return Date{static_cast<std::int32_t>(date.serialNumber()) - kEpochSerial};
}

ql::BusinessDayConvention to_ql(BusinessDayRule rule) {
    switch (rule) {
        case BusinessDayRule::unadjusted:
            return ql::Unadjusted;
        case BusinessDayRule::following:
            return ql::Following;
        case BusinessDayRule::modified_following:
            return ql::ModifiedFollowing;
        case BusinessDayRule::preceding:
            return ql::Preceding;
        case BusinessDayRule::modified_preceding:
            return ql::ModifiedPreceding;
    }
    CHECK_MSG(false, "a business-day rule without a meaning");
}

const ql::DayCounter& to_ql(DayCount day_count) {
    static const ql::Actual360 act_360;
    static const ql::Actual365Fixed act_365f;
    static const ql::Thirty360 thirty_360{ql::Thirty360::BondBasis};
    static const ql::Thirty360 thirty_e_360{ql::Thirty360::EurobondBasis};
    static const ql::ActualActual act_act_isda{ql::ActualActual::ISDA};
    static const ql::ActualActual act_act_icma{ql::ActualActual::ISMA};
    switch (day_count) {
        case DayCount::act_360:
            return act_360;
        case DayCount::act_365f:
            return act_365f;
        case DayCount::thirty_360:
            return thirty_360;
        case DayCount::thirty_e_360:
            return thirty_e_360;
        case DayCount::act_act_isda:
            return act_act_isda;
        case DayCount::act_act_icma:
            return act_act_icma;
    }
    CHECK_MSG(false, "a day count without a meaning");
}

const ql::Calendar& to_ql(const std::string& name) {
    static const std::map<std::string, ql::Calendar> calendars{
        {"TARGET", ql::TARGET()},
        {"NewYork", ql::UnitedStates(ql::UnitedStates::Settlement)},
        {"USGov", ql::UnitedStates(ql::UnitedStates::GovernmentBond)},
        {"FederalReserve", ql::UnitedStates(ql::UnitedStates::FederalReserve)},
        {"London", ql::UnitedKingdom(ql::UnitedKingdom::Exchange)},
        {"UK", ql::UnitedKingdom(ql::UnitedKingdom::Settlement)},
        {"Tokyo", ql::Japan()},
        {"Zurich", ql::Switzerland()},
        {"Sydney", ql::Australia()},
        {"Toronto", ql::Canada(ql::Canada::Settlement)},
        {"Stockholm", ql::Sweden()},
        {"Oslo", ql::Norway()},
        {"Copenhagen", ql::Denmark()},
        {"Wellington", ql::NewZealand()},
        {"HongKong", ql::HongKong()},
        {"Singapore", ql::Singapore()},
        {"Weekends", ql::WeekendsOnly()},
        {"None", ql::NullCalendar()},
    };
    const auto found = calendars.find(name);
    CHECK_MSG(found != calendars.end(), name);
    return found->second;
}

ql::Calendar to_ql(const CalendarNames& names) {
    CHECK(!names.empty());
    if (names.size() == 1) {
        return to_ql(names.front());
    }
    std::vector<ql::Calendar> parts;
    for (const std::string& name : names) {
        parts.push_back(to_ql(name));
    }
    return ql::JointCalendar{parts};
}

/// Dates of a schedule, and which of its periods are as long as they should be (period i ends at
/// dates[i + 1]).
struct Dates {
    std::vector<ql::Date> dates;
    std::vector<bool> regular;
};

bool rolls_back(Stub stub) {
    return stub == Stub::short_front || stub == Stub::long_front;
}

Dates schedule_dates(const ScheduleTerms& terms, ql::BusinessDayConvention rule) {
    const ql::Date start = to_ql(terms.start);
    const ql::Date maturity = to_ql(terms.maturity);
    const ql::Calendar calendar = to_ql(terms.calendar);
    if (terms.frequency.months == 0) {
        return Dates{{calendar.adjust(start, rule), calendar.adjust(maturity, rule)}, {true}};
    }
    const ql::Schedule schedule{
        start,
        maturity,
        ql::Period{terms.frequency.months, ql::Months},
        calendar,
        rule,
        rule,
        rolls_back(terms.stub) ? ql::DateGeneration::Backward : ql::DateGeneration::Forward,
        terms.end_of_month};
    Dates result{schedule.dates(), schedule.isRegular()};
    const std::size_t count = result.regular.size();
    // A long stub is the short one and its neighbour in one.
    if (terms.stub == Stub::long_front && count > 1 && !result.regular.front()) {
        result.dates.erase(result.dates.begin() + 1);
        result.regular.erase(result.regular.begin() + 1);
    } else if (terms.stub == Stub::long_back && count > 1 && !result.regular.back()) {
        result.dates.erase(result.dates.end() - 2);
        result.regular.erase(result.regular.end() - 2);
    }
    return result;
}

/// Index into the unrolled dates of rolled date i. Rolling may make a short stub vanish, at the
/// end where the stub is.
std::size_t unrolled_index(const Dates& rolled, const Dates& unrolled, Stub stub, std::size_t i) {
    CHECK(unrolled.dates.size() >= rolled.dates.size());
    return rolls_back(stub) ? i + unrolled.dates.size() - rolled.dates.size() : i;
}

}  // namespace

Date rolled(Date date, const CalendarNames& calendar, BusinessDayRule rule) {
    return from_ql(to_ql(calendar).adjust(to_ql(date), to_ql(rule)));
}

Date advanced_days(Date date, int days, const CalendarNames& calendar, BusinessDayRule rule) {
    return from_ql(to_ql(calendar).advance(to_ql(date), days, ql::Days, to_ql(rule)));
}

Date advanced_months(
    Date date, int months, const CalendarNames& calendar, BusinessDayRule rule, bool end_of_month) {
    return from_ql(
        to_ql(calendar).advance(to_ql(date), months, ql::Months, to_ql(rule), end_of_month));
}

std::vector<Date> good_days(const CalendarNames& calendar, Date from, Date to) {
    const ql::Calendar days = to_ql(calendar);
    std::vector<Date> good;
    for (Date date = from; date < to; date = date + 1) {
        if (days.isBusinessDay(to_ql(date))) {
            good.push_back(date);
        }
    }
    return good;
}

double year_fraction(DayCount day_count, Date start, Date end) {
    return to_ql(day_count).yearFraction(to_ql(start), to_ql(end));
}

double year_fraction(DayCount day_count, const Period& period) {
    return to_ql(day_count).yearFraction(to_ql(period.start),
                                         to_ql(period.end),
                                         to_ql(period.reference_start),
                                         to_ql(period.reference_end));
}

std::vector<Period> periods(const ScheduleTerms& terms) {
    const ql::Calendar calendar = to_ql(terms.calendar);
    const ql::BusinessDayConvention accrual_rule = to_ql(terms.accrual_rule);
    const Dates dates = schedule_dates(terms, accrual_rule);
    const Dates unrolled = terms.unrolled_starts ? schedule_dates(terms, ql::Unadjusted) : dates;
    const ql::Period tenor{terms.frequency.months, ql::Months};
    std::vector<Period> result;
    for (std::size_t i = 0; i + 1 < dates.dates.size(); ++i) {
        const ql::Date start = dates.dates[i];
        const ql::Date end = dates.dates[i + 1];
        if (start >= end) {
            continue;
        }
        ql::Date reference_start = start;
        ql::Date reference_end = end;
        if (!dates.regular[i] && i == 0) {
            reference_start = calendar.adjust(end - tenor, accrual_rule);
        } else if (!dates.regular[i]) {
            reference_end = calendar.adjust(start + tenor, accrual_rule);
        }
        const std::size_t u = unrolled_index(dates, unrolled, terms.stub, i);
        result.push_back(Period{.unrolled_start = from_ql(unrolled.dates[u]),
                                .start = from_ql(start),
                                .end = from_ql(end),
                                .payment = from_ql(calendar.advance(
                                    end, terms.payment_lag, ql::Days, to_ql(terms.payment_rule))),
                                .reference_start = from_ql(reference_start),
                                .reference_end = from_ql(reference_end)});
    }
    return result;
}

}  // namespace vargrid
