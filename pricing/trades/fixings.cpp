#include "pricing/trades/fixings.hpp"

#include "base/parse.hpp"
#include "pricing/trades/book.hpp"
#include "pricing/trades/csv_text.hpp"
#include "pricing/trades/index_terms.hpp"
#include "pricing/trades/row_reader.hpp"

#include <cmath>
#include <utility>

namespace vargrid {
namespace {

constexpr std::size_t kFixingColumns = 3;
constexpr std::string_view kHeader = "the header Reference,Date,Value";

/// The name an index has here; some publishers spell it differently.
std::string canonical_reference(std::string_view reference) {
    return reference == "USD-FED-FUND" ? "USD-FEDFUNDS" : std::string{reference};
}

class FixingsReader {
  public:
    void read(const std::string& file, std::string_view text);
    void fail(const std::string& file, std::size_t line, std::string column, std::string message) {
        errors_.push_back(RowError{file, line, std::move(column), {}, std::move(message), false});
    }
    [[nodiscard]] Result<Fixings> finish() && {
        if (!errors_.empty()) {
            return to_error(errors_);
        }
        return std::move(fixings_);
    }

  private:
    void read_row(const std::string& file, const CsvLine& line);

    Fixings fixings_;
    std::vector<RowError> errors_;
};

void FixingsReader::read_row(const std::string& file, const CsvLine& line) {
    const Result<std::vector<std::string>> cells = csv_cells(line.text);
    if (!cells || cells->size() != kFixingColumns) {
        fail(file,
             line.number,
             {},
             !cells ? cells.error().message
                    : "found " + std::to_string(cells->size()) + " cells, expected 3");
        return;
    }
    const std::string& reference = (*cells)[0];
    const Result<Date> date = date_from_iso((*cells)[1]);
    const Result<double> value = parse_number((*cells)[2]);
    if (reference.empty()) {
        fail(file, line.number, "Reference", found_expected(reference, "the name of an index"));
    }
    if (!date) {
        fail(file, line.number, "Date", found_expected((*cells)[1], "a date YYYY-MM-DD"));
    }
    if (!value) {
        fail(file, line.number, "Value", found_expected((*cells)[2], "a finite number"));
    }
    if (reference.empty() || !date || !value) {
        return;
    }
    // Prices and FX rates are fixings too, so only what is known to be a rate is held to be one.
    if (std::fabs(*value) > 1.0 && index_terms(canonical_reference(reference))) {
        fail(file,
             line.number,
             "Value",
             found_expected((*cells)[2], "a decimal rate (0.02 is 2 %) between -1 and 1"));
        return;
    }
    const auto [entry, is_new] =
        fixings_.values[canonical_reference(reference)].emplace(*date, *value);
    if (!is_new && entry->second != *value) {
        fail(file,
             line.number,
             "Value",
             found_expected((*cells)[2],
                            "one value a date: " + reference + " on " + to_iso(*date) +
                                " was given before with another value"));
    }
}

void FixingsReader::read(const std::string& file, std::string_view text) {
    CsvLines lines{text};
    const std::optional<CsvLine> first = lines.next();
    const Result<std::vector<std::string>> header =
        first ? csv_cells(first->text)
              : Result<std::vector<std::string>>{std::vector<std::string>{}};
    if (!header || *header != std::vector<std::string>{"Reference", "Date", "Value"}) {
        fail(file,
             first ? first->number : 0,
             {},
             found_expected(first ? first->text : std::string_view{}, kHeader));
        return;
    }
    while (const std::optional<CsvLine> line = lines.next()) {
        read_row(file, *line);
    }
}

}  // namespace

std::optional<double> Fixings::find(std::string_view reference, Date date) const {
    const auto series = values.find(reference);
    if (series == values.end()) {
        return std::nullopt;
    }
    const auto entry = series->second.find(date);
    return entry == series->second.end() ? std::nullopt : std::optional{entry->second};
}

Result<Fixings> read_fixings(std::span<const std::string> paths) {
    FixingsReader reader;
    for (const std::string& path : paths) {
        const Result<std::string> text = read_trade_file(path);
        if (text) {
            reader.read(path, *text);
        } else {
            reader.fail(path, 0, {}, text.error().message);
        }
    }
    return std::move(reader).finish();
}

Result<Fixings> read_fixings_text(std::string_view name, std::string_view text) {
    FixingsReader reader;
    reader.read(std::string{name}, text);
    return std::move(reader).finish();
}

}  // namespace vargrid
