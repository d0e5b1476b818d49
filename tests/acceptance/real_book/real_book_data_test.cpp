// The market of public data must give 500 scenarios for calm and wild windows, one-day and ten-day,
// with every number usable. Skips, loudly, where the market data is not there.
#include "pricing/history/market_data.hpp"
#include "pricing/history/paths.hpp"
#include "pricing/market/weights.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace vargrid {
namespace {

constexpr std::string_view kMapping = "tests/acceptance/real_book/market.toml";

class RealMarket : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto file = expand_path("${VARGRID_DATA:-../shared/data}/ecb_eurofxref",
                                      std::filesystem::current_path());
        if (!std::filesystem::exists(*file)) {
            GTEST_SKIP() << "NO MARKET DATA: set VARGRID_DATA to the data folder; nothing of the "
                            "real market was checked";
        }
    }

    static MarketData load(Date as_of) {
        auto data = load_market_data({std::filesystem::path{kMapping}, as_of});
        EXPECT_TRUE(data) << data.error().message;
        return *std::move(data);
    }
};

TEST_F(RealMarket, GivesFiveHundredScenariosOfOneAndTenDays) {
    for (const Date as_of : {make_date(2009, 6, 30),
                             make_date(2013, 6, 28),
                             make_date(2020, 12, 31),
                             make_date(2022, 12, 28)}) {
        SCOPED_TRACE(to_iso(as_of));
        const MarketData data = load(as_of);
        EXPECT_LE(as_of - data.market.as_of, 2);
        for (const int horizon : {1, 10}) {
            const auto scenarios = make_scenarios(data, {500, horizon, std::nullopt});
            ASSERT_TRUE(scenarios) << scenarios.error().message;
            const ScenarioSet& set = scenarios->set;
            for (std::size_t i = 0; i < set.shifted.size(); ++i) {
                ASSERT_EQ(what_is_wrong(set.classes[i % set.factor_count()], set.shifted[i]), "");
            }
        }
    }
}

TEST_F(RealMarket, ReportsTheMovesOfWtiThatHaveNoRatio) {
    const MarketData data = load(make_date(2020, 12, 31));
    const auto scenarios = make_scenarios(data, {});
    ASSERT_TRUE(scenarios) << scenarios.error().message;
    const auto& moves = scenarios->report.exceptional_moves;
    ASSERT_EQ(moves.size(), 2U) << to_text(scenarios->report);
    EXPECT_EQ(moves[0].factor, "CO/WTI");
    EXPECT_EQ(to_iso(moves[0].to), "2020-04-20");
    EXPECT_DOUBLE_EQ(moves[0].to_value, -36.98);
    EXPECT_DOUBLE_EQ(moves[1].from_value, -36.98);
}

TEST_F(RealMarket, QuotesTheMarketOfItsDay) {
    const Market market = load(make_date(2022, 12, 28)).market;
    const MarketLayout& layout = *market.layout;
    EXPECT_NEAR(fx_rate(market, "EUR", "USD"), 1.0640, 5e-5);  // ECB, 2022-12-28.
    EXPECT_NEAR(market.values[*layout.asset("SPX")->spot], 3783.22, 1e-9);
    EXPECT_NEAR(deviation(market, *layout.vol("SPX"), 1.0), 0.2214, 1e-9);  // VIX at 22.14.
    EXPECT_NEAR(discount_factor(market, *layout.index_curve("USD-LIBOR-3M"), 10.0),
                discount_factor(market, *layout.discounting_curve("USD"), 10.0),
                1e-15);
    const double aapl = deviation(market, *layout.vol("AAPL"), 1.0);
    EXPECT_GT(aapl, 0.2);
    EXPECT_LT(aapl, 0.5);
}

}  // namespace
}  // namespace vargrid
