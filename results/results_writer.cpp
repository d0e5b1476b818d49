#include "results/durable_file.hpp"
#include "results/hdf5_writer.hpp"
#include "results/ledger_fields.hpp"
#include "results/results_content.hpp"
#include "results/results_file.hpp"
#include "results/seal.hpp"

#include <algorithm>
#include <numeric>

namespace vargrid::results {
namespace {

/// Everything but "all": the classes that class_pnl runs along.
std::vector<std::size_t> single_classes(const RunSpec& run) {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < run.classes.size(); ++i) {
        if (run.classes[i] != MovedClass::all) {
            indices.push_back(i);
        }
    }
    return indices;
}

void describe(Hdf5Writer& writer,
              const std::string& name,
              std::string_view long_name,
              std::string_view units = {}) {
    writer.attribute(name, "long_name", long_name);
    if (!units.empty()) {
        writer.attribute(name, "units", units);
    }
}

void write_texts(Hdf5Writer& writer,
                 const std::string& name,
                 const std::vector<std::string>& values,
                 const std::string& coordinate,
                 std::string_view long_name) {
    writer.texts(name, values);
    if (name == coordinate) {
        writer.make_coordinate(name);
    } else {
        writer.along(name, {coordinate});
    }
    describe(writer, name, long_name);
}

/// A coordinate that only counts: 0, 1, 2, ...
void write_counter(Hdf5Writer& writer,
                   const std::string& name,
                   std::size_t count,
                   std::string_view long_name) {
    std::vector<std::int64_t> values(count);
    std::iota(values.begin(), values.end(), 0);
    writer.array(name, values);
    writer.make_coordinate(name);
    describe(writer, name, long_name);
}

template <class T>
void write_column(Hdf5Writer& writer,
                  const std::string& name,
                  const std::vector<T>& values,
                  const std::string& coordinate,
                  std::string_view long_name,
                  std::string_view units = {}) {
    writer.array(name, std::span<const T>{values}, {values.size()}, Storage::compressed);
    writer.along(name, {coordinate});
    describe(writer, name, long_name, units);
}

void write_dates(Hdf5Writer& writer,
                 const std::string& name,
                 const RunSpec& run,
                 Date ScenarioLabel::*date,
                 std::string_view long_name) {
    std::vector<std::int64_t> days;
    for (const ScenarioLabel& scenario : run.scenarios) {
        days.push_back((scenario.*date).days);
    }
    write_column(writer, name, days, "scenario", long_name, "days since 1970-01-01");
    writer.attribute(name, "calendar", "proleptic_gregorian");
}

void write_coordinates(Hdf5Writer& writer, const RunResults& results) {
    const RunSpec& run = results.run;
    write_texts(writer, "book", results.books, "book", "book: every level of every path");
    write_counter(writer, "scenario", run.scenarios.size(), "scenario: a historical move");
    write_dates(writer, "scenario_from", run, &ScenarioLabel::from, "date the move starts from");
    write_dates(writer, "scenario_to", run, &ScenarioLabel::to, "date the move ends at");
    std::vector<std::string> names;
    for (const std::size_t i : single_classes(run)) {
        names.emplace_back(to_text(run.classes[i]));
    }
    if (!names.empty()) {
        write_texts(writer, "risk_class", names, "risk_class", "the only class that moves");
    }
    std::vector<std::string> ids;
    std::vector<std::string> types;
    std::vector<std::string> books;
    for (const RunTrade& trade : run.trades) {
        ids.push_back(trade.id);
        types.push_back(trade.type);
        books.push_back(run.books[trade.book]);
    }
    write_texts(writer, "trade", ids, "trade", "trade id");
    write_texts(writer, "trade_type", types, "trade", "type of the trade");
    write_texts(writer, "trade_book", books, "trade", "book of the trade");
}

void write_base_values(Hdf5Writer& writer, const RunResults& results) {
    write_column(writer,
                 "base_value",
                 results.base_values,
                 "book",
                 "value on the valuation date",
                 results.run.base_currency);
    write_column(writer,
                 "trade_base_value",
                 results.trade_base_values,
                 "trade",
                 "value on the valuation date",
                 results.run.base_currency);
}

/// RunResults has class, book, scenario in this order; the file splits "all" from the others.
void write_pnl(Hdf5Writer& writer, const RunResults& results) {
    const RunSpec& run = results.run;
    const std::uint64_t classes = run.classes.size();
    const std::uint64_t books = results.books.size();
    const std::uint64_t scenarios = run.scenarios.size();
    const auto slice = [&](const std::string& name, std::uint64_t from, Dimensions start) {
        Dimensions count(start.size(), 1);
        count[count.size() - 2] = books;
        count[count.size() - 1] = scenarios;
        writer.fill(name,
                    results.pnl,
                    {.memory_dimensions = {classes, books, scenarios},
                     .memory_start = {from, 0, 0},
                     .memory_count = {1, books, scenarios},
                     .file_start = std::move(start),
                     .file_count = count});
    };
    if (const auto all = all_classes_index(run)) {
        writer.create("pnl", ElementType::f64, {books, scenarios}, Storage::compressed);
        slice("pnl", *all, {0, 0});
        writer.along("pnl", {"book", "scenario"});
        describe(writer, "pnl", "profit and loss, all risk factors moved", run.base_currency);
    }
    const auto singles = single_classes(run);
    if (!singles.empty()) {
        writer.create(
            "class_pnl", ElementType::f64, {singles.size(), books, scenarios}, Storage::compressed);
        for (std::size_t k = 0; k < singles.size(); ++k) {
            slice("class_pnl", singles[k], {k, 0, 0});
        }
        writer.along("class_pnl", {"risk_class", "book", "scenario"});
        describe(writer, "class_pnl", "profit and loss, one class moved", run.base_currency);
    }
}

/// RunResults has trade, class, scenario in this order.
void write_trade_pnl(Hdf5Writer& writer, const RunResults& results) {
    const RunSpec& run = results.run;
    if (!run.keep_trade_pnl) {
        return;
    }
    const std::uint64_t classes = run.classes.size();
    const std::uint64_t trades = run.trades.size();
    const std::uint64_t scenarios = run.scenarios.size();
    const auto slice = [&](const std::string& name, std::uint64_t from, Dimensions start) {
        Dimensions count(start.size(), 1);
        count.front() = trades;
        count.back() = scenarios;
        writer.fill(name,
                    results.trade_pnl,
                    {.memory_dimensions = {trades, classes, scenarios},
                     .memory_start = {0, from, 0},
                     .memory_count = {trades, 1, scenarios},
                     .file_start = std::move(start),
                     .file_count = count});
    };
    if (const auto all = all_classes_index(run)) {
        writer.create("trade_pnl", ElementType::f64, {trades, scenarios}, Storage::compressed);
        slice("trade_pnl", *all, {0, 0});
        writer.along("trade_pnl", {"trade", "scenario"});
        describe(writer, "trade_pnl", "profit and loss, all risk factors moved", run.base_currency);
    }
    const auto singles = single_classes(run);
    if (!singles.empty()) {
        writer.create("trade_class_pnl",
                      ElementType::f64,
                      {trades, singles.size(), scenarios},
                      Storage::compressed);
        for (std::size_t k = 0; k < singles.size(); ++k) {
            slice("trade_class_pnl", singles[k], {0, k, 0});
        }
        writer.along("trade_class_pnl", {"trade", "risk_class", "scenario"});
        describe(writer, "trade_class_pnl", "profit and loss, one class moved", run.base_currency);
    }
}

void write_measures(Hdf5Writer& writer, const RunResults& results) {
    std::vector<std::string> kinds;
    std::vector<std::string> books;
    std::vector<std::string> classes;
    std::vector<std::string> estimators;
    std::vector<std::int64_t> basis_points;
    std::vector<double> confidences;
    std::vector<double> values;
    for (const MeasureValue& measure : results.measures) {
        kinds.emplace_back(to_text(measure.request.measure));
        books.push_back(measure.book);
        classes.emplace_back(to_text(measure.risk_class));
        estimators.emplace_back(to_text(measure.request.estimator));
        basis_points.push_back(measure.request.confidence_basis_points);
        confidences.push_back(measure.request.confidence_basis_points / 10'000.0);
        values.push_back(measure.value);
    }
    write_texts(writer, "measure", kinds, "measure", "var or es");
    write_texts(writer, "measure_book", books, "measure", "book");
    write_texts(writer, "measure_risk_class", classes, "measure", "risk factors moved");
    write_texts(writer, "measure_estimator", estimators, "measure", "estimator");
    write_column(writer, "measure_confidence", confidences, "measure", "confidence", "1");
    write_column(
        writer, "measure_confidence_bp", basis_points, "measure", "confidence", "basis points");
    write_column(
        writer, "measure_value", values, "measure", "loss, positive", results.run.base_currency);
}

void write_failures(Hdf5Writer& writer, const RunResults& results) {
    const std::size_t scenarios = results.run.scenarios.size();
    std::vector<std::int64_t> trades;
    std::vector<std::int64_t> scenario;
    std::vector<std::string> classes;
    std::vector<std::string> reasons;
    for (const CellFailure& failure : results.failures) {
        trades.push_back(failure.trade);
        scenario.push_back(static_cast<std::int64_t>(failure.column % scenarios));
        classes.emplace_back(to_text(results.run.classes[failure.column / scenarios]));
        reasons.emplace_back(to_text(failure.reason));
    }
    write_counter(writer, "failure", trades.size(), "a cell without a number");
    write_column(writer, "failure_trade", trades, "failure", "position along trade");
    write_column(writer, "failure_scenario", scenario, "failure", "position along scenario");
    write_texts(writer, "failure_risk_class", classes, "failure", "risk factors moved");
    write_texts(writer, "failure_reason", reasons, "failure", "why there is no number");
    const std::vector<std::int64_t> missing{results.blocks_missing.begin(),
                                            results.blocks_missing.end()};
    writer.array("missing_block", missing);
    writer.make_coordinate("missing_block");
    describe(writer, "missing_block", "blocks that were never computed");
}

std::int64_t count_attribute(std::uint64_t count) {
    return static_cast<std::int64_t>(count);
}

void write_root_attributes(Hdf5Writer& writer, const RunResults& results) {
    const RunSpec& run = results.run;
    const auto text = [&](const char* name, std::string_view value) {
        writer.attribute("/", name, value);
    };
    const auto count = [&](const char* name, std::uint64_t value) {
        writer.attribute("/", name, count_attribute(value));
    };
    text("Conventions", "CF-1.10");
    text("title", "vargrid: profit and loss by book and scenario");
    writer.attribute("/", "schema_version", std::int64_t{kResultsSchemaVersion});
    text("run_id", results.run_id);
    text("name", run.name);
    text("valuation_date", to_iso(run.as_of));
    text("requested_date", to_iso(run.as_of_requested));
    text("base_currency", run.base_currency);
    count("horizon_days", run.horizon_days);
    text("digest", to_hex(results.digest));
    text("content_digest", to_hex(content_digest(results)));
    text("code_revision", run.code_revision);
    count("complete", results.complete ? 1 : 0);
    count("blocks_expected", results.blocks_expected);
    count("blocks_present", results.blocks_present);
    count("cells", run.cell_count());
    count("failed_cells", results.failures.size());
    for (const LedgerField& field : kLedgerFields) {
        count(field.name, results.ledger.*field.member);
    }
    text("ledger_price_currency", results.ledger.price_currency);
    text("input_report", run.input_report);
}

/// The run as vargrid itself encodes it, apart from the public part: read_results() restores it
/// exactly. A coordinate of itself, because xarray wants every axis to have one.
void write_run(Hdf5Writer& writer, const RunSpec& run) {
    const Bytes bytes = run.encode();
    std::vector<std::uint8_t> numbers(bytes.size());
    std::ranges::transform(
        bytes, numbers.begin(), [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
    writer.make_group("run");
    writer.array("run/specification", numbers);
    writer.make_coordinate("run/specification");
}

}  // namespace

Result<void> write_results(const std::filesystem::path& path, const RunResults& results) {
    if (auto checked = check_content(results); !checked) {
        return with_context(std::move(checked).error(), path.string());
    }
    const Result<FileImage> image = [&] {
        Hdf5Writer writer;
        write_root_attributes(writer, results);
        write_coordinates(writer, results);
        write_base_values(writer, results);
        write_pnl(writer, results);
        write_measures(writer, results);
        write_failures(writer, results);
        write_trade_pnl(writer, results);
        write_run(writer, results.run);
        return writer.finish();
    }();
    if (!image) {
        return with_context(image.error(), path.string());
    }
    const Seal seal = seal_of(image->bytes());
    return write_durably(path, {image->bytes(), seal});
}

}  // namespace vargrid::results
