#include "cli/job_file.hpp"

#include "pricing/history/paths.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string_view>

namespace vargrid::cli {
namespace {

namespace fs = std::filesystem;

/// One table of the file, with the place of everything for error messages.
class Section {
  public:
    Section(const fs::path& file, std::string name, const toml::table& table)
        : file_{file}, name_{std::move(name)}, table_{table} {}

    [[nodiscard]] Error error(const toml::node& where, const std::string& message) const {
        return at(where.source().begin.line, message);
    }
    [[nodiscard]] Error error(const std::string& message) const {
        return at(table_.source().begin.line, message);
    }

    Result<void> allow(std::initializer_list<std::string_view> keys) const {
        for (const auto& [key, node] : table_) {
            if (std::ranges::find(keys, key.str()) == keys.end()) {
                std::string known;
                for (const std::string_view one : keys) {
                    known += (known.empty() ? "" : ", ") + std::string{one};
                }
                return at(key.source().begin.line,
                          "unknown key '" + full(key.str()) + "', expected one of: " + known);
            }
        }
        return {};
    }

    Result<std::string> text(std::string_view key) const {
        const toml::node* node = table_.get(key);
        if (node == nullptr) {
            return error("missing key '" + full(key) + "', expected text in quotes");
        }
        return text_of(*node, full(key));
    }

    Result<std::string> text_of(const toml::node& node, const std::string& key) const {
        const auto value = node.value_exact<std::string>();
        if (!value || value->empty()) {
            return error(node, "'" + key + "': expected text in quotes, not empty");
        }
        return *value;
    }

    Result<std::int64_t> integer(std::string_view key,
                                 std::int64_t otherwise,
                                 std::int64_t first,
                                 std::int64_t last) const {
        const toml::node* node = table_.get(key);
        if (node == nullptr) {
            return otherwise;
        }
        const auto value = node->value_exact<std::int64_t>();
        if (!value || *value < first || *value > last) {
            return error(*node,
                         "'" + full(key) + "': expected a whole number from " +
                             std::to_string(first) + " to " + std::to_string(last));
        }
        return *value;
    }

    Result<bool> flag(std::string_view key, bool otherwise) const {
        const toml::node* node = table_.get(key);
        if (node == nullptr) {
            return otherwise;
        }
        const auto value = node->value_exact<bool>();
        if (!value) {
            return error(*node, "'" + full(key) + "': expected true or false");
        }
        return *value;
    }

    Result<std::vector<std::string>> texts(std::string_view key) const {
        std::vector<std::string> all;
        const toml::node* node = table_.get(key);
        if (node == nullptr) {
            return all;
        }
        const toml::array* array = node->as_array();
        if (array == nullptr) {
            return error(*node, "'" + full(key) + "': expected a list of texts, [\"...\"]");
        }
        for (const toml::node& item : *array) {
            VARGRID_TRY(std::string value, text_of(item, full(key)));
            all.push_back(std::move(value));
        }
        return all;
    }

    Result<Section> section(std::string_view key) const {
        const toml::node* node = table_.get(key);
        if (node == nullptr) {
            return Section{file_, full(key), kEmpty};
        }
        if (node->as_table() == nullptr) {
            return error(*node, "'" + full(key) + "': expected a table, [" + full(key) + "]");
        }
        return Section{file_, full(key), *node->as_table()};
    }

    [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }
    [[nodiscard]] const toml::node* get(std::string_view key) const { return table_.get(key); }
    [[nodiscard]] std::string full(std::string_view key) const {
        return name_.empty() ? std::string{key} : name_ + "." + std::string{key};
    }

  private:
    static inline const toml::table kEmpty{};

    [[nodiscard]] Error at(std::size_t line, const std::string& message) const {
        const std::string place = line == 0 ? "" : ":" + std::to_string(line);
        return {ErrorCode::invalid_input, file_.string() + place + ": " + message};
    }

