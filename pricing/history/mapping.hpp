// market.toml as a value: which column of which file is which risk factor, and how it moves. The
// file format is docs/market-data.md.
#pragma once

#include "base/result.hpp"
#include "pricing/history/config.hpp"
#include "pricing/history/market_data.hpp"
#include "pricing/history/rates.hpp"
#include "pricing/history/source.hpp"
#include "pricing/market/market.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vargrid {

/// A rolling realised volatility of another factor's (or of the ratio of two factors') log returns.
struct RealisedSpec {
    std::string factor;
    std::string per;  ///< Empty, or the factor to divide by: FX/GBP per FX/USD for GBPUSD.
    int returns{0};   ///< How many returns count.
    double returns_per_year{252.0};

    friend bool operator==(const RealisedSpec&, const RealisedSpec&) = default;
};

enum class FactorOrigin : std::uint8_t { column, constant, realised };

/// Where the values of one series come from.
struct FactorSpec {
    std::string name;
    FactorOrigin origin{FactorOrigin::column};
    std::uint32_t line{0};  ///< In market.toml, for errors.
    std::size_t source{0};  ///< Index into the mapping's sources.
    ColumnRequest column;
    double scale{1.0};    ///< Multiplies a price or an FX rate.
    bool percent{false};  ///< A volatility in percent.
    /// Set for the pillar of a curve, with the pillar's time.
    std::optional<RateConvention> rate;
    double years{0.0};
    double constant{0.0};
    RealisedSpec realised;
    ShiftRule rule;

    friend bool operator==(const FactorSpec&, const FactorSpec&) = default;
};

struct Mapping {
    MarketLayout layout;
    std::vector<SourceSpec> sources;
    std::vector<FactorSpec> factors;   ///< One per factor of the layout, in its order.
    std::vector<FactorSpec> required;  ///< Series that only count for the dates.
    /// A base date may be this much older than the date asked for.
    int stale_days_max{10};
};

/// Errors: invalid_input naming file, line and key; io.
[[nodiscard]] Result<Mapping> read_mapping(const std::filesystem::path& path);
/// `folder` is what relative paths are relative to.
[[nodiscard]] Result<Mapping> parse_mapping(const ConfigValue& document,
                                            const std::string& file,
                                            const std::filesystem::path& folder);

}  // namespace vargrid
