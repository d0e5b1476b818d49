// A book: trades read from CSV files, and the same trades compiled for the kernels. Reading checks
// every cell and reports every bad row; compiling needs a market and reports every trade the market
// cannot price. The client does both once a run; workers see batches only. Formats: docs/trades.md.
#pragma once

#include "base/result.hpp"
#include "pricing/kernels/batch.hpp"
#include "pricing/market/market.hpp"
#include "pricing/trades/fixings.hpp"
#include "pricing/trades/trade.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

/// One thing wrong in a book. `message` says what was found and what was expected.
struct RowError {
    std::string file{};
    std::size_t line{0};     ///< From 1; 0: the whole file or book.
    std::string column{};    ///< Empty: the whole row.
    std::string trade_id{};  ///< Empty when the row has no readable id.
    std::string message{};
    /// False: the file or its header is unusable, and leaving rows out does not help.
    bool skippable{true};

    friend bool operator==(const RowError&, const RowError&) = default;
};

/// "file:line: column 'name': message"
[[nodiscard]] std::string to_text(const RowError& error);
/// All errors in one, a line each (at most 1,000 lines, then how many more).
[[nodiscard]] Error to_error(std::span<const RowError> errors);

struct Book {
    std::vector<std::string> files{};
    std::vector<Trade> trades{};     ///< The good rows, in order of file and line.
    std::vector<RowError> errors{};  ///< Of the bad rows, in the same order.
    std::size_t rows{0};             ///< Good and bad.

    friend bool operator==(const Book&, const Book&) = default;
};

/// Reads every file to its end whatever is wrong; the errors are in the book.
[[nodiscard]] Book read_book(std::span<const std::string> paths);
/// The same from text already in memory; `name` stands for the path in errors.
[[nodiscard]] Book read_book_text(std::string_view name, std::string_view text);

struct CompileOptions {
    /// False: any bad row is an error of the whole book. True: it is left out and counted.
    bool skip_bad_trades{false};
    /// A batch is closed before it exceeds either: the table of rows stays in a core's L2.
    std::size_t batch_trades_max{2048};
    std::size_t batch_rows_max{6144};
};

/// Who trade i of the concatenated batches is.
struct CompiledTrade {
    std::string id{};
    std::string book{};
    TradeType type{TradeType::cash};
    std::string currency{};  ///< Of the notional.
    double notional{0.0};    ///< Size, never negative; positions and forwards: |quantity| * spot.
    bool matured{false};     ///< Worth 0 in every scenario.

    friend bool operator==(const CompiledTrade&, const CompiledTrade&) = default;
};

struct CompiledBook {
    std::vector<std::string> books{};     ///< Leaf paths, sorted; Batch::group indexes them.
    std::vector<CompiledTrade> trades{};  ///< In batch order.
    std::vector<Batch> batches{};
    std::vector<RowError> errors{};  ///< Of the trades left out: reading and compiling.
    std::size_t skipped{0};          ///< Rows left out.
    std::size_t matured{0};
    std::vector<std::string> needed_factors{};  ///< Names, sorted: what the trades depend on.

    friend bool operator==(const CompiledBook&, const CompiledBook&) = default;
};

/// Compiles every trade for one market's layout and date (factor values matter only for positions
/// given by market value). The order of batches and trades depends on the book and layout alone.
/// Errors: invalid_input for an unusable layout or base currency, a book without good trades, a
/// file that could not be read, and, unless skip_bad_trades, for all bad rows together.
/// Cost: QuantLib's schedules: about 0.3 milliseconds a swap, a few microseconds a position.
[[nodiscard]] Result<CompiledBook> compile_book(const Book& book,
                                                const Market& market,
                                                std::string_view base_currency,
                                                const Fixings& fixings,
                                                const CompileOptions& options);

}  // namespace vargrid
