#include "pricing/history/data_report.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

namespace vargrid {

namespace {

constexpr std::size_t kLinesShown = 5;

void print_coverage(const DataReport& report, std::ostringstream& out) {
    out << "dates           " << report.dates_used << " of " << report.dates_available
        << " common dates, " << report.dates_dropped << " dropped in between";
    if (report.dates_dropped == 0) {
        out << "\n";
        return;
    }
    std::vector<FactorCoverage> worst = report.factors;
    std::stable_sort(worst.begin(), worst.end(), [](const auto& a, const auto& b) {
        return a.missing_dates > b.missing_dates;
    });
    out << ", most for lack of\n";
    std::size_t shown = 0;
    for (const FactorCoverage& factor : worst) {
        if (factor.missing_dates == 0 || shown == kLinesShown) {
            break;
        }
        out << "                " << factor.factor << ": " << factor.missing_dates << "\n";
        ++shown;
    }
}

void print_exceptions(const DataReport& report, std::ostringstream& out) {
    std::map<std::pair<MoveException, std::string>, std::vector<const ExceptionalMove*>> groups;
    for (const ExceptionalMove& move : report.exceptional_moves) {
        groups[{move.exception, move.factor}].push_back(&move);
    }
    for (const auto& [key, moves] : groups) {
        const ExceptionalMove& first = *moves.front();
        out << "moved otherwise " << key.second << ", " << to_text(key.first) << ": "
            << moves.size() << (moves.size() == 1 ? " scenario" : " scenarios") << ", first "
            << to_iso(first.from) << " (" << first.from_value << ") to " << to_iso(first.to) << " ("
            << first.to_value << "): base " << first.base_value << " became " << first.shifted_value
            << "\n";
    }
}

}  // namespace

std::string_view to_text(MoveException exception) {
    switch (exception) {
        case MoveException::fallback_absolute:
            return "fallback_absolute";
        case MoveException::fallback_displaced:
            return "fallback_displaced";
        case MoveException::unused_base_kept:
            return "unused_base_kept";
    }
    CHECK_MSG(false, "not a move exception");
}

std::string to_text(const DataReport& report) {
    std::ostringstream out;
    out << "base date       " << to_iso(report.as_of_used);
    if (report.as_of_requested.has_value() && *report.as_of_requested != report.as_of_used) {
        out << " (the last common date up to " << to_iso(*report.as_of_requested) << ")";
    }
    out << "\nscenarios       " << report.scenarios << " over " << report.horizon_days
        << (report.horizon_days == 1 ? " day" : " days, overlapping") << ", "
        << to_iso(report.first_date) << " to " << to_iso(report.last_date) << "\n";
    print_coverage(report, out);
    if (report.duplicate_dates > 0) {
        out << "duplicates      " << report.duplicate_dates
            << " values were there twice, each time equal\n";
    }
    print_exceptions(report, out);
    return out.str();
}

}  // namespace vargrid
