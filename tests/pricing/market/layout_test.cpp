#include "pricing/market/market.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vargrid {
namespace {

using ::testing::HasSubstr;

MarketLayout a_layout() {
    MarketLayout layout;
    layout.factors = {{"FX/USD", RiskClass::fx},
                      {"IR/EUR/1Y", RiskClass::interest_rate},
                      {"IR/EUR/2Y", RiskClass::interest_rate},
                      {"EQ/AAPL", RiskClass::equity},
                      {"VOL/EURUSD", RiskClass::volatility}};
    layout.pivot_currency = "EUR";
    layout.fx = {{"USD", 0, false}};
    layout.curves = {{"EUR-GOV", "EUR", Interpolation::linear_zero, {1.0, 2.0}, {1, 2}}};
    Asset stock;
    stock.name = "AAPL";
    stock.currency = "EUR";
    stock.spot = 3;
    stock.financing_curve = "EUR-GOV";
    layout.assets = {stock};
    layout.vols = {{"EURUSD", {1.0}, {4}}};
    layout.indices = {{"EUR-EURIBOR-6M", "EUR-GOV"}};
    layout.discounting = {{"EUR", "EUR-GOV"}};
    return layout;
}

std::string why_invalid(const MarketLayout& layout) {
    const auto result = layout.validate();
    return result ? "valid" : result.error().message;
}

TEST(MarketLayout, FindsWhatIsThereAndSaysNothingOfTheRest) {
    const MarketLayout layout = a_layout();
    EXPECT_EQ(why_invalid(layout), "valid");
    EXPECT_EQ(layout.curve("EUR-GOV"), &layout.curves[0]);
    EXPECT_EQ(layout.discounting_curve("EUR"), &layout.curves[0]);
    EXPECT_EQ(layout.discounting_curve("USD"), nullptr);
    EXPECT_EQ(layout.index_curve("EUR-EURIBOR-6M"), &layout.curves[0]);
    EXPECT_EQ(layout.index_curve("EUR-EURIBOR-3M"), nullptr);
    EXPECT_EQ(layout.asset("AAPL"), &layout.assets[0]);
    EXPECT_EQ(layout.vol("AAPL"), nullptr);
    EXPECT_TRUE(layout.has_currency("EUR"));
    EXPECT_TRUE(layout.has_currency("USD"));
    EXPECT_FALSE(layout.has_currency("GBP"));
}

TEST(MarketLayout, FindsAPairsVolatilityInEitherOrder) {
    const MarketLayout layout = a_layout();
    EXPECT_EQ(layout.fx_vol("EUR", "USD"), &layout.vols[0]);
    EXPECT_EQ(layout.fx_vol("USD", "EUR"), &layout.vols[0]);
    EXPECT_EQ(layout.fx_vol("USD", "GBP"), nullptr);
}

TEST(MarketLayout, RefusesNamesThatRepeat) {
    MarketLayout layout = a_layout();
    layout.curves.push_back(layout.curves[0]);
    EXPECT_THAT(why_invalid(layout), HasSubstr("curve 'EUR-GOV' is there twice"));
    layout = a_layout();
    layout.factors[1].name = "FX/USD";
    EXPECT_THAT(why_invalid(layout), HasSubstr("risk factor 'FX/USD' is there twice"));
}

TEST(MarketLayout, RefusesPillarsThatDoNotIncrease) {
    MarketLayout layout = a_layout();
    layout.curves[0].pillar_years = {2.0, 2.0};
    EXPECT_THAT(why_invalid(layout), HasSubstr("curve 'EUR-GOV': pillars must be"));
    layout.curves[0].pillar_years = {0.0, 2.0};
    EXPECT_THAT(why_invalid(layout), HasSubstr("positive"));
    layout.curves[0].pillar_years = {1.0};
    EXPECT_THAT(why_invalid(layout), HasSubstr("1 pillars and 2 factors"));
}

TEST(MarketLayout, RefusesReferencesThatLeadNowhere) {
    MarketLayout layout = a_layout();
    layout.indices[0].curve = "EUR-OIS";
    EXPECT_THAT(why_invalid(layout), HasSubstr("index 'EUR-EURIBOR-6M': there is no curve"));
    layout = a_layout();
    layout.assets[0].financing_curve = "";
    EXPECT_THAT(why_invalid(layout), HasSubstr("asset 'AAPL': there is no curve ''"));
    layout = a_layout();
    layout.assets[0].spot = 99;
    EXPECT_THAT(why_invalid(layout), HasSubstr("risk factor 99 of 5"));
    layout = a_layout();
    layout.assets[0].spot.reset();
    EXPECT_THAT(why_invalid(layout), HasSubstr("neither a spot price nor a forward curve"));
    layout = a_layout();
    layout.curves[0].currency = "GBP";
    EXPECT_THAT(why_invalid(layout), HasSubstr("no FX rate for currency 'GBP'"));
}

TEST(MarketLayout, RefusesCurvesOfAnotherCurrency) {
    MarketLayout layout = a_layout();
    layout.discounting = {{"USD", "EUR-GOV"}};
    EXPECT_THAT(why_invalid(layout),
                HasSubstr("discounting of currency 'USD': curve 'EUR-GOV' is in EUR, expected one "
                          "in USD"));
    layout = a_layout();
    layout.assets[0].currency = "USD";
    EXPECT_THAT(why_invalid(layout),
                HasSubstr("asset 'AAPL': curve 'EUR-GOV' is in EUR, expected one in USD"));
}

TEST(MarketLayout, RefusesARateOfThePivotAgainstItself) {
    MarketLayout layout = a_layout();
    layout.fx[0].currency = "EUR";
    EXPECT_THAT(why_invalid(layout), HasSubstr("against itself"));
}

}  // namespace
}  // namespace vargrid
