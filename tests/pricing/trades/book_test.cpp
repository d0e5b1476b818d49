// Reading good files, and how trades become batches.
#include "base/random.hpp"
#include "tests/pricing/trades/support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

namespace vargrid::test {
namespace {

constexpr std::string_view kCash = "id,book,type,currency,amount\n";

TEST(BookFile, ReadsAnyLineEndsCommentsQuotesAndByteOrderMark) {
    for (const std::string end : {"\n", "\r\n", "\r"}) {
        std::string text = "\xEF\xBB\xBF# a book" + end + " type , id,book,amount,currency" + end +
                           end + "cash,\"one, two\", desk/a ,1e3,EUR" + end +
                           "cash,\"say \"\"2\"\"\",b,-2, \"USD\" " + end;
        const Book book = read_book_text("b.csv", text);
        ASSERT_TRUE(book.errors.empty()) << to_error(book.errors).message;
        ASSERT_EQ(book.trades.size(), 2U);
        EXPECT_EQ(book.trades[0].id, "one, two");
        EXPECT_EQ(book.trades[0].book, "desk/a");
        EXPECT_EQ(book.trades[0].product, Product{(Cash{"EUR", 1000.0})});
        EXPECT_EQ(book.trades[0].source.line, 4U);
        EXPECT_EQ(book.trades[1].id, "say \"2\"");
        EXPECT_EQ(book.trades[1].source.line, 5U);
    }
}

TEST(BookFile, MayComeInPartsButNoIdTwice) {
    const auto folder = std::filesystem::temp_directory_path() / "vargrid_trades_book_test";
    std::filesystem::create_directories(folder);
    const std::vector<std::string> paths{(folder / "a.csv").string(), (folder / "b.csv").string()};
    std::ofstream{paths[0]} << kCash << "A,b,cash,EUR,1\nB,b,cash,EUR,1\n";
    std::ofstream{paths[1]} << "id,type,book,asset,quantity\nC,equity_position,c,SPX,1\n"
                            << "A,equity_position,c,SPX,1\n";
    const Book book = read_book(paths);
    std::filesystem::remove_all(folder);
    EXPECT_EQ(book.trades.size(), 3U);
    EXPECT_EQ(book.rows, 4U);
    ASSERT_EQ(book.errors.size(), 1U);
    EXPECT_EQ(book.errors[0].file, paths[1]);
    EXPECT_EQ(book.errors[0].line, 3U);
    EXPECT_NE(book.errors[0].message.find(paths[0] + ":2"), std::string::npos);
}

TEST(CompiledBook, GroupsTradesByLeafBook) {
    const CompiledBook book = compiled(std::string{kCash} +
                                           "A,rates/b,cash,EUR,1\nB,fx,cash,EUR,2\n"
                                           "C,rates/a,cash,EUR,3\nD,fx,cash,EUR,4\n",
                                       sample_market());
    EXPECT_EQ(book.books, (std::vector<std::string>{"fx", "rates/a", "rates/b"}));
    std::size_t trade = 0;
    for (const Batch& batch : book.batches) {
        for (const std::uint32_t group : batch.group) {
            EXPECT_EQ(book.books.at(group), book.trades.at(trade++).book);
        }
    }
    EXPECT_EQ(trade, 4U);
}

TEST(CompiledBook, ConvertsBetweenAllQuotations) {
    const Market market = sample_market();
    const std::vector<Market> markets = one_lane_each(market);
    for (const std::string base : {"EUR", "USD", "GBP", "JPY"}) {
        for (const std::string currency : {"EUR", "USD", "GBP", "JPY"}) {
            const CompiledBook book =
                compiled(std::string{kCash} + "A,b,cash," + currency + ",1000\n", market, base);
            const auto values = values_of(book, 0, markets);
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                const auto per_euro = [&](const std::string& name) {
                    const FxQuote* quote = market.layout->fx_quote(name);
                    if (quote == nullptr) {
                        return 1.0;
                    }
                    const double value = markets[lane].values[quote->factor];
                    return quote->pivot_per_unit ? 1.0 / value : value;
                };
                const double expected = 1000.0 * per_euro(base) / per_euro(currency);
                EXPECT_NEAR(values[lane], expected, 1e-12 * expected) << base << currency;
            }
        }
    }
}

TEST(CompiledBook, CountsMaturedTradesAndValuesThemAtNothing) {
    const CompiledBook book = compiled(
        "id,book,type,currency,quote_currency,notional,strike,near_strike,start_date,maturity,rate,"
        "index,direction,asset,quantity,option_type,frequency\n"
        "A,b,zero_coupon_bond,USD,,1,,,,2020-12-30,,,,,,,\n"
        "B,b,fx_forward,EUR,USD,1,1,,,2020-12-29,,,,,,,\n"
        "C,b,fx_swap,EUR,USD,1,1,1,2019-01-02,2020-12-30,,,,,,,\n"
        "D,b,swap,,,1,,,2019-01-02,2020-12-30,0.01,GBP-LIBOR-3M,pay,,,,\n"
        "E,b,fra,,,1,,,2020-12-30,,0.01,GBP-LIBOR-3M,pay,,,,\n"
        "F,b,equity_option,,,,1,,,2020-12-30,,,,AAPL,5,call,\n"
        "G,b,equity_forward,,,,1,,,2020-06-30,,,,AAPL,5,,\n"
        "H,b,deposit,USD,,1,,,2020-06-30,2020-12-30,0.1,,,,,,\n"
        "I,b,fixed_coupon_bond,USD,,1,,,2019-06-30,2020-06-30,0.1,,,,,,6M\n"
        "J,b,bill,USD,,1,,,,2020-12-31,,,,,,,\n",
        sample_market());
    EXPECT_EQ(book.matured, 9U);
    const std::vector<Market> markets = one_lane_each(sample_market());
    for (std::size_t i = 0; i < book.trades.size(); ++i) {
        EXPECT_EQ(book.trades[i].matured, book.trades[i].id != "J");
        for (const double value : values_of(book, i, markets)) {
            EXPECT_EQ(value == 0.0, book.trades[i].matured) << book.trades[i].id;
        }
    }
}

TEST(CompiledBook, NamesTheFactorsItNeedsAndNoOthers) {
    const CompiledBook book = compiled(
        "id,book,type,currency,notional,maturity_years,asset,quantity\n"
        "A,b,zero_coupon_bond,GBP,5,2,,\nB,b,equity_position,,,,SPX,1\n",
        sample_market());
    EXPECT_EQ(book.needed_factors,
              (std::vector<std::string>{
                  "EQ/SPX", "FX/GBP", "FX/USD", "IR/GBP-GOV/1.000000", "IR/GBP-GOV/5.000000"}));
}

/// A book of swaps and options in a few currencies, the rows in any order.
std::vector<std::string> many_rows(std::size_t count) {
    std::vector<std::string> rows;
    RandomStream random{7, 3};
    for (std::size_t i = 0; i < count; ++i) {
        const std::string id = "T" + std::to_string(i);
        const int year = static_cast<int>(random.between(2023, 2050));
        const Date maturity = make_date(year, 1, 4) + static_cast<std::int32_t>(random.below(365));
        if (i % 3 == 0) {
            rows.push_back(id + ",b/c,equity_option,,,call,AAPL,3,140," + to_iso(maturity) + ",,");
        } else {
            rows.push_back(id + ",b/d,swap,pay,1e6,,,," + "," + to_iso(maturity) + ",2021-01-04," +
                           (i % 3 == 1 ? "EUR-EURIBOR-6M" : "GBP-LIBOR-3M"));
        }
    }
    return rows;
}

std::string text_of(const std::vector<std::string>& rows) {
    std::string text =
        "id,book,type,direction,notional,option_type,asset,quantity,strike,maturity,start_date,"
        "index,rate\n";
    for (const std::string& row : rows) {
        text += row + (row.find("swap") != std::string::npos ? ",0.01\n" : ",\n");
    }
    return text;
}

TEST(Batches, DoNotDependOnTheOrderOfTheRows) {
    std::vector<std::string> rows = many_rows(300);
    const CompiledBook one = compiled(text_of(rows), sample_market());
    std::reverse(rows.begin(), rows.end());
    std::rotate(rows.begin(), rows.begin() + 77, rows.end());
    const CompiledBook other = compiled(text_of(rows), sample_market());
    ASSERT_EQ(one.trades, other.trades);
    const std::vector<Market> markets = one_lane_each(sample_market());
    for (std::size_t i = 0; i < one.trades.size(); ++i) {
        EXPECT_EQ(values_of(one, i, markets), values_of(other, i, markets));
    }
}

TEST(Batches, StayWithinTheirLimitsAndHoldEveryTradeOnce) {
    const CompileOptions options{.batch_trades_max = 40, .batch_rows_max = 500};
    const CompiledBook book =
        compiled(text_of(many_rows(400)), sample_market(), "USD", {}, options);
    std::size_t trades = 0;
    for (const Batch& batch : book.batches) {
        const auto valid = batch.validate(sample_market().values.size());
        EXPECT_TRUE(valid.has_value()) << valid.error().message;
        EXPECT_LE(batch.trade_count(), 40U);
        EXPECT_LE(batch.rows.row_count(), 500U);
        EXPECT_GT(batch.trade_count(), 0U);
        trades += batch.trade_count();
    }
    EXPECT_EQ(trades, 400U);
    EXPECT_GE(book.batches.size(), 10U);
    std::set<std::string> ids;
    for (const CompiledTrade& trade : book.trades) {
        ids.insert(trade.id);
    }
    EXPECT_EQ(ids.size(), 400U);
}

TEST(Batches, GiveEachTradeTheSameBitsHoweverTheyAreCut) {
    const std::string text = text_of(many_rows(120));
    const CompiledBook large = compiled(text, sample_market());
    const CompiledBook small =
        compiled(text, sample_market(), "USD", {}, CompileOptions{.batch_trades_max = 1});
    const std::vector<Market> markets = one_lane_each(sample_market());
    ASSERT_EQ(small.batches.size(), 120U);
    for (std::size_t i = 0; i < large.trades.size(); ++i) {
        const std::size_t other = index_of(small, large.trades[i].id);
        EXPECT_EQ(values_of(large, i, markets), values_of(small, other, markets));
    }
}

TEST(Batches, ShareRowsBetweenTrades) {
    std::string text = "id,book,type,currency,notional,maturity\n";
    for (int i = 0; i < 1000; ++i) {
        text += "Z" + std::to_string(i) + ",b,zero_coupon_bond,USD,1,203" + std::to_string(i % 10) +
                "-06-15\n";
    }
    const CompiledBook book = compiled(text, sample_market());
    ASSERT_EQ(book.batches.size(), 1U);
    EXPECT_EQ(book.batches[0].rows.row_count(), 11U);
}

/// Tables in the manual: lines that start with a header "id,book,type" and the lines after it up to
/// the next blank one or the end of a code block.
std::vector<std::string> documented_books() {
    std::ifstream file{"docs/trades.md"};
    std::vector<std::string> books;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
        if (line.starts_with("id,book,type")) {
            books.emplace_back();
            inside = true;
        }
        inside = inside && !line.empty() && !line.starts_with("```");
        if (inside) {
            books.back() += line + "\n";
        }
    }
    return books;
}

