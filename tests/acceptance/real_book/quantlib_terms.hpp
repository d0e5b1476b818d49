// The words of docs/trades.md in QuantLib's terms: cells, calendars, day counts, schedules.
#pragma once

#include "tests/acceptance/real_book/quantlib_book.hpp"

#include <ql/time/calendars/australia.hpp>
#include <ql/time/calendars/canada.hpp>
#include <ql/time/calendars/japan.hpp>
#include <ql/time/calendars/jointcalendar.hpp>
#include <ql/time/calendars/norway.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
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

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vargrid::acceptance {

namespace ql = QuantLib;

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

inline ql::Calendar one_calendar(const std::string& name) {
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

inline ql::Calendar calendar_named(const std::string& names) {
    ql::Calendar joined = one_calendar(names.substr(0, names.find('+')));
    for (std::size_t plus = names.find('+'); plus != std::string::npos;) {
        const std::size_t next = names.find('+', plus + 1);
        joined = ql::JointCalendar{joined, one_calendar(names.substr(plus + 1, next - plus - 1))};
        plus = next;
    }
    return joined;
}

inline std::string calendar_of(const std::string& currency) {
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

inline ql::DayCounter day_counter(const std::string& name) {
    const std::map<std::string, ql::DayCounter> counters{
        {"Act/360", ql::Actual360()},
        {"Act/365F", ql::Actual365Fixed()},
        {"30/360", ql::Thirty360(ql::Thirty360::BondBasis)},
        {"30E/360", ql::Thirty360(ql::Thirty360::EurobondBasis)},
        {"Act/Act ISDA", ql::ActualActual(ql::ActualActual::ISDA)},
        {"Act/Act ICMA", ql::ActualActual(ql::ActualActual::ISMA)}};
    return counters.at(name);
}

inline ql::BusinessDayConvention rule_named(const std::string& name) {
    const std::map<std::string, ql::BusinessDayConvention> rules{
        {"unadjusted", ql::Unadjusted},
        {"following", ql::Following},
        {"modified_following", ql::ModifiedFollowing},
        {"preceding", ql::Preceding},
        {"modified_preceding", ql::ModifiedPreceding}};
    return rules.at(name);
}

inline int months_of(const std::string& frequency) {
    if (frequency == "once") {
        return 0;
    }
    return frequency == "1Y" ? 12 : std::stoi(frequency);
}

/// Dates as docs/trades.md says; a long stub through QuantLib's explicit first or last date.
inline ql::Schedule schedule(const Row& row,
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

}  // namespace vargrid::acceptance
