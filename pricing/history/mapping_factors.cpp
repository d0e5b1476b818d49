// The sections of market.toml that become risk factors and the layout around them.
#include "pricing/history/mapping_parser.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace vargrid {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kInterpolations{
    std::pair{"linear_zero"sv, Interpolation::linear_zero},
    std::pair{"log_linear_discount"sv, Interpolation::log_linear_discount},
    std::pair{"natural_cubic_zero"sv, Interpolation::natural_cubic_zero}};
constexpr std::array kRateQuotes{std::pair{"zero_rate"sv, RateQuote::zero_rate},
                                 std::pair{"discount_factor"sv, RateQuote::discount_factor}};
constexpr std::array kCompoundings{std::pair{"continuous"sv, Compounding::continuous},
                                   std::pair{"simple"sv, Compounding::simple},
                                   std::pair{"annual"sv, Compounding::annual},
                                   std::pair{"semi_annual"sv, Compounding::semi_annual},
                                   std::pair{"quarterly"sv, Compounding::quarterly}};
constexpr std::array kDayCounts{std::pair{"Act/365F"sv, RateDayCount::act_365_fixed},
                                std::pair{"Act/360"sv, RateDayCount::act_360}};
constexpr std::array kUnits{std::pair{"decimal"sv, false}, std::pair{"percent"sv, true}};
constexpr std::array kFxQuotes{std::pair{"per_pivot"sv, false},
                               std::pair{"pivot_per_unit"sv, true}};

/// "3M", "10Y", or years with as many digits as it takes: "0.0192Y".
std::string pillar_label(double years) {
    const double months = years * 12.0;
    const double whole_months = std::round(months);
    std::array<char, 32> text{};
    char* end = text.data();
    if (std::abs(months - whole_months) < 1e-9 && std::fmod(whole_months, 12.0) != 0.0) {
        end = std::to_chars(text.data(), text.data() + text.size(), std::lround(months)).ptr;
        return std::string{text.data(), end} + "M";
    }
    end = std::to_chars(text.data(), text.data() + text.size(), years).ptr;
    return std::string{text.data(), end} + "Y";
}

}  // namespace

FactorIndex MappingParser::add(std::string name, RiskClass risk_class, FactorSpec spec) {
    spec.name = name;
    mapping_.layout.factors.push_back({std::move(name), risk_class});
    mapping_.factors.push_back(std::move(spec));
    return static_cast<FactorIndex>(mapping_.factors.size() - 1);
}

std::size_t MappingParser::source_index(ConfigReader& reader, const std::string& key) {
    const std::string id = reader.text(key);
    const auto found = source_ids_.find(id);
    if (found == source_ids_.end()) {
        reader.fail(key, "there is no source '" + id + "'");
        return kNoSource;
    }
    return found->second;
}

std::size_t MappingParser::default_source(ConfigReader& reader) {
    return reader.has("source") ? source_index(reader, "source") : kNoSource;
}

FactorSpec MappingParser::spec(ConfigReader& reader, RiskClass risk_class) {
    FactorSpec spec;
    spec.line = reader.line();
    spec.rule = shift_rule(reader, class_rules_[static_cast<std::size_t>(risk_class)]);
    return spec;
}

void MappingParser::column(ConfigReader& reader, FactorSpec& spec, std::size_t default_source) {
    spec.column.column = reader.text("column");
    const bool names_its_own = reader.has("source") || default_source == kNoSource;
    spec.source = names_its_own ? source_index(reader, "source") : default_source;
    if (spec.source == kNoSource) {
        return;
    }
    spec.column.zero_is_missing =
        reader.flag_or("zero_is_missing", mapping_.sources[spec.source].zero_is_missing);
}

void MappingParser::fx(ConfigReader& root) {
    for (ConfigReader& reader : root.tables("fx")) {
        const std::string currency = reader.text("currency");
        reader.rename("[[fx]] '" + currency + "'");
        FactorSpec factor = spec(reader, RiskClass::fx);
        column(reader, factor, kNoSource);
        factor.scale = reader.number_or("scale", 1.0);
        const bool pivot_per_unit = reader.choice("quote", kFxQuotes);
        const FactorIndex index = add("FX/" + currency, RiskClass::fx, std::move(factor));
        mapping_.layout.fx.push_back({currency, index, pivot_per_unit});
        reader.finish();
    }
}

void MappingParser::discounting(ConfigReader& root) {
    if (auto reader = root.table_if("discounting"); reader.has_value()) {
        for (const std::string& currency : reader->keys()) {
            mapping_.layout.discounting.push_back({currency, reader->text(currency)});
        }
    }
}

void MappingParser::indices(ConfigReader& root) {
    for (ConfigReader& reader : root.tables("indices")) {
        IndexCurve index;
        index.index = reader.text("index");
        index.curve = reader.text("curve");
        mapping_.layout.indices.push_back(std::move(index));
        reader.finish();
    }
}

