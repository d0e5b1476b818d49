#include "risk/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace vargrid {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

/// The exact value of one lane of the kernels' two-part sum.
ExactSum joined(double high, double low) {
    return ExactSum{(static_cast<Int128>(high) << 30) + static_cast<Int128>(low * kQuantaPerUnit)};
}

std::vector<std::uint32_t> books_of(const Batch& batch) {
    std::vector<std::uint32_t> books = batch.group;
    std::ranges::sort(books);
    books.erase(std::ranges::unique(books).begin(), books.end());
    return books;
}

}  // namespace

double* AlignedDoubles::reserve(std::size_t count) {
    if (count > capacity_) {
        const std::size_t bytes =
            (count * sizeof(double) + kAlignment - 1) / kAlignment * kAlignment;
        memory_.reset(static_cast<double*>(std::aligned_alloc(kAlignment, bytes)));
        CHECK_MSG(memory_ != nullptr, "out of memory");
        capacity_ = count;
    }
    return memory_.get();
}

void AlignedDoubles::Free::operator()(double* memory) const {
    std::free(memory);
}

BlockEvaluator::BlockEvaluator(const RunSpec& run, const ScenarioSet& scenarios, Isa isa)
    : run_{run},
      scenarios_{scenarios},
      kernels_{kernel_set(isa)},
      first_trade_{run.batch_first_trades()} {
    CHECK(scenarios.scenario_count() == run.scenarios.size());
}

void BlockEvaluator::fill_base_factors(const Batch& batch, double* factors) const {
    for (std::size_t slot = 0; slot < batch.rows.factors.size(); ++slot) {
        std::fill_n(factors + slot * kLanes, kLanes, scenarios_.base[batch.rows.factors[slot]]);
    }
}

void BlockEvaluator::fill_factors(const Batch& batch,
                                  std::uint64_t column,
                                  std::size_t lanes,
                                  double* factors) const {
    const std::size_t scenario_count = run_.scenarios.size();
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        const MovedClass moved = run_.classes[(column + lane) / scenario_count];
        const auto shifted = scenarios_.scenario((column + lane) % scenario_count);
        for (std::size_t slot = 0; slot < batch.rows.factors.size(); ++slot) {
            const std::uint32_t factor = batch.rows.factors[slot];
            factors[slot * kLanes + lane] = moves(moved, scenarios_.classes[factor])
                                                ? shifted[factor]
                                                : scenarios_.base[factor];
        }
    }
}

namespace {

/// `column` counts from the block's first.
void store_sums(const double* high,
                const double* low,
                std::size_t column,
                std::size_t lanes,
                BlockResult& result) {
    const std::size_t columns = result.block.column_count;
    for (std::size_t book = 0; book < result.books.size(); ++book) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            const ExactSum sum = joined(high[book * kLanes + lane], low[book * kLanes + lane]);
            result.sum_high[book * columns + column + lane] = sum.high();
            result.sum_low[book * columns + column + lane] = sum.low();
        }
    }
}

void store_trade_pnl(const double* pnl,
                     std::size_t column,
                     std::size_t lanes,
                     BlockResult& result) {
    const std::size_t columns = result.block.column_count;
    for (std::size_t i = 0; i < result.trade_pnl.size() / columns; ++i) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            const double amount = pnl[i * kLanes + lane];
            result.trade_pnl[i * columns + column + lane] = std::isnan(amount) ? kNoValue : amount;
        }
    }
}

}  // namespace

BlockResult BlockEvaluator::evaluate(const Batch& batch, const Block& block) {
    const std::size_t trades = batch.trade_count();
    CHECK(trades == run_.batches[block.batch].trade_count);
    const std::size_t columns = block.column_count;
    BlockResult result;
    result.block = block;
    result.books = books_of(batch);
    const std::size_t books = result.books.size();
    result.sum_high.resize(books * columns);
    result.sum_low.resize(books * columns);
    result.trade_pnl.resize(run_.keep_trade_pnl ? trades * columns : 0);
    group_slot_.resize(trades);
    for (std::size_t i = 0; i < trades; ++i) {
        group_slot_[i] = static_cast<std::uint32_t>(
            std::ranges::lower_bound(result.books, batch.group[i]) - result.books.begin());
    }

    double* factors =
        factors_.reserve(std::max<std::size_t>(1, batch.rows.factors.size()) * kLanes);
    double* rows = rows_.reserve(batch.rows.row_count() * kLanes);
    double* values = values_.reserve(trades * kLanes);
    double* high = sums_.reserve(2 * books * kLanes);
    double* low = high + books * kLanes;
    double* pnl = pnl_.reserve(trades * kLanes);

    // The base goes through the same kernel in the same lanes, so that a scenario equal to the base
    // gives a P&L of exactly zero.
    fill_base_factors(batch, factors);
    kernels_.evaluate(batch, factors, rows, values);
    base_values_.resize(trades);
    for (std::size_t i = 0; i < trades; ++i) {
        // One bit pattern for "no value", so that digests of equal results are equal.
        const double value = values[i * kLanes];
        base_values_[i] = std::isnan(value) ? kNoValue : value;
    }

    for (std::size_t done = 0; done < columns; done += kLanes) {
        const std::size_t lanes = std::min(kLanes, columns - done);
        // Lanes past the last column keep the numbers they had; nobody reads their values.
        fill_factors(batch, block.column_first + done, lanes, factors);
        kernels_.evaluate(batch, factors, rows, values);
        std::fill_n(high, 2 * books * kLanes, 0.0);
        const std::size_t failed = kernels_.accumulate(
            group_slot_.data(), trades, values, base_values_.data(), lanes, high, low, pnl);
        store_sums(high, low, done, lanes, result);
        if (run_.keep_trade_pnl) {
            store_trade_pnl(pnl, done, lanes, result);
        }
        if (failed > 0) {
            record_failures(block, done, lanes, values, pnl, result.failures);
        }
    }
    if (block.column_first == 0) {
        result.base_values = base_values_;
    }
    return result;
}

void BlockEvaluator::record_failures(const Block& block,
                                     std::size_t column,
                                     std::size_t lanes,
                                     const double* values,
                                     const double* pnl,
                                     std::vector<CellFailure>& failures) const {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        for (std::size_t i = 0; i < base_values_.size(); ++i) {
            if (std::isnan(pnl[i * kLanes + lane])) {
                const bool number = std::isfinite(values[i * kLanes + lane] - base_values_[i]);
                failures.push_back(
                    {.trade = first_trade_[block.batch] + static_cast<std::uint32_t>(i),
                     .column = block.column_first + static_cast<std::uint32_t>(column + lane),
                     .reason =
                         number ? FailureReason::out_of_range : FailureReason::out_of_domain});
            }
        }
    }
}

}  // namespace vargrid
