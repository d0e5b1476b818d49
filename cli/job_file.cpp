#include "cli/job_file.hpp"

#include "pricing/history/config.hpp"
#include "pricing/history/paths.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace vargrid::cli {
namespace {

namespace fs = std::filesystem;

std::int64_t integer_between(ConfigReader& reader,
                             const std::string& key,
                             std::int64_t otherwise,
                             std::int64_t first,
                             std::int64_t last) {
    const std::int64_t value = reader.integer_or(key, otherwise);
    if (value < first || value > last) {
        reader.fail(key,
                    "expected a whole number from " + std::to_string(first) + " to " +
                        std::to_string(last) + ", found " + std::to_string(value));
        return otherwise;
    }
    return value;
}

std::vector<std::string> read_paths(ConfigReader& reader,
                                    const std::string& key,
                                    const fs::path& folder) {
    std::vector<std::string> paths;
    for (const std::string& text : reader.texts_or(key, {})) {
        const auto path = expand_path(text, folder);
        if (path) {
            paths.push_back(path->string());
        } else {
            reader.fail(key, path.error().message);
        }
    }
    return paths;
}

std::uint32_t read_confidence(ConfigReader& reader) {
    const double value = reader.number("confidence");
    if (!(value > 0.0 && value < 1.0)) {
        reader.fail("confidence", "expected a number between 0 and 1, such as 0.99");
        return 0;
    }
    const double basis_points = value * 10'000.0;
    const double rounded = std::nearbyint(basis_points);
    if (std::fabs(basis_points - rounded) > 1e-6 || rounded < 1.0 || rounded > 9'999.0) {
        reader.fail("confidence", "expected whole basis points, at most four decimals");
        return 0;
    }
    return static_cast<std::uint32_t>(rounded);
}

MeasureRequest read_measure(ConfigReader& reader) {
    MeasureRequest request;
    if (const auto measure = measure_kind_from_text(reader.text("measure"))) {
        request.measure = *measure;
    } else {
        reader.fail("measure", measure.error().message);
    }
    request.confidence_basis_points = read_confidence(reader);
    request.estimator =
        request.measure == MeasureKind::var ? Estimator::ceil_rank : Estimator::fractional;
    const std::string name = reader.text_or("estimator", std::string{to_text(request.estimator)});
    if (const auto estimator = estimator_from_text(name); !estimator) {
        reader.fail("estimator", estimator.error().message);
    } else if (!estimates(*estimator, request.measure)) {
        reader.fail("estimator",
                    name + " does not estimate " + std::string{to_text(request.measure)});
    } else {
        request.estimator = *estimator;
    }
    reader.finish();
    return request;
}

std::vector<MeasureRequest> read_measures(ConfigReader& root) {
    if (!root.has("measures")) {
        return {{MeasureKind::var, 9'900, Estimator::ceil_rank},
                {MeasureKind::var, 9'750, Estimator::ceil_rank},
                {MeasureKind::es, 9'750, Estimator::fractional}};
    }
    std::vector<MeasureRequest> requests;
    for (ConfigReader& reader : root.tables("measures")) {
        const MeasureRequest request = read_measure(reader);
        if (std::ranges::find(requests, request) != requests.end()) {
            reader.fail("measure", "the same measure twice");
        }
        requests.push_back(request);
    }
    if (requests.empty()) {
        root.fail("measures", "expected at least one");
    }
    return requests;
}

std::vector<MovedClass> read_classes(ConfigReader& root) {
    std::vector<MovedClass> classes;
    for (const std::string& name : root.texts_or(
             "risk_classes", {"all", "interest_rate", "fx", "equity", "commodity", "volatility"})) {
        const auto moved = moved_class_from_text(name);
        if (!moved) {
            root.fail("risk_classes", moved.error().message);
        } else if (std::ranges::find(classes, *moved) != classes.end()) {
            root.fail("risk_classes", "'" + name + "' twice");
        } else {
            classes.push_back(*moved);
        }
    }
    if (classes.empty()) {
        root.fail("risk_classes", "expected at least one");
    }
    return classes;
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

void read_root(ConfigReader& root, JobFile& job) {
    if (root.integer_or("schema", 0) != 1) {
        root.fail("schema", "expected 1, the version of this format");
    }
    job.name = root.text("name");
    if (!is_name(job.name)) {
        root.fail("name", "expected 1 to 64 letters, digits, '-' or '_', found '" + job.name + "'");
    }
    job.base_currency = root.text("base_currency");
    job.as_of = root.date_if("as_of");
    job.classes = read_classes(root);
    job.measures = read_measures(root);
}

void read_inputs(ConfigReader& root, const fs::path& folder, JobFile& job) {
    if (auto book = root.table_if("book")) {
        job.trade_files = read_paths(*book, "files", folder);
        job.fixing_files = read_paths(*book, "fixings", folder);
        job.skip_bad_trades = book->flag_or("skip_bad_trades", false);
        book->finish();
    }
    if (job.trade_files.empty()) {
        root.fail("book.files", "expected a list of trade files");
    }
    if (auto market = root.table_if("market")) {
        const auto path = expand_path(market->text("mapping"), folder);
        if (path) {
            job.market_mapping = *path;
        } else {
            market->fail("mapping", path.error().message);
        }
        market->finish();
    } else {
        root.fail("market.mapping", "expected the market's mapping file");
    }
}

void read_question(ConfigReader& root, JobFile& job) {
    if (auto scenarios = root.table_if("scenarios")) {
        job.scenario_count =
            static_cast<std::size_t>(integer_between(*scenarios, "count", 500, 1, kScenariosMax));
        job.horizon_days =
            static_cast<int>(integer_between(*scenarios, "horizon_days", 1, 1, kHorizonDaysMax));
        scenarios->finish();
    }
    if (auto output = root.table_if("output")) {
        job.keep_trade_pnl = output->flag_or("trade_pnl", false);
        output->finish();
    }
    if (auto plan = root.table_if("plan")) {
        job.block_microseconds = static_cast<std::uint64_t>(
            integer_between(*plan, "block_microseconds", 10'000, 1, 1'000'000));
        if (plan->has("audit")) {
            const double share = plan->number("audit");
            if (share >= 0.0 && share <= 1.0) {
                job.audit_per_million = static_cast<std::uint32_t>(std::lround(share * 1e6));
            } else {
                plan->fail("audit", "expected a share of the blocks from 0 to 1, such as 0.001");
            }
        }
        plan->finish();
    }
}

}  // namespace

Result<JobFile> read_job_file(const fs::path& path) {
    std::error_code failure;
    if (!fs::exists(path, failure)) {
        return Error{ErrorCode::not_found, path.string() + ": no such job file"};
    }
    VARGRID_TRY(const ConfigValue document, read_config(path));
    ConfigErrors errors{.file = path.string(), .first = {}};
    ConfigReader root{document, "", errors};
    JobFile job;
    job.path = path;
    read_root(root, job);
    read_inputs(root, fs::absolute(path).parent_path(), job);
    read_question(root, job);
    root.finish();
    if (errors.first) {
        return *errors.first;
    }
    return job;
}

}  // namespace vargrid::cli
