#include "pricing/history/config.hpp"

#include "pricing/history/text_file.hpp"

#include <toml++/toml.h>

#include <cmath>

namespace vargrid {

namespace {

constexpr std::size_t kConfigBytesMax = std::size_t{1} << 20;
constexpr int kDepthMax = 32;

/// A date alone; times have no meaning here and become text, which no getter takes for a date.
ConfigValue converted(const toml::node& source, int depth);

ConfigValue converted_table(const toml::table& source, ConfigValue value, int depth) {
    value.kind = ConfigValue::Kind::table;
    for (const auto& [key, child] : source) {
        value.table.emplace(std::string{key.str()}, converted(child, depth + 1));
    }
    return value;
}

ConfigValue converted(const toml::node& source, int depth) {
    ConfigValue value;
    value.line = source.source().begin.line;
    if (depth > kDepthMax) {
        return value;
    }
    if (const auto* table = source.as_table()) {
        return converted_table(*table, std::move(value), depth);
    }
    if (const auto* list = source.as_array()) {
        value.kind = ConfigValue::Kind::list;
        for (const toml::node& item : *list) {
            value.items.push_back(converted(item, depth + 1));
        }
    } else if (const auto* integer = source.as_integer()) {
        value.kind = ConfigValue::Kind::integer;
        value.integer = integer->get();
        value.number = static_cast<double>(value.integer);
    } else if (const auto* number = source.as_floating_point()) {
        value.kind = ConfigValue::Kind::number;
        value.number = number->get();
    } else if (const auto* boolean = source.as_boolean()) {
        value.kind = ConfigValue::Kind::boolean;
        value.boolean = boolean->get();
    } else if (const auto* date = source.as_date()) {
        // toml++ has checked that the day exists; the range keeps Date's own promise.
        const int year = date->get().year;
        value.kind = ConfigValue::Kind::text;
        if (year >= 1900 && year <= 2199) {
            value.kind = ConfigValue::Kind::date;
            value.date = make_date(year, date->get().month, date->get().day);
        }
    } else if (const auto* text = source.as_string()) {
        value.kind = ConfigValue::Kind::text;
        value.text = text->get();
    } else {
        value.kind = ConfigValue::Kind::text;
    }
    return value;
}

std::string_view name_of(ConfigValue::Kind kind) {
    switch (kind) {
        case ConfigValue::Kind::text:
            return "a text in quotes";
        case ConfigValue::Kind::number:
            return "a number";
        case ConfigValue::Kind::integer:
            return "a whole number";
        case ConfigValue::Kind::boolean:
            return "true or false";
        case ConfigValue::Kind::date:
            return "a date";
        case ConfigValue::Kind::list:
            return "a list";
        case ConfigValue::Kind::table:
            return "a table";
    }
    CHECK_MSG(false, "not a kind of value");
}

}  // namespace

Result<ConfigValue> parse_config(std::string_view text, const std::string& file) {
    try {
        const toml::table table = toml::parse(text, file);
        return converted(table, 0);
    } catch (const toml::parse_error& problem) {
        const auto at = problem.source().begin;
        return Error{ErrorCode::invalid_input,
                     file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " +
                         std::string{problem.description()}};
    }
}

Result<ConfigValue> read_config(const std::filesystem::path& path) {
    VARGRID_TRY(const std::string text, read_text_file(path, {kConfigBytesMax, kConfigBytesMax}));
    return parse_config(text, path.string());
}

void ConfigErrors::add(std::uint32_t line, const std::string& message) {
    if (!first.has_value()) {
        first = Error{ErrorCode::invalid_input, file + ":" + std::to_string(line) + ": " + message};
    }
}

ConfigReader::ConfigReader(const ConfigValue& table, std::string where, ConfigErrors& errors)
    : table_{table}, where_{std::move(where)}, errors_{&errors} {}

const ConfigValue* ConfigReader::find(const std::string& key) {
    asked_.insert(key);
    const auto found = table_.table.find(key);
    return found == table_.table.end() ? nullptr : &found->second;
}

const ConfigValue* ConfigReader::expect(const std::string& key,
                                        ConfigValue::Kind kind,
                                        std::string_view name) {
    const ConfigValue* value = find(key);
    if (value == nullptr) {
        return nullptr;
    }
    const bool is_whole_for_number =
        kind == ConfigValue::Kind::number && value->kind == ConfigValue::Kind::integer;
    if (value->kind != kind && !is_whole_for_number) {
        fail(key, "expected " + std::string{name} + ", found " + std::string{name_of(value->kind)});
        return nullptr;
    }
    return value;
}

void ConfigReader::fail(const std::string& key, const std::string& message) {
    const auto found = table_.table.find(key);
    const std::uint32_t line = found == table_.table.end() ? table_.line : found->second.line;
    const std::string place = where_.empty() ? "" : where_ + ": ";
    errors_->add(line, place + "key '" + key + "': " + message);
}

std::string ConfigReader::text(const std::string& key) {
    if (!has(key)) {
        asked_.insert(key);
        fail(key, "is missing, expected a text in quotes");
        return {};
    }
    return text_or(key, {});
}

std::string ConfigReader::text_or(const std::string& key, const std::string& otherwise) {
    const ConfigValue* value = expect(key, ConfigValue::Kind::text, "a text in quotes");
    return value == nullptr ? otherwise : value->text;
}

double ConfigReader::number(const std::string& key) {
    if (!has(key)) {
        asked_.insert(key);
        fail(key, "is missing, expected a number");
        return 0.0;
    }
    return number_or(key, 0.0);
}

double ConfigReader::number_or(const std::string& key, double otherwise) {
    const ConfigValue* value = expect(key, ConfigValue::Kind::number, "a number");
    if (value != nullptr && !std::isfinite(value->number)) {
        fail(key, "expected a number, found one that is not finite");
        return otherwise;
    }
    return value == nullptr ? otherwise : value->number;
}

std::int64_t ConfigReader::integer_or(const std::string& key, std::int64_t otherwise) {
    const ConfigValue* value = expect(key, ConfigValue::Kind::integer, "a whole number");
    return value == nullptr ? otherwise : value->integer;
}

bool ConfigReader::flag_or(const std::string& key, bool otherwise) {
    const ConfigValue* value = expect(key, ConfigValue::Kind::boolean, "true or false");
    return value == nullptr ? otherwise : value->boolean;
}

std::optional<Date> ConfigReader::date_if(const std::string& key) {
    const ConfigValue* value = find(key);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (value->kind == ConfigValue::Kind::text) {
        if (const auto date = date_from_iso(value->text); date) {
            return *date;
        }
    }
    if (value->kind != ConfigValue::Kind::date) {
        fail(key, "expected a date such as 2020-12-31, between 1900 and 2199");
        return std::nullopt;
    }
    return value->date;
}

std::vector<std::string> ConfigReader::texts_or(const std::string& key,
                                                const std::vector<std::string>& otherwise) {
    const ConfigValue* value = expect(key, ConfigValue::Kind::list, "a list of texts");
    if (value == nullptr) {
        return otherwise;
    }
    std::vector<std::string> texts;
    for (const ConfigValue& item : value->items) {
        if (item.kind != ConfigValue::Kind::text) {
            fail(key, "expected a list of texts in quotes");
            return otherwise;
        }
        texts.push_back(item.text);
    }
    return texts;
}

std::vector<double> ConfigReader::numbers_or(const std::string& key,
                                             const std::vector<double>& otherwise) {
    const ConfigValue* value = expect(key, ConfigValue::Kind::list, "a list of numbers");
    if (value == nullptr) {
        return otherwise;
    }
    std::vector<double> numbers;
    for (const ConfigValue& item : value->items) {
        const bool is_number =
            item.kind == ConfigValue::Kind::number || item.kind == ConfigValue::Kind::integer;
        if (!is_number || !std::isfinite(item.number)) {
            fail(key, "expected a list of numbers");
            return otherwise;
        }
        numbers.push_back(item.number);
    }
    return numbers;
}

std::optional<ConfigReader> ConfigReader::table_if(const std::string& key) {
    const ConfigValue* value = expect(key, ConfigValue::Kind::table, "a table");
    if (value == nullptr) {
        return std::nullopt;
    }
    const std::string where = where_.empty() ? "[" + key + "]" : where_ + " " + key;
    return ConfigReader{*value, where, *errors_};
}

std::vector<ConfigReader> ConfigReader::tables(const std::string& key) {
    const ConfigValue* value = expect(key, ConfigValue::Kind::list, "a list of tables");
    std::vector<ConfigReader> readers;
    if (value == nullptr) {
        return readers;
    }
    for (std::size_t i = 0; i < value->items.size(); ++i) {
        if (value->items[i].kind != ConfigValue::Kind::table) {
            fail(key, "expected a list of tables");
            return {};
        }
        const std::string number = " #" + std::to_string(i + 1);
        const std::string where =
            where_.empty() ? "[[" + key + "]]" + number : where_ + " " + key + number;
        readers.emplace_back(value->items[i], where, *errors_);
    }
    return readers;
}

std::vector<std::string> ConfigReader::keys() const {
    std::vector<std::string> names;
    for (const auto& [key, value] : table_.table) {
        names.push_back(key);
    }
    return names;
}

void ConfigReader::finish() {
    for (const auto& [key, value] : table_.table) {
        if (asked_.contains(key)) {
            continue;
        }
        std::string known;
        for (const std::string& name : asked_) {
            known += (known.empty() ? "" : ", ") + name;
        }
        fail(key, "is not known here; known are " + known);
    }
}

}  // namespace vargrid
