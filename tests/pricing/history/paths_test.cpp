#include "pricing/history/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdlib.h>

namespace vargrid {
namespace {

using ::testing::HasSubstr;

std::string expanded(const char* text) {
    const auto path = expand_path(text, "/jobs");
    return path ? path->string() : path.error().message;
}

TEST(Path, IsRelativeToItsFolder) {
    EXPECT_EQ(expanded("a/b.csv"), "/jobs/a/b.csv");
    EXPECT_EQ(expanded("../b.csv"), "/b.csv");
    EXPECT_EQ(expanded("/else/b.csv"), "/else/b.csv");
}

TEST(Path, TakesVariablesFromTheEnvironment) {
    ::setenv("VARGRID_TEST_FOLDER", "/data", 1);
    ::unsetenv("VARGRID_TEST_NONE");
    EXPECT_EQ(expanded("${VARGRID_TEST_FOLDER}/a.csv"), "/data/a.csv");
    EXPECT_EQ(expanded("${VARGRID_TEST_FOLDER:-/other}/a.csv"), "/data/a.csv");
    EXPECT_EQ(expanded("${VARGRID_TEST_NONE:-../other}/a.csv"), "/other/a.csv");
    EXPECT_THAT(expanded("${VARGRID_TEST_NONE}/a.csv"),
                HasSubstr("the environment variable VARGRID_TEST_NONE is not set"));
}

TEST(Path, RefusesWhatItCannotMean) {
    EXPECT_THAT(expanded("${OPEN/a.csv"), HasSubstr("'${' without '}'"));
    EXPECT_THAT(expanded(""), HasSubstr("empty"));
}

}  // namespace
}  // namespace vargrid
