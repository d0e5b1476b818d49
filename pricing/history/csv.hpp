// A strict reader of comma-separated text (RFC 4180): quotes, doubled quotes, line ends inside
// quotes; lines may end in LF, CRLF or CR alone, and a UTF-8 byte order mark is skipped. Whatever
// is not clearly right is an error that says where: file:line:character.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

struct CsvField {
    std::string_view text;     ///< Quotes taken off. Valid until the record is read into again.
    std::size_t character{1};  ///< Where it begins in its line, counted in bytes from 1.
};

struct CsvRecord {
    std::size_t line{0};  ///< Where it begins, from 1.
    std::vector<CsvField> fields;
    std::deque<std::string> unescaped;  ///< Owns fields that had doubled quotes.
};

/// Records one after another; blank lines are skipped. The text must outlive the reader.
class CsvReader {
  public:
    CsvReader(std::string_view text, std::string file_name);

    /// Reads the next record; false at the end of the text.
    /// Errors: invalid_input for a quote inside an unquoted field, text after a closing quote, an
    /// unclosed quote, a NUL byte or UTF-16; limit for a record of too many fields.
    [[nodiscard]] Result<bool> next(CsvRecord& record);

    /// "file:line:character: message"
    [[nodiscard]] Error error_at(std::size_t line,
                                 std::size_t character,
                                 const std::string& message) const;
    [[nodiscard]] const std::string& file_name() const { return file_name_; }

  private:
    [[nodiscard]] Result<void> read_field(CsvRecord& record);
    [[nodiscard]] Result<void> read_quoted(CsvRecord& record);
    [[nodiscard]] bool at_line_end() const;
    void skip_line_end();

    std::string_view text_;
    std::string file_name_;
    std::size_t position_{0};
    std::size_t line_{1};
    std::size_t line_start_{0};
};

/// A CSV file with a header row. A trailing comma (an empty last column) is allowed in the header,
/// in the rows, or in both; otherwise every row must have as many fields as the header.
class CsvTable {
  public:
    /// Errors: as CsvReader; also for no header or a name that is there twice.
    [[nodiscard]] static Result<CsvTable> open(std::string_view text, std::string file_name);

    [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
    [[nodiscard]] std::optional<std::size_t> find(std::string_view column) const;
    /// Errors: invalid_input naming the columns there are.
    [[nodiscard]] Result<std::size_t> require(std::string_view column) const;

    /// Errors: as CsvReader; also for a row of the wrong width.
    [[nodiscard]] Result<bool> next();
    [[nodiscard]] std::size_t line() const { return record_.line; }
    /// Blanks around it taken off.
    [[nodiscard]] std::string_view cell(std::size_t column) const;
    /// "file:line:character: column 'name': message"
    [[nodiscard]] Error error_in(std::size_t column, const std::string& message) const;

  private:
    CsvTable(std::string_view text, std::string file_name) : reader_{text, std::move(file_name)} {}

    CsvReader reader_;
    std::vector<std::string> columns_;
    CsvRecord record_;
};

}  // namespace vargrid
