// Files and books that are wrong as a whole, and the form of their errors.
#include "tests/pricing/trades/support.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vargrid::test {
namespace {

TEST(TradeRows, AreAllReportedInOneError) {
    std::string text = "id,book,type,currency,amount\n";
    for (int i = 0; i < 50; ++i) {
        text += "C" + std::to_string(i) + ",b,cash,EUR," + (i % 2 == 0 ? "1" : "one") + "\n";
    }
    const auto result = compile_book(read_book_text("b.csv", text), sample_market(), "USD", {}, {});
    ASSERT_FALSE(result.has_value());
    const std::string& message = result.error().message;
    EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 24);
    EXPECT_EQ(message.substr(0, message.find('\n')),
              "b.csv:3: column 'amount': found 'one', expected a finite number");
    EXPECT_NE(message.find("b.csv:51:"), std::string::npos);
}

TEST(TradeRows, OfTheWrongWidthAreNamed) {
    const Book book = read_book_text("b.csv",
                                     "id,book,type,currency,amount\n"
                                     "A,b,cash,EUR\n"
                                     "B,b,cash,EUR,1\n"
                                     "C,b,cash,EUR,1,2\n"
                                     "D,b,cash,\"EUR,1\n"
                                     "E,b,cash,\"EUR\"x,1\n"
                                     "F,b,cash,\xff\xfe,1\n");
    ASSERT_EQ(book.trades.size(), 1U);
    ASSERT_EQ(book.errors.size(), 5U);
    EXPECT_EQ(to_text(book.errors[0]), "b.csv:2: found 4 cells, expected 5 as in the header");
    EXPECT_EQ(to_text(book.errors[1]), "b.csv:4: found 6 cells, expected 5 as in the header");
    EXPECT_NE(book.errors[2].message.find("never closed"), std::string::npos);
    EXPECT_NE(book.errors[3].message.find("after a closing quote"), std::string::npos);
    EXPECT_NE(book.errors[4].message.find("UTF-8"), std::string::npos);
}

TEST(TradeFile, WithABadHeaderIsRefusedEvenWhenBadTradesAreSkipped) {
    const std::pair<std::string, std::string> bad[] = {
        {"", "empty file"},
        {"# only a comment\n", "empty file"},
        {"id,book\nA,b\n", "'type'"},
        {"id,book,type,colour\nA,b,cash,red\n", "'colour'"},
        {"id,book,type,id\nA,b,cash,A\n", "every column once"},
        {"id,book,type,\nA,b,cash,\n", "found nothing"},
        {"id,book,\"type\nA,b,cash\n", "never closed"},
        {"id;book;type\nA;b;cash\n", "id;book;type"},
    };
    for (const auto& [text, says] : bad) {
        const Book book = read_book_text("b.csv", text);
        ASSERT_FALSE(book.errors.empty()) << text;
        EXPECT_TRUE(book.trades.empty());
        const auto result =
            compile_book(book, sample_market(), "USD", {}, CompileOptions{.skip_bad_trades = true});
        ASSERT_FALSE(result.has_value()) << text;
        EXPECT_NE(result.error().message.find(says), std::string::npos) << result.error().message;
    }
}

TEST(TradeFile, ThatCannotBeReadIsNamed) {
    const std::vector<std::string> paths{"/no/such/trades.csv", "/"};
    const Book book = read_book(paths);
    ASSERT_EQ(book.errors.size(), 2U);
    EXPECT_NE(to_text(book.errors[0]).find("/no/such/trades.csv: cannot be opened"),
              std::string::npos);
    EXPECT_NE(book.errors[1].message.find("a folder"), std::string::npos);
    EXPECT_FALSE(book.errors[0].skippable);
}

TEST(TradeBook, WithoutATradeIsAnError) {
    const auto result =
        compile_book(read_book_text("b.csv", "id,book,type\n"), sample_market(), "USD", {}, {});
    ASSERT_FALSE(result.has_value());
    EXPECT_NE(result.error().message.find("no trades"), std::string::npos);
    const auto none_left = compile_book(read_book_text("b.csv", "id,book,type\nA,b,nothing\n"),
                                        sample_market(),
                                        "USD",
                                        {},
                                        CompileOptions{.skip_bad_trades = true});
    ASSERT_FALSE(none_left.has_value());
    EXPECT_NE(none_left.error().message.find("every trade"), std::string::npos);
}

TEST(TradeBook, InAnUnknownBaseCurrencyIsAnError) {
    const auto result =
        compile_book(read_book_text("b.csv", "id,book,type,currency,amount\nA,b,cash,EUR,1\n"),
                     sample_market(),
                     "CHF",
                     {},
                     {});
    ASSERT_FALSE(result.has_value());
    EXPECT_NE(result.error().message.find("CHF"), std::string::npos);
}

}  // namespace
}  // namespace vargrid::test
