#include "pricing/history/mapping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vargrid {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kStart = R"(
schema = 1
pivot_currency = "EUR"
[[sources]]
id = "s"
file = "s.csv"
[discounting]
EUR = "E"
[[curves]]
name = "E"
currency = "EUR"
source = "s"
pillars = [{ years = 0.25, column = "3M" }, { years = 1, column = "1Y" }]
)";

Result<Mapping> parse(const std::string& more, std::string_view start = kStart) {
    const auto document = parse_config(std::string{start} + more, "m.toml");
    if (!document) {
        return document.error();
    }
    return parse_mapping(*document, "m.toml", "/jobs");
}

std::string error_of(const std::string& more, std::string_view start = kStart) {
    const auto mapping = parse(more, start);
    return mapping ? "fine" : mapping.error().message;
}

std::vector<std::string> names_of(const Mapping& mapping) {
    std::vector<std::string> names;
    for (const RiskFactor& factor : mapping.layout.factors) {
        names.push_back(factor.name);
    }
    return names;
}

TEST(Mapping, MakesOneFactorAPillarAndARuleAFactor) {
    const auto mapping = parse(R"(
[shifts]
volatility = { shift = "displaced", displacement = 0.1 }
commodity = "log"
fallback = "absolute"
[[fx]]
currency = "USD"
source = "s"
column = "USD"
[[equities]]
name = "AAPL"
currency = "EUR"
source = "s"
column = "AAPL"
dividend_yield = 0.01
[[commodities]]
name = "OIL"
currency = "USD"
source = "s"
forwards = [{ years = 0.5, column = "F6" }, { years = 2, column = "F24" }]
shift = "absolute"
[[volatilities]]
name = "AAPL"
realised = { factor = "EQ/AAPL", pillars = [{ years = 0.5, days = 60 }, { years = 1, days = 250 }] }
[[volatilities]]
name = "EURUSD"
unit = "percent"
source = "s"
column = "VIX"
[[required]]
name = "WTI"
source = "s"
column = "WTI"
)");
    ASSERT_TRUE(mapping) << mapping.error().message;
    EXPECT_THAT(names_of(*mapping),
                ElementsAre("FX/USD",
                            "IR/E/3M",
                            "IR/E/1Y",
                            "CONST/AAPL-YIELD",
                            "EQ/AAPL",
                            "CO/OIL/6M",
                            "CO/OIL/2Y",
                            "VOL/AAPL/6M",
                            "VOL/AAPL/1Y",
                            "VOL/EURUSD"));
    EXPECT_EQ(mapping->factors.size(), mapping->layout.factors.size());
    EXPECT_EQ(mapping->factors[0].rule,
              (ShiftRule{ShiftKind::relative, 0.0, MoveFallback::absolute}));
    EXPECT_EQ(mapping->factors[1].rule,
              (ShiftRule{ShiftKind::absolute, 0.0, MoveFallback::absolute}));
    EXPECT_TRUE(mapping->factors[3].rule.constant);
    EXPECT_EQ(mapping->factors[5].rule,
              (ShiftRule{ShiftKind::absolute, 0.0, MoveFallback::absolute}));
    EXPECT_EQ(mapping->factors[7].rule,
              (ShiftRule{ShiftKind::displaced, 0.1, MoveFallback::absolute}));
    EXPECT_EQ(mapping->layout.asset("AAPL")->financing_curve, "E");
    EXPECT_EQ(mapping->layout.asset("AAPL")->yield_curve, "AAPL-YIELD");
    EXPECT_EQ(mapping->required.size(), 1U);
    EXPECT_EQ(mapping->sources[0].path, "/jobs/s.csv");
}

TEST(Mapping, TakesConstantCurvesAndVolatilities) {
    const auto mapping = parse(R"(
[[curves]]
name = "F"
currency = "EUR"
zero_rate = 0.02
[[volatilities]]
name = "X"
volatility = 0.2
)");
    ASSERT_TRUE(mapping) << mapping.error().message;
    EXPECT_EQ(mapping->factors.back().constant, 0.2);
    EXPECT_EQ(mapping->factors[2].constant, 0.02);
    EXPECT_TRUE(mapping->factors[2].rule.constant);
}

