#include "pricing/trades/book.hpp"
#include "pricing/trades/csv_text.hpp"
#include "pricing/trades/parse_product.hpp"
#include "pricing/trades/row_reader.hpp"

#include <algorithm>
#include <unordered_map>

namespace vargrid {
namespace {

constexpr std::size_t kTradesMax = 10'000'000;
constexpr std::size_t kErrorLinesMax = 1'000;

/// Reads one file after the other into one book.
class BookReader {
  public:
    explicit BookReader(Book& book) : book_{book} {}

    void read(const std::string& name, std::string_view text);
    void unreadable(const std::string& name, const std::string& why) {
        book_.files.push_back(name);
        book_.errors.push_back(RowError{.file = name, .message = why, .skippable = false});
    }

  private:
    [[nodiscard]] std::optional<TradeHeader> read_header(const std::string& file,
                                                         const CsvLine& line);
    void read_row(const std::string& file, const CsvLine& line, const TradeHeader& header);

    Book& book_;
    /// Where each id was seen first.
    std::unordered_map<std::string, TradeSource> ids_;
};

std::optional<TradeHeader> BookReader::read_header(const std::string& file, const CsvLine& line) {
    const auto refuse = [&](const std::string& column, std::string message) {
        book_.errors.push_back(RowError{file, line.number, column, {}, std::move(message), false});
    };
    const std::size_t before = book_.errors.size();
    const Result<std::vector<std::string>> cells = csv_cells(line.text);
    if (!cells) {
        refuse({}, cells.error().message);
        return std::nullopt;
    }
    TradeHeader header{.cells = cells->size()};
    header.cell_of.fill(TradeHeader::npos);
    for (std::size_t i = 0; i < cells->size(); ++i) {
        const std::string& name = (*cells)[i];
        const std::optional<TradeColumn> column = value_of_word(column_words(), name);
        if (!column) {
            refuse(name,
                   found_expected(name, "a header naming columns, " + one_of(column_words())));
        } else if (header.cell_of[static_cast<std::size_t>(*column)] != TradeHeader::npos) {
            refuse(name, found_expected(name, "every column once"));
        } else {
            header.cell_of[static_cast<std::size_t>(*column)] = i;
        }
    }
    for (const TradeColumn column : {TradeColumn::id, TradeColumn::book, TradeColumn::type}) {
        if (header.cell_of[static_cast<std::size_t>(column)] == TradeHeader::npos) {
            refuse(std::string{to_text(column)}, "found no such column, expected it in the header");
        }
    }
    return book_.errors.size() == before ? std::optional{header} : std::nullopt;
}

void BookReader::read_row(const std::string& file, const CsvLine& line, const TradeHeader& header) {
    const Result<std::vector<std::string>> cells = csv_cells(line.text);
    if (!cells || cells->size() != header.cells) {
        book_.errors.push_back(RowError{
            .file = file,
            .line = line.number,
            .message = !cells ? cells.error().message
                              : "found " + std::to_string(cells->size()) + " cells, expected " +
                                    std::to_string(header.cells) + " as in the header"});
        return;
    }
    RowReader row{header, *cells, file, line.number, book_.errors};
    Trade trade{.id = row.id(), .book = row.book()};
    trade.source = TradeSource{static_cast<std::uint32_t>(book_.files.size() - 1),
                               static_cast<std::uint32_t>(line.number)};
    if (!trade.id.empty()) {
        const auto [first, is_new] = ids_.emplace(trade.id, trade.source);
        if (!is_new) {
            row.expected(TradeColumn::id,
                         "an id used once: it is already at " + book_.files[first->second.file] +
                             ":" + std::to_string(first->second.line));
        }
    }
    const std::optional<TradeType> type = row.optional_word(TradeColumn::type, trade_type_words());
    if (!type) {
        if (!row.given(TradeColumn::type)) {
            row.expected(TradeColumn::type, one_of(trade_type_words()));
        }
        return;
    }
    trade.type = *type;
    trade.product = parse_product(*type, row);
    if (row.ok()) {
        book_.trades.push_back(std::move(trade));
    }
}

void BookReader::read(const std::string& name, std::string_view text) {
    book_.files.push_back(name);
    CsvLines lines{text};
    const std::optional<CsvLine> first = lines.next();
    if (!first) {
        book_.errors.push_back(
            RowError{.file = name,
                     .message = "found an empty file, expected a header line with id,book,type,...",
                     .skippable = false});
        return;
    }
    const std::optional<TradeHeader> header = read_header(name, *first);
    if (!header) {
        return;
    }
    while (const std::optional<CsvLine> line = lines.next()) {
        if (book_.rows == kTradesMax) {
            book_.errors.push_back(RowError{.file = name,
                                            .line = line->number,
                                            .message = "found more than 10,000,000 trades, "
                                                       "expected at most that",
                                            .skippable = false});
            return;
        }
        ++book_.rows;
        read_row(name, *line, *header);
    }
}

}  // namespace

std::string to_text(const RowError& error) {
    std::string text = error.file;
    if (error.line != 0) {
        text += (text.empty() ? "line " : ":") + std::to_string(error.line);
    }
    if (!error.column.empty()) {
        text += (text.empty() ? "column " : ": column ") + shown(error.column);
    }
    return (text.empty() ? text : text + ": ") + error.message;
}

Error to_error(std::span<const RowError> errors) {
    Error all{ErrorCode::invalid_input, {}};
    for (std::size_t i = 0; i < std::min(errors.size(), kErrorLinesMax); ++i) {
        all.message += (i == 0 ? "" : "\n") + to_text(errors[i]);
    }
    if (errors.size() > kErrorLinesMax) {
        all.message += "\nand " + std::to_string(errors.size() - kErrorLinesMax) + " more errors";
    }
    return all;
}

Book read_book(std::span<const std::string> paths) {
    Book book;
    BookReader reader{book};
    for (const std::string& path : paths) {
        const Result<std::string> text = read_trade_file(path);
        if (text) {
            reader.read(path, *text);
        } else {
            reader.unreadable(path, text.error().message);
        }
    }
    return book;
}

Book read_book_text(std::string_view name, std::string_view text) {
    Book book;
    BookReader{book}.read(std::string{name}, text);
    return book;
}

}  // namespace vargrid