    fs::path file_;
    std::string name_;
    const toml::table& table_;
};

Result<std::vector<std::string>> paths(const Section& section,
                                       std::string_view key,
                                       const fs::path& folder) {
    VARGRID_TRY(std::vector<std::string> all, section.texts(key));
    for (std::string& one : all) {
        auto path = expand_path(one, folder);
        if (!path) {
            return section.error("'" + section.full(key) + "': " + path.error().message);
        }
        one = path->string();
    }
    return all;
}

Result<std::optional<Date>> read_as_of(const Section& root) {
    const toml::node* node = root.get("as_of");
    if (node == nullptr) {
        return std::optional<Date>{};
    }
    if (const auto date = node->value_exact<toml::date>()) {
        return std::optional<Date>{make_date(date->year, date->month, date->day)};
    }
    if (const auto text = node->value_exact<std::string>()) {
        if (const auto date = date_from_iso(*text)) {
            return std::optional<Date>{*date};
        }
    }
    return root.error(*node, "'as_of': expected a date, as_of = 2020-12-31");
}

Result<std::uint32_t> read_confidence(const Section& section) {
    const toml::node* node = section.get("confidence");
    const auto value = node == nullptr ? std::nullopt : node->value_exact<double>();
    if (!value || !(*value > 0.0 && *value < 1.0)) {
        return section.error("'" + section.full("confidence") +
                             "': expected a number between 0 and 1, such as 0.99");
    }
    const double basis_points = *value * 10'000.0;
    const double rounded = std::nearbyint(basis_points);
    if (std::fabs(basis_points - rounded) > 1e-6 || rounded < 1.0 || rounded > 9'999.0) {
        return section.error("'" + section.full("confidence") +
                             "': expected whole basis points, at most four decimals");
    }
    return static_cast<std::uint32_t>(rounded);
}

Result<MeasureRequest> read_measure(const Section& section) {
    VARGRID_TRY_VOID(section.allow({"measure", "confidence", "estimator"}));
    VARGRID_TRY(const std::string measure_name, section.text("measure"));
    const auto measure = measure_kind_from_text(measure_name);
    if (!measure) {
        return section.error("'" + section.full("measure") + "': " + measure.error().message);
    }
    MeasureRequest request{
        .measure = *measure,
        .confidence_basis_points = 0,
        .estimator = *measure == MeasureKind::var ? Estimator::ceil_rank : Estimator::fractional};
    VARGRID_TRY(request.confidence_basis_points, read_confidence(section));
    if (section.has("estimator")) {
        VARGRID_TRY(const std::string name, section.text("estimator"));
        const auto estimator = estimator_from_text(name);
        if (!estimator) {
            return section.error("'" + section.full("estimator") +
                                 "': " + estimator.error().message);
        }
        request.estimator = *estimator;
    }
    if (!estimates(request.estimator, request.measure)) {
        return section.error("'" + section.full("estimator") +
                             "': " + std::string{to_text(request.estimator)} +
                             " does not estimate " + std::string{to_text(request.measure)});
    }
    return request;
}

Result<std::vector<MeasureRequest>> read_measures(const fs::path& file, const Section& root) {
    const toml::node* node = root.get("measures");
    if (node == nullptr) {
        return std::vector<MeasureRequest>{
            {MeasureKind::var, 9'900, Estimator::ceil_rank},
            {MeasureKind::var, 9'750, Estimator::ceil_rank},
            {MeasureKind::es, 9'750, Estimator::fractional},
        };
    }
    const toml::array* array = node->as_array();
    if (array == nullptr || array->empty() || !array->is_array_of_tables()) {
        return root.error(*node, "'measures': expected tables, [[measures]], at least one");
    }
    std::vector<MeasureRequest> requests;
    for (const toml::node& item : *array) {
        VARGRID_TRY(const MeasureRequest request,
                    read_measure(Section{file, "measures", *item.as_table()}));
        if (std::ranges::find(requests, request) != requests.end()) {
            return root.error(item, "'measures': the same measure twice");
        }
        requests.push_back(request);
    }
    return requests;
}

Result<std::vector<MovedClass>> read_classes(const Section& root) {
    VARGRID_TRY(const std::vector<std::string> names, root.texts("risk_classes"));
    std::vector<MovedClass> classes;
    for (const std::string& name : names) {
        const auto moved = moved_class_from_text(name);
        if (!moved) {
            return root.error("'risk_classes': " + moved.error().message);
        }
        if (std::ranges::find(classes, *moved) != classes.end()) {
            return root.error("'risk_classes': '" + name + "' twice");
        }
        classes.push_back(*moved);
    }
    if (classes.empty()) {
        classes = {MovedClass::all,
                   MovedClass::interest_rate,
                   MovedClass::fx,
                   MovedClass::equity,
                   MovedClass::commodity,
                   MovedClass::volatility};
    }
    return classes;
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

Result<void> read_root(const Section& root, JobFile& job) {
    VARGRID_TRY_VOID(root.allow({"schema",
                                 "name",
                                 "base_currency",
                                 "as_of",
                                 "risk_classes",
                                 "book",
                                 "market",
                                 "scenarios",
                                 "measures",
                                 "output",
                                 "plan"}));
    VARGRID_TRY(const std::int64_t schema, root.integer("schema", 0, 0, 1'000'000));
    if (schema != 1) {
        return root.error("expected 'schema = 1', the version of this format");
    }
    VARGRID_TRY(job.name, root.text("name"));
    if (!is_name(job.name)) {
        return root.error("'name': expected 1 to 64 letters, digits, '-' or '_', found '" +
                          job.name + "'");
    }
    VARGRID_TRY(job.base_currency, root.text("base_currency"));
    VARGRID_TRY(job.as_of, read_as_of(root));
    VARGRID_TRY(job.classes, read_classes(root));
    return {};
}

Result<void> read_inputs(const Section& root, const fs::path& folder, JobFile& job) {
    VARGRID_TRY(const Section book, root.section("book"));
    VARGRID_TRY_VOID(book.allow({"files", "fixings", "skip_bad_trades"}));
    VARGRID_TRY(job.trade_files, paths(book, "files", folder));
    if (job.trade_files.empty()) {
        return root.error("missing key 'book.files', expected a list of trade files");
    }
    VARGRID_TRY(job.fixing_files, paths(book, "fixings", folder));
    VARGRID_TRY(job.skip_bad_trades, book.flag("skip_bad_trades", false));

    VARGRID_TRY(const Section market, root.section("market"));
    VARGRID_TRY_VOID(market.allow({"mapping"}));
    VARGRID_TRY(const std::string mapping, market.text("mapping"));
    auto mapping_path = expand_path(mapping, folder);
    if (!mapping_path) {
        return market.error("'market.mapping': " + mapping_path.error().message);
    }
    job.market_mapping = *mapping_path;
    return {};
}

Result<void> read_question(const Section& root, JobFile& job) {
    VARGRID_TRY(const Section scenarios, root.section("scenarios"));
    VARGRID_TRY_VOID(scenarios.allow({"count", "horizon_days"}));
    VARGRID_TRY(const std::int64_t count, scenarios.integer("count", 500, 1, kScenariosMax));
    job.scenario_count = static_cast<std::size_t>(count);
    VARGRID_TRY(const std::int64_t horizon,
                scenarios.integer("horizon_days", 1, 1, kHorizonDaysMax));
    job.horizon_days = static_cast<int>(horizon);

    VARGRID_TRY(job.measures, read_measures(job.path, root));

    VARGRID_TRY(const Section output, root.section("output"));
    VARGRID_TRY_VOID(output.allow({"trade_pnl"}));
    VARGRID_TRY(job.keep_trade_pnl, output.flag("trade_pnl", false));

    VARGRID_TRY(const Section plan, root.section("plan"));
    VARGRID_TRY_VOID(plan.allow({"block_microseconds"}));
    VARGRID_TRY(const std::int64_t block, plan.integer("block_microseconds", 10'000, 1, 1'000'000));
    job.block_microseconds = static_cast<std::uint64_t>(block);
    return {};
}

}  // namespace

Result<JobFile> read_job_file(const fs::path& path) {
    std::ifstream stream{path, std::ios::binary};
    if (!stream) {
        return Error{ErrorCode::not_found, path.string() + ": no such job file, or not readable"};
    }
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream || fs::is_directory(path)) {
        return Error{ErrorCode::io, path.string() + ": could not be read"};
    }
    toml::table table;
    try {
        table = toml::parse(text.str());
    } catch (const toml::parse_error& failure) {
        return Error{ErrorCode::invalid_input,
                     path.string() + ":" + std::to_string(failure.source().begin.line) + ": " +
                         std::string{failure.description()}};
    }
    JobFile job;
    job.path = path;
    const Section root{path, "", table};
    VARGRID_TRY_VOID(read_root(root, job));
    VARGRID_TRY_VOID(read_inputs(root, fs::absolute(path).parent_path(), job));
    VARGRID_TRY_VOID(read_question(root, job));
    return job;
}

}  // namespace vargrid::cli
