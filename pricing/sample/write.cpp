#include "pricing/sample/write.hpp"

#include "pricing/sample/book.hpp"
#include "pricing/sample/files.hpp"
#include "pricing/sample/history.hpp"
#include "pricing/sample/tradable.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>

namespace vargrid {
namespace {

/// A swap's current period may have begun a year and a long stub ago; three years cover all.
constexpr int kFixingDays = 800;

struct JobText {
    std::string name;
    std::string mapping;
    Date as_of;
    int scenarios{500};
    int horizon_days{1};
};

/// A TOML basic string.
std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') {
            result += '\\';
        }
        result += letter;
    }
    return result + "\"";
}

std::string job_toml(const JobText& job) {
    std::string text = "# Value-at-risk of an invented book: vargrid run job.toml\nschema = 1\n";
    text += "name = " + quoted(job.name) + "\n";
    text += "base_currency = \"USD\"\n";
    text += "as_of = " + to_iso(job.as_of) + "\n";
    text += "\n[book]\nfiles = [\"trades.csv\"]\nfixings = [\"fixings.csv\"]\n";
    text += "\n[market]\nmapping = " + quoted(job.mapping) + "\n";
    text += "\n[scenarios]\ncount = " + std::to_string(job.scenarios) + "\n";
    text += "horizon_days = " + std::to_string(job.horizon_days) + "\n";
    text += R"(
[[measures]]
measure = "var"
confidence = 0.99
estimator = "ceil_rank"

[[measures]]
measure = "var"
confidence = 0.975
estimator = "ceil_rank"

[[measures]]
measure = "es"
confidence = 0.975
estimator = "fractional"
)";
    return text;
}

/// Written beside and renamed, so that a file of the final name is always whole.
Result<void> write_file(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::path partial = path;
    partial += ".part";
    {
        std::ofstream out{partial, std::ios::binary | std::ios::trunc};
        out.write(text.data(), static_cast<std::streamsize>(text.size()));
        out.flush();
        if (!out) {
            return Error{ErrorCode::io, partial.string() + ": cannot write"};
        }
    }
    std::error_code failed;
    std::filesystem::rename(partial, path, failed);
    if (failed) {
        return Error{ErrorCode::io, path.string() + ": " + failed.message()};
    }
    return {};
}

Result<void> make_folder(const std::filesystem::path& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
        return Error{ErrorCode::io, folder.string() + ": " + failed.message()};
    }
    return {};
}

/// The index's own past where the history reaches, and a walk before it.
std::vector<SampleFixings> history_fixings(const SampleHistory& history, std::uint64_t seed) {
    std::vector<SampleFixings> result = sample_fixings(history.market(0), seed, kFixingDays);
    for (std::size_t day = 0; day + 1 < history.dates.size(); ++day) {
        const Market market = history.market(day);
        const Tradable on{market};
        std::vector<TradableIndex> indices = on.term_indices;
        indices.insert(indices.end(), on.overnight_indices.begin(), on.overnight_indices.end());
        for (std::size_t i = 0; i < indices.size(); ++i) {
            result[i].dates.push_back(market.as_of);
            result[i].values.push_back(on.forward_rate(indices[i], 0.0));
        }
    }
    return result;
}

}  // namespace

Result<void> write_sample(const SampleOptions& options) {
    VARGRID_TRY(const SampleHistory history,
                generate_history({.seed = options.seed, .days = options.days, .end = options.end}));
    const Market market = history.market(history.dates.size() - 1);
    VARGRID_TRY(const std::string trades,
                sample_trades_csv(market, {.seed = options.seed, .trades = options.trades}));
    VARGRID_TRY_VOID(make_folder(options.folder));
    for (const SampleFile& file : history_files(history)) {
        VARGRID_TRY_VOID(write_file(options.folder / file.name, file.text));
    }
    VARGRID_TRY_VOID(write_file(options.folder / "market.toml", market_toml(history)));
    VARGRID_TRY_VOID(write_file(options.folder / "trades.csv", trades));
    VARGRID_TRY_VOID(write_file(options.folder / "fixings.csv",
                                fixings_csv(history_fixings(history, options.seed))));
    return write_file(options.folder / "job.toml",
                      job_toml({.name = "sample",
                                .mapping = "market.toml",
                                .as_of = market.as_of,
                                .scenarios = options.scenarios,
                                .horizon_days = options.horizon_days}));
}

Result<void> write_sample_on(const Market& market, const SampleOnMarketOptions& options) {
    VARGRID_TRY(const std::string trades,
                sample_trades_csv(market,
                                  {.seed = options.seed,
                                   .trades = options.trades,
                                   .no_options_on = options.no_options_on}));
    VARGRID_TRY_VOID(make_folder(options.folder));
    VARGRID_TRY_VOID(write_file(options.folder / "trades.csv", trades));
    VARGRID_TRY_VOID(write_file(options.folder / "fixings.csv",
                                fixings_csv(sample_fixings(market, options.seed, kFixingDays))));
    return write_file(options.folder / "job.toml",
                      job_toml({.name = "sample-on-market",
                                .mapping = options.mapping,
                                .as_of = market.as_of,
                                .scenarios = options.scenarios,
                                .horizon_days = options.horizon_days}));
}

}  // namespace vargrid
