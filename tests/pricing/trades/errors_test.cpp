// Broken rows, one property each: the error names line, column, what was found and what was
// expected, the rest of the file is still read, and nothing else is blamed.
#include "tests/pricing/trades/support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

namespace vargrid::test {
namespace {

/// Every column there is.
constexpr std::string_view kAll[] = {"id",
                                     "book",
                                     "type",
                                     "currency",
                                     "quote_currency",
                                     "asset",
                                     "quantity",
                                     "market_value",
                                     "amount",
                                     "notional",
                                     "direction",
                                     "option_type",
                                     "strike",
                                     "near_strike",
                                     "rate",
                                     "spread",
                                     "index",
                                     "start_date",
                                     "maturity",
                                     "maturity_years",
                                     "payment_date",
                                     "settlement",
                                     "settlement_date",
                                     "settlement_amount",
                                     "redemption",
                                     "frequency",
                                     "day_count",
                                     "float_frequency",
                                     "float_day_count",
                                     "calendar",
                                     "business_day_rule",
                                     "end_of_month",
                                     "stub",
                                     "payment_lag",
                                     "notional_schedule",
                                     "discount_curve"};

using Cells = std::vector<std::pair<std::string, std::string>>;

std::string line_of(const Cells& cells) {
    std::string line;
    for (const std::string_view& column : kAll) {
        for (const auto& [name, value] : cells) {
            if (name == column) {
                line += '"' + value + '"';
            }
        }
        line += &column == &kAll[std::size(kAll) - 1] ? "" : ",";
    }
    return line;
}

std::string header_line() {
    std::string line;
    for (const std::string_view column : kAll) {
        line += std::string{line.empty() ? "" : ","} + std::string{column};
    }
    return line;
}

/// A good trade of each type.
Cells good(const std::string& type) {
    const Cells names{{"id", "T"}, {"book", "desk/book"}, {"type", type}};
    const auto with = [&](const Cells& rest) {
        Cells all = names;
        all.insert(all.end(), rest.begin(), rest.end());
        return all;
    };
    if (type == "cash") {
        return with({{"currency", "EUR"}, {"amount", "1"}});
    }
    if (type == "equity_position") {
        return with({{"asset", "AAPL"}, {"quantity", "1"}});
    }
    if (type == "commodity_position") {
        return with({{"asset", "BRENT"}, {"quantity", "1"}});
    }
    if (type == "equity_forward") {
        return with(
            {{"asset", "AAPL"}, {"quantity", "1"}, {"strike", "9"}, {"maturity", "2021-06-01"}});
    }
    if (type == "commodity_forward") {
        return with(
            {{"asset", "HHGAS"}, {"quantity", "1"}, {"strike", "9"}, {"maturity_years", "1"}});
    }
    if (type == "zero_coupon_bond" || type == "bill") {
        return with({{"currency", "USD"}, {"notional", "5"}, {"maturity", "2021-06-01"}});
    }
    if (type == "fixed_coupon_bond") {
        return with({{"currency", "USD"},
                     {"notional", "5"},
                     {"start_date", "2020-06-01"},
                     {"maturity", "2025-06-01"},
                     {"rate", "0.01"},
                     {"frequency", "6M"}});
    }
    if (type == "deposit") {
        return with({{"currency", "USD"},
                     {"notional", "5"},
                     {"start_date", "2020-06-01"},
                     {"maturity", "2021-06-01"},
                     {"rate", "0.01"}});
    }
    if (type == "fra") {
        return with({{"direction", "pay"},
                     {"notional", "5"},
                     {"index", "EUR-EURIBOR-6M"},
                     {"start_date", "2021-06-01"},
                     {"rate", "0.01"}});
    }
    if (type == "swap") {
        return with({{"direction", "pay"},
                     {"notional", "5"},
                     {"index", "EUR-EURIBOR-6M"},
                     {"start_date", "2021-06-01"},
                     {"maturity", "2025-06-01"},
                     {"rate", "0.01"}});
    }
    if (type == "fx_forward") {
        return with({{"currency", "EUR"},
                     {"quote_currency", "USD"},
                     {"notional", "5"},
                     {"strike", "1.2"},
                     {"maturity", "2021-06-01"}});
    }
    if (type == "fx_swap") {
        return with({{"currency", "EUR"},
                     {"quote_currency", "USD"},
                     {"notional", "5"},
                     {"near_strike", "1.2"},
                     {"strike", "1.2"},
                     {"start_date", "2021-01-04"},
                     {"maturity", "2021-06-01"}});
    }
    if (type == "equity_option") {
        return with({{"asset", "AAPL"},
                     {"option_type", "put"},
                     {"quantity", "1"},
                     {"strike", "120"},
                     {"maturity", "2021-06-01"}});
    }
    return with({{"currency", "EUR"},
                 {"quote_currency", "USD"},
                 {"option_type", "call"},
                 {"notional", "5"},
                 {"strike", "1.2"},
                 {"maturity", "2021-06-01"}});
}

constexpr std::string_view kTypes[] = {"cash",
                                       "equity_position",
                                       "commodity_position",
                                       "equity_forward",
                                       "commodity_forward",
                                       "zero_coupon_bond",
                                       "bill",
                                       "fixed_coupon_bond",
                                       "deposit",
                                       "fra",
                                       "swap",
                                       "fx_forward",
                                       "fx_swap",
                                       "equity_option",
                                       "fx_option"};

/// The good trade with some cells replaced or added.
Cells spoilt(const std::string& type, const Cells& changes) {
    Cells cells = good(type);
    for (const auto& change : changes) {
        const auto found = std::find_if(cells.begin(), cells.end(), [&](const auto& cell) {
            return cell.first == change.first;
        });
        if (found == cells.end()) {
            cells.push_back(change);
        } else {
            found->second = change.second;
        }
    }
    return cells;
}

struct Case {
    std::string name;
    std::string type;
    Cells changes;
    std::string column;
    std::string says;  ///< Part of the message.
};

void PrintTo(const Case& one, std::ostream* out) {
    *out << one.name;
}

/// All errors of a book that holds a good row, the bad one, and a good one.
std::vector<RowError> errors_of(const Case& one) {
    Cells first = good("cash");
    first.front().second = "first";
    Cells last = good("cash");
    last.front().second = "last";
    const std::string text = header_line() + "\n" + line_of(first) + "\n" +
                             line_of(spoilt(one.type, one.changes)) + "\n" + line_of(last) + "\n";
    const Book book = read_book_text("book.csv", text);
    EXPECT_EQ(book.rows, 3U);
    const auto compiled_book =
        compile_book(book, sample_market(), "USD", {}, CompileOptions{.skip_bad_trades = true});
    EXPECT_TRUE(compiled_book.has_value());
    EXPECT_EQ(compiled_book->trades.size(), 2U);
    EXPECT_EQ(compiled_book->skipped, 1U);
    const auto refused = compile_book(book, sample_market(), "USD", {}, CompileOptions{});
    EXPECT_FALSE(refused.has_value());
    return compiled_book->errors;
}

class BrokenRow : public testing::TestWithParam<Case> {};

TEST_P(BrokenRow, IsNamedWithWhatWasFoundAndExpected) {
    const std::vector<RowError> errors = errors_of(GetParam());
    ASSERT_EQ(errors.size(), 1U) << to_error(errors).message;
    const RowError& error = errors.front();
    EXPECT_EQ(error.file, "book.csv");
    EXPECT_EQ(error.line, 3U);
    EXPECT_EQ(error.column, GetParam().column);
    EXPECT_NE(error.message.find(GetParam().says), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("found"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("expected"), std::string::npos) << error.message;
}

INSTANTIATE_TEST_SUITE_P(
    Names,
    BrokenRow,
    testing::Values(
        Case{"NoId", "cash", {{"id", ""}}, "id", "found nothing"},
        Case{"LongId", "cash", {{"id", std::string(300, 'x')}}, "id", "1 to 256"},
        Case{"ControlInId", "cash", {{"id", "a\tb"}}, "id", "'a?b'"},
        Case{"RepeatedId", "cash", {{"id", "first"}}, "id", "already at book.csv:2"},
        Case{"NoBook", "cash", {{"book", ""}}, "book", "desk/book"},
        Case{"EmptySegment", "cash", {{"book", "desk//book"}}, "book", "'desk//book'"},
        Case{"LeadingSlash", "cash", {{"book", "/desk"}}, "book", "non-empty segments"},
        Case{"TrailingSlash", "cash", {{"book", "desk/"}}, "book", "non-empty segments"},
        Case{"BlankSegmentEnd", "cash", {{"book", "desk /a"}}, "book", "non-empty segments"},
        Case{"DeepBook", "cash", {{"book", "a/b/c/d/e/f/g/h/i"}}, "book", "1 to 8"},
        Case{"TotalBook", "cash", {{"book", "total/a"}}, "book", "name of all books"},
        Case{"NoType", "cash", {{"type", ""}}, "type", "one of cash, equity_position"},
        Case{"UnknownType", "cash", {{"type", "swaption"}}, "type", "'swaption'"},
        Case{"TypeInCapitals", "cash", {{"type", "Cash"}}, "type", "'Cash'"},
        Case{"ForeignColumn", "cash", {{"strike", "12"}}, "strike", "cash does not use it"}),
    [](const auto& tested) { return tested.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Cells,
    BrokenRow,
    testing::Values(
        Case{"NoAmount", "cash", {{"amount", ""}}, "amount", "a number"},
        Case{"TextAmount", "cash", {{"amount", "12,000"}}, "amount", "'12,000'"},
        Case{"NotANumber", "cash", {{"amount", "nan"}}, "amount", "'nan'"},
        Case{"Infinity", "cash", {{"amount", "-inf"}}, "amount", "finite"},
        Case{"Overflow", "cash", {{"amount", "1e999"}}, "amount", "finite"},
        Case{"HugeAmount", "cash", {{"amount", "1e16"}}, "amount", "at most 1e15"},
        Case{"Percent", "deposit", {{"rate", "2%"}}, "rate", "'2%'"},
        Case{"RateInPercent", "deposit", {{"rate", "1.25"}}, "rate", "0.02 is 2 %"},
        Case{"LowerCaseCurrency", "cash", {{"currency", "eur"}}, "currency", "three capital"},
        Case{"NoCurrency", "cash", {{"currency", ""}}, "currency", "three capital"},
        Case{"BothSizes", "equity_position", {{"market_value", "1"}}, "quantity", "exactly one"},
        Case{"NoSize", "equity_position", {{"quantity", ""}}, "quantity", "exactly one"},
        Case{"ZeroNotional", "bill", {{"notional", "0"}}, "notional", "other than 0"},
        Case{"NegativeSwapNotional", "swap", {{"notional", "-5"}}, "notional", "above 0"},
        Case{"NoDirection", "swap", {{"direction", ""}}, "direction", "one of pay, receive"},
        Case{"WrongDirection", "fra", {{"direction", "buy"}}, "direction", "'buy'"},
        Case{"NegativeStrike", "equity_option", {{"strike", "-1"}}, "strike", "above 0"},
        Case{"ZeroFxRate", "fx_forward", {{"strike", "0"}}, "strike", "above 0"},
        Case{"NoOptionType", "fx_option", {{"option_type", ""}}, "option_type", "call, put"},
        Case{"SameCurrency", "fx_option", {{"quote_currency", "EUR"}}, "quote_currency", "other"},
        Case{"WrongFrequency", "fixed_coupon_bond", {{"frequency", "5M"}}, "frequency", "'5M'"},
        Case{"NoFrequency", "fixed_coupon_bond", {{"frequency", ""}}, "frequency", "1M, 2M"},
        Case{"WrongDayCount", "deposit", {{"day_count", "ACT/360"}}, "day_count", "Act/360"},
        Case{"WrongRule", "bill", {{"business_day_rule", "MF"}}, "business_day_rule", "modified_"},
        Case{"WrongCalendar", "bill", {{"calendar", "TARGET+Paris"}}, "calendar", "NewYork"},
        Case{"EmptyCalendar", "bill", {{"calendar", "TARGET+"}}, "calendar", "joined"},
        Case{"WrongTruth", "swap", {{"end_of_month", "yes"}}, "end_of_month", "true, false"},
        Case{"WrongStub", "swap", {{"stub", "long"}}, "stub", "long_front"},
        Case{"FractionalLag", "swap", {{"payment_lag", "1.5"}}, "payment_lag", "0 to 30"},
        Case{"LongLag", "swap", {{"payment_lag", "31"}}, "payment_lag", "0 to 30"},
        Case{"Redemption", "fixed_coupon_bond", {{"redemption", "100"}}, "redemption", "1 is par"},
        Case{"FraAtTheMiddle", "fra", {{"settlement", "middle"}}, "settlement", "start, end"}),
    [](const auto& tested) { return tested.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Dates,
    BrokenRow,
    testing::Values(
        Case{"NoMaturity", "bill", {{"maturity", ""}}, "maturity", "YYYY-MM-DD"},
        Case{"NoMaturityAtAll", "equity_option", {{"maturity", ""}}, "maturity", "exactly one"},
        Case{"TwoMaturities", "fx_forward", {{"maturity_years", "1"}}, "maturity", "exactly one"},
        Case{"AmericanDate", "bill", {{"maturity", "06/01/2021"}}, "maturity", "'06/01/2021'"},
        Case{"NoSuchDay", "bill", {{"maturity", "2021-02-29"}}, "maturity", "'2021-02-29'"},
        Case{"DateTooEarly", "deposit", {{"start_date", "1949-12-31"}}, "start_date", "1950-01-01"},
        Case{"DateTooLate", "bill", {{"maturity", "2151-01-01"}}, "maturity", "2150-12-31"},
        Case{
            "EndBeforeStart", "swap", {{"maturity", "2021-06-01"}}, "maturity", "after start_date"},
        Case{"NoGoodDayBetween",
             "swap",
             {{"start_date", "2021-06-05"}, {"maturity", "2021-06-06"}},
             "maturity",
             "no good day"},
        Case{"YearsZero",
             "commodity_forward",
             {{"maturity_years", "0"}},
             "maturity_years",
             "above 0"},
        Case{"YearsTooLong",
             "commodity_forward",
             {{"maturity_years", "101"}},
             "maturity_years",
             "at most 100"},
        Case{"PaidBeforeMaturity",
             "equity_option",
             {{"payment_date", "2021-05-31"}},
             "payment_date",
             "on or after maturity"},
        Case{"PaymentDateWithYears",
             "commodity_forward",
             {{"payment_date", "2021-12-31"}},
             "payment_date",
             "an empty cell"},
        Case{"SettlementWithoutAmount",
             "bill",
             {{"settlement_date", "2021-01-04"}},
             "settlement_amount",
             "together"},
        Case{"SettlementAfterMaturity",
             "bill",
             {{"settlement_date", "2021-06-01"}, {"settlement_amount", "5"}},
             "settlement_date",
             "before maturity"},
        Case{"TooManyPeriods",
             "fixed_coupon_bond",
             {{"start_date", "1990-01-01"}, {"maturity", "2150-01-01"}, {"frequency", "1M"}},
             "frequency",
             "1,200 periods"},
        Case{"ScheduleNotAList",
             "swap",
             {{"notional_schedule", "4000000"}},
             "notional_schedule",
             "DATE:NOTIONAL"},
        Case{"ScheduleNotRising",
             "swap",
             {{"notional_schedule", "2023-06-01:4;2022-06-01:3"}},
             "notional_schedule",
             "rising"},
        Case{"ScheduleOutside",
             "swap",
             {{"notional_schedule", "2025-06-01:4"}},
             "notional_schedule",
             "inside"}),
    [](const auto& tested) { return tested.param.name; });

INSTANTIATE_TEST_SUITE_P(
    MarketLacks,
    BrokenRow,
    testing::Values(
        Case{"Asset", "equity_position", {{"asset", "ENRON"}}, "asset", "'ENRON'"},
        Case{"AssetOfThatClass",
             "equity_position",
             {{"asset", "BRENT"}},
             "asset",
             "not a commodity"},
        Case{
            "CommodityOfThatName", "commodity_forward", {{"asset", "SPX"}}, "asset", "a commodity"},
        Case{"AssetInThatCurrency", "equity_position", {{"currency", "EUR"}}, "currency", "USD"},
        Case{"Volatility", "equity_option", {{"asset", "SPX"}}, "asset", "volatility"},
        Case{"PairVolatility",
             "fx_option",
             {{"quote_currency", "GBP"}},
             "quote_currency",
             "'EURGBP'"},
        Case{"FxRate", "cash", {{"currency", "CHF"}}, "currency", "FX rate"},
        Case{"IndexByName", "swap", {{"index", "EUR-LIBOR-3M"}}, "index", "USD-SOFR"},
        Case{"NoIndex", "swap", {{"index", ""}}, "index", "a name"},
        Case{"IndexCurve", "swap", {{"index", "USD-LIBOR-6M"}}, "index", "has a curve for"},
        Case{"IndexInThatCurrency", "swap", {{"currency", "USD"}}, "currency", "EUR or nothing"},
        Case{"TermIndexForAFra", "fra", {{"index", "USD-SOFR"}}, "index", "a term index"},
        Case{"DiscountCurve", "bill", {{"discount_curve", "LIBOR"}}, "discount_curve", "'LIBOR'"},
        Case{"CurveInThatCurrency",
             "bill",
             {{"discount_curve", "EUR-OIS"}},
             "discount_curve",
             "USD"},
        Case{"TermFixing", "swap", {{"start_date", "2020-10-01"}}, "index", "on 2020-11-27"},
        Case{"OvernightFixing",
             "swap",
             {{"index", "EUR-ESTR"}, {"start_date", "2020-12-28"}},
             "index",
             "EUR-ESTR on 2020-12-28"},
        Case{"FraFixing", "fra", {{"start_date", "2020-12-31"}}, "index", "on 2020-12-29"},
        Case{"AssetFixing",
             "equity_option",
             {{"maturity", "2020-12-29"}, {"payment_date", "2021-01-04"}},
             "maturity",
             "AAPL on 2020-12-29"}),
    [](const auto& tested) { return tested.param.name; });

TEST(TradeRows, AreGoodBeforeTheyAreSpoilt) {
    for (const std::string_view type : kTypes) {
        const CompiledBook book =
            compiled(header_line() + "\n" + line_of(good(std::string{type})), sample_market());
        ASSERT_EQ(book.trades.size(), 1U);
        EXPECT_EQ(to_text(book.trades.front().type), type);
        EXPECT_FALSE(book.trades.front().matured);
    }
}

TEST(TradeRows, AreRefusedWhereTheIndexIsProjectedInAnotherCurrency) {
    Market market = sample_market();
    MarketLayout layout = *market.layout;
    layout.indices = {{"EUR-EURIBOR-6M", "USD-3M"}};
    market.layout = std::make_shared<const MarketLayout>(layout);
    const Book book = read_book_text("b.csv", header_line() + "\n" + line_of(good("swap")));
    const auto refused = compile_book(book, market, "USD", {}, CompileOptions{});
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message.find("b.csv:2: column 'index': found 'EUR-EURIBOR-6M', "
                                           "expected an index whose curve in the market is in "
                                           "EUR; 'USD-3M' is in USD"),
              std::string::npos)
        << refused.error().message;
}

TEST(TradeRows, ReportEveryBadCell) {
    const Cells cells =
        spoilt("swap", {{"rate", "high"}, {"stub", "x"}, {"asset", "AAPL"}, {"book", ""}});
    const Book book = read_book_text("b.csv", header_line() + "\n" + line_of(cells));
    std::vector<std::string> columns;
    for (const RowError& error : book.errors) {
        columns.push_back(error.column);
        EXPECT_EQ(error.trade_id, "T");
    }
    std::sort(columns.begin(), columns.end());
    EXPECT_EQ(columns, (std::vector<std::string>{"asset", "book", "rate", "stub"}));
}

}  // namespace
}  // namespace vargrid::test
