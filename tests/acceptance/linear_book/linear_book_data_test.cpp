// The data side of the linear book, proved without trades and kernels: from the files to every
// single scenario P&L of an independent computation, by the plainest formulas there are.
// Skips, loudly, where the market data is not there.
#include "base/parse.hpp"
#include "pricing/history/csv.hpp"
#include "pricing/history/market_data.hpp"
#include "pricing/history/paths.hpp"
#include "pricing/history/text_file.hpp"
#include "pricing/market/weights.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace vargrid {
namespace {

constexpr std::string_view kMapping = "tests/acceptance/linear_book/market.toml";
constexpr std::string_view kBook = "tests/acceptance/linear_book/book.csv";
/// The data folder as the mapping file sees it, but from the repository root, where tests run.
constexpr std::string_view kData = "${VARGRID_DATA:-../shared/data}";
/// The published P&L has six decimals of a dollar.
constexpr double kAbsolute = 2e-6;
constexpr double kRelative = 1e-9;

std::filesystem::path data_file(const std::string& name) {
    return *expand_path(std::string{kData} + "/" + name, std::filesystem::current_path());
}

struct Position {
    std::string type;
    std::string currency;
    std::string asset;
    double number{0.0};  ///< The one of quantity, market_value, amount, notional that is given.
    double maturity_years{0.0};
};

std::vector<Position> read_book() {
    const std::string text = *read_text_file(std::filesystem::current_path() / kBook);
    CsvTable table = *CsvTable::open(text, "book.csv");
    std::vector<Position> book;
    while (*table.next()) {
        const auto cell = [&](const char* name) {
            return std::string{table.cell(*table.require(name))};
        };
        Position position{cell("type"), cell("currency"), cell("asset")};
        for (const char* name : {"quantity", "market_value", "amount", "notional"}) {
            position.number = cell(name).empty() ? position.number : *parse_number(cell(name));
        }
        if (!cell("maturity_years").empty()) {
            position.maturity_years = *parse_number(cell("maturity_years"));
        }
        book.push_back(position);
    }
    return book;
}

/// The book's value in USD; `base` gives the prices that market values are divided by.
double value_of(const std::vector<Position>& book, const Market& base, const Market& market) {
    double total = 0.0;
    for (const Position& position : book) {
        double value = position.number;
        if (position.type == "equity_position") {
            const FactorIndex spot = *market.layout->asset(position.asset)->spot;
            value *= market.values[spot] / base.values[spot];
        } else if (position.type == "commodity_position") {
            value *= market.values[*market.layout->asset(position.asset)->spot];
        } else if (position.type == "zero_coupon_bond") {
            const Curve& curve = *market.layout->discounting_curve(position.currency);
            value *= discount_factor(market, curve, position.maturity_years);
        }
        total += value * fx_rate(market, position.currency, "USD");
    }
    return total;
}

/// The scenario's market when only `moved` moves; nothing: all of them.
Market scenario_market(const Market& base,
                       const ScenarioSet& set,
                       std::size_t scenario,
                       std::optional<RiskClass> moved) {
    Market market = base;
    for (std::size_t f = 0; f < set.factor_count(); ++f) {
        if (!moved.has_value() || set.classes[f] == *moved) {
            market.values[f] = set.scenario(scenario)[f];
        }
    }
    return market;
}

const std::map<std::string, std::optional<RiskClass>> kColumns{{"All", std::nullopt},
                                                               {"EQ", RiskClass::equity},
                                                               {"FX", RiskClass::fx},
                                                               {"IR", RiskClass::interest_rate},
                                                               {"CO", RiskClass::commodity}};

class LinearBookData : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(data_file("oracle_linear_book/book_L.csv"))) {
            GTEST_SKIP() << "NO MARKET DATA: set VARGRID_DATA to the data folder; nothing of the "
                            "linear book was checked";
        }
    }

    static MarketData load(Date as_of) {
        auto data = load_market_data({std::filesystem::path{kMapping}, as_of});
        EXPECT_TRUE(data) << data.error().message;
        return *std::move(data);
    }
};

