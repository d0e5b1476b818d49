#include "cli/input_notes.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <utility>

namespace vargrid::cli {
namespace {

using Json = nlohmann::json;

std::string dates_line(const Json& data) {
    if (!data.contains("dates_used")) {
        return {};
    }
    return fmt::format(
        "dates          {} of {} common dates, {} dropped in between for lack of "
        "a value\n",
        data.at("dates_used").get<std::uint64_t>(),
        data.at("dates_available").get<std::uint64_t>(),
        data.at("dates_dropped").get<std::uint64_t>());
}

/// "moved otherwise CO/WTI, fallback_absolute: 2 scenarios"
std::string moves_lines(const Json& data) {
    if (!data.contains("exceptional_moves")) {
        return {};
    }
    std::map<std::pair<std::string, std::string>, std::uint64_t> counts;
    for (const Json& move : data.at("exceptional_moves")) {
        ++counts[{move.at("factor").get<std::string>(), move.at("exception").get<std::string>()}];
    }
    std::string text;
    for (const auto& [key, count] : counts) {
        text += fmt::format("moved otherwise {}, {}: {} scenario{}\n",
                            key.first,
                            key.second,
                            count,
                            count == 1 ? "" : "s");
    }
    const auto listed = data.at("exceptional_moves").size();
    const auto all = data.value("exceptional_moves_count", std::uint64_t{listed});
    if (all > listed) {
        text += fmt::format("moved otherwise {} more\n", all - listed);
    }
    return text;
}

std::string notes(const Json& report) {
    std::string text;
    if (report.contains("data")) {
        const Json& data = report.at("data");
        text += dates_line(data) + moves_lines(data);
        for (const Json& warning : data.value("warnings", Json::array())) {
            text += "warning        " + warning.get<std::string>() + "\n";
        }
    }
    if (const auto skipped = report.value("trades_skipped", std::uint64_t{0}); skipped > 0) {
        text += fmt::format(
            "left out       {} bad trade{}, see --json\n", skipped, skipped == 1 ? "" : "s");
    }
    return text;
}

}  // namespace

std::string input_notes(std::string_view input_report) {
    // The text comes from a results file; what is not as expected is not shown, and no reason to
    // withhold the results.
    try {
        return notes(Json::parse(input_report));
    } catch (const Json::exception&) {
        return {};
    }
}

}  // namespace vargrid::cli
