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
    out << ", most for lack of\n";
    // Pillars of one curve go missing together, so they are told of once.
    std::map<std::string, std::size_t> missing;
    for (const FactorCoverage& factor : report.factors) {
        std::size_t& most = missing[group_of(factor.factor)];
        most = std::max(most, factor.missing_dates);
    }
    std::vector<std::pair<std::string, std::size_t>> worst{missing.begin(), missing.end()};
    std::stable_sort(worst.begin(), worst.end(), [](const auto& a, const auto& b) {
        return a.second > b.second;
    });
    for (std::size_t i = 0; i < worst.size() && i < kLinesShown && worst[i].second > 0; ++i) {
        out << "                " << worst[i].first << ": " << worst[i].second << "\n";
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

std::string group_of(const std::string& factor) {
    const auto first = factor.find('/');
    const auto last = factor.rfind('/');
    return first == last ? factor : factor.substr(0, last);
}

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
    for (const std::string& warning : report.warnings) {
        out << "warning         " << warning << "\n";
    }
    return out.str();
}

}  // namespace vargrid
