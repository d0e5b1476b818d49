#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "pricing/history/market_data.hpp"
#include "pricing/sample/write.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace vargrid::cli {
namespace {

struct GenerateOptions {
    std::string out;
    std::uint64_t seed{1};
    std::size_t trades{2000};
    int days{800};
    std::string end{"2021-06-30"};
    std::string market;
    int scenarios{500};
    int horizon_days{1};
};

/// Assets whose price has not always been positive. A scenario may take them below zero again,
/// where an option has no lognormal price.
std::vector<std::string> assets_once_negative(const MarketData& data) {
    std::vector<std::string> names;
    for (const Asset& asset : data.market.layout->assets) {
        std::vector<FactorIndex> factors = asset.forward_factors;
        if (asset.spot) {
            factors.push_back(*asset.spot);
        }
        for (std::size_t date = 0; date < data.history.dates.size(); ++date) {
            if (std::ranges::any_of(factors, [&](FactorIndex factor) {
                    return data.history.value(date, factor) <= 0.0;
                })) {
                names.push_back(asset.name);
                break;
            }
        }
    }
    return names;
}

/// A job that its own history is too short for helps nobody.
Result<void> check_length(const GenerateOptions& options, std::size_t dates, std::string_view of) {
    const auto wanted = static_cast<std::size_t>(options.scenarios + options.horizon_days);
    if (dates >= wanted) {
        return {};
    }
    return Error{ErrorCode::invalid_input,
                 fmt::format("{} scenarios over {} day{} need {} dates with data, there are {} {}",
                             options.scenarios,
                             options.horizon_days,
                             options.horizon_days == 1 ? "" : "s",
                             wanted,
                             dates,
                             of)};
}

/// A book on a market that exists: its factors, as of `end`.
Result<void> write_on_market(const GenerateOptions& options, Date end) {
    const std::filesystem::path mapping = std::filesystem::absolute(options.market);
    VARGRID_TRY(const MarketData data, load_market_data({.mapping = mapping, .as_of = end}));
    VARGRID_TRY_VOID(
        check_length(options, data.history.dates.size(), "up to " + to_iso(data.market.as_of)));
    SampleOnMarketOptions sample;
    sample.folder = options.out;
    sample.mapping = mapping.string();
    sample.seed = options.seed;
    sample.trades = options.trades;
    sample.scenarios = options.scenarios;
    sample.horizon_days = options.horizon_days;
    sample.no_options_on = assets_once_negative(data);
    return write_sample_on(data.market, sample);
}

Result<void> write_all(const GenerateOptions& options, Date end) {
    // Holidays and gaps in single series cost about a tenth of the weekdays.
    constexpr int kUsableOfTen = 9;
    const auto usable = static_cast<std::size_t>(std::max(options.days, 0)) * kUsableOfTen / 10;
    VARGRID_TRY_VOID(check_length(
        options, usable, fmt::format("to count on in {} weekdays (--days)", options.days)));
    SampleOptions sample;
    sample.folder = options.out;
    sample.seed = options.seed;
    sample.trades = options.trades;
    sample.days = options.days;
    sample.end = end;
    sample.scenarios = options.scenarios;
    sample.horizon_days = options.horizon_days;
    return write_sample(sample);
}

int generate(const GenerateOptions& options) {
    const auto end = date_from_iso(options.end);
    if (!end) {
        return fail(with_context(end.error(), "--end"), false);
    }
    const auto written =
        options.market.empty() ? write_all(options, *end) : write_on_market(options, *end);
    if (!written) {
        return fail(written.error(), false);
    }
    print(
        fmt::format("wrote a sample of {} trades (seed {}) into {}; run it with\n"
                    "  vargrid run {}/job.toml\n",
                    options.trades,
                    options.seed,
                    options.out,
                    options.out));
    return kExitOk;
}

}  // namespace

Action add_generate(CLI::App& app) {
    auto options = std::make_shared<GenerateOptions>();
    app.add_option("--out", options->out, "Folder to write into")->required()->type_name("DIR");
    app.add_option("--seed", options->seed, "Equal seeds give equal files")->capture_default_str();
    app.add_option("--trades", options->trades, "How many trades")->capture_default_str();
    app.add_option("--days", options->days, "Weekdays of history")->capture_default_str();
    app.add_option("--end", options->end, "Last day of the history, or date of --market")
        ->type_name("YYYY-MM-DD")
        ->capture_default_str();
    app.add_option("--market",
                   options->market,
                   "Make only a book, on the market that this mapping describes")
        ->type_name("MARKET.toml");
    app.add_option("--scenarios", options->scenarios, "Scenarios the job asks for")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--horizon-days", options->horizon_days, "Horizon the job asks for")
        ->check(CLI::Range(1, 250))
        ->capture_default_str();
    return [options] { return generate(*options); };
}

}  // namespace vargrid::cli
