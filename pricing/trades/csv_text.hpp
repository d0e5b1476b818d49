// CSV as text: lines into cells, nothing about what they mean. Cells may be quoted (RFC 4180) but
// never hold a line break, so that one broken quote spoils one row and not the rest of the file.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

inline constexpr std::size_t kCsvColumnsMax = 256;
inline constexpr std::size_t kCsvLineBytesMax = std::size_t{1} << 20;
inline constexpr std::uintmax_t kCsvFileBytesMax = std::uintmax_t{4} << 30;

struct CsvLine {
    std::size_t number{0};  ///< From 1.
    std::string_view text;
};

/// Walks over the lines of a text: LF, CRLF or CR line ends, byte-order mark dropped, blank lines
/// and lines that start with '#' left out.
class CsvLines {
  public:
    explicit CsvLines(std::string_view text);
    [[nodiscard]] std::optional<CsvLine> next();

  private:
    std::string_view rest_;
    std::size_t number_{0};
};

/// The cells of one line, unquoted, blanks at both ends dropped.
/// Errors: invalid_input for a quote that does not close, text after a closing quote, a zero byte,
/// invalid UTF-8, or a line or column count over the limit.
[[nodiscard]] Result<std::vector<std::string>> csv_cells(std::string_view line);

/// The bytes of a file.
/// Errors: io when it cannot be read, limit when it is larger than kCsvFileBytesMax.
[[nodiscard]] Result<std::string> read_trade_file(const std::string& path);

/// Printable and short, for error messages: control characters replaced, at most 60 characters.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace vargrid
