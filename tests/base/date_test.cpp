#include "base/date.hpp"

#include <gtest/gtest.h>

namespace vargrid {
namespace {

TEST(Date, IsoTextGoesBothWays) {
    EXPECT_EQ(to_iso(*date_from_iso("2020-02-29")), "2020-02-29");
    EXPECT_EQ(make_date(1970, 1, 1).days, 0);
    EXPECT_EQ(*date_from_iso("2020-03-01") - *date_from_iso("2020-02-28"), 2);
}

TEST(Date, AnythingElseIsRefusedWithTheText) {
    for (const char* text : {"",
                             "2020-13-01",
                             "2019-02-29",
                             "2020-1-01",
                             "20200101",
                             "31/12/2020",
                             "2020-12-31T",
                             "1899-12-31",
                             "2200-01-01",
                             "2020-00-10",
                             "abcd-ef-gh"}) {
        const auto date = date_from_iso(text);
        ASSERT_FALSE(date) << text;
        EXPECT_NE(date.error().message.find("'" + std::string{text} + "'"), std::string::npos);
    }
}

}  // namespace
}  // namespace vargrid
