#include "pricing/sample/book.hpp"

#include "pricing/sample/history.hpp"
#include "pricing/sample/write.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>

namespace vargrid {
namespace {

Market sample_market() {
    const SampleHistory history = generate_history({.seed = 1, .days = 40}).value();
    return history.market(history.dates.size() - 1);
}

std::vector<std::vector<std::string>> cells_of(const std::string& csv) {
    std::vector<std::vector<std::string>> rows;
    std::istringstream lines{csv};
    for (std::string line; std::getline(lines, line);) {
        std::vector<std::string> cells{""};
        for (const char letter : line) {
            if (letter == ',') {
                cells.emplace_back();
            } else {
                cells.back() += letter;
            }
        }
        rows.push_back(std::move(cells));
    }
    return rows;
}

std::map<std::string, int> count_types(const std::string& csv) {
    std::map<std::string, int> counts;
    const auto rows = cells_of(csv);
    for (std::size_t i = 1; i < rows.size(); ++i) {
        ++counts[rows[i][2]];
    }
    return counts;
}

std::string text_of(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST(SampleBook, EqualSeedsGiveEqualBytesAndOthersDiffer) {
    const Market market = sample_market();
    const std::string one = sample_trades_csv(market, {.seed = 4, .trades = 300}).value();
    EXPECT_EQ(one, sample_trades_csv(market, {.seed = 4, .trades = 300}).value());
    EXPECT_NE(one, sample_trades_csv(market, {.seed = 5, .trades = 300}).value());
}

TEST(SampleBook, AShorterBookIsTheBeginningOfALongerOne) {
    const Market market = sample_market();
    const std::string brief = sample_trades_csv(market, {.seed = 4, .trades = 50}).value();
    const std::string full = sample_trades_csv(market, {.seed = 4, .trades = 80}).value();
    EXPECT_EQ(full.substr(0, brief.size()), brief);
}

TEST(SampleBook, HasEveryTypeAndOneIdPerTrade) {
    const std::string csv = sample_trades_csv(sample_market(), {.seed = 1, .trades = 2000}).value();
    const auto counts = count_types(csv);
    EXPECT_EQ(counts.size(), 15U);
    for (const auto& [type, count] : counts) {
        EXPECT_GE(count, 25) << type;
    }
    std::set<std::string> ids;
    for (const auto& row : cells_of(csv)) {
        EXPECT_TRUE(ids.insert(row[0]).second) << row[0];
    }
    EXPECT_EQ(ids.size(), 2001U);
}

TEST(SampleBook, TradesOnlyWhatTheMarketHas) {
    MarketLayout layout;
    layout.pivot_currency = "EUR";
    layout.factors = {{"FX/USD", RiskClass::fx}, {"EQ/ONE", RiskClass::equity}};
    layout.fx = {{"USD", 0, false}};
    const Market market{
        make_date(2021, 6, 30), std::make_shared<const MarketLayout>(layout), {1.2, 50.0}};
    const auto counts = count_types(sample_trades_csv(market, {.seed = 1, .trades = 20}).value());
    EXPECT_EQ(counts, (std::map<std::string, int>{{"cash", 20}}));
}

TEST(SampleBook, WritesNoOptionsWhereToldNotTo) {
    const auto options_on = [](const std::vector<std::string>& banned) {
        std::map<std::string, int> counts;
        const auto rows = cells_of(
            sample_trades_csv(sample_market(), {.trades = 600, .no_options_on = banned}).value());
        for (const auto& row : rows) {
            counts[row[5]] += row[2] == "equity_option" ? 1 : 0;
        }
        return counts;
    };
    EXPECT_GT(options_on({})["PRAIRIE"], 0);
    EXPECT_EQ(options_on({"PRAIRIE"})["PRAIRIE"], 0);
}

TEST(SampleBook, RefusesACountOutOfRange) {
    EXPECT_FALSE(sample_trades_csv(sample_market(), {.seed = 1, .trades = 0}));
    EXPECT_FALSE(sample_trades_csv(sample_market(), {.seed = 1, .trades = kSampleTradesMax + 1}));
}

TEST(SampleFixings, AreOnWeekdaysBeforeTheMarketsDate) {
    const Market market = sample_market();
    const auto fixings = sample_fixings(market, 1, 100);
    ASSERT_EQ(fixings.size(), 7U);
    for (const SampleFixings& series : fixings) {
        ASSERT_EQ(series.dates.size(), 100U);
        EXPECT_LT(series.dates.back(), market.as_of);
        EXPECT_TRUE(std::is_sorted(series.dates.begin(), series.dates.end()));
    }
    EXPECT_EQ(fixings_csv(fixings).substr(0, 21), "Reference,Date,Value\n");
}

TEST(SampleFolder, IsCompleteAndEqualForEqualSeeds) {
    const auto root = std::filesystem::path{testing::TempDir()} / "vargrid_sample_folder";
    std::filesystem::remove_all(root);
    for (const char* name : {"one", "two"}) {
        const auto written =
            write_sample({.folder = root / name, .seed = 3, .trades = 60, .days = 60});
        ASSERT_TRUE(written) << written.error().message;
    }
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator{root / "one"}) {
        ++files;
        const auto name = entry.path().filename();
        EXPECT_EQ(text_of(entry.path()), text_of(root / "two" / name)) << name;
    }
    EXPECT_EQ(files, 9U);
    std::filesystem::remove_all(root);
}

TEST(SampleFolder, OnAnExistingMarketNamesItsMapping) {
    const auto folder = std::filesystem::path{testing::TempDir()} / "vargrid_sample_on_market";
    const auto written = write_sample_on(
        sample_market(), {.folder = folder, .mapping = R"(/a "b"\c/market.toml)", .trades = 100});
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_NE(text_of(folder / "job.toml").find(R"(mapping = "/a \"b\"\\c/market.toml")"),
              std::string::npos)
        << text_of(folder / "job.toml");
    EXPECT_EQ(count_types(text_of(folder / "trades.csv")).size(), 15U);
    EXPECT_FALSE(std::filesystem::exists(folder / "market.toml"));
    std::filesystem::remove_all(folder);
}

TEST(SampleFolder, SaysWhyItCannotBeWritten) {
    const auto written = write_sample({.folder = "/proc/nowhere", .trades = 10, .days = 40});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::io);
}

}  // namespace
}  // namespace vargrid
