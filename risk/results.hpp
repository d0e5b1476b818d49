// The answer of a run: P&L by book and scenario, measures, what failed, what was missing. Built
// from block results in any order; sums are exact, so the order cannot matter.
#pragma once

#include "risk/block.hpp"
#include "risk/run.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vargrid {

struct MeasureValue {
    std::string book;
    MovedClass risk_class{MovedClass::all};
    MeasureRequest request;
    /// Positive loss, base currency. NaN is never stored: a book with failed or missing cells has
    /// no measures, see RunResults::complete.
    double value{0.0};

    friend bool operator==(const MeasureValue&, const MeasureValue&) = default;
};

/// What the grid spent, in core time. Filled by the final step from the scheduler's ledger.
struct WorkLedger {
    /// From the job's submission to the commit of its last block, by the scheduler's clock.
    std::uint64_t elapsed_nanoseconds{0};
    std::uint64_t useful_microseconds{0};
    std::uint64_t lost_to_reclaim_microseconds{0};
    std::uint64_t lost_to_faults_microseconds{0};
    std::uint64_t speculative_microseconds{0};
    std::uint64_t audit_microseconds{0};
    std::uint64_t idle_microseconds{0};
    std::uint64_t start_up_microseconds{0};
    /// What a core-hour costs; no currency: nobody said.
    std::uint64_t price_per_core_hour_millionths{0};
    std::string price_currency{};
    std::uint64_t leases{0};
    std::uint64_t blocks_repeated{0};
    std::uint64_t reclaims{0};
    std::uint64_t workers_lost{0};
    std::uint64_t commits_refused{0};

    friend bool operator==(const WorkLedger&, const WorkLedger&) = default;
};

/// Name of the book that holds all others.
inline constexpr std::string_view kTotalBook = "total";

/// Shapes: books[B] every level of every path, `total` first, then ascending; base_values[B];
/// pnl[C * B * S] class-major, then book, then scenario; trade_base_values[T] and, if kept,
/// trade_pnl[T * C * S] trade-major in the order of run.trades.
struct RunResults {
    RunSpec run;
    std::string run_id;
    std::vector<std::string> books;
    std::vector<double> base_values;
    std::vector<double> pnl;
    std::vector<double> trade_base_values;
    std::vector<double> trade_pnl;
    std::vector<MeasureValue> measures;
    std::vector<CellFailure> failures;
    std::uint64_t blocks_expected{0};
    std::uint64_t blocks_present{0};
    std::vector<std::uint64_t> blocks_missing;
    /// BLAKE2b over the block digests in block order: equal runs give equal digests, however
    /// computed.
    Digest digest;
    bool complete{false};
    WorkLedger ledger;

    [[nodiscard]] std::size_t scenario_count() const { return run.scenarios.size(); }
    [[nodiscard]] std::span<const double> pnl_of(std::size_t moved, std::size_t book) const {
        const std::size_t s = scenario_count();
        return std::span{pnl}.subspan((moved * books.size() + book) * s, s);
    }
    friend bool operator==(const RunResults&, const RunResults&) = default;
};

/// The run's measures of every book and moved class whose P&L vector is whole, in that order.
[[nodiscard]] std::vector<MeasureValue> measures_of(const RunResults& results);

/// Adds up block results into the answer.
class ResultsBuilder {
  public:
    explicit ResultsBuilder(RunSpec run);

    /// Errors: invalid_input when the shapes contradict the run; conflict when the block was
    /// already added. Either changes nothing.
    [[nodiscard]] Result<void> add(const BlockResult& result);

    /// Rolls books up to every level, computes the measures (of complete books only) and the
    /// digest.
    [[nodiscard]] RunResults finish(const WorkLedger& ledger) &&;

  private:
    /// A P&L with a failed or missing cell in it is not a number, at any level.
    void mark_holes(RunResults& results,
                    const std::vector<std::vector<std::size_t>>& containing) const;
    void add_base_values(RunResults& results,
                         const std::vector<std::vector<std::size_t>>& containing) const;

    RunSpec run_;
    Plan plan_;
    std::vector<std::uint32_t> first_trade_;
    std::vector<ExactSum> leaf_sums_;  // [classes * leaf books * scenarios]
    std::vector<double> trade_base_values_;
    std::vector<double> trade_pnl_;
    std::vector<CellFailure> failures_;
    std::vector<BlockDigest> digests_;  // [blocks]
    std::vector<char> present_;         // [blocks]
};

}  // namespace vargrid
