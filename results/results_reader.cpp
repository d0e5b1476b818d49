#include "results/hdf5_reader.hpp"
#include "results/ledger_fields.hpp"
#include "results/results_content.hpp"
#include "results/results_file.hpp"

#include <algorithm>
#include <optional>

namespace vargrid::results {
namespace {

constexpr std::uint64_t kSpecificationBytesMax = std::uint64_t{4} << 30U;
/// Of blocks, measures and failures; a file with more is damaged.
constexpr std::uint64_t kItemsMax = std::uint64_t{1} << 32U;

template <class T>
Result<T> at(const Hdf5Reader& reader, const std::string& name, Result<T> found) {
    if (!found) {
        return reader.wrong(name + ": " + found.error().message);
    }
    return found;
}

Result<std::uint64_t> count_attribute(const Hdf5Reader& reader, const std::string& name) {
    VARGRID_TRY(const std::int64_t value, reader.integer_attribute(name));
    if (value < 0) {
        return reader.wrong("attribute " + name + ": negative");
    }
    return static_cast<std::uint64_t>(value);
}

Result<Digest> digest_attribute(const Hdf5Reader& reader, const std::string& name) {
    VARGRID_TRY(const std::string text, reader.text_attribute(name));
    return at(reader, "attribute " + name, digest_from_hex(text));
}

Result<RunSpec> read_run(const Hdf5Reader& reader) {
    const std::string name = "run/specification";
    VARGRID_TRY(const std::size_t size, reader.length(name, kSpecificationBytesMax));
    VARGRID_TRY(const std::vector<std::uint8_t> bytes, reader.array<std::uint8_t>(name, {size}));
    return at(reader, name, RunSpec::decode(std::as_bytes(std::span{bytes})));
}

Result<void> read_counts(const Hdf5Reader& reader, RunResults& results) {
    VARGRID_TRY(results.run_id, reader.text_attribute("run_id"));
    VARGRID_TRY(results.digest, digest_attribute(reader, "digest"));
    VARGRID_TRY(results.blocks_expected, count_attribute(reader, "blocks_expected"));
    VARGRID_TRY(results.blocks_present, count_attribute(reader, "blocks_present"));
    VARGRID_TRY(const std::uint64_t complete, count_attribute(reader, "complete"));
    results.complete = complete == 1;
    WorkLedger& ledger = results.ledger;
    for (const LedgerField& field : kLedgerFields) {
        VARGRID_TRY(ledger.*field.member, count_attribute(reader, field.name));
    }
    VARGRID_TRY(ledger.price_currency, reader.text_attribute("ledger_price_currency"));
    if (results.blocks_expected > kItemsMax || results.blocks_present > results.blocks_expected ||
        complete > 1) {
        return reader.wrong("its counts of blocks contradict each other");
    }
    const std::uint64_t missing_count = results.blocks_expected - results.blocks_present;
    VARGRID_TRY(const std::vector<std::int64_t> missing,
                reader.array<std::int64_t>("missing_block", {missing_count}));
    results.blocks_missing.assign(missing.begin(), missing.end());
    return {};
}

Result<void> read_base_values(const Hdf5Reader& reader, RunResults& results) {
    // Every level of a path is a book, and a path of n characters has fewer than n levels.
    std::uint64_t levels_max = 1;
    for (const std::string& book : results.run.books) {
        levels_max += book.size() + 1;
    }
    VARGRID_TRY(const std::size_t books, reader.length("book", levels_max));
    VARGRID_TRY(results.books, reader.texts("book", books));
    VARGRID_TRY(results.base_values, reader.array<double>("base_value", {books}));
    VARGRID_TRY(results.trade_base_values,
                reader.array<double>("trade_base_value", {results.run.trades.size()}));
    return {};
}

/// Where the P&L of one moved class lies: alone in `pnl`, or as a layer of `class_pnl`.
struct Layer {
    std::string dataset;
    std::optional<std::uint64_t> position;
};

/// Shapes: [classes]. The mirror of what the writer splits. `prefix` is "" or "trade_".
std::vector<Layer> layers_of(const RunSpec& run, const std::string& prefix) {
    std::vector<Layer> layers;
    std::uint64_t next = 0;
    for (const MovedClass moved : run.classes) {
        if (moved == MovedClass::all) {
            layers.push_back({prefix + "pnl", std::nullopt});
        } else {
            layers.push_back({prefix + "class_pnl", next++});
        }
    }
    return layers;
}

std::uint64_t single_class_count(const RunSpec& run) {
    return run.classes.size() - (all_classes_index(run) ? 1 : 0);
}

Result<void> read_pnl(const Hdf5Reader& reader, RunResults& results) {
    const std::uint64_t books = results.books.size();
    const std::uint64_t scenarios = results.run.scenarios.size();
    const std::uint64_t singles = single_class_count(results.run);
    const auto layers = layers_of(results.run, "");
    const auto dimensions = [&](const Layer& layer) {
        return layer.position ? Dimensions{singles, books, scenarios}
                              : Dimensions{books, scenarios};
    };
    for (const Layer& layer : layers) {
        VARGRID_TRY_VOID(reader.expect_array(layer.dataset, ElementType::f64, dimensions(layer)));
    }
    results.pnl.resize(static_cast<std::size_t>(layers.size() * books * scenarios));
    for (std::uint64_t moved = 0; moved < layers.size(); ++moved) {
        const Layer& layer = layers[moved];
        Hdf5Writer::Box box{.memory_dimensions = {layers.size(), books, scenarios},
                            .memory_start = {moved, 0, 0},
                            .memory_count = {1, books, scenarios},
                            .file_start = {0, 0},
                            .file_count = {books, scenarios}};
        if (layer.position) {
            box.file_start = {*layer.position, 0, 0};
            box.file_count = {1, books, scenarios};
        }
        VARGRID_TRY_VOID(reader.extract(layer.dataset, dimensions(layer), results.pnl, box));
    }
    return {};
}

Result<void> read_trade_pnl(const Hdf5Reader& reader, RunResults& results) {
    if (!results.run.keep_trade_pnl) {
        return {};
    }
    const std::uint64_t trades = results.run.trades.size();
    const std::uint64_t scenarios = results.run.scenarios.size();
    const std::uint64_t singles = single_class_count(results.run);
    const auto layers = layers_of(results.run, "trade_");
    const auto dimensions = [&](const Layer& layer) {
        return layer.position ? Dimensions{trades, singles, scenarios}
                              : Dimensions{trades, scenarios};
    };
    for (const Layer& layer : layers) {
        VARGRID_TRY_VOID(reader.expect_array(layer.dataset, ElementType::f64, dimensions(layer)));
    }
    results.trade_pnl.resize(static_cast<std::size_t>(trades * layers.size() * scenarios));
    for (std::uint64_t moved = 0; moved < layers.size(); ++moved) {
        const Layer& layer = layers[moved];
        Hdf5Writer::Box box{.memory_dimensions = {trades, layers.size(), scenarios},
                            .memory_start = {0, moved, 0},
                            .memory_count = {trades, 1, scenarios},
                            .file_start = {0, 0},
                            .file_count = {trades, scenarios}};
        if (layer.position) {
            box.file_start = {0, *layer.position, 0};
            box.file_count = {trades, 1, scenarios};
        }
        VARGRID_TRY_VOID(reader.extract(layer.dataset, dimensions(layer), results.trade_pnl, box));
    }
    return {};
}

Result<void> read_measures(const Hdf5Reader& reader, RunResults& results) {
    VARGRID_TRY(const std::size_t n, reader.length("measure", kItemsMax));
    VARGRID_TRY(const std::vector<std::string> kinds, reader.texts("measure", n));
    VARGRID_TRY(const std::vector<std::string> books, reader.texts("measure_book", n));
    VARGRID_TRY(const std::vector<std::string> classes, reader.texts("measure_risk_class", n));
    VARGRID_TRY(const std::vector<std::string> estimators, reader.texts("measure_estimator", n));
    VARGRID_TRY(const std::vector<std::int64_t> basis_points,
                reader.array<std::int64_t>("measure_confidence_bp", {n}));
    VARGRID_TRY(const std::vector<double> values, reader.array<double>("measure_value", {n}));
    for (std::size_t i = 0; i < n; ++i) {
        VARGRID_TRY(const MeasureKind kind,
                    at(reader, "measure", measure_kind_from_text(kinds[i])));
        VARGRID_TRY(const MovedClass moved,
                    at(reader, "measure_risk_class", moved_class_from_text(classes[i])));
        VARGRID_TRY(const Estimator estimator,
                    at(reader, "measure_estimator", estimator_from_text(estimators[i])));
        if (basis_points[i] < 1 || basis_points[i] > 9'999) {
            return reader.wrong("measure_confidence_bp: " + std::to_string(basis_points[i]) +
                                " is no confidence");
        }
        results.measures.push_back(
            {.book = books[i],
             .risk_class = moved,
             .request = {.measure = kind,
                         .confidence_basis_points = static_cast<std::uint32_t>(basis_points[i]),
                         .estimator = estimator},
             .value = values[i]});
    }
    return {};
}

Result<FailureReason> failure_reason_from_text(const std::string& text) {
    for (const FailureReason reason : {FailureReason::out_of_domain, FailureReason::out_of_range}) {
        if (text == to_text(reason)) {
            return reason;
        }
    }
    return Error{ErrorCode::invalid_input, "unknown reason '" + text + "'"};
}

Result<void> read_failures(const Hdf5Reader& reader, RunResults& results) {
    const RunSpec& run = results.run;
    VARGRID_TRY(const std::size_t n, reader.length("failure", kItemsMax));
    VARGRID_TRY(const std::vector<std::int64_t> trades,
                reader.array<std::int64_t>("failure_trade", {n}));
    VARGRID_TRY(const std::vector<std::int64_t> scenarios,
                reader.array<std::int64_t>("failure_scenario", {n}));
    VARGRID_TRY(const std::vector<std::string> classes, reader.texts("failure_risk_class", n));
    VARGRID_TRY(const std::vector<std::string> reasons, reader.texts("failure_reason", n));
    for (std::size_t i = 0; i < n; ++i) {
        VARGRID_TRY(const FailureReason reason,
                    at(reader, "failure_reason", failure_reason_from_text(reasons[i])));
        VARGRID_TRY(const MovedClass moved,
                    at(reader, "failure_risk_class", moved_class_from_text(classes[i])));
        const auto found = std::ranges::find(run.classes, moved);
        if (found == run.classes.end() || trades[i] < 0 ||
            trades[i] >= static_cast<std::int64_t>(run.trades.size()) || scenarios[i] < 0 ||
            scenarios[i] >= static_cast<std::int64_t>(run.scenarios.size())) {
            return reader.wrong("failure " + std::to_string(i) + ": a cell that is not in the run");
        }
        const auto moved_index = static_cast<std::size_t>(found - run.classes.begin());
        results.failures.push_back(
            {.trade = static_cast<std::uint32_t>(trades[i]),
             .column = static_cast<std::uint32_t>(moved_index * run.scenarios.size() +
                                                  static_cast<std::size_t>(scenarios[i])),
             .reason = reason});
    }
    return {};
}

}  // namespace

Result<RunResults> read_results(const std::filesystem::path& path) {
    VARGRID_TRY(const Hdf5Reader reader, Hdf5Reader::open(path, SealRule::optional));
    VARGRID_TRY(const std::int64_t version, reader.integer_attribute("schema_version"));
    if (version != kResultsSchemaVersion) {
        return reader.wrong("has results schema " + std::to_string(version) +
                            ", this program reads " + std::to_string(kResultsSchemaVersion));
    }
    RunResults results;
    VARGRID_TRY(results.run, read_run(reader));
    VARGRID_TRY_VOID(read_counts(reader, results));
    VARGRID_TRY_VOID(read_base_values(reader, results));
    VARGRID_TRY_VOID(read_pnl(reader, results));
    VARGRID_TRY_VOID(read_trade_pnl(reader, results));
    VARGRID_TRY_VOID(read_measures(reader, results));
    VARGRID_TRY_VOID(read_failures(reader, results));
    VARGRID_TRY_VOID(at(reader, "contents", check_content(results)));
    VARGRID_TRY(const Digest expected, digest_attribute(reader, "content_digest"));
    if (content_digest(results) != expected) {
        return reader.wrong("was changed after it was written: content_digest does not match");
    }
    return results;
}

}  // namespace vargrid::results
