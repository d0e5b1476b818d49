// One row of a trade file as typed cells. Each getter that finds something wrong records an error
// and returns a harmless value, so that a row reports all of its bad cells at once.
#pragma once

#include "pricing/trades/book.hpp"
#include "pricing/trades/words.hpp"

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

/// Which cell of a row holds which column; npos: the file has no such column.
struct TradeHeader {
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    std::array<std::size_t, kColumnCount> cell_of{};
    std::size_t cells{0};
};

/// "found '...', expected ..."
[[nodiscard]] std::string found_expected(std::string_view found, std::string_view expected);

class RowReader {
  public:
    RowReader(const TradeHeader& header,
              const std::vector<std::string>& cells,
              const std::string& file,
              std::size_t line,
              std::vector<RowError>& errors);

    [[nodiscard]] bool given(TradeColumn column) const { return !raw(column).empty(); }
    [[nodiscard]] std::string_view raw(TradeColumn column) const;
    [[nodiscard]] bool ok() const { return ok_; }
    void fail(TradeColumn column, std::string message);
    /// Records "found <cell>, expected ..." for a column.
    void expected(TradeColumn column, std::string_view what);

    // Required cells; the optional forms return nothing when the cell is empty.
    [[nodiscard]] std::string id();
    [[nodiscard]] std::string book();
    /// The cell as it is, for readers with a grammar of their own.
    [[nodiscard]] std::string_view text(TradeColumn column) { return use(column); }
    /// Printable text without a rule of its own: names of assets, curves.
    [[nodiscard]] std::string name(TradeColumn column);
    [[nodiscard]] std::string optional_name(TradeColumn column);
    [[nodiscard]] std::string currency(TradeColumn column);
    [[nodiscard]] std::string optional_currency(TradeColumn column);
    [[nodiscard]] double number(TradeColumn column);
    [[nodiscard]] std::optional<double> optional_number(TradeColumn column);
    [[nodiscard]] double non_zero(TradeColumn column);
    [[nodiscard]] double positive(TradeColumn column);
    [[nodiscard]] Date date(TradeColumn column);
    [[nodiscard]] std::optional<Date> optional_date(TradeColumn column);
    /// maturity or maturity_years, exactly one.
    [[nodiscard]] Maturity maturity();
    [[nodiscard]] CalendarNames calendar();
    [[nodiscard]] std::optional<int> payment_lag();
    [[nodiscard]] std::optional<Settlement> settlement();

    template <class T>
    [[nodiscard]] std::optional<T> optional_word(TradeColumn column,
                                                 std::span<const Word<T>> words) {
        const std::string_view text = use(column);
        if (text.empty()) {
            return std::nullopt;
        }
        const std::optional<T> value = value_of_word(words, text);
        if (!value) {
            expected(column, one_of(words));
        }
        return value;
    }
    template <class T>
    [[nodiscard]] T word(TradeColumn column, std::span<const Word<T>> words) {
        const std::optional<T> value = optional_word(column, words);
        if (!value && raw(column).empty()) {
            expected(column, one_of(words));
        }
        return value.value_or(T{});
    }

    /// Call last: every cell that no getter asked for must be empty.
    void refuse_unused(TradeType type);

  private:
    [[nodiscard]] std::string_view use(TradeColumn column);

    const TradeHeader& header_;
    const std::vector<std::string>& cells_;
    const std::string& file_;
    std::size_t line_;
    std::vector<RowError>& errors_;
    std::string id_;
    std::bitset<kColumnCount> used_;
    bool ok_{true};
};

}  // namespace vargrid
