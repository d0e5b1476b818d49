#include "base/parse.hpp"

#include <gtest/gtest.h>

namespace vargrid {
namespace {

TEST(Parse, WholeTextOrNothing) {
    EXPECT_EQ(*parse_number("-1.5e3"), -1500.0);
    EXPECT_EQ(*parse_number("+2"), 2.0);
    EXPECT_EQ(*parse_integer("-12"), -12);
    for (const char* text :
         {"", "1,5", "1.0x", " 1", "nan", "inf", "-inf", "1e999", "0x10", "--1"}) {
        EXPECT_FALSE(parse_number(text)) << text;
    }
    for (const char* text : {"", "1.0", "1e3", "99999999999999999999"}) {
        EXPECT_FALSE(parse_integer(text)) << text;
    }
}

TEST(Parse, TrimmedTakesBlanksAndTabs) {
    EXPECT_EQ(trimmed(" \tab c "), "ab c");
    EXPECT_EQ(trimmed("  "), "");
}

}  // namespace
}  // namespace vargrid
