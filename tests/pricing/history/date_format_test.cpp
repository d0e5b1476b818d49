#include "pricing/history/date_format.hpp"

#include <gtest/gtest.h>

namespace vargrid {
namespace {

std::string read(const char* pattern, const char* text) {
    const auto format = DateFormat::parse_pattern(pattern);
    if (!format) {
        return "bad pattern";
    }
    const auto date = format->parse(text);
    return date ? to_iso(*date) : "bad date";
}

TEST(DateFormat, ReadsDatesAsFilesWriteThem) {
    EXPECT_EQ(read("%Y-%m-%d", "2020-04-20"), "2020-04-20");
    EXPECT_EQ(read("%d/%m/%Y", "03/11/2016"), "2016-11-03");
    EXPECT_EQ(read("%m/%d/%Y", "1/4/1999"), "1999-01-04");
    EXPECT_EQ(read("%Y%m%d", "20200420"), "2020-04-20");
    EXPECT_EQ(read("%d %b %Y", "20 Apr 2020"), "2020-04-20");
    EXPECT_EQ(read("%d-%b-%Y", "1-DEC-2020"), "2020-12-01");
}

TEST(DateFormat, RefusesTextThatDoesNotFitWhole) {
    for (const char* text : {"",
                             "2020-04-20 ",
                             "2020-04-20T00:00",
                             "20-04-20",
                             "2020/04/20",
                             "2020-04",
                             "2020-13-01",
                             "2021-02-29",
                             "2020-00-10",
                             "1899-12-31",
                             "2200-01-01",
                             "x020-04-20"}) {
        EXPECT_EQ(read("%Y-%m-%d", text), "bad date") << text;
    }
    EXPECT_EQ(read("%d %b %Y", "20 Foo 2020"), "bad date");
}

TEST(DateFormat, RefusesPatternsThatCannotNameOneDay) {
    for (const char* pattern :
         {"", "%Y-%m", "%Y-%m-%d-%d", "%y-%m-%d", "%Y-%m-%d%", "%Y-%m-%b-%d"}) {
        EXPECT_EQ(read(pattern, "2020-01-01"), "bad pattern") << pattern;
    }
}

}  // namespace
}  // namespace vargrid