void MappingParser::add_constant_curve(const std::string& name,
                                       const std::string& currency,
                                       double zero_rate,
                                       std::uint32_t line) {
    FactorSpec constant;
    constant.line = line;
    constant.origin = FactorOrigin::constant;
    constant.constant = zero_rate;
    constant.rule = {ShiftKind::absolute, 0.0, MoveFallback::refuse, true};
    Curve curve;
    curve.name = name;
    curve.currency = currency;
    curve.pillar_years = {1.0};
    curve.factors = {add("CONST/" + name, RiskClass::interest_rate, std::move(constant))};
    mapping_.layout.curves.push_back(std::move(curve));
}

void MappingParser::curves(ConfigReader& root) {
    for (ConfigReader& reader : root.tables("curves")) {
        curve(reader);
        reader.finish();
    }
}

void MappingParser::curve(ConfigReader& reader) {
    Curve curve;
    curve.name = reader.text("name");
    reader.rename("[[curves]] '" + curve.name + "'");
    curve.currency = reader.text("currency");
    if (reader.has("zero_rate")) {
        add_constant_curve(curve.name, curve.currency, reader.number("zero_rate"), reader.line());
        return;
    }
    FactorSpec base = spec(reader, RiskClass::interest_rate);
    const std::size_t source = default_source(reader);
    curve.interpolation = reader.choice("interpolation", kInterpolations);
    RateConvention convention;
    convention.percent = reader.choice("unit", kUnits);
    convention.quote = reader.choice("quote", kRateQuotes);
    convention.compounding = reader.choice("compounding", kCompoundings);
    convention.day_count = reader.choice("day_count", kDayCounts);
    if (convention.quote == RateQuote::discount_factor &&
        (reader.has("compounding") || reader.has("day_count") || convention.percent)) {
        reader.fail("quote", "a discount factor has no unit, compounding or day count");
    }
    if (!reader.has("pillars")) {
        reader.fail("pillars", "is missing; give pillars or a constant zero_rate");
    }
    for (ConfigReader& pillar : reader.tables("pillars")) {
        FactorSpec factor = base;
        factor.line = pillar.line();
        factor.years = pillar.number("years");
        factor.rate = convention;
        column(pillar, factor, source);
        const std::string label = pillar.text_or("label", pillar_label(factor.years));
        curve.pillar_years.push_back(factor.years);
        curve.factors.push_back(
            add("IR/" + curve.name + "/" + label, RiskClass::interest_rate, std::move(factor)));
        pillar.finish();
    }
    mapping_.layout.curves.push_back(std::move(curve));
}

Asset MappingParser::asset(ConfigReader& reader,
                           AssetClass asset_class,
                           const std::string& yield_key) {
    Asset asset;
    asset.asset_class = asset_class;
    asset.name = reader.text("name");
    reader.rename((asset_class == AssetClass::equity ? "[[equities]] '" : "[[commodities]] '") +
                  asset.name + "'");
    asset.currency = reader.text("currency");
    if (reader.has("forwards")) {
        return asset;
    }
    const auto& links = mapping_.layout.discounting;
    const auto own = std::find_if(links.begin(), links.end(), [&](const DiscountingCurve& link) {
        return link.currency == asset.currency;
    });
    asset.financing_curve =
        reader.text_or("financing_curve", own == links.end() ? std::string{} : own->curve);
    if (asset.financing_curve.empty()) {
        reader.fail("financing_curve",
                    "is missing, and [discounting] has no curve for " + asset.currency);
    }
    asset.yield_curve = reader.text_or("yield_curve", {});
    const double yield = reader.number_or(yield_key, 0.0);
    if (reader.has(yield_key) && !asset.yield_curve.empty()) {
        reader.fail(yield_key, "give either this or yield_curve");
    }
    if (yield != 0.0) {
        asset.yield_curve = asset.name + "-YIELD";
        add_constant_curve(asset.yield_curve, asset.currency, yield, reader.line());
    }
    return asset;
}

void MappingParser::equities(ConfigReader& root) {
    for (ConfigReader& reader : root.tables("equities")) {
        Asset equity = asset(reader, AssetClass::equity, "dividend_yield");
        FactorSpec factor = spec(reader, RiskClass::equity);
        column(reader, factor, kNoSource);
        factor.scale = reader.number_or("scale", 1.0);
        equity.spot = add("EQ/" + equity.name, RiskClass::equity, std::move(factor));
        mapping_.layout.assets.push_back(std::move(equity));
        reader.finish();
    }
}

void MappingParser::commodities(ConfigReader& root) {
    for (ConfigReader& reader : root.tables("commodities")) {
        Asset commodity = asset(reader, AssetClass::commodity, "convenience_yield");
        FactorSpec base = spec(reader, RiskClass::commodity);
        base.scale = reader.number_or("scale", 1.0);
        const std::string name = "CO/" + commodity.name;
        const std::size_t source = default_source(reader);
        if (reader.has("column") || !reader.has("forwards")) {
            FactorSpec factor = base;
            column(reader, factor, source);
            commodity.spot = add(name, RiskClass::commodity, std::move(factor));
        }
        for (ConfigReader& pillar : reader.tables("forwards")) {
            FactorSpec factor = base;
            factor.line = pillar.line();
            factor.years = pillar.number("years");
            column(pillar, factor, source);
            const std::string label = pillar.text_or("label", pillar_label(factor.years));
            commodity.forward_years.push_back(factor.years);
            commodity.forward_factors.push_back(
                add(name + "/" + label, RiskClass::commodity, std::move(factor)));
            pillar.finish();
        }
        mapping_.layout.assets.push_back(std::move(commodity));
        reader.finish();
    }
}

