#include "pricing/history/market_data.hpp"

#include "folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace vargrid {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kMapping = R"(schema = 1
pivot_currency = "EUR"
[[sources]]
id = "fx"
file = "fx.csv"
[[sources]]
id = "rates"
file = "rates.csv"
format = "long"
key_columns = ["CCY", "TERM"]
value_column = "VALUE"
[discounting]
EUR = "E"
[[fx]]
currency = "USD"
source = "fx"
column = "USD"
[[curves]]
name = "E"
currency = "EUR"
source = "rates"
unit = "percent"
compounding = "annual"
pillars = [{ years = 1, column = "EUR/1Y" }]
)";

constexpr std::string_view kFx =
    "Date,USD\n2020-01-07,1.4\n2020-01-06,1.3\n2020-01-03,1.2\n2020-01-02,N/A\n2020-01-01,1.1\n";
constexpr std::string_view kRates =
    "Date,CCY,TERM,VALUE\n2020-01-01,EUR,1Y,1\n2020-01-02,EUR,1Y,2\n2020-01-03,EUR,1Y,3\n"
    "2020-01-06,EUR,1Y,4\n2020-01-06,EUR,1Y,4.0\n2020-01-08,EUR,1Y,5\n";

class MarketDataFiles : public ::testing::Test {
  protected:
    MarketDataFiles() {
        folder_.write("fx.csv", kFx);
        folder_.write("rates.csv", kRates);
        use(kMapping);
    }

    void use(std::string_view mapping) { mapping_ = folder_.write("market.toml", mapping); }

    [[nodiscard]] Result<MarketData> load(std::optional<Date> as_of = std::nullopt) const {
        return load_market_data({mapping_, as_of});
    }
    [[nodiscard]] std::string error_of(std::optional<Date> as_of = std::nullopt) const {
        const auto data = load(as_of);
        return data ? "fine" : data.error().message;
    }

    TestFolder folder_;
    std::filesystem::path mapping_;
};

TEST_F(MarketDataFiles, KeepTheDatesOnWhichEverySeriesHasAValue) {
    const auto data = load();
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT(data->history.dates,
                ElementsAre(make_date(2020, 1, 1), make_date(2020, 1, 3), make_date(2020, 1, 6)));
    EXPECT_EQ(data->market.as_of, make_date(2020, 1, 6));
    EXPECT_EQ(data->market.values[0], 1.3);
    EXPECT_NEAR(data->market.values[1], std::log(1.04), 1e-15);
    EXPECT_EQ(data->history.value(1, 0), 1.2);
    EXPECT_THAT(data->history.dropped_dates, ElementsAre(make_date(2020, 1, 2)));
    EXPECT_EQ(data->history.duplicate_dates, 1U);
    EXPECT_EQ(data->history.series[0].name, "FX/USD");
    EXPECT_THAT(data->history.series[0].missing, ElementsAre(make_date(2020, 1, 2)));
    EXPECT_TRUE(data->history.series[1].missing.empty());
}

TEST_F(MarketDataFiles, TakeTheLastCommonDateUpToTheOneAskedFor) {
    EXPECT_EQ(load(make_date(2020, 1, 5))->market.as_of, make_date(2020, 1, 3));
    EXPECT_EQ(load(make_date(2020, 1, 16))->market.as_of, make_date(2020, 1, 6));
}

TEST_F(MarketDataFiles, RefuseABaseDateThatIsTooOld) {
    EXPECT_THAT(error_of(make_date(2020, 1, 17)),
                AllOf(HasSubstr("is 2020-01-06, more than 10 days before"),
                      HasSubstr("the first to end 'FX/USD' (2020-01-07)")));
    use(std::string{kMapping} + "[missing]\nstale_days_max = 11\n");
    EXPECT_EQ(error_of(make_date(2020, 1, 17)), "fine");
}

TEST_F(MarketDataFiles, LetARequiredSeriesCountForTheDatesOnly) {
    folder_.write("wti.csv", "Date,P\n2020-01-01,18.3\n2020-01-06,-36.98\n");
    use(std::string{kMapping} +
        "[[sources]]\nid = \"wti\"\nfile = \"wti.csv\"\n"
        "[[required]]\nname = \"WTI\"\nsource = \"wti\"\ncolumn = \"P\"\n");
    const auto data = load();
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT(data->history.dates, ElementsAre(make_date(2020, 1, 1), make_date(2020, 1, 6)));
    EXPECT_EQ(data->market.values.size(), 2U);
    EXPECT_EQ(data->history.series.size(), 3U);
}

