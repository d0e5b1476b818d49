#include "pricing/trades/csv_text.hpp"

#include "base/parse.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace vargrid {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Length of the UTF-8 sequence that starts at text[at], or 0 if there is none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at);
    std::size_t length = 1;
    if (lead >= 0x80) {
        length = lead >= 0xC2 && lead < 0xE0   ? 2
                 : lead >= 0xE0 && lead < 0xF0 ? 3
                 : lead >= 0xF0 && lead < 0xF5 ? 4
                                               : 0;
    }
    if (length == 0 || at + length > text.size()) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    return length;
}

Error bad_line(std::string message) {
    return Error{ErrorCode::invalid_input, std::move(message)};
}

Result<void> check_bytes(std::string_view line) {
    if (line.size() > kCsvLineBytesMax) {
        return bad_line("found a line of " + std::to_string(line.size()) +
                        " bytes, expected at most " + std::to_string(kCsvLineBytesMax));
    }
    for (std::size_t i = 0; i < line.size();) {
        const std::size_t length = line[i] == '\0' ? 0 : utf8_length(line, i);
        if (length == 0) {
            return bad_line("found a byte that is not UTF-8 text at position " +
                            std::to_string(i + 1) + ", expected text");
        }
        i += length;
    }
    return {};
}

/// Reads the quoted cell whose opening quote is at line[at]; leaves `at` behind the closing one.
Result<std::string> quoted_cell(std::string_view line, std::size_t& at) {
    std::string cell;
    for (++at; at < line.size(); ++at) {
        if (line[at] != '"') {
            cell.push_back(line[at]);
        } else if (at + 1 < line.size() && line[at + 1] == '"') {
            cell.push_back('"');
            ++at;
        } else {
            ++at;
            return cell;
        }
    }
    return bad_line("found a quote that is never closed, expected a closing '\"'");
}

}  // namespace

CsvLines::CsvLines(std::string_view text) : rest_{text} {
    if (rest_.starts_with(kByteOrderMark)) {
        rest_.remove_prefix(kByteOrderMark.size());
    }
}

std::optional<CsvLine> CsvLines::next() {
    while (!rest_.empty()) {
        const std::size_t end = rest_.find_first_of("\r\n");
        const std::string_view line = rest_.substr(0, end);
        if (end == std::string_view::npos) {
            rest_ = {};
        } else {
            const bool two = rest_[end] == '\r' && end + 1 < rest_.size() && rest_[end + 1] == '\n';
            rest_.remove_prefix(end + (two ? 2 : 1));
        }
        ++number_;
        if (!trimmed(line).empty() && line.front() != '#') {
            return CsvLine{number_, line};
        }
    }
    return std::nullopt;
}

Result<std::vector<std::string>> csv_cells(std::string_view line) {
    VARGRID_TRY_VOID(check_bytes(line));
    std::vector<std::string> cells;
    std::size_t at = 0;
    while (true) {
        if (cells.size() == kCsvColumnsMax) {
            return bad_line("found more than " + std::to_string(kCsvColumnsMax) +
                            " columns, expected at most that");
        }
        const std::size_t start = line.find_first_not_of(" \t", at);
        if (start != std::string_view::npos && line[start] == '"') {
            at = start;
            VARGRID_TRY(std::string cell, quoted_cell(line, at));
            cells.push_back(std::move(cell));
            at = std::min(line.find_first_not_of(" \t", at), line.size());
            if (at < line.size() && line[at] != ',') {
                return bad_line("found text after a closing quote, expected ','");
            }
        } else {
            const std::size_t end = std::min(line.find(',', at), line.size());
            cells.emplace_back(trimmed(line.substr(at, end - at)));
            at = end;
        }
        if (at == line.size()) {
            return cells;
        }
        ++at;
    }
}

Result<std::string> read_trade_file(const std::string& path) {
    std::error_code failure;
    if (std::filesystem::is_directory(path, failure)) {
        return Error{ErrorCode::io, "found a folder, expected a file"};
    }
    const std::uintmax_t size = std::filesystem::file_size(path, failure);
    if (failure) {
        return Error{ErrorCode::io, "cannot be opened (" + failure.message() + ")"};
    }
    if (size > kCsvFileBytesMax) {
        return Error{ErrorCode::limit,
                     "found " + std::to_string(size) + " bytes, expected at most " +
                         std::to_string(kCsvFileBytesMax)};
    }
    std::ifstream file{path, std::ios::binary};
    std::string text(static_cast<std::size_t>(size), '\0');
    if (!file.read(text.data(), static_cast<std::streamsize>(size))) {
        return Error{ErrorCode::io,
                     std::string{"cannot be read ("} + std::strerror(errno) + ")"};  // NOLINT
    }
    return text;
}

std::string shown(std::string_view text) {
    constexpr std::size_t kShownMax = 60;
    std::string short_text = "'";
    std::size_t at = 0;
    while (at < text.size() && at < kShownMax) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const std::size_t length = utf8_length(text, at);
        if (length == 0 || byte < 0x20 || byte == 0x7F) {
            short_text.push_back('?');
            ++at;
        } else {
            short_text += text.substr(at, length);
            at += length;
        }
    }
    short_text += at < text.size() ? "...'" : "'";
    return short_text;
}

}  // namespace vargrid
