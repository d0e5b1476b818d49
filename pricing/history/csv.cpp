#include "pricing/history/csv.hpp"

#include "base/parse.hpp"

#include <algorithm>
#include <set>

namespace vargrid {

namespace {

constexpr std::string_view kByteOrderMark{"\xef\xbb\xbf", 3};
constexpr std::size_t kFieldsMax = 16'384;

bool is_line_end(char c) {
    return c == '\n' || c == '\r';
}

}  // namespace

CsvReader::CsvReader(std::string_view text, std::string file_name)
    : text_{text}, file_name_{std::move(file_name)} {
    if (text_.starts_with(kByteOrderMark)) {
        text_.remove_prefix(kByteOrderMark.size());
    }
}

Error CsvReader::error_at(std::size_t line,
                          std::size_t character,
                          const std::string& message) const {
    return Error{
        ErrorCode::invalid_input,
        file_name_ + ":" + std::to_string(line) + ":" + std::to_string(character) + ": " + message};
}

bool CsvReader::at_line_end() const {
    return position_ == text_.size() || is_line_end(text_[position_]);
}

void CsvReader::skip_line_end() {
    if (position_ == text_.size()) {
        return;
    }
    const bool is_pair = text_.substr(position_).starts_with("\r\n");
    position_ += is_pair ? 2 : 1;
    ++line_;
    line_start_ = position_;
}

Result<bool> CsvReader::next(CsvRecord& record) {
    if (position_ == 0 && (text_.starts_with("\xff\xfe") || text_.starts_with("\xfe\xff"))) {
        return error_at(1, 1, "the file is UTF-16; save it as UTF-8");
    }
    record.fields.clear();
    record.unescaped.clear();
    while (position_ < text_.size() && at_line_end()) {
        skip_line_end();
    }
    if (position_ == text_.size()) {
        return false;
    }
    record.line = line_;
    for (;;) {
        if (record.fields.size() == kFieldsMax) {
            return error_at(line_,
                            position_ - line_start_ + 1,
                            "more than " + std::to_string(kFieldsMax) + " fields in one record");
        }
        VARGRID_TRY_VOID(read_field(record));
        if (at_line_end()) {
            skip_line_end();
            return true;
        }
        ++position_;  // The comma.
    }
}

Result<void> CsvReader::read_field(CsvRecord& record) {
    if (position_ < text_.size() && text_[position_] == '"') {
        return read_quoted(record);
    }
    const std::size_t start = position_;
    for (; !at_line_end() && text_[position_] != ','; ++position_) {
        if (text_[position_] == '"') {
            return error_at(line_,
                            position_ - line_start_ + 1,
                            "a quote inside a field that does not begin with one");
        }
        if (text_[position_] == '\0') {
            return error_at(
                line_, position_ - line_start_ + 1, "a NUL byte: this is not a text file");
        }
    }
    record.fields.push_back({text_.substr(start, position_ - start), start - line_start_ + 1});
    return {};
}

Result<void> CsvReader::read_quoted(CsvRecord& record) {
    const std::size_t line_opened = line_;
    const std::size_t character_opened = position_ - line_start_ + 1;
    ++position_;
    std::size_t start = position_;
    std::string unescaped;
    bool has_doubled = false;
    for (;;) {
        if (position_ == text_.size()) {
            return error_at(line_opened, character_opened, "this quote is never closed");
        }
        if (is_line_end(text_[position_])) {
            skip_line_end();
        } else if (text_[position_] != '"') {
            ++position_;
        } else if (text_.substr(position_).starts_with("\"\"")) {
            unescaped += text_.substr(start, position_ + 1 - start);
            has_doubled = true;
            position_ += 2;
            start = position_;
        } else {
            break;
        }
    }
    std::string_view content = text_.substr(start, position_ - start);
    if (has_doubled) {
        unescaped += content;
        content = record.unescaped.emplace_back(std::move(unescaped));
    }
    ++position_;  // The closing quote.
    if (!at_line_end() && text_[position_] != ',') {
        return error_at(line_, position_ - line_start_ + 1, "text after a closing quote");
    }
    record.fields.push_back({content, character_opened});
    return {};
}

Result<CsvTable> CsvTable::open(std::string_view text, std::string file_name) {
    CsvTable table{text, std::move(file_name)};
    VARGRID_TRY(const bool any, table.reader_.next(table.record_));
    if (!any) {
        return table.reader_.error_at(1, 1, "the file is empty, expected a header row");
    }
    for (const CsvField& field : table.record_.fields) {
        table.columns_.emplace_back(trimmed(field.text));
    }
    if (table.columns_.size() > 1 && table.columns_.back().empty()) {
        table.columns_.pop_back();
    }
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < table.columns_.size(); ++i) {
        if (!table.columns_[i].empty() && !seen.insert(table.columns_[i]).second) {
            return table.reader_.error_at(table.record_.line,
                                          table.record_.fields[i].character,
                                          "column '" + table.columns_[i] + "' is there twice");
        }
    }
    return table;
}

std::optional<std::size_t> CsvTable::find(std::string_view column) const {
    const auto found = std::find(columns_.begin(), columns_.end(), column);
    if (found == columns_.end() || column.empty()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - columns_.begin());
}

Result<std::size_t> CsvTable::require(std::string_view column) const {
    if (const auto found = find(column); found.has_value()) {
        return *found;
    }
    constexpr std::size_t kNamesShown = 12;
    std::string names;
    for (std::size_t i = 0; i < columns_.size() && i < kNamesShown; ++i) {
        names += (i == 0 ? "'" : ", '") + columns_[i] + "'";
    }
    if (columns_.size() > kNamesShown) {
        names += " and " + std::to_string(columns_.size() - kNamesShown) + " more";
    }
    return reader_.error_at(
        1, 1, "there is no column '" + std::string{column} + "'; there are " + names);
}

Result<bool> CsvTable::next() {
    VARGRID_TRY(const bool any, reader_.next(record_));
    if (!any) {
        return false;
    }
    const std::size_t found = record_.fields.size();
    const bool has_trailing_comma =
        found == columns_.size() + 1 && record_.fields.back().text.empty();
    if (found != columns_.size() && !has_trailing_comma) {
        return reader_.error_at(record_.line,
                                1,
                                "expected " + std::to_string(columns_.size()) +
                                    " fields as in the header, found " + std::to_string(found));
    }
    return true;
}

std::string_view CsvTable::cell(std::size_t column) const {
    return trimmed(record_.fields[column].text);
}

Error CsvTable::error_in(std::size_t column, const std::string& message) const {
    return reader_.error_at(record_.line,
                            record_.fields[column].character,
                            "column '" + columns_[column] + "': " + message);
}

}  // namespace vargrid
