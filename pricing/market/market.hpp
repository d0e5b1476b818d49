// A market as of a date. The layout says what there is (curves, FX rates, assets, volatilities) and
// which risk factor each number is; the market adds the numbers. A scenario is another vector of
// numbers for the same layout. Immutable values; today is a field, never a clock.
#pragma once

#include "base/date.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

/// What kind of market move a risk factor belongs to.
enum class RiskClass : std::uint8_t { interest_rate, fx, equity, commodity, volatility };
inline constexpr int kRiskClassCount = 5;
/// "interest_rate", "fx", ...
[[nodiscard]] std::string_view to_text(RiskClass risk_class);

/// Index of a risk factor in its layout.
using FactorIndex = std::uint32_t;

struct RiskFactor {
    /// For example "IR/EUR-GOV/10Y", "FX/USD", "EQ/AAPL", "CO/BRENT", "VOL/AAPL/1Y".
    std::string name;
    RiskClass risk_class{RiskClass::interest_rate};

    friend bool operator==(const RiskFactor&, const RiskFactor&) = default;
};

/// How a curve behaves between its pillars. All three make -ln(discount factor) at a fixed time a
/// linear function of the pillar zero rates, which is what the kernels rely on. Outside the pillars
/// the zero rate is flat (the first or last pillar's).
enum class Interpolation : std::uint8_t {
    linear_zero,          ///< Zero rate linear in time.
    log_linear_discount,  ///< Logarithm of the discount factor linear in time: flat forwards.
    natural_cubic_zero,   ///< Zero rate a natural cubic spline in time.
};

/// A curve of discount factors. Units: pillar values are zero rates, continuously compounded,
/// decimal; years are Act/365F from the market's date.
struct Curve {
    std::string name;
    std::string currency;
    Interpolation interpolation{Interpolation::linear_zero};
    std::vector<double> pillar_years;  ///< Strictly increasing, positive.
    std::vector<FactorIndex> factors;  ///< One per pillar.

    friend bool operator==(const Curve&, const Curve&) = default;
};

/// Quotes of one currency against the pivot currency of the market.
struct FxQuote {
    std::string currency;
    FactorIndex factor{0};
    /// False: units of `currency` per 1 pivot (as the ECB quotes). True: pivot per 1 `currency`.
    bool pivot_per_unit{false};

    friend bool operator==(const FxQuote&, const FxQuote&) = default;
};

enum class AssetClass : std::uint8_t { equity, commodity };

/// An equity, an index or a commodity. Its forward at T is either spot * yield discount factor /
/// financing discount factor (`yield_curve` empty: no yield), or read off a forward curve.
struct Asset {
    std::string name;
    AssetClass asset_class{AssetClass::equity};
    std::string currency;
    /// Spot price; with a forward curve absent if the curve's first pillar serves as spot.
    std::optional<FactorIndex> spot;
    std::string yield_curve;      ///< Dividend or convenience yield, as a Curve of that name.
    std::string financing_curve;  ///< Curve that forwards grow at.
    /// Forward curve: prices at pillars, linear in time between them, flat outside.
    std::vector<double> forward_years;
    std::vector<FactorIndex> forward_factors;

    [[nodiscard]] bool has_forward_curve() const { return !forward_factors.empty(); }
    friend bool operator==(const Asset&, const Asset&) = default;
};

/// At-the-money lognormal volatilities by expiry; flat where there is one pillar. Between pillars
/// total variance is linear in time; outside, the volatility is flat.
/// Units: annualised, decimal (0.2 is 20 %), Act/365F.
struct VolCurve {
    std::string name;  ///< Asset name, or "EURUSD" for an FX pair (either order is looked up).
    std::vector<double> pillar_years;
    std::vector<FactorIndex> factors;

    friend bool operator==(const VolCurve&, const VolCurve&) = default;
};

/// Which curve projects the fixings of an index, for example "EUR-EURIBOR-6M" -> "EUR-EURIBOR".
struct IndexCurve {
    std::string index;
    std::string curve;

    friend bool operator==(const IndexCurve&, const IndexCurve&) = default;
};

/// Which curve discounts cash flows of a currency.
struct DiscountingCurve {
    std::string currency;
    std::string curve;

    friend bool operator==(const DiscountingCurve&, const DiscountingCurve&) = default;
};

struct MarketLayout {
    std::vector<RiskFactor> factors;
    std::string pivot_currency;
    std::vector<FxQuote> fx;
    std::vector<Curve> curves;
    std::vector<Asset> assets;
    std::vector<VolCurve> vols;
    std::vector<IndexCurve> indices;
    std::vector<DiscountingCurve> discounting;

    // Lookups; nullptr when the market has no such thing.
    [[nodiscard]] const Curve* curve(std::string_view name) const;
    [[nodiscard]] const Curve* discounting_curve(std::string_view currency) const;
    [[nodiscard]] const Curve* index_curve(std::string_view index) const;
    [[nodiscard]] const FxQuote* fx_quote(std::string_view currency) const;
    [[nodiscard]] const Asset* asset(std::string_view name) const;
    [[nodiscard]] const VolCurve* vol(std::string_view name) const;
    /// The volatility of a currency pair under either name, "EURUSD" or "USDEUR".
    [[nodiscard]] const VolCurve* fx_vol(std::string_view one, std::string_view other) const;
    [[nodiscard]] bool has_currency(std::string_view currency) const;

    /// Errors: invalid_input naming the item, when names repeat, references dangle, pillars are not
    /// increasing, or factor counts do not match.
    [[nodiscard]] Result<void> validate() const;

    friend bool operator==(const MarketLayout&, const MarketLayout&) = default;
};

/// Shapes: values[layout->factors.size()].
struct Market {
    Date as_of;
    std::shared_ptr<const MarketLayout> layout;
    std::vector<double> values;

    /// Years to a date, Act/365F; negative for the past.
    [[nodiscard]] double years_to(Date date) const {
        return static_cast<double>(date - as_of) / 365.0;
    }
};

}  // namespace vargrid
