#include "pricing/history/source.hpp"

#include "base/parse.hpp"
#include "pricing/history/csv.hpp"
#include "pricing/history/text_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

namespace vargrid {

namespace {

/// The shortest text that reads back as the same number.
std::string number_text(double value) {
    std::array<char, 32> text{};
    const auto [end, code] = std::to_chars(text.data(), text.data() + text.size(), value);
    CHECK(code == std::errc{});
    return {text.data(), end};
}

/// The cell's number, or nothing when the cell is missing.
Result<std::optional<double>> read_cell(const SourceSpec& source,
                                        const CsvTable& table,
                                        std::size_t column,
                                        bool zero_is_missing) {
    const std::string_view text = table.cell(column);
    if (std::find(source.missing.begin(), source.missing.end(), text) != source.missing.end()) {
        return std::optional<double>{};
    }
    const auto value = parse_number(text);
    if (!value) {
        return table.error_in(column, value.error().message);
    }
    if (*value == 0.0 && zero_is_missing) {
        return std::optional<double>{};
    }
    return std::optional<double>{*value};
}

Result<Date> read_date(const SourceSpec& source, const CsvTable& table, std::size_t column) {
    auto date = source.date_format.parse(table.cell(column));
    if (!date) {
        return table.error_in(column, date.error().message);
    }
    return date;
}

/// Sorts, and folds repeated dates into one where their values agree.
Result<Series> ordered(const SourceSpec& source,
                       const std::string& column,
                       std::vector<Observation> found) {
    if (found.empty()) {
        return Error{ErrorCode::invalid_input,
                     source.path.string() + ": column '" + column + "' has no value on any date"};
    }
    std::stable_sort(
        found.begin(), found.end(), [](const auto& a, const auto& b) { return a.date < b.date; });
    Series series;
    for (const Observation& next : found) {
        if (series.observations.empty() || series.observations.back().date != next.date) {
            series.observations.push_back(next);
            continue;
        }
        const Observation& first = series.observations.back();
        if (first.value != next.value) {
            return Error{ErrorCode::invalid_input,
                         source.path.string() + ":" + std::to_string(next.line) + ": column '" +
                             column + "': " + to_iso(next.date) + " is " + number_text(next.value) +
                             " here and " + number_text(first.value) + " on line " +
                             std::to_string(first.line)};
        }
        ++series.duplicate_dates;
    }
    return series;
}

using Columns = std::vector<std::vector<Observation>>;

Result<Columns> read_wide(const SourceSpec& source,
                          CsvTable& table,
                          std::span<const ColumnRequest> requests) {
    VARGRID_TRY(const std::size_t date_column, table.require(source.date_column));
    std::vector<std::size_t> columns;
    for (const ColumnRequest& request : requests) {
        VARGRID_TRY(const std::size_t column, table.require(request.column));
        columns.push_back(column);
    }
    Columns found(requests.size());
    for (;;) {
        VARGRID_TRY(const bool any, table.next());
        if (!any) {
            return found;
        }
        VARGRID_TRY(const Date date, read_date(source, table, date_column));
        for (std::size_t i = 0; i < requests.size(); ++i) {
            VARGRID_TRY(const std::optional<double> value,
                        read_cell(source, table, columns[i], requests[i].zero_is_missing));
            if (value.has_value()) {
                found[i].push_back({date, *value, static_cast<std::uint32_t>(table.line())});
            }
        }
    }
}

Result<Columns> read_long(const SourceSpec& source,
                          CsvTable& table,
                          std::span<const ColumnRequest> requests) {
    VARGRID_TRY(const std::size_t date_column, table.require(source.date_column));
    VARGRID_TRY(const std::size_t value_column, table.require(source.value_column));
    std::vector<std::size_t> key_columns;
    for (const std::string& name : source.key_columns) {
        VARGRID_TRY(const std::size_t column, table.require(name));
        key_columns.push_back(column);
    }
    std::multimap<std::string, std::size_t, std::less<>> wanted;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        wanted.emplace(requests[i].column, i);
    }
    Columns found(requests.size());
    std::string key;
    for (;;) {
        VARGRID_TRY(const bool any, table.next());
        if (!any) {
            return found;
        }
        key.clear();
        for (std::size_t i = 0; i < key_columns.size(); ++i) {
            key += i == 0 ? "" : "/";
            key += table.cell(key_columns[i]);
        }
        const auto [first, last] = wanted.equal_range(key);
        for (auto match = first; match != last; ++match) {
            VARGRID_TRY(const Date date, read_date(source, table, date_column));
            VARGRID_TRY(
                const std::optional<double> value,
                read_cell(source, table, value_column, requests[match->second].zero_is_missing));
            if (value.has_value()) {
                found[match->second].push_back(
                    {date, *value, static_cast<std::uint32_t>(table.line())});
            }
        }
    }
}

}  // namespace

Result<std::vector<Series>> read_source_text(const SourceSpec& source,
                                             std::string_view text,
                                             std::span<const ColumnRequest> requests) {
    VARGRID_TRY(CsvTable table, CsvTable::open(text, source.path.string()));
    const bool is_wide = source.format == SourceFormat::wide;
    VARGRID_TRY(Columns columns,
                is_wide ? read_wide(source, table, requests) : read_long(source, table, requests));
    std::vector<Series> result;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        VARGRID_TRY(Series series, ordered(source, requests[i].column, std::move(columns[i])));
        result.push_back(std::move(series));
    }
    return result;
}

Result<std::vector<Series>> read_source(const SourceSpec& source,
                                        std::span<const ColumnRequest> requests) {
    VARGRID_TRY(const std::string text, read_text_file(source.path));
    return read_source_text(source, text, requests);
}

}  // namespace vargrid
