// The words of docs/trades.md: the column names, the values of word-valued columns, the names of
// calendars. One table each, used for reading, for printing and for saying what was expected.
#pragma once

#include "pricing/trades/trade.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vargrid {

enum class TradeColumn : std::uint8_t {
    id,
    book,
    type,
    currency,
    quote_currency,
    asset,
    quantity,
    market_value,
    amount,
    notional,
    direction,
    option_type,
    strike,
    near_strike,
    rate,
    spread,
    index,
    start_date,
    maturity,
    maturity_years,
    payment_date,
    settlement,
    settlement_date,
    settlement_amount,
    redemption,
    frequency,
    day_count,
    float_frequency,
    float_day_count,
    calendar,
    business_day_rule,
    end_of_month,
    stub,
    payment_lag,
    notional_schedule,
    discount_curve,
};
inline constexpr std::size_t kColumnCount = 36;

template <class T>
struct Word {
    std::string_view text;
    T value;
};

[[nodiscard]] std::span<const Word<TradeColumn>> column_words();
[[nodiscard]] std::span<const Word<TradeType>> trade_type_words();
[[nodiscard]] std::span<const Word<DayCount>> day_count_words();
[[nodiscard]] std::span<const Word<BusinessDayRule>> business_day_rule_words();
[[nodiscard]] std::span<const Word<Stub>> stub_words();
[[nodiscard]] std::span<const Word<Direction>> direction_words();
[[nodiscard]] std::span<const Word<OptionType>> option_type_words();
[[nodiscard]] std::span<const Word<FraSettlement>> fra_settlement_words();
[[nodiscard]] std::span<const Word<bool>> truth_words();
[[nodiscard]] std::span<const Word<Frequency>> frequency_words();
[[nodiscard]] std::span<const std::string_view> calendar_words();

[[nodiscard]] std::string_view to_text(TradeColumn column);

template <class T>
[[nodiscard]] std::optional<T> value_of_word(std::span<const Word<T>> words,
                                             std::string_view text) {
    for (const Word<T>& word : words) {
        if (word.text == text) {
            return word.value;
        }
    }
    return std::nullopt;
}

/// "one of a, b, c"
template <class T>
[[nodiscard]] std::string one_of(std::span<const Word<T>> words) {
    std::string text = "one of ";
    for (const Word<T>& word : words) {
        text += word.text;
        text += ", ";
    }
    text.resize(text.size() - 2);
    return text;
}

/// The calendar of a currency where a trade names none.
[[nodiscard]] std::string_view calendar_of_currency(std::string_view currency);

}  // namespace vargrid
