// Trades as people book them: plain values, one struct per type, in the words of docs/trades.md.
// Dates are contractual (not rolled), rates decimal, amounts in currency units. Nothing here knows
// a market, a calendar or a kernel.
#pragma once

#include "base/date.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vargrid {

enum class DayCount : std::uint8_t {
    act_360,
    act_365f,
    thirty_360,    ///< Bond basis, ISDA 2006 4.16(f).
    thirty_e_360,  ///< Eurobond basis, ISDA 2006 4.16(g).
    act_act_isda,
    act_act_icma,
};

enum class BusinessDayRule : std::uint8_t {
    unadjusted,
    following,
    modified_following,
    preceding,
    modified_preceding,
};

enum class Stub : std::uint8_t { short_front, long_front, short_back, long_back };

/// What we do with the fixed rate.
enum class Direction : std::uint8_t { pay, receive };

enum class OptionType : std::uint8_t { call, put };

/// When a FRA is paid: at the period's start, discounted at the rate fixed, or at its end.
enum class FraSettlement : std::uint8_t { start, end };

/// A date, or an exact Act/365F year fraction from the valuation date: exactly one of the two.
struct Maturity {
    std::optional<Date> date{};
    std::optional<double> years{};

    friend bool operator==(const Maturity&, const Maturity&) = default;
};

/// Calendar names in the words of docs/trades.md; empty: the default of the type.
using CalendarNames = std::vector<std::string>;

/// Months between dates; 0: one period from start to maturity.
struct Frequency {
    int months{0};

    friend bool operator==(Frequency, Frequency) = default;
};

/// A bond bought or sold but not yet delivered: flows on or before `date` are not ours, and the
/// buyer pays `amount` on that date.
struct Settlement {
    Date date{};
    double amount{0.0};

    friend bool operator==(const Settlement&, const Settlement&) = default;
};

struct Cash {
    std::string currency{};
    double amount{0.0};

    friend bool operator==(const Cash&, const Cash&) = default;
};

/// equity_position and commodity_position: exactly one of quantity and market_value.
struct Position {
    std::string asset{};
    std::string currency{};  ///< Empty: the asset's.
    std::optional<double> quantity{};
    std::optional<double> market_value{};

    friend bool operator==(const Position&, const Position&) = default;
};

/// equity_forward and commodity_forward.
struct AssetForward {
    std::string asset{};
    std::string currency{};  ///< Empty: the asset's.
    double quantity{0.0};
    double strike{0.0};
    Maturity maturity{};
    std::optional<Date> payment_date{};
    std::string discount_curve{};  ///< Empty: the market's curve of the currency. So in all types.

    friend bool operator==(const AssetForward&, const AssetForward&) = default;
};

struct ZeroCouponBond {
    std::string currency{};
    double notional{0.0};
    Maturity maturity{};
    std::string discount_curve{};
    std::optional<Settlement> settlement{};

    friend bool operator==(const ZeroCouponBond&, const ZeroCouponBond&) = default;
};

struct Bill {
    std::string currency{};
    double notional{0.0};
    Date maturity{};
    CalendarNames calendar{};
    BusinessDayRule business_day_rule{BusinessDayRule::following};
    std::string discount_curve{};
    std::optional<Settlement> settlement{};

    friend bool operator==(const Bill&, const Bill&) = default;
};

struct FixedCouponBond {
    std::string currency{};
    double notional{0.0};
    Date start_date{};
    Date maturity{};
    double rate{0.0};
    Frequency frequency{};
    DayCount day_count{DayCount::act_act_icma};
    CalendarNames calendar{};
    BusinessDayRule business_day_rule{BusinessDayRule::following};
    bool end_of_month{false};
    Stub stub{Stub::short_front};
    double redemption{1.0};  ///< Fraction of the notional.
    std::string discount_curve{};
    std::optional<Settlement> settlement{};

    friend bool operator==(const FixedCouponBond&, const FixedCouponBond&) = default;
};

struct Deposit {
    std::string currency{};
    double notional{0.0};
    Date start_date{};
    Date maturity{};
    double rate{0.0};
    std::optional<DayCount> day_count{};
    CalendarNames calendar{};
    BusinessDayRule business_day_rule{BusinessDayRule::modified_following};
    std::string discount_curve{};

    friend bool operator==(const Deposit&, const Deposit&) = default;
};

