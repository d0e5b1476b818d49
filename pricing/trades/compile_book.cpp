#include "pricing/trades/batch_builder.hpp"
#include "pricing/trades/book.hpp"
#include "pricing/trades/compile_trade.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace vargrid {
namespace {

Result<void> check_market(const Market& market, std::string_view base_currency) {
    CHECK(market.layout != nullptr);
    VARGRID_TRY_VOID(market.layout->validate());
    if (market.values.size() != market.layout->factors.size()) {
        return Error{ErrorCode::invalid_input,
                     "the market has " + std::to_string(market.values.size()) +
                         " values, expected " + std::to_string(market.layout->factors.size())};
    }
    if (!market.layout->has_currency(base_currency)) {
        return Error{
            ErrorCode::invalid_input,
            "the base currency " + std::string{base_currency} + " is unknown to the market"};
    }
    return {};
}

/// Compiles every trade; those that cannot be priced become errors.
std::vector<NamedTerms> compile_trades(const Book& book,
                                       TradeContext& context,
                                       std::vector<RowError>& errors) {
    std::vector<NamedTerms> compiled;
    compiled.reserve(book.trades.size());
    for (const Trade& trade : book.trades) {
        std::optional<TradeTerms> terms = compile_trade(trade, context);
        if (terms) {
            compiled.push_back(NamedTerms{&trade, std::move(*terms)});
            continue;
        }
        for (TradeProblem& problem : context.problems()) {
            errors.push_back(RowError{.file = trade.source.file < book.files.size()
                                                  ? book.files[trade.source.file]
                                                  : std::string{},
                                      .line = trade.source.line,
                                      .column = std::string{to_text(problem.column)},
                                      .trade_id = trade.id,
                                      .message = std::move(problem.message)});
        }
    }
    return compiled;
}

/// Rows with at least one error. Errors of one row stand together.
std::size_t count_rows(const std::vector<RowError>& errors) {
    std::set<std::pair<std::string, std::size_t>> rows;
    for (const RowError& error : errors) {
        rows.emplace(error.file, error.line);
    }
    return rows.size();
}

std::vector<std::string> leaf_books(const std::vector<NamedTerms>& trades) {
    std::set<std::string> books;
    for (const NamedTerms& item : trades) {
        books.insert(item.trade->book);
    }
    return {books.begin(), books.end()};
}

std::vector<std::string> needed_factors(const std::vector<Batch>& batches,
                                        const MarketLayout& layout) {
    std::set<std::string> names;
    for (const Batch& batch : batches) {
        for (const std::uint32_t factor : batch.rows.factors) {
            names.insert(layout.factors[factor].name);
        }
    }
    return {names.begin(), names.end()};
}

}  // namespace

Result<CompiledBook> compile_book(const Book& book,
                                  const Market& market,
                                  std::string_view base_currency,
                                  const Fixings& fixings,
                                  const CompileOptions& options) {
    VARGRID_TRY_VOID(check_market(market, base_currency));
    TradeContext context{market, base_currency, fixings};
    CompiledBook result;
    result.errors = book.errors;
    std::vector<NamedTerms> trades = compile_trades(book, context, result.errors);
    const bool hopeless = std::any_of(result.errors.begin(),
                                      result.errors.end(),
                                      [](const RowError& error) { return !error.skippable; });
    if (hopeless || (!options.skip_bad_trades && !result.errors.empty())) {
        return to_error(result.errors);
    }
    if (trades.empty()) {
        return Error{ErrorCode::invalid_input,
                     book.rows == 0
                         ? "the book has no trades, expected at least one"
                         : "every trade of the book is bad:\n" + to_error(result.errors).message};
    }
    result.skipped = count_rows(result.errors);
    result.books = leaf_books(trades);
    sort_for_batches(trades, context.rows());
    result.batches = make_batches(trades, result.books, context.rows(), options);
    result.trades.reserve(trades.size());
    for (const NamedTerms& item : trades) {
        result.trades.push_back(CompiledTrade{.id = item.trade->id,
                                              .book = item.trade->book,
                                              .type = item.trade->type,
                                              .currency = item.terms.currency,
                                              .notional = item.terms.notional,
                                              .matured = item.terms.matured});
        result.matured += item.terms.matured ? 1 : 0;
    }
    result.needed_factors = needed_factors(result.batches, *market.layout);
    return result;
}

}  // namespace vargrid
