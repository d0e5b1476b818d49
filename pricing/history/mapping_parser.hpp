// The parser behind mapping.hpp: one method a section of market.toml. mapping.cpp reads what
// describes files and rules, mapping_factors.cpp what becomes risk factors.
#pragma once

#include "pricing/history/mapping.hpp"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace vargrid {

class MappingParser {
  public:
    MappingParser(std::string file, std::filesystem::path folder) : folder_{std::move(folder)} {
        errors_.file = std::move(file);
    }

    [[nodiscard]] Result<Mapping> parse(const ConfigValue& document);

  private:
    void sources(ConfigReader& root);
    SourceSpec source(ConfigReader& reader, const std::filesystem::path& data_folder);
    void shifts(ConfigReader& root);
    void missing_rule(ConfigReader& root);
    /// `rule` with the keys shift, displacement and fallback of this table put over it.
    ShiftRule shift_rule(ConfigReader& reader, ShiftRule rule);

    void fx(ConfigReader& root);
    void curves(ConfigReader& root);
    void curve(ConfigReader& reader);
    void equities(ConfigReader& root);
    void commodities(ConfigReader& root);
    void volatilities(ConfigReader& root);
    void realised(ConfigReader& reader, const FactorSpec& base, VolCurve& vol);
    void indices(ConfigReader& root);
    void discounting(ConfigReader& root);
    void required(ConfigReader& root);

    /// Currency, financing curve and yield curve, which equities and commodities share.
    Asset asset(ConfigReader& reader, AssetClass asset_class, const std::string& yield_key);
    /// A spec with the line, the shift rule, the scale and, if given, the default source.
    FactorSpec spec(ConfigReader& reader, RiskClass risk_class);
    /// Reads `column`, `zero_is_missing` and (if `from` is not given there, the item's) `source`.
    void column(ConfigReader& reader, FactorSpec& spec, std::size_t default_source);
    [[nodiscard]] std::size_t source_index(ConfigReader& reader, const std::string& key);
    /// The item's `source`, or nothing (kNoSource) when its pillars name their own.
    [[nodiscard]] std::size_t default_source(ConfigReader& reader);
    FactorIndex add(std::string name, RiskClass risk_class, FactorSpec spec);
    /// A curve of one constant rate; returns its name.
    void add_constant_curve(const std::string& name,
                            const std::string& currency,
                            double zero_rate,
                            std::uint32_t line);

    static constexpr std::size_t kNoSource = static_cast<std::size_t>(-1);

    std::filesystem::path folder_;
    ConfigErrors errors_;
    Mapping mapping_;
    std::map<std::string, std::size_t> source_ids_;
    std::array<ShiftRule, kRiskClassCount> class_rules_;
};

}  // namespace vargrid