struct Fra {
    Direction direction{Direction::pay};
    double notional{0.0};
    std::string index{};
    std::string currency{};  ///< Empty: the index's.
    double rate{0.0};
    Date start_date{};
    std::optional<Date> maturity{};
    FraSettlement settlement{FraSettlement::start};
    std::string discount_curve{};

    friend bool operator==(const Fra&, const Fra&) = default;
};

/// Fixed rate against a term or a compounded overnight index.
struct Swap {
    Direction direction{Direction::pay};
    double notional{0.0};
    std::string index{};
    std::string currency{};  ///< Empty: the index's.
    double rate{0.0};
    double spread{0.0};
    Date start_date{};
    Date maturity{};
    std::optional<Frequency> frequency{};
    std::optional<DayCount> day_count{};
    std::optional<Frequency> float_frequency{};
    std::optional<DayCount> float_day_count{};
    CalendarNames calendar{};
    BusinessDayRule business_day_rule{BusinessDayRule::modified_following};
    bool end_of_month{false};
    Stub stub{Stub::short_front};
    std::optional<int> payment_lag{};
    /// Notional from a date on, dates rising; before the first it is `notional`.
    std::vector<std::pair<Date, double>> notional_schedule{};
    std::string discount_curve{};

    friend bool operator==(const Swap&, const Swap&) = default;
};

struct FxForward {
    std::string currency{};
    std::string quote_currency{};
    double notional{0.0};  ///< Of `currency`; positive buys it.
    double strike{0.0};    ///< Units of quote_currency per 1 currency.
    Maturity maturity{};
    CalendarNames calendar{};
    BusinessDayRule business_day_rule{BusinessDayRule::modified_following};

    friend bool operator==(const FxForward&, const FxForward&) = default;
};

struct FxSwap {
    std::string currency{};
    std::string quote_currency{};
    double notional{0.0};  ///< Of `currency`; positive buys it near and sells it back far.
    double near_strike{0.0};
    double strike{0.0};
    Date start_date{};
    Date maturity{};
    CalendarNames calendar{};
    BusinessDayRule business_day_rule{BusinessDayRule::modified_following};

    friend bool operator==(const FxSwap&, const FxSwap&) = default;
};

struct EquityOption {
    std::string asset{};
    std::string currency{};  ///< Empty: the asset's.
    OptionType option_type{OptionType::call};
    double quantity{0.0};
    double strike{0.0};
    Maturity maturity{};
    std::optional<Date> payment_date{};
    std::string discount_curve{};

    friend bool operator==(const EquityOption&, const EquityOption&) = default;
};

struct FxOption {
    std::string currency{};
    std::string quote_currency{};
    OptionType option_type{OptionType::call};  ///< Call: the right to buy `currency`.
    double notional{0.0};                      ///< Of `currency`.
    double strike{0.0};
    Maturity maturity{};
    std::optional<Date> payment_date{};

    friend bool operator==(const FxOption&, const FxOption&) = default;
};

using Product = std::variant<Cash,
                             Position,
                             AssetForward,
                             ZeroCouponBond,
                             Bill,
                             FixedCouponBond,
                             Deposit,
                             Fra,
                             Swap,
                             FxForward,
                             FxSwap,
                             EquityOption,
                             FxOption>;

/// The type column. Equity and commodity positions and forwards share a struct.
enum class TradeType : std::uint8_t {
    cash,
    equity_position,
    commodity_position,
    equity_forward,
    commodity_forward,
    zero_coupon_bond,
    bill,
    fixed_coupon_bond,
    deposit,
    fra,
    swap,
    fx_forward,
    fx_swap,
    equity_option,
    fx_option,
};
inline constexpr int kTradeTypeCount = 15;
/// "cash", "equity_position", ...
[[nodiscard]] std::string_view to_text(TradeType type);

/// Where a trade was read. `line` counts from 1; 0: the whole file.
struct TradeSource {
    std::uint32_t file{0};  ///< Index into Book::files.
    std::uint32_t line{0};

    friend bool operator==(TradeSource, TradeSource) = default;
};

struct Trade {
    std::string id{};
    std::string book{};
    TradeType type{TradeType::cash};
    Product product{};
    TradeSource source{};

    friend bool operator==(const Trade&, const Trade&) = default;
};

}  // namespace vargrid
