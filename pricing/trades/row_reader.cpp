#include "pricing/trades/row_reader.hpp"

#include "base/parse.hpp"
#include "pricing/trades/csv_text.hpp"

#include <algorithm>
#include <cmath>

namespace vargrid {
namespace {

constexpr std::size_t kNameBytesMax = 256;
constexpr std::size_t kBookSegmentsMax = 8;
constexpr double kMaturityYearsMax = 100.0;
constexpr std::int64_t kPaymentLagMax = 30;
/// Far beyond any trade, and far below where sums of such numbers lose their cents.
constexpr double kNumberMax = 1e15;

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte != 0x7F;
    });
}

bool is_currency(std::string_view text) {
    return text.size() == 3 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// The results add a book of this name that holds everything; a desk of the same name would vanish
/// in it.
constexpr std::string_view kTotalSegment = "total";

bool is_book_path(std::string_view path) {
    std::size_t segments = 0;
    for (std::size_t start = 0; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const std::string_view segment = path.substr(start, end - start);
        if (segment.empty() || trimmed(segment) != segment) {
            return false;
        }
        ++segments;
        start = end + 1;
    }
    return segments <= kBookSegmentsMax;
}

}  // namespace

std::string found_expected(std::string_view found, std::string_view expected) {
    return (found.empty() ? std::string{"found nothing"} : "found " + shown(found)) +
           ", expected " + std::string{expected};
}

RowReader::RowReader(const TradeHeader& header,
                     const std::vector<std::string>& cells,
                     const std::string& file,
                     std::size_t line,
                     std::vector<RowError>& errors)
    : header_{header}, cells_{cells}, file_{file}, line_{line}, errors_{errors} {}

std::string_view RowReader::raw(TradeColumn column) const {
    const std::size_t cell = header_.cell_of[static_cast<std::size_t>(column)];
    return cell == TradeHeader::npos ? std::string_view{} : std::string_view{cells_[cell]};
}

std::string_view RowReader::use(TradeColumn column) {
    used_.set(static_cast<std::size_t>(column));
    return raw(column);
}

void RowReader::fail(TradeColumn column, std::string message) {
    ok_ = false;
    errors_.push_back(
        RowError{file_, line_, std::string{to_text(column)}, id_, std::move(message)});
}

void RowReader::expected(TradeColumn column, std::string_view what) {
    fail(column, found_expected(raw(column), what));
}

std::string RowReader::id() {
    const std::string_view text = use(TradeColumn::id);
    if (text.empty() || text.size() > kNameBytesMax || !is_printable(text) ||
        trimmed(text) != text) {
        expected(TradeColumn::id, "a name of 1 to 256 printable characters");
        return {};
    }
    id_ = text;
    return id_;
}

std::string RowReader::book() {
    const std::string_view text = use(TradeColumn::book);
    if (text.size() > kNameBytesMax || !is_printable(text) || !is_book_path(text)) {
        expected(TradeColumn::book, "a path of 1 to 8 non-empty segments such as desk/book");
    } else if (text.substr(0, text.find('/')) == kTotalSegment) {
        expected(TradeColumn::book,
                 "a path that does not begin with total, the name of all books together");
    }
    return std::string{text};
}

std::string RowReader::name(TradeColumn column) {
    std::string text = optional_name(column);
    if (text.empty() && raw(column).empty()) {
        expected(column, "a name");
    }
    return text;
}

std::string RowReader::optional_name(TradeColumn column) {
    const std::string_view text = use(column);
    if (text.size() > kNameBytesMax || !is_printable(text)) {
        expected(column, "a name of at most 256 printable characters");
        return {};
    }
    return std::string{text};
}

std::string RowReader::currency(TradeColumn column) {
    std::string text = optional_currency(column);
    if (text.empty() && raw(column).empty()) {
        expected(column, "a currency of three capital letters");
    }
    return text;
}

std::string RowReader::optional_currency(TradeColumn column) {
    const std::string_view text = use(column);
    if (!text.empty() && !is_currency(text)) {
        expected(column, "a currency of three capital letters");
        return {};
    }
    return std::string{text};
}

std::optional<double> RowReader::optional_number(TradeColumn column) {
    const std::string_view text = use(column);
    if (text.empty()) {
        return std::nullopt;
    }
    const Result<double> value = parse_number(text);
    if (!value) {
        expected(column, "a finite number");
        return std::nullopt;
    }
    if (std::abs(*value) > kNumberMax) {
        expected(column, "a number of at most 1e15");
        return std::nullopt;
    }
    return *value;
}

