#include "pricing/history/mapping.hpp"

#include "pricing/history/mapping_parser.hpp"
#include "pricing/history/paths.hpp"

#include <utility>

namespace vargrid {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kFormats{std::pair{"wide"sv, SourceFormat::wide},
                              std::pair{"long"sv, SourceFormat::long_rows}};
constexpr std::array kShiftKinds{std::pair{"absolute"sv, ShiftKind::absolute},
                                 std::pair{"relative"sv, ShiftKind::relative},
                                 std::pair{"log"sv, ShiftKind::log},
                                 std::pair{"displaced"sv, ShiftKind::displaced}};
constexpr std::array kFallbacks{std::pair{"refuse"sv, MoveFallback::refuse},
                                std::pair{"absolute"sv, MoveFallback::absolute},
                                std::pair{"displaced"sv, MoveFallback::displaced}};
constexpr std::int64_t kSchema = 1;

}  // namespace

Result<Mapping> MappingParser::parse(const ConfigValue& document) {
    ConfigReader root{document, "", errors_};
    if (root.integer_or("schema", 0) != kSchema) {
        root.fail("schema", "expected schema = 1");
    }
    mapping_.layout.pivot_currency = root.text("pivot_currency");
    sources(root);
    shifts(root);
    missing_rule(root);
    fx(root);
    discounting(root);
    curves(root);
    equities(root);
    commodities(root);
    volatilities(root);
    indices(root);
    required(root);
    root.finish();
    if (errors_.first.has_value()) {
        return *errors_.first;
    }
    if (auto valid = mapping_.layout.validate(); !valid) {
        return with_context(std::move(valid).error(), errors_.file);
    }
    return std::move(mapping_);
}

void MappingParser::sources(ConfigReader& root) {
    std::filesystem::path data_folder = folder_;
    if (root.has("data_folder")) {
        auto expanded = expand_path(root.text("data_folder"), folder_);
        if (!expanded) {
            root.fail("data_folder", expanded.error().message);
        } else {
            data_folder = *expanded;
        }
    }
    for (ConfigReader& reader : root.tables("sources")) {
        SourceSpec found = source(reader, data_folder);
        if (!source_ids_.emplace(found.id, mapping_.sources.size()).second) {
            reader.fail("id", "'" + found.id + "' is there twice");
        }
        mapping_.sources.push_back(std::move(found));
    }
}

SourceSpec MappingParser::source(ConfigReader& reader, const std::filesystem::path& data_folder) {
    SourceSpec spec;
    spec.id = reader.text("id");
    reader.rename("[[sources]] '" + spec.id + "'");
    if (auto path = expand_path(reader.text("file"), data_folder); path) {
        spec.path = *path;
    } else {
        reader.fail("file", path.error().message);
    }
    spec.format = reader.choice("format", kFormats);
    spec.date_column = reader.text_or("date_column", spec.date_column);
    if (reader.has("date_format")) {
        if (auto format = DateFormat::parse_pattern(reader.text("date_format")); format) {
            spec.date_format = *format;
        } else {
            reader.fail("date_format", format.error().message);
        }
    }
    spec.missing = reader.texts_or("missing", spec.missing);
    spec.zero_is_missing = reader.flag_or("zero_is_missing", false);
    if (spec.format == SourceFormat::long_rows) {
        spec.key_columns = reader.texts_or("key_columns", {});
        spec.value_column = reader.text("value_column");
        if (spec.key_columns.empty()) {
            reader.fail("key_columns", "a long file needs at least one key column");
        }
    }
    reader.finish();
    return spec;
}

ShiftRule MappingParser::shift_rule(ConfigReader& reader, ShiftRule rule) {
    rule.kind = reader.choice_or("shift", kShiftKinds, rule.kind);
    rule.displacement = reader.number_or("displacement", rule.displacement);
    rule.fallback = reader.choice_or("fallback", kFallbacks, rule.fallback);
    const bool needs_displacement =
        rule.kind == ShiftKind::displaced || rule.fallback == MoveFallback::displaced;
    if (needs_displacement && !(rule.displacement > 0.0)) {
        reader.fail("displacement", "expected a number above 0, in the units of the factor");
    }
    return rule;
}

void MappingParser::shifts(ConfigReader& root) {
    const auto rule_of = [this](RiskClass risk_class) -> ShiftRule& {
        return class_rules_[static_cast<std::size_t>(risk_class)];
    };
    for (int i = 0; i < kRiskClassCount; ++i) {
        const auto risk_class = static_cast<RiskClass>(i);
        rule_of(risk_class).kind =
            risk_class == RiskClass::interest_rate ? ShiftKind::absolute : ShiftKind::relative;
    }
    auto reader = root.table_if("shifts");
    if (!reader.has_value()) {
        return;
    }
    const MoveFallback fallback = reader->choice("fallback", kFallbacks);
    const double displacement = reader->number_or("displacement", 0.0);
    for (int i = 0; i < kRiskClassCount; ++i) {
        const auto risk_class = static_cast<RiskClass>(i);
        const std::string key{to_text(risk_class)};
        ShiftRule& rule = rule_of(risk_class);
        rule.fallback = fallback;
        rule.displacement = displacement;
        if (reader->is_table(key)) {
            ConfigReader inner = *reader->table_if(key);
            rule = shift_rule(inner, rule);
            inner.finish();
        } else {
            rule.kind = reader->choice_or(key, kShiftKinds, rule.kind);
        }
    }
    reader->finish();
}

void MappingParser::missing_rule(ConfigReader& root) {
    auto reader = root.table_if("missing");
    if (!reader.has_value()) {
        return;
    }
    if (reader->text_or("rule", "common_dates") != "common_dates") {
        reader->fail("rule", "expected \"common_dates\", the only rule there is");
    }
    const std::int64_t days = reader->integer_or("stale_days_max", mapping_.stale_days_max);
    constexpr std::int64_t kStaleDaysLimit = 36'500;
    if (days < 0 || days > kStaleDaysLimit) {
        reader->fail("stale_days_max", "expected between 0 and 36500 days");
    } else {
        mapping_.stale_days_max = static_cast<int>(days);
    }
    reader->finish();
}

Result<Mapping> parse_mapping(const ConfigValue& document,
                              const std::string& file,
                              const std::filesystem::path& folder) {
    return MappingParser{file, folder}.parse(document);
}

Result<Mapping> read_mapping(const std::filesystem::path& path) {
    VARGRID_TRY(const ConfigValue document, read_config(path));
    return parse_mapping(document, path.string(), path.parent_path());
}

}  // namespace vargrid
