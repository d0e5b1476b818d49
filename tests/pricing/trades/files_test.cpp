// Files and books that are wrong as a whole, and the form of their errors.
#include "base/random.hpp"
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

/// A few rows with long cells of every kind.
constexpr std::string_view kManyKinds =
    "id,book,type,currency,quote_currency,asset,notional,quantity,strike,option_type,direction,"
    "index,rate,start_date,maturity,frequency,stub,calendar,payment_lag,notional_schedule\n"
    "A,r/b,fixed_coupon_bond,USD,,,1e6,,,,,,0.02,2019-01-31,2031-08-31,6M,long_front,"
    "TARGET+NewYork,,\n"
    "B,r/s,swap,EUR,,,1e6,,,,pay,EUR-EURIBOR-6M,0.01,2021-03-31,2031-08-31,12M,long_back,TARGET,3,"
    "2023-01-01:5e5;2025-01-01:1e5\n"
    "C,r/s,swap,GBP,,,1e6,,,,receive,GBP-SONIA,0.01,2021-03-31,2031-08-31,once,short_back,,,\n"
    "D,f/x,fx_option,EUR,USD,,1e6,,1.2,call,,,,,2021-08-31,,,,,\n"
    "E,e/q,equity_option,,,AAPL,,5,120,put,,,,,2021-08-31,,,,,\n"
    "F,f/x,fx_swap,EUR,USD,,1e6,,1.2,,,,,2021-02-28,2021-08-31,,,,,\n";

TEST(TradeFile, DamagedAnywhereIsReadOrReportedAndNeverBreaksAnything) {
    const Market market = sample_market();
    constexpr std::string_view letters = "0123456789-,.;:\"\n\reE+ABZM/\0\xff #";
    std::size_t accepted = 0;
    for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
        RandomStream random{seed, 11};
        std::string text{kManyKinds};
        const std::uint64_t changes = 1 + random.below(6);
        for (std::uint64_t change = 0; change < changes; ++change) {
            const std::size_t at = random.below(text.size());
            switch (random.below(3)) {
                case 0:
                    text[at] = letters[random.below(letters.size())];
                    break;
                case 1:
                    text.erase(at, 1 + random.below(3));
                    break;
                default:
                    text.insert(at, 1, letters[random.below(letters.size())]);
            }
        }
        const Book book = read_book_text("b.csv", text);
        const auto result =
            compile_book(book, market, "USD", {}, CompileOptions{.skip_bad_trades = true});
        if (result) {
            accepted += result->trades.size();
            EXPECT_LE(result->trades.size() + result->skipped, book.rows) << "seed " << seed;
            EXPECT_EQ(result->skipped == 0, result->errors.empty()) << "seed " << seed;
        } else {
            EXPECT_FALSE(result.error().message.empty()) << "seed " << seed;
        }
    }
    EXPECT_GT(accepted, 3'000U);
}

}  // namespace
}  // namespace vargrid::test