TEST_F(MarketDataFiles, SayThatNoDateIsCommon) {
    folder_.write("fx.csv", "Date,USD\n2019-01-01,1.1\n2019-06-01,1.1\n");
    EXPECT_THAT(error_of(),
                AllOf(HasSubstr("on no date does every series have a value"),
                      HasSubstr("the last series to begin is 'IR/E/1Y' (2020-01-01)"),
                      HasSubstr("the first to end 'FX/USD' (2019-06-01)"),
                      HasSubstr("in the year up to 2019-06-01 'IR/E/1Y' (0)")));
    EXPECT_THAT(error_of(make_date(2018, 1, 1)), HasSubstr("on no date on or before 2018-01-01"));
}

TEST_F(MarketDataFiles, NameSourceFileAndPlaceOfABadCell) {
    folder_.write("fx.csv", "Date,USD\n2020-01-01,x\n");
    EXPECT_THAT(error_of(),
                AllOf(HasSubstr("source 'fx': "), HasSubstr("fx.csv:2:12: column 'USD'")));
    folder_.write("fx.csv", kFx);
    folder_.write("rates.csv", "Date,CCY,TERM,VALUE\n2020-01-01,EUR,1Y,-100\n");
    EXPECT_THAT(error_of(),
                AllOf(HasSubstr("market.toml:24: 'IR/E/1Y'"),
                      HasSubstr("rates.csv:2: column 'EUR/1Y' on 2020-01-01"),
                      HasSubstr("is the unit right?")));
    std::filesystem::remove(folder_.path() / "rates.csv");
    EXPECT_THAT(error_of(), HasSubstr("rates.csv: no such file"));
}

TEST_F(MarketDataFiles, RefuseABaseMarketNobodyCanPriceIn) {
    folder_.write("fx.csv", "Date,USD\n2020-01-06,0\n");
    EXPECT_THAT(error_of(), HasSubstr("on the base date 2020-01-06: an FX rate must be positive"));
}

TEST_F(MarketDataFiles, WarnOfRatesAndVolatilitiesThatLookLikePercent) {
    EXPECT_TRUE(load()->history.warnings.empty());
    use(std::string{kMapping} +
        "[[volatilities]]\nname = \"EURUSD\"\nvolatility = 7.5\n"
        "[[curves]]\nname = \"F\"\ncurrency = \"USD\"\nzero_rate = 1.5\n");
    const auto data = load();
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT(data->history.warnings,
                UnorderedElementsAre(HasSubstr("'CONST/F' is 150 % on 2020-01-06"),
                                     HasSubstr("'CONST/VOL/EURUSD' is 750 % on 2020-01-06")));
    const auto scenarios = make_scenarios(*data, {1, 1, std::nullopt});
    ASSERT_TRUE(scenarios) << scenarios.error().message;
    EXPECT_THAT(to_text(scenarios->report), HasSubstr("warning         'CONST/F' is 150 %"));
}

TEST_F(MarketDataFiles, DeriveRealisedVolatilitiesOnTheirOwnDates) {
    use(std::string{kMapping} +
        "[[volatilities]]\nname = \"EURUSD\"\nrealised = { factor = \"FX/USD\", days = 2 }\n");
    const auto data = load();
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT(data->history.dates, ElementsAre(make_date(2020, 1, 6)));
    const double first = std::log(1.2 / 1.1);
    const double second = std::log(1.3 / 1.2);
    EXPECT_NEAR(
        data->market.values[2], std::sqrt(252.0 * (first * first + second * second) / 2.0), 1e-12);
    use(std::string{kMapping} +
        "[[volatilities]]\nname = \"EURUSD\"\nrealised = { factor = \"FX/USD\", days = 9 }\n");
    EXPECT_THAT(error_of(), HasSubstr("'FX/USD' has fewer than 9 returns"));
}

TEST_F(MarketDataFiles, GoAllTheWayToScenarios) {
    const auto data = load();
    const auto scenarios = make_scenarios(*data, {1, 2, std::nullopt});
    ASSERT_TRUE(scenarios) << scenarios.error().message;
    EXPECT_NEAR(scenarios->set.shifted[0], 1.3 * (1.3 / 1.1), 1e-15);
    EXPECT_NEAR(scenarios->set.shifted[1], std::log(1.04) + std::log(1.04) - std::log(1.01), 1e-15);
    EXPECT_EQ(scenarios->report.dates_dropped, 1U);
    EXPECT_EQ(scenarios->report.duplicate_dates, 1U);
    EXPECT_THAT(to_text(scenarios->report),
                HasSubstr("1 dropped in between, most for lack of\n                FX/USD: 1\n"));
}

}  // namespace
}  // namespace vargrid
