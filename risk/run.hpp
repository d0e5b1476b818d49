// A run: the risk question. Everything a worker needs to know of it beside the scenario set and the
// batches, and everything the final step needs to name its answer. Made once on the client, stored
// as a content-addressed blob, never changed. Two equal runs have equal bytes, hence equal run ids.
#pragma once

#include "base/bytes.hpp"
#include "base/date.hpp"
#include "base/digest.hpp"
#include "pricing/market/scenario_set.hpp"
#include "risk/estimators.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

/// Which risk factors move in a column of the cube: all of them, or those of one class only.
enum class MovedClass : std::uint8_t { all, interest_rate, fx, equity, commodity, volatility };

/// "all", "interest_rate", ...
[[nodiscard]] std::string_view to_text(MovedClass moved);
/// Errors: invalid_input listing the names there are.
[[nodiscard]] Result<MovedClass> moved_class_from_text(std::string_view text);
[[nodiscard]] inline bool moves(MovedClass moved, RiskClass risk_class) {
    return moved == MovedClass::all || static_cast<int>(moved) == static_cast<int>(risk_class) + 1;
}

struct MeasureRequest {
    MeasureKind measure{MeasureKind::var};
    /// 9900 is 99 %; ranks are computed from this integer.
    std::uint32_t confidence_basis_points{9900};
    Estimator estimator{Estimator::ceil_rank};

    friend bool operator==(const MeasureRequest&, const MeasureRequest&) = default;
};

struct RunTrade {
    std::string id;
    std::string type;
    std::uint32_t book{0};  ///< Index into RunSpec::books.

    friend bool operator==(const RunTrade&, const RunTrade&) = default;
};

struct RunBatch {
    Digest blob;
    std::uint32_t trade_count{0};
    std::uint64_t picoseconds_per_scenario{0};  ///< Predicted, one core.

    friend bool operator==(const RunBatch&, const RunBatch&) = default;
};

struct RunSpec {
    std::string name;
    Date as_of;  ///< Valuation date: the last date with data on or before the requested one.
    Date as_of_requested;
    std::string base_currency;
    std::uint32_t horizon_days{1};
    std::vector<std::string> books;  ///< Leaf book paths, ascending.
    std::vector<RunTrade> trades;    ///< In batch order: those of batch 0, then batch 1, ...
    std::vector<RunBatch> batches;
    std::vector<ScenarioLabel> scenarios;
    std::vector<MovedClass> classes;  ///< Columns: class-major, then scenario.
    std::vector<MeasureRequest> measures;
    bool keep_trade_pnl{false};
    Digest scenario_set;
    /// Predicted work per block; part of the run, so that blocks depend on the run alone.
    std::uint64_t block_picoseconds{0};
    /// What was decided about the input on the way (dates dropped, fallbacks used, trades skipped),
    /// as one JSON document for the report.
    std::string input_report;
    std::string code_revision;

    [[nodiscard]] std::uint64_t column_count() const { return classes.size() * scenarios.size(); }
    /// One cell is one trade in one scenario; moving one class only makes another scenario.
    [[nodiscard]] std::uint64_t cell_count() const { return trades.size() * column_count(); }
    /// First trade of every batch, and the number of trades at the end. Shape: [batches + 1].
    [[nodiscard]] std::vector<std::uint32_t> batch_first_trades() const;
    /// "<name>-<as_of>-<first 12 digits of the spec's digest>".
    [[nodiscard]] std::string run_id() const;

    [[nodiscard]] Bytes encode() const;
    /// Errors: invalid_input for damaged bytes, an index out of range, or counts that contradict.
    [[nodiscard]] static Result<RunSpec> decode(std::span<const std::byte> bytes);
    /// The same checks for a spec made here.
    [[nodiscard]] Result<void> validate() const;

    friend bool operator==(const RunSpec&, const RunSpec&) = default;
};

}  // namespace vargrid
