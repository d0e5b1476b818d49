#include "pricing/history/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vargrid {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Every field of every record; records as lists. An error becomes one record with its message.
std::vector<std::vector<std::string>> read_all(std::string_view text) {
    CsvReader reader{text, "f.csv"};
    CsvRecord record;
    std::vector<std::vector<std::string>> all;
    for (;;) {
        const auto any = reader.next(record);
        if (!any) {
            all.push_back({any.error().message});
            return all;
        }
        if (!*any) {
            return all;
        }
        std::vector<std::string> fields;
        for (const CsvField& field : record.fields) {
            fields.emplace_back(field.text);
        }
        all.push_back(fields);
    }
}

TEST(CsvReader, TakesEveryLineEnd) {
    const auto expected = ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2"));
    EXPECT_THAT(read_all("a,b\n1,2\n"), expected);
    EXPECT_THAT(read_all("a,b\r\n1,2\r\n"), expected);
    EXPECT_THAT(read_all("a,b\r1,2\r"), expected);
    EXPECT_THAT(read_all("a,b\n1,2"), expected);
    EXPECT_THAT(read_all("\n\na,b\r\n\r\n1,2\n\n"), expected);
}

TEST(CsvReader, SkipsAByteOrderMark) {
    EXPECT_THAT(read_all("\xef\xbb\xbf"
                         "a,b\n"),
                ElementsAre(ElementsAre("a", "b")));
}

TEST(CsvReader, KeepsCommasQuotesAndLineEndsInsideQuotes) {
    EXPECT_THAT(read_all("\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\",\"\"\nx,y,z,w\n"),
                ElementsAre(ElementsAre("a,b", "say \"hi\"", "two\r\nlines", ""),
                            ElementsAre("x", "y", "z", "w")));
}

TEST(CsvReader, KeepsEmptyFields) {
    EXPECT_THAT(read_all(",\n,,\n"), ElementsAre(ElementsAre("", ""), ElementsAre("", "", "")));
}

TEST(CsvReader, SaysWhereAQuoteIsWrong) {
    EXPECT_THAT(read_all("a\nb,x\"y\n"),
                ElementsAre(ElementsAre("a"), ElementsAre(HasSubstr("f.csv:2:4: a quote"))));
    EXPECT_THAT(read_all("a,\"x\"y\n"),
                ElementsAre(ElementsAre(HasSubstr("f.csv:1:6: text after a closing quote"))));
    EXPECT_THAT(read_all("a\nb,\"x\n\nmore"),
                ElementsAre(ElementsAre("a"),
                            ElementsAre(HasSubstr("f.csv:2:3: this quote is never closed"))));
}

TEST(CsvReader, RefusesWhatIsNotText) {
    EXPECT_THAT(read_all(std::string_view{"a,\0b", 4}),
                ElementsAre(ElementsAre(HasSubstr("f.csv:1:3: a NUL byte"))));
    EXPECT_THAT(read_all("\xff\xfe"
                         "a"),
                ElementsAre(ElementsAre(HasSubstr("UTF-16"))));
}

TEST(CsvReader, CountsLinesInsideQuotes) {
    CsvReader reader{"\"a\nb\"\nc\n", "f.csv"};
    CsvRecord record;
    ASSERT_TRUE(*reader.next(record));
    EXPECT_EQ(record.line, 1U);
    ASSERT_TRUE(*reader.next(record));
    EXPECT_EQ(record.line, 3U);
}

TEST(CsvReader, NeverFailsButByAnErrorOnAnyShortText) {
    const std::string_view alphabet = "a,\"\n\r";
    for (int code = 0; code < 5 * 5 * 5 * 5 * 5 * 5; ++code) {
        std::string text;
        for (int rest = code, i = 0; i < 6; ++i, rest /= 5) {
            text += alphabet[static_cast<std::size_t>(rest % 5)];
        }
        EXPECT_LE(read_all(text).size(), 7U);
    }
}

TEST(CsvTable, AllowsATrailingCommaInHeaderOrRows) {
    for (const char* text : {"d,x,\n1,2,\n", "d,x,\n1,2\n", "d,x\n1,2,\n", "d,x\n1,2\n"}) {
        auto table = CsvTable::open(text, "f.csv");
        ASSERT_TRUE(table) << text;
        EXPECT_THAT(table->columns(), ElementsAre("d", "x"));
        ASSERT_TRUE(*table->next()) << text;
        EXPECT_EQ(table->cell(1), "2");
    }
}

TEST(CsvTable, RefusesRowsOfAnotherWidth) {
    for (const char* text : {"d,x\n1\n", "d,x\n1,2,3\n", "d,x\n1,2,,\n"}) {
        auto table = CsvTable::open(text, "f.csv");
        ASSERT_TRUE(table);
        const auto row = table->next();
        ASSERT_FALSE(row) << text;
        EXPECT_THAT(row.error().message, HasSubstr("f.csv:2:1: expected 2 fields"));
    }
}

TEST(CsvTable, RefusesNoHeaderAndARepeatedColumn) {
    EXPECT_THAT(CsvTable::open("", "f.csv").error().message, HasSubstr("the file is empty"));
    EXPECT_THAT(CsvTable::open("d,x,x\n", "f.csv").error().message,
                HasSubstr("f.csv:1:5: column 'x' is there twice"));
}

TEST(CsvTable, NamesTheColumnsThereAreWhenOneIsMissing) {
    const auto table = CsvTable::open("Date,USD\n", "f.csv");
    EXPECT_THAT(table->require("EUR").error().message,
                HasSubstr("there is no column 'EUR'; there are 'Date', 'USD'"));
}

TEST(CsvTable, PointsAtTheCellOfAnError) {
    auto table = CsvTable::open("Date,USD\n2020-01-02, x\n", "f.csv");
    ASSERT_TRUE(*table->next());
    EXPECT_EQ(table->cell(1), "x");
    EXPECT_EQ(table->error_in(1, "no").message, "f.csv:2:12: column 'USD': no");
}

}  // namespace
}  // namespace vargrid