TEST_F(LinearBookData, GivesEveryScenarioProfitAndLossOfTheIndependentComputation) {
    const MarketData data = load(make_date(2020, 12, 31));
    EXPECT_EQ(to_iso(data.market.as_of), "2020-12-30");
    const auto scenarios = make_scenarios(data, {});
    ASSERT_TRUE(scenarios) << scenarios.error().message;
    const std::vector<Position> book = read_book();
    ASSERT_EQ(book.size(), 20U);
    const double base_value = value_of(book, data.market, data.market);
    EXPECT_NEAR(base_value, 23'135'977.314829, 1e-5);

    const std::filesystem::path path =
        data_file("oracle_linear_book/covid_2020-12-31_skfolio_pnl.csv");
    const std::string text = *read_text_file(path);
    CsvTable table = *CsvTable::open(text, path.string());
    std::size_t row = 0;
    for (; *table.next(); ++row) {
        ASSERT_LT(row, scenarios->set.scenario_count());
        const ScenarioLabel& label = scenarios->set.labels[row];
        ASSERT_EQ(to_iso(label.from), table.cell(*table.require("prev_date")));
        ASSERT_EQ(to_iso(label.to), table.cell(*table.require("date")));
        for (const auto& [column, risk_class] : kColumns) {
            const Market market = scenario_market(data.market, scenarios->set, row, risk_class);
            const double found = value_of(book, data.market, market) - base_value;
            const double expected = *parse_number(table.cell(*table.require(column)));
            ASSERT_NEAR(found, expected, std::max(kAbsolute, kRelative * std::abs(expected)))
                << column << " in scenario " << to_iso(label.to);
        }
    }
    EXPECT_EQ(row, 500U);
}

TEST_F(LinearBookData, SaysWhichDatesWereDroppedAndWhy) {
    const auto scenarios = make_scenarios(load(make_date(2020, 12, 31)), {});
    ASSERT_TRUE(scenarios);
    const DataReport& report = scenarios->report;
    EXPECT_EQ(to_iso(report.as_of_used), "2020-12-30");
    EXPECT_EQ(to_iso(report.first_date), "2018-12-03");
    EXPECT_EQ(report.dates_used, 501U);
    EXPECT_GT(report.dates_dropped, 20U);
    EXPECT_EQ(report.factors.size(), 4U + 21U + 6U + 2U + 2U);
    EXPECT_TRUE(report.exceptional_moves.empty());
    const auto gbp = std::find_if(report.factors.begin(), report.factors.end(), [](const auto& f) {
        return f.factor == "IR/GBP-GOV/10Y";
    });
    ASSERT_NE(gbp, report.factors.end());
    EXPECT_GT(gbp->missing_dates, 0U);
}

TEST_F(LinearBookData, HasFiveHundredScenariosForOtherWindowsAndHorizons) {
    struct Window {
        Date as_of;
        std::string base_date;
    };
    for (const Window& window : {Window{make_date(2009, 6, 30), "2009-06-30"},
                                 Window{make_date(2020, 12, 31), "2020-12-30"},
                                 Window{make_date(2022, 12, 28), "2022-12-28"}}) {
        const MarketData data = load(window.as_of);
        EXPECT_EQ(to_iso(data.market.as_of), window.base_date);
        for (const int horizon : {1, 10}) {
            const auto scenarios = make_scenarios(data, {500, horizon, std::nullopt});
            ASSERT_TRUE(scenarios) << scenarios.error().message;
            EXPECT_EQ(scenarios->set.scenario_count(), 500U);
            EXPECT_EQ(scenarios->set.labels.back().to, data.market.as_of);
            for (const double value : scenarios->set.shifted) {
                ASSERT_TRUE(std::isfinite(value));
            }
        }
    }
}

}  // namespace
}  // namespace vargrid
