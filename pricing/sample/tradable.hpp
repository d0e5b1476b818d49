// What a market lets a trader trade, and the prices to trade it around.
#pragma once

#include "pricing/market/market.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

struct TradableIndex {
    std::string index;     ///< "EUR-EURIBOR-6M"
    std::string currency;  ///< "EUR"
    int months{0};         ///< Tenor; 0 is overnight.
};

struct TradablePair {
    std::string currency;
    std::string quote_currency;
};

class Tradable {
  public:
    explicit Tradable(const Market& market, std::span<const std::string> no_options_on = {});

    [[nodiscard]] const Market& market() const { return market_; }
    [[nodiscard]] Date as_of() const { return market_.as_of; }

    std::vector<std::string> cash_currencies;  ///< With an FX rate.
    std::vector<std::string> currencies;       ///< With a discounting curve as well.
    std::vector<TradableIndex> term_indices;
    std::vector<TradableIndex> overnight_indices;
    std::vector<const Asset*> equities;
    std::vector<const Asset*> commodities;
    std::vector<const Asset*> optionable;  ///< Assets with volatilities.
    std::vector<TradablePair> pairs;       ///< Both currencies can be discounted; usual order.
    std::vector<TradablePair> option_pairs;

    /// Discount factor on the currency's discounting curve.
    [[nodiscard]] double discount(std::string_view currency, double years) const;
    /// Discount factor on the index's projection curve.
    [[nodiscard]] double projected(std::string_view index, double years) const;
    /// Simply compounded forward rate of the index from `years` over its tenor, Act/365F.
    [[nodiscard]] double forward_rate(const TradableIndex& index, double years) const;
    /// Annual par rate on a curve from `start` to `start + tenor` years.
    [[nodiscard]] double par_rate(const Curve& curve, double start, double tenor) const;
    /// Spot price, or the first forward.
    [[nodiscard]] double spot(const Asset& asset) const;
    [[nodiscard]] double forward(const Asset& asset, double years) const;
    [[nodiscard]] double forward(const TradablePair& pair, double years) const;
    /// Whole power of ten near the units of a currency per pivot: 100 for JPY, 10 for SEK.
    [[nodiscard]] double unit_of(std::string_view currency) const;
    /// Other curves of a currency with at least three pillars: issuers', governments'.
    [[nodiscard]] std::vector<std::string> other_curves(std::string_view currency) const;

  private:
    void find_indices();
    void find_assets(std::span<const std::string> no_options_on);
    void find_pairs();
    [[nodiscard]] bool can_discount(std::string_view currency) const;

    const Market& market_;
};

}  // namespace vargrid
