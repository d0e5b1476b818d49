// One trade as amounts of pooled rows. This is where products meet conventions and market: cash
// flows that are known become amounts, the rest becomes rows.
#pragma once

#include "pricing/market/market.hpp"
#include "pricing/trades/fixings.hpp"
#include "pricing/trades/row_pool.hpp"
#include "pricing/trades/trade.hpp"
#include "pricing/trades/words.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

struct Term {
    PoolRow row{kOne};
    double amount{0.0};

    friend bool operator==(Term, Term) = default;
};

/// Terms in one currency. fx_row: base currency per unit of it.
struct Leg {
    PoolRow fx_row{kOne};
    std::vector<Term> terms{};
};

/// value = fx_row * discount_row * amount * Black(forward_row, strike, deviation_row)
struct EuropeanTerms {
    PoolRow forward_row{kOne};
    PoolRow deviation_row{kOne};
    PoolRow discount_row{kOne};
    PoolRow fx_row{kOne};
    double strike{0.0};
    double amount{0.0};
    double call_sign{1.0};
};

/// A trade's value: the sum of its legs, or an option.
struct TradeTerms {
    std::vector<Leg> legs{};
    std::optional<EuropeanTerms> option{};
    std::string currency{};
    double notional{0.0};
    bool matured{false};
};

/// Collects the terms of a leg; terms on one row become one, and none where they cancel.
class LegBuilder {
  public:
    void add(PoolRow row, double amount) { terms_.push_back(Term{row, amount}); }
    [[nodiscard]] bool empty() const { return terms_.empty(); }
    /// In order of first appearance, so that a trade's terms do not depend on the rest of the book.
    [[nodiscard]] Leg finish(PoolRow fx_row) const;

  private:
    std::vector<Term> terms_;
};

/// What the market or the fixings lack for a trade.
struct TradeProblem {
    TradeColumn column{TradeColumn::id};
    std::string message{};
};

/// What the compilers of all types share: the market's objects by name, rows by meaning, and the
/// list of what is missing. A lookup that fails records a problem and returns nothing.
class TradeContext {
  public:
    TradeContext(const Market& market, std::string_view base_currency, const Fixings& fixings);

    [[nodiscard]] const Market& market() const { return market_; }
    [[nodiscard]] Date today() const { return market_.as_of; }
    [[nodiscard]] RowPool& rows() { return rows_; }
    [[nodiscard]] std::vector<TradeProblem>& problems() { return problems_; }
    void fail(TradeColumn column, std::string message);

    /// The curve named in discount_curve, or the market's for the currency if that is empty.
    [[nodiscard]] const Curve* discounting(const std::string& currency,
                                           const std::string& discount_curve,
                                           TradeColumn currency_column = TradeColumn::currency);
    [[nodiscard]] const Curve* projection(const std::string& index);
    /// An asset of that class whose currency agrees with `currency` (empty: any).
    [[nodiscard]] const Asset* asset(const std::string& name,
                                     std::optional<AssetClass> asset_class,
                                     const std::string& currency);
    /// Base currency per unit of a currency.
    [[nodiscard]] std::optional<PoolRow> fx(const std::string& currency,
                                            TradeColumn column = TradeColumn::currency);
    /// Units of `quote` per 1 `currency`, both known to fx().
    [[nodiscard]] PoolRow fx_spot(const std::string& currency, const std::string& quote);
    [[nodiscard]] std::optional<double> fixing(std::string_view reference, Date date) const {
        return date > today() ? std::nullopt : fixings_.find(reference, date);
    }
    /// The fixing that a trade cannot do without; records a problem when it is missing.
    [[nodiscard]] std::optional<double> required_fixing(TradeColumn column,
                                                        std::string_view reference,
                                                        Date date);

    [[nodiscard]] PoolRow discount(const Curve& curve, Date date) {
        return rows_.discount(curve, market_.years_to(date));
    }
    [[nodiscard]] PoolRow spot(const Asset& asset);
    [[nodiscard]] double spot_value(const Asset& asset) const;
    [[nodiscard]] PoolRow forward(const Asset& asset, double years);
    /// forward * discount, which telescopes when the asset is financed at the discounting curve and
    /// paid when observed.
    [[nodiscard]] PoolRow discounted_forward(const Asset& asset,
                                             double years,
                                             const Curve& curve,
                                             double payment_years);

  private:
    const Market& market_;
    std::string base_currency_;
    const Fixings& fixings_;
    RowPool rows_;
    std::vector<TradeProblem> problems_;
};

/// Nothing when the market or the fixings lack something; context.problems() then says what, all
/// of it.
[[nodiscard]] std::optional<TradeTerms> compile_trade(const Trade& trade, TradeContext& context);

// By family of types; compile_trade calls them.
[[nodiscard]] std::optional<TradeTerms> compile(const Cash& cash, TradeContext& context);
[[nodiscard]] std::optional<TradeTerms> compile(const Position& position,
                                                AssetClass asset_class,
                                                TradeContext& context);
[[nodiscard]] std::optional<TradeTerms> compile(const AssetForward& forward,
                                                AssetClass asset_class,
                                                TradeContext& context);
[[nodiscard]] std::optional<TradeTerms> compile(const ZeroCouponBond& bond, TradeContext& context);
[[nodiscard]] std::optional<TradeTerms> compile(const Bill& bill, TradeContext& context);
[[nodiscard]] std::optional<TradeTerms> compile(const FixedCouponBond& bond, TradeContext& context);
[[nodiscard]] std::optional<TradeTerms> compile(const Deposit& deposit, TradeContext& context);
[[nodiscard]] std::optional<TradeTerms> compile(const Fra& fra, TradeContext& context);
[[nodiscard]] std::optional<TradeTerms> compile(const Swap& swap, TradeContext& context);
[[nodiscard]] std::optional<TradeTerms> compile(const FxForward& forward, TradeContext& context);
[[nodiscard]] std::optional<TradeTerms> compile(const FxSwap& swap, TradeContext& context);
[[nodiscard]] std::optional<TradeTerms> compile(const EquityOption& option, TradeContext& context);
[[nodiscard]] std::optional<TradeTerms> compile(const FxOption& option, TradeContext& context);

}  // namespace vargrid
