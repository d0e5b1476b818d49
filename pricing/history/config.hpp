// TOML documents as plain values with line numbers, and a strict reader over them: every key that
// is not asked for is an error, and every error names file, line, table and key, and what was
// expected. toml++ itself stays in config.cpp.
#pragma once

#include "base/date.hpp"
#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vargrid {

struct ConfigValue {
    enum class Kind : std::uint8_t { text, number, integer, boolean, date, list, table };

    Kind kind{Kind::table};
    std::uint32_t line{0};
    std::string text;
    double number{0.0};  ///< Also set for an integer.
    std::int64_t integer{0};
    bool boolean{false};
    Date date;
    std::vector<ConfigValue> items;            ///< Of a list.
    std::map<std::string, ConfigValue> table;  ///< Of a table.
};

/// Errors: io, limit (1 MiB), or invalid_input naming file, line and column.
[[nodiscard]] Result<ConfigValue> read_config(const std::filesystem::path& path);
[[nodiscard]] Result<ConfigValue> parse_config(std::string_view text, const std::string& file);

/// Collects the first error of a whole document, so that a parser reads everything and asks once.
struct ConfigErrors {
    std::string file;
    std::optional<Error> first;

    void add(std::uint32_t line, const std::string& message);
};

/// The values a key may have, by name.
template <class Choice, std::size_t N>
using ConfigChoices = std::array<std::pair<std::string_view, Choice>, N>;

/// Reads one table. Every getter gives its default (or an empty value) once something is wrong.
/// The value and the errors must outlive it.
class ConfigReader {
  public:
    /// `where` is how errors name the table: "[shifts]", "[[curves]] 'EUR-GOV'".
    ConfigReader(const ConfigValue& table, std::string where, ConfigErrors& errors);

    [[nodiscard]] bool has(const std::string& key) const { return table_.table.contains(key); }
    [[nodiscard]] bool is_table(const std::string& key) const {
        const auto found = table_.table.find(key);
        return found != table_.table.end() && found->second.kind == ConfigValue::Kind::table;
    }
    [[nodiscard]] std::uint32_t line() const { return table_.line; }
    [[nodiscard]] const std::string& where() const { return where_; }
    void rename(std::string where) { where_ = std::move(where); }

    [[nodiscard]] std::string text(const std::string& key);
    [[nodiscard]] std::string text_or(const std::string& key, const std::string& otherwise);
    [[nodiscard]] double number(const std::string& key);
    [[nodiscard]] double number_or(const std::string& key, double otherwise);
    [[nodiscard]] std::int64_t integer_or(const std::string& key, std::int64_t otherwise);
    [[nodiscard]] bool flag_or(const std::string& key, bool otherwise);
    [[nodiscard]] std::optional<Date> date_if(const std::string& key);
    [[nodiscard]] std::vector<std::string> texts_or(const std::string& key,
                                                    const std::vector<std::string>& otherwise);
    [[nodiscard]] std::vector<double> numbers_or(const std::string& key,
                                                 const std::vector<double>& otherwise);
    /// The table under `key`, or nothing.
    [[nodiscard]] std::optional<ConfigReader> table_if(const std::string& key);
    /// The tables of the list under `key`; none when the key is missing.
    [[nodiscard]] std::vector<ConfigReader> tables(const std::string& key);
    [[nodiscard]] std::vector<std::string> keys() const;

    /// One of the named values; the first one's when the key is missing.
    template <class Choice, std::size_t N>
    [[nodiscard]] Choice choice(const std::string& key, const ConfigChoices<Choice, N>& choices) {
        return choice_or(key, choices, choices.front().second);
    }
    template <class Choice, std::size_t N>
    [[nodiscard]] Choice choice_or(const std::string& key,
                                   const ConfigChoices<Choice, N>& choices,
                                   Choice otherwise) {
        if (!has(key)) {
            asked_.insert(key);
            return otherwise;
        }
        const std::string found = text(key);
        std::string names;
        for (const auto& [name, value] : choices) {
            if (found == name) {
                return value;
            }
            names += (names.empty() ? "\"" : ", \"") + std::string{name} + "\"";
        }
        fail(key, "expected one of " + names + ", found \"" + found + "\"");
        return otherwise;
    }

    /// Records "file:line: where: key 'key': message".
    void fail(const std::string& key, const std::string& message);
    /// Records an error unless every key there is was asked for.
    void finish();

  private:
    const ConfigValue* find(const std::string& key);
    const ConfigValue* expect(const std::string& key,
                              ConfigValue::Kind kind,
                              std::string_view name);

    const ConfigValue& table_;
    std::string where_;
    ConfigErrors* errors_;
    std::set<std::string> asked_;
};

}  // namespace vargrid
