#include "pricing/history/source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vargrid {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

SourceSpec a_wide_source() {
    SourceSpec source;
    source.id = "s";
    source.path = "f.csv";
    return source;
}

SourceSpec a_long_source() {
    SourceSpec source = a_wide_source();
    source.format = SourceFormat::long_rows;
    source.key_columns = {"CCY", "TERM"};
    source.value_column = "VALUE";
    return source;
}

/// "date=value date=value", or the error.
std::string read(const SourceSpec& source, std::string_view text, const std::string& column) {
    const std::vector<ColumnRequest> requests{{column, source.zero_is_missing}};
    const auto found = read_source_text(source, text, requests);
    if (!found) {
        return found.error().message;
    }
    std::string line;
    for (const Observation& item : found->front().observations) {
        line += (line.empty() ? "" : " ") + to_iso(item.date) + "=" + std::to_string(item.value);
    }
    return line;
}

TEST(WideSource, SortsADescendingFileAndLeavesMissingDatesOut) {
    EXPECT_EQ(read(a_wide_source(),
                   "Date,USD,X,\n2020-01-03,1.2,N/A,\n2020-01-02,N/A,1,\n2020-01-01,1.1,.,\n",
                   "USD"),
              "2020-01-01=1.100000 2020-01-03=1.200000");
}

TEST(WideSource, TakesZeroForMissingOnlyWhenTold) {
    SourceSpec source = a_wide_source();
    const std::string_view text = "Date,R\n2020-01-01,0.0\n2020-01-02,1\n";
    EXPECT_EQ(read(source, text, "R"), "2020-01-01=0.000000 2020-01-02=1.000000");
    source.zero_is_missing = true;
    EXPECT_EQ(read(source, text, "R"), "2020-01-02=1.000000");
}

TEST(WideSource, AcceptsARepeatedDateOnlyWithTheSameValue) {
    const auto found = read_source_text(a_wide_source(),
                                        "Date,R\n2020-01-01,1\n2020-01-01,1.0\n2020-01-01,.\n",
                                        std::vector<ColumnRequest>{{"R", false}});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->front().observations.size(), 1U);
    EXPECT_EQ(found->front().duplicate_dates, 1U);
    EXPECT_THAT(read(a_wide_source(), "Date,R\n2020-01-01,1\n2020-01-02,3\n2020-01-01,2\n", "R"),
                HasSubstr("f.csv:4: column 'R': 2020-01-01 is 2 here and 1 on line 2"));
}

TEST(WideSource, NamesFileLineAndColumnOfABadCell) {
    EXPECT_THAT(read(a_wide_source(), "Date,R\n2020-01-01,1\n2020-01-02,1e999\n", "R"),
                HasSubstr("f.csv:3:12: column 'R': expected a number, found '1e999'"));
    EXPECT_THAT(read(a_wide_source(), "Date,R\n2020-01-01,\"1,5\"\n", "R"),
                HasSubstr("expected a number, found '1,5'"));
    EXPECT_THAT(read(a_wide_source(), "Date,R\n02/01/2020,1\n", "R"),
                AllOf(HasSubstr("f.csv:2:1: column 'Date'"), HasSubstr("%Y-%m-%d")));
    EXPECT_THAT(read(a_wide_source(), "Date,R\n2020-01-01,-\n", "R"), HasSubstr("found '-'"));
}

TEST(WideSource, IgnoresColumnsNobodyWants) {
    EXPECT_EQ(read(a_wide_source(), "Date,R,Note\n2020-01-01,1,none\n", "R"),
              "2020-01-01=1.000000");
}

TEST(WideSource, RefusesAColumnWithoutAnyValue) {
    EXPECT_THAT(read(a_wide_source(), "Date,R\n2020-01-01,\n", "R"),
                HasSubstr("column 'R' has no value on any date"));
    EXPECT_THAT(read(a_wide_source(), "Date,R\n", "R"), HasSubstr("has no value"));
    EXPECT_THAT(read(a_wide_source(), "Date,R\n", "Q"), HasSubstr("there is no column 'Q'"));
}

TEST(LongSource, PicksRowsByTheirKey) {
    const std::string_view text =
        "Date,CCY,TERM,VALUE\n2020-01-02,EUR,1Y,-0.005\n2020-01-01,EUR,1Y,-0.004\n"
        "2020-01-01,EUR,2Y,0.1\n2020-01-01,USD-EUR,,1.2\nbad,GBP,1Y,bad\n";
    EXPECT_EQ(read(a_long_source(), text, "EUR/1Y"), "2020-01-01=-0.004000 2020-01-02=-0.005000");
    EXPECT_EQ(read(a_long_source(), text, "USD-EUR/"), "2020-01-01=1.200000");
    EXPECT_THAT(read(a_long_source(), text, "GBP/1Y"), HasSubstr("f.csv:6:1: column 'Date'"));
    EXPECT_THAT(read(a_long_source(), text, "EUR/3Y"),
                HasSubstr("column 'EUR/3Y' has no value on any date"));
}

TEST(LongSource, ServesOneColumnToSeveralRequests) {
    const std::vector<ColumnRequest> requests{{"E/1", false}, {"E/1", true}};
    const auto found = read_source_text(
        a_long_source(), "Date,CCY,TERM,VALUE\n2020-01-01,E,1,0\n2020-01-02,E,1,2\n", requests);
    ASSERT_TRUE(found);
    EXPECT_EQ((*found)[0].observations.size(), 2U);
    EXPECT_EQ((*found)[1].observations.size(), 1U);
}

}  // namespace
}  // namespace vargrid