TEST(Manual, ShowsAGoodRowOfEveryType) {
    std::set<TradeType> types;
    for (const std::string& text : documented_books()) {
        const Book book = read_book_text("docs/trades.md", text);
        EXPECT_TRUE(book.errors.empty()) << text << to_error(book.errors).message;
        EXPECT_FALSE(book.trades.empty()) << text;
        for (const Trade& trade : book.trades) {
            types.insert(trade.type);
        }
    }
    EXPECT_EQ(types.size(), static_cast<std::size_t>(kTradeTypeCount));
}

TEST(FixingsFile, ReadsPublishedSeries) {
    const auto fixings = read_fixings_text("f.csv",
                                           "Reference,Date,Value\n"
                                           "USD-FED-FUND,2020-12-28,0.0009\n"
                                           "USD-LIBOR-3M,2020-12-28,0.0024\n"
                                           "USD-LIBOR-3M,2020-12-28,0.0024\n");
    ASSERT_TRUE(fixings.has_value());
    EXPECT_EQ(fixings->find("USD-FEDFUNDS", make_date(2020, 12, 28)), 0.0009);
    EXPECT_EQ(fixings->find("USD-LIBOR-3M", make_date(2020, 12, 28)), 0.0024);
    EXPECT_EQ(fixings->find("USD-LIBOR-3M", make_date(2020, 12, 29)), std::nullopt);
}

