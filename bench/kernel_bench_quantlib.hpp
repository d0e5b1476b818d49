// QuantLib as the peer of the kernels: its side of each comparison, and the swaps that both sides
// value. The only part of the benchmark that includes QuantLib.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vargrid::bench {

/// Pillars of every curve, in days from the valuation date; a zero rate each, linear in time.
inline constexpr int kPillarDays[] = {91, 182, 365, 730, 1095, 1460, 1825, 2555, 3650, 4380};
inline constexpr std::size_t kPillars = std::size(kPillarDays);

/// A floating payment of factor * (P(start) / P(end) - 1) * D(pay); P projects, D discounts.
struct FloatingFlow {
    int start_days;
    int end_days;
    int pay_days;
    double factor;
};

struct FixedFlow {
    int pay_days;
    double amount;
};

/// Days are counted from the valuation date; amounts are signed as received.
struct SwapFlows {
    std::vector<FixedFlow> fixed;
    std::vector<FloatingFlow> floating;
};

/// Ten-year payer swaps, annual against Euribor 6M, starting on `count` different dates of the
/// coming year, and their pricing by QuantLib's VanillaSwap and DiscountingSwapEngine.
class QuantLibSwaps {
  public:
    /// `dual`: one curve for projection and one for discounting instead of one for both.
    QuantLibSwaps(std::size_t count, bool dual);
    ~QuantLibSwaps();
    QuantLibSwaps(const QuantLibSwaps&) = delete;
    QuantLibSwaps& operator=(const QuantLibSwaps&) = delete;

    [[nodiscard]] std::vector<SwapFlows> flows() const;
    /// Builds the curves from zero rates, links them, and adds up the values of all swaps.
    /// Shapes: discounting[kPillars], projection[kPillars] (ignored unless dual).
    double value(std::span<const double> discounting, std::span<const double> projection);
    /// Of the last call of value().
    [[nodiscard]] double value_of(std::size_t swap) const;

  private:
    struct State;
    State* state_;
};

/// European options on one underlying, by QuantLib's VanillaOption and AnalyticEuropeanEngine with
/// SimpleQuotes for spot and volatility.
class QuantLibOptions {
  public:
    /// Shapes: strikes[n], days[n] (to expiry).
    QuantLibOptions(std::span<const double> strikes, std::span<const int> days);
    ~QuantLibOptions();
    QuantLibOptions(const QuantLibOptions&) = delete;
    QuantLibOptions& operator=(const QuantLibOptions&) = delete;

    /// Sets both quotes and adds up the values of all options.
    double value(double spot, double volatility);

  private:
    struct State;
    State* state_;
};

/// QuantLib's bare formula.
double quantlib_black(double strike, double forward, double deviation, double discount);

}  // namespace vargrid::bench
