// One row of trades.csv under construction: cells by column name, in a fixed order of columns.
#pragma once

#include "base/check.hpp"
#include "base/date.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace vargrid {

inline constexpr std::array<std::string_view, 36> kTradeColumns{
    "id",
    "book",
    "type",
    "currency",
    "amount",
    "asset",
    "quantity",
    "market_value",
    "direction",
    "notional",
    "index",
    "quote_currency",
    "option_type",
    "rate",
    "spread",
    "near_strike",
    "strike",
    "start_date",
    "maturity",
    "maturity_years",
    "payment_date",
    "frequency",
    "day_count",
    "float_frequency",
    "float_day_count",
    "calendar",
    "business_day_rule",
    "end_of_month",
    "stub",
    "payment_lag",
    "notional_schedule",
    "redemption",
    "settlement",
    "settlement_date",
    "settlement_amount",
    "discount_curve",
};

class TradeRow {
  public:
    TradeRow& set(std::string_view column, std::string text) {
        const auto found = std::find(kTradeColumns.begin(), kTradeColumns.end(), column);
        CHECK_MSG(found != kTradeColumns.end(), std::string{column});
        cells_[static_cast<std::size_t>(found - kTradeColumns.begin())] = std::move(text);
        return *this;
    }
    TradeRow& set(std::string_view column, Date date) { return set(column, to_iso(date)); }

    void append_to(std::string& text) const {
        for (std::size_t i = 0; i < cells_.size(); ++i) {
            text += i == 0 ? "" : ",";
            text += cells_[i];
        }
        text += "\n";
    }

    static void append_header_to(std::string& text) {
        for (std::size_t i = 0; i < kTradeColumns.size(); ++i) {
            text += i == 0 ? "" : ",";
            text += kTradeColumns[i];
        }
        text += "\n";
    }

  private:
    std::array<std::string, kTradeColumns.size()> cells_;
};

}  // namespace vargrid
