// A source: one CSV file with dates, read into one series a wanted column. Wide files have a column
// a series; long files have a row a value and a key that names the series.
#pragma once

#include "base/date.hpp"
#include "base/result.hpp"
#include "pricing/history/date_format.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

struct Observation {
    Date date;
    double value{0.0};
    std::uint32_t line{0};  ///< In its file; 0 for a derived value.

    friend bool operator==(const Observation&, const Observation&) = default;
};

/// Observations in strictly increasing order of date; dates without a value are not there.
struct Series {
    std::vector<Observation> observations;
    /// Dates that were there more than once, always with one and the same value.
    std::size_t duplicate_dates{0};

    friend bool operator==(const Series&, const Series&) = default;
};

enum class SourceFormat : std::uint8_t { wide, long_rows };

struct SourceSpec {
    std::string id;
    std::filesystem::path path;
    SourceFormat format{SourceFormat::wide};
    std::string date_column{"Date"};
    DateFormat date_format;
    /// Cells that mean "no value", compared exactly after blanks are taken off.
    std::vector<std::string> missing{"", "N/A", ".", "NaN"};
    bool zero_is_missing{false};
    std::vector<std::string> key_columns;  ///< Long files only.
    std::string value_column;              ///< Long files only.

    friend bool operator==(const SourceSpec&, const SourceSpec&) = default;
};

/// In a long file `column` is the key: the key columns' cells joined by '/'.
struct ColumnRequest {
    std::string column;
    bool zero_is_missing{false};

    friend auto operator<=>(const ColumnRequest&, const ColumnRequest&) = default;
};

/// One series a request. The file may be in any order of dates.
/// Errors: invalid_input naming file, line and column for a cell that is neither a number nor
/// missing, a bad date, a date with two different values, a column that is not there, or a series
/// without any value; io and limit as read_text_file.
[[nodiscard]] Result<std::vector<Series>> read_source(const SourceSpec& source,
                                                      std::span<const ColumnRequest> requests);

/// The same from text that is already in memory.
[[nodiscard]] Result<std::vector<Series>> read_source_text(const SourceSpec& source,
                                                           std::string_view text,
                                                           std::span<const ColumnRequest> requests);

}  // namespace vargrid