TEST(Mapping, RefusesUnknownKeysWithTheirPlace) {
    EXPECT_THAT(error_of("[[fx]]\ncurrency = \"USD\"\nsource = \"s\"\ncolumn = \"U\"\nquot = 1\n"),
                AllOf(HasSubstr("m.toml:18: [[fx]] 'USD': key 'quot': is not known here"),
                      HasSubstr("quote")));
    EXPECT_THAT(error_of("[shift]\nfx = \"log\"\n"), HasSubstr("key 'shift': is not known here"));
    EXPECT_THAT(error_of("[[curves]]\nname = \"F\"\ncurrency = \"EUR\"\nzero_rate = 0.02\n"
                         "shift = \"log\"\n"),
                HasSubstr("key 'shift': is not known here"));
}

TEST(Mapping, RefusesReferencesThatLeadNowhere) {
    EXPECT_THAT(error_of("[[fx]]\ncurrency = \"USD\"\nsource = \"t\"\ncolumn = \"U\"\n"),
                HasSubstr("[[fx]] 'USD': key 'source': there is no source 't'"));
    EXPECT_THAT(error_of("[[indices]]\nindex = \"I\"\ncurve = \"Q\"\n"),
                HasSubstr("m.toml: index 'I': there is no curve 'Q'"));
    EXPECT_THAT(error_of("[[volatilities]]\nname = \"V\"\n"
                         "realised = { factor = \"EQ/Q\", days = 60 }\n"),
                HasSubstr("there is no price or FX factor 'EQ/Q'"));
    EXPECT_THAT(error_of("[[volatilities]]\nname = \"V\"\n"
                         "realised = { factor = \"IR/E/1Y\", days = 60 }\n"),
                HasSubstr("there is no price or FX factor 'IR/E/1Y'"));
    EXPECT_THAT(error_of("[[equities]]\nname = \"A\"\ncurrency = \"USD\"\nsource = \"s\"\n"
                         "column = \"A\"\n"),
                HasSubstr("[discounting] has no curve for USD"));
}

TEST(Mapping, RefusesRulesThatAreNotComplete) {
    EXPECT_THAT(error_of("[shifts]\nfx = { shift = \"displaced\" }\n"),
                HasSubstr("key 'displacement': expected a number above 0"));
    EXPECT_THAT(error_of("[[fx]]\ncurrency = \"USD\"\nsource = \"s\"\ncolumn = \"U\"\n"
                         "fallback = \"displaced\"\n"),
                HasSubstr("key 'displacement': expected a number above 0"));
    EXPECT_THAT(error_of("[missing]\nrule = \"forward_fill\"\n"),
                HasSubstr("expected \"common_dates\""));
    EXPECT_THAT(error_of("[[volatilities]]\nname = \"V\"\nsource = \"s\"\ncolumn = \"V\"\n"
                         "volatility = 0.2\n"),
                HasSubstr("exactly one of"));
    EXPECT_THAT(error_of("[[curves]]\nname = \"F\"\ncurrency = \"EUR\"\nsource = \"s\"\n"
                         "quote = \"discount_factor\"\nunit = \"percent\"\n"
                         "pillars = [{ years = 1, column = \"1Y\" }]\n"),
                HasSubstr("a discount factor has no unit"));
}

TEST(Mapping, RefusesAnotherSchemaAndASourceThatIsThereTwice) {
    EXPECT_THAT(error_of("", "schema = 2\npivot_currency = \"EUR\"\n"),
                HasSubstr("key 'schema': expected schema = 1"));
    EXPECT_THAT(error_of("[[sources]]\nid = \"s\"\nfile = \"t.csv\"\n"),
                HasSubstr("key 'id': 's' is there twice"));
    EXPECT_THAT(error_of("[[sources]]\nid = \"t\"\nfile = \"t.csv\"\nformat = \"long\"\n"
                         "value_column = \"V\"\n"),
                HasSubstr("at least one key column"));
    EXPECT_THAT(error_of("[[sources]]\nid = \"t\"\nfile = \"t.csv\"\ndate_format = \"%y\"\n"),
                HasSubstr("key 'date_format': expected a date format"));
}

}  // namespace
}  // namespace vargrid