double RowReader::number(TradeColumn column) {
    const std::optional<double> value = optional_number(column);
    if (!value && raw(column).empty()) {
        expected(column, "a number");
    }
    return value.value_or(0.0);
}

double RowReader::non_zero(TradeColumn column) {
    const std::optional<double> value = optional_number(column);
    if (raw(column).empty() || (value && *value == 0.0)) {
        expected(column, "a number other than 0 (its sign is the direction)");
    }
    return value.value_or(1.0);
}

double RowReader::positive(TradeColumn column) {
    const std::optional<double> value = optional_number(column);
    if (raw(column).empty() || (value && *value <= 0.0)) {
        expected(column, "a number above 0");
        return 1.0;
    }
    return value.value_or(1.0);
}

std::optional<Date> RowReader::optional_date(TradeColumn column) {
    const std::string_view text = use(column);
    if (text.empty()) {
        return std::nullopt;
    }
    const Result<Date> value = date_from_iso(text);
    if (!value) {
        expected(column, "a date YYYY-MM-DD");
        return std::nullopt;
    }
    if (*value < make_date(1950, 1, 1) || *value > make_date(2150, 12, 31)) {
        expected(column, "a date between 1950-01-01 and 2150-12-31");
        return std::nullopt;
    }
    return *value;
}

Date RowReader::date(TradeColumn column) {
    const std::optional<Date> value = optional_date(column);
    if (!value && raw(column).empty()) {
        expected(column, "a date YYYY-MM-DD");
    }
    return value.value_or(Date{});
}

Maturity RowReader::maturity() {
    Maturity maturity;
    maturity.date = optional_date(TradeColumn::maturity);
    maturity.years = optional_number(TradeColumn::maturity_years);
    if (given(TradeColumn::maturity) == given(TradeColumn::maturity_years)) {
        expected(TradeColumn::maturity,
                 "a date here or a number in maturity_years, exactly one of them");
    } else if (maturity.years && (*maturity.years <= 0.0 || *maturity.years > kMaturityYearsMax)) {
        expected(TradeColumn::maturity_years, "years above 0 and at most 100");
    }
    return maturity;
}

CalendarNames RowReader::calendar() {
    const std::string_view text = use(TradeColumn::calendar);
    CalendarNames names;
    for (std::size_t start = 0; !text.empty() && start <= text.size();) {
        const std::size_t end = std::min(text.find('+', start), text.size());
        const std::string_view name = text.substr(start, end - start);
        const auto known = calendar_words();
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            std::string what = "calendars joined with '+', each one of";
            for (const std::string_view word : known) {
                what += " ";
                what += word;
            }
            expected(TradeColumn::calendar, what);
            return {};
        }
        names.emplace_back(name);
        start = end + 1;
    }
    return names;
}

std::optional<int> RowReader::payment_lag() {
    const std::string_view text = use(TradeColumn::payment_lag);
    if (text.empty()) {
        return std::nullopt;
    }
    const Result<std::int64_t> value = parse_integer(text);
    if (!value || *value < 0 || *value > kPaymentLagMax) {
        expected(TradeColumn::payment_lag, "a whole number of business days from 0 to 30");
        return std::nullopt;
    }
    return static_cast<int>(*value);
}

std::optional<Settlement> RowReader::settlement() {
    const std::optional<Date> date = optional_date(TradeColumn::settlement_date);
    const std::optional<double> amount = optional_number(TradeColumn::settlement_amount);
    if (given(TradeColumn::settlement_date) != given(TradeColumn::settlement_amount)) {
        expected(given(TradeColumn::settlement_date) ? TradeColumn::settlement_amount
                                                     : TradeColumn::settlement_date,
                 "settlement_date and settlement_amount together, or neither");
    } else if (amount && *amount <= 0.0) {
        expected(TradeColumn::settlement_amount, "a number above 0: the buyer pays it");
    }
    if (!date || !amount) {
        return std::nullopt;
    }
    return Settlement{*date, *amount};
}

void RowReader::refuse_unused(TradeType type) {
    for (const Word<TradeColumn>& word : column_words()) {
        if (!used_.test(static_cast<std::size_t>(word.value)) && given(word.value)) {
            expected(word.value,
                     "an empty cell: type " + std::string{to_text(type)} + " does not use it");
        }
    }
}

}  // namespace vargrid
