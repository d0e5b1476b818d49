#include "pricing/history/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace vargrid {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Runs `read` over the document and returns the first error, or "".
template <class Read>
std::string error_of(std::string_view text, Read read) {
    const auto document = parse_config(text, "m.toml");
    if (!document) {
        return document.error().message;
    }
    ConfigErrors errors{"m.toml", {}};
    ConfigReader reader{*document, "", errors};
    read(reader);
    reader.finish();
    return errors.first.has_value() ? errors.first->message : "";
}

TEST(Config, GivesValuesOfEveryKind) {
    EXPECT_EQ(error_of("t = \"x\"\nn = 1.5\ni = 3\nb = true\nd = 2020-12-31\nl = [\"a\", \"b\"]\n"
                       "v = [1, 2.5]\n[s]\nk = 1\n[[r]]\nx = 1\n[[r]]\nx = 2\n",
                       [](ConfigReader& reader) {
                           EXPECT_EQ(reader.text("t"), "x");
                           EXPECT_EQ(reader.number("n"), 1.5);
                           EXPECT_EQ(reader.number("i"), 3.0);
                           EXPECT_EQ(reader.integer_or("i", 0), 3);
                           EXPECT_TRUE(reader.flag_or("b", false));
                           EXPECT_EQ(reader.date_if("d"), make_date(2020, 12, 31));
                           EXPECT_THAT(reader.texts_or("l", {}), ElementsAre("a", "b"));
                           EXPECT_THAT(reader.numbers_or("v", {}), ElementsAre(1.0, 2.5));
                           EXPECT_EQ(reader.table_if("s")->number("k"), 1.0);
                           EXPECT_EQ(reader.tables("r").at(1).number("x"), 2.0);
                           EXPECT_EQ(reader.number_or("none", 7.0), 7.0);
                       }),
              "");
}

TEST(Config, RefusesAKeyNobodyAskedFor) {
    EXPECT_EQ(error_of("a = 1\ncolum = 2\n",
                       [](ConfigReader& reader) {
                           (void)reader.number("a");
                           (void)reader.has("column");
                           (void)reader.text_or("column", "");
                       }),
              "m.toml:2: key 'colum': is not known here; known are a, column");
}

TEST(Config, NamesWhatItExpected) {
    EXPECT_EQ(error_of("\na = \"x\"\n", [](ConfigReader& reader) { (void)reader.number("a"); }),
              "m.toml:2: key 'a': expected a number, found a text in quotes");
    EXPECT_THAT(error_of("a = 1\n",
                         [](ConfigReader& reader) {
                             (void)reader.number("a");
                             (void)reader.text("b");
                         }),
                HasSubstr("key 'b': is missing, expected a text in quotes"));
    EXPECT_THAT(error_of("a = nan\n", [](ConfigReader& reader) { (void)reader.number("a"); }),
                HasSubstr("not finite"));
    EXPECT_THAT(error_of("a = [1, \"x\"]\n",
                         [](ConfigReader& reader) { (void)reader.numbers_or("a", {}); }),
                HasSubstr("expected a list of numbers"));
    EXPECT_THAT(error_of("a = 1999\n", [](ConfigReader& reader) { (void)reader.date_if("a"); }),
                HasSubstr("expected a date"));
    EXPECT_THAT(error_of("a = 2020-12-31T10:00:00\n",
                         [](ConfigReader& reader) { (void)reader.date_if("a"); }),
                HasSubstr("expected a date"));
}

TEST(Config, NamesTheChoicesThereAre) {
    const auto read = [](ConfigReader& reader) {
        static constexpr std::array kChoices{std::pair{std::string_view{"one"}, 1},
                                             std::pair{std::string_view{"two"}, 2}};
        EXPECT_EQ(reader.choice("missing", kChoices), 1);
        (void)reader.choice("a", kChoices);
    };
    EXPECT_EQ(error_of("a = \"two\"", read), "");
    EXPECT_EQ(error_of("a = \"three\"", read),
              "m.toml:1: key 'a': expected one of \"one\", \"two\", found \"three\"");
}

TEST(Config, SaysWhereTomlItselfIsWrong) {
    EXPECT_THAT(error_of("a = 1\nb = = 2\n", [](ConfigReader&) {}), HasSubstr("m.toml:2:"));
    EXPECT_THAT(error_of("a = 1\na = 2\n", [](ConfigReader&) {}), HasSubstr("m.toml:2:"));
}

}  // namespace
}  // namespace vargrid