TEST(FixingsFile, ReportsEveryBadRow) {
    const auto fixings = read_fixings_text("f.csv",
                                           "Reference,Date,Value\n"
                                           ",2020-12-28,0.0009\n"
                                           "A,28.12.2020,0.0024\n"
                                           "A,2020-12-28,n/a\n"
                                           "A,2020-12-29\n"
                                           "A,2020-12-30,1\n"
                                           "A,2020-12-30,2\n"
                                           "USD-SOFR,2020-12-30,1.5\n");
    ASSERT_FALSE(fixings.has_value());
    const std::string& message = fixings.error().message;
    for (const std::string_view part :
         {"f.csv:2: column 'Reference'",
          "f.csv:3: column 'Date'",
          "f.csv:4: column 'Value'",
          "f.csv:5: found 2 cells",
          "f.csv:7: column 'Value': found '2', expected one value",
          "f.csv:8: column 'Value': found '1.5', expected a decimal"}) {
        EXPECT_NE(message.find(part), std::string::npos) << part << " in\n" << message;
    }
    EXPECT_FALSE(read_fixings_text("f.csv", "Date,Reference,Value\n").has_value());
    EXPECT_FALSE(read_fixings_text("f.csv", "").has_value());
    EXPECT_FALSE(read_fixings(std::vector<std::string>{"/no/such.csv"}).has_value());
}

}  // namespace
}  // namespace vargrid::test
