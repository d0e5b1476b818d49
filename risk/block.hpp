// Blocks: the smallest unit computed, credited, checked and stored. A block is one batch of trades
// times a contiguous range of columns of the cube (moved class x scenario).
#pragma once

#include "base/digest.hpp"
#include "base/exact_sum.hpp"
#include "risk/run.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace vargrid {

struct Block {
    std::uint64_t index{0};
    std::uint32_t batch{0};
    std::uint32_t column_first{0};
    std::uint32_t column_count{0};

    friend bool operator==(const Block&, const Block&) = default;
};

/// The ordered list of blocks of a run: a function of the run alone, in batch-major order so that a
/// range of blocks needs few batches. Holds one entry per batch, not per block.
class Plan {
  public:
    explicit Plan(const RunSpec& run);

    [[nodiscard]] std::uint64_t block_count() const { return first_block_.back(); }
    /// CHECKs index < block_count().
    [[nodiscard]] Block block(std::uint64_t index) const;
    /// Predicted cost of an average block on one core.
    [[nodiscard]] std::uint64_t mean_block_nanoseconds() const { return mean_block_nanoseconds_; }

  private:
    std::uint32_t columns_{0};
    std::vector<std::uint64_t> first_block_;        // [batches + 1]
    std::vector<std::uint32_t> columns_per_block_;  // [batches]
    std::uint64_t mean_block_nanoseconds_{0};
};

enum class FailureReason : std::uint8_t {
    out_of_domain =
        1,  ///< The scenario left the model's domain (negative forward, negative volatility).
    out_of_range = 2,  ///< |P&L| beyond kCellLimit.
};
[[nodiscard]] std::string_view to_text(FailureReason reason);

/// A cell without a number, recorded instead of guessed.
struct CellFailure {
    std::uint32_t trade{0};   ///< Index into RunSpec::trades.
    std::uint32_t column{0};  ///< Index into the run's columns.
    FailureReason reason{FailureReason::out_of_domain};

    friend bool operator==(const CellFailure&, const CellFailure&) = default;
};

/// Everything a block contributes to the answer.
/// Shapes: books[B] ascending leaf books with trades in the batch; sum_high, sum_low
/// [B * column_count] book-major (halves of ExactSum); base_values[trades of the batch] if the
/// block starts at column 0, else empty; trade_pnl[trades * column_count] trade-major if the run
/// keeps it.
struct BlockResult {
    Block block;
    std::vector<std::uint32_t> books;
    std::vector<std::int64_t> sum_high;
    std::vector<std::uint64_t> sum_low;
    std::vector<double> base_values;  ///< Base currency; NaN where the base value itself failed.
    std::vector<double> trade_pnl;    ///< Base currency, rounded to quanta; NaN where failed.
    std::vector<CellFailure> failures;

    [[nodiscard]] ExactSum sum(std::size_t book, std::size_t column) const {
        const std::size_t i = book * block.column_count + column;
        return ExactSum::from_halves(sum_high[i], sum_low[i]);
    }
    /// Of all of the above: equal digests mean equal bits.
    [[nodiscard]] BlockDigest digest() const;

    friend bool operator==(const BlockResult&, const BlockResult&) = default;
};

/// Errors: invalid_input when the shapes contradict the run's plan.
[[nodiscard]] Result<void> check_shapes(const BlockResult& result, const RunSpec& run);

}  // namespace vargrid