void MappingParser::volatilities(ConfigReader& root) {
    for (ConfigReader& reader : root.tables("volatilities")) {
        VolCurve vol;
        vol.name = reader.text("name");
        reader.rename("[[volatilities]] '" + vol.name + "'");
        FactorSpec base = spec(reader, RiskClass::volatility);
        base.percent = reader.choice("unit", kUnits);
        const int ways =
            static_cast<int>(reader.has("column")) + static_cast<int>(reader.has("pillars")) +
            static_cast<int>(reader.has("realised")) + static_cast<int>(reader.has("volatility"));
        if (ways != 1) {
            reader.fail("name", "expected exactly one of column, pillars, realised, volatility");
        }
        const std::size_t source = default_source(reader);
        if (reader.has("column")) {
            column(reader, base, source);
            vol.pillar_years = {1.0};
            vol.factors = {add("VOL/" + vol.name, RiskClass::volatility, base)};
        } else if (reader.has("volatility")) {
            base.origin = FactorOrigin::constant;
            base.constant = reader.number("volatility");
            base.rule = {ShiftKind::absolute, 0.0, MoveFallback::refuse, true};
            vol.pillar_years = {1.0};
            vol.factors = {add("CONST/VOL/" + vol.name, RiskClass::volatility, base)};
        }
        for (ConfigReader& pillar : reader.tables("pillars")) {
            FactorSpec factor = base;
            factor.line = pillar.line();
            factor.years = pillar.number("years");
            column(pillar, factor, source);
            const std::string label = pillar.text_or("label", pillar_label(factor.years));
            vol.pillar_years.push_back(factor.years);
            vol.factors.push_back(
                add("VOL/" + vol.name + "/" + label, RiskClass::volatility, std::move(factor)));
            pillar.finish();
        }
        if (auto inner = reader.table_if("realised"); inner.has_value()) {
            realised(*inner, base, vol);
        }
        mapping_.layout.vols.push_back(std::move(vol));
        reader.finish();
    }
}

void MappingParser::realised(ConfigReader& reader, const FactorSpec& base, VolCurve& vol) {
    FactorSpec factor = base;
    factor.origin = FactorOrigin::realised;
    factor.percent = false;
    factor.realised.factor = reader.text("factor");
    factor.realised.per = reader.text_or("per", {});
    factor.realised.returns_per_year = reader.number_or("annualisation", 252.0);
    if (!(factor.realised.returns_per_year > 0.0)) {
        reader.fail("annualisation", "expected a number above 0");
    }
    for (const std::string& key : {std::string{"factor"}, std::string{"per"}}) {
        const std::string& name = key == "per" ? factor.realised.per : factor.realised.factor;
        const auto& known = mapping_.factors;
        const auto found = std::find_if(known.begin(), known.end(), [&](const FactorSpec& spec) {
            return spec.name == name && spec.origin == FactorOrigin::column && !spec.rate;
        });
        if (!name.empty() && found == known.end()) {
            reader.fail(key, "there is no price or FX factor '" + name + "' read from a column");
        }
    }
    const auto days_of = [](ConfigReader& table) {
        constexpr std::int64_t kDaysMax = 10'000;
        const std::int64_t days = table.integer_or("days", 0);
        if (days < 2 || days > kDaysMax) {
            table.fail("days", "expected a whole number of returns, 2 to 10000");
            return 0;
        }
        return static_cast<int>(days);
    };
    if (!reader.has("pillars")) {
        factor.realised.returns = days_of(reader);
        vol.pillar_years.push_back(1.0);
        vol.factors.push_back(add("VOL/" + vol.name, RiskClass::volatility, std::move(factor)));
    }
    for (ConfigReader& pillar : reader.tables("pillars")) {
        factor.line = pillar.line();
        factor.years = pillar.number("years");
        factor.realised.returns = days_of(pillar);
        const std::string label = pillar.text_or("label", pillar_label(factor.years));
        vol.pillar_years.push_back(factor.years);
        vol.factors.push_back(add("VOL/" + vol.name + "/" + label, RiskClass::volatility, factor));
        pillar.finish();
    }
    reader.finish();
}

void MappingParser::required(ConfigReader& root) {
    for (ConfigReader& reader : root.tables("required")) {
        FactorSpec series;
        series.line = reader.line();
        series.name = reader.text("name");
        reader.rename("[[required]] '" + series.name + "'");
        column(reader, series, kNoSource);
        mapping_.required.push_back(std::move(series));
        reader.finish();
    }
}

}  // namespace vargrid
