// A batch: like trades compiled into arrays of numbers, ready for the vector kernels. A row is one
// number per scenario (a discount factor, a forward, an FX rate). The row program says how rows
// come from risk factors; it is evaluated once per vector of scenarios and shared by every trade of
// the batch. Trades refer to rows by index. A batch knows nothing of trade types, books or files.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace vargrid {

/// Scenarios evaluated together: one full AVX-512 register of doubles, whatever the machine has.
inline constexpr std::size_t kLanes = 8;

/// Sparse combinations in compressed rows: combination r uses entries [first[r], first[r + 1]).
/// Shapes: first[rows + 1], slot and weight [entries].
struct Combinations {
    std::vector<std::uint32_t> first{0};
    std::vector<std::uint32_t> slot;
    std::vector<double> weight;

    [[nodiscard]] std::size_t count() const { return first.size() - 1; }
    friend bool operator==(const Combinations&, const Combinations&) = default;
};

/// row = row a * row b / row c, each an earlier row.
struct RowProduct {
    std::uint32_t a{0};
    std::uint32_t b{0};
    std::uint32_t c{0};

    friend bool operator==(const RowProduct&, const RowProduct&) = default;
};

/// Rows are numbered: 0 is the constant 1; then all `linear`, `discount`, `deviation` rows in that
/// order; then `products`. Slots index `factors`.
struct RowProgram {
    /// Risk factors used, as indices into the scenario set; slot s of a combination is factors[s].
    std::vector<std::uint32_t> factors;
    Combinations linear;     ///< sum w f
    Combinations discount;   ///< exp(-sum w f)
    Combinations deviation;  ///< sqrt(sum w f^2); NaN if a factor is negative
    std::vector<RowProduct> products;

    [[nodiscard]] std::size_t row_count() const {
        return 1 + linear.count() + discount.count() + deviation.count() + products.size();
    }
    friend bool operator==(const RowProgram&, const RowProgram&) = default;
};

/// Trades that are sums of amounts times rows: cash, positions, forwards, bonds, deposits, FRAs,
/// swaps. value = sum over legs of fx_row * sum over terms of amount * row.
/// Shapes: leg_first[trades + 1], leg_fx_row[legs], term_first[legs + 1], term_row and term_amount
/// [terms]. Units: amounts in the leg's currency; fx_row is base currency per leg currency.
struct LinearTrades {
    std::vector<std::uint32_t> leg_first{0};
    std::vector<std::uint32_t> leg_fx_row;
    std::vector<std::uint32_t> term_first{0};
    std::vector<std::uint32_t> term_row;
    std::vector<double> term_amount;

    [[nodiscard]] std::size_t count() const { return leg_first.size() - 1; }
    friend bool operator==(const LinearTrades&, const LinearTrades&) = default;
};

/// European calls and puts on a lognormal forward (Black-Scholes, Black-76, Garman-Kohlhagen).
/// value = fx_row * discount_row * amount * Black(forward_row, strike, deviation_row).
/// Shapes: every array [trades]. Units: strike and forward in the payoff currency per unit;
/// amount = signed number of units (negative: sold); call_sign +1 call, -1 put.
struct EuropeanTrades {
    std::vector<std::uint32_t> forward_row;
    std::vector<std::uint32_t> deviation_row;
    std::vector<std::uint32_t> discount_row;
    std::vector<std::uint32_t> fx_row;
    std::vector<double> strike;
    std::vector<double> amount;
    std::vector<double> call_sign;

    [[nodiscard]] std::size_t count() const { return strike.size(); }
    friend bool operator==(const EuropeanTrades&, const EuropeanTrades&) = default;
};

enum class BatchKind : std::uint8_t { linear = 1, european = 2 };

/// Trades per batch at most: the exact group sums stay exact for so many.
inline constexpr std::size_t kBatchTradesMax = 65'536;
/// Rows per batch at most: bounds the scratch space a batch can ask for (16 MiB).
inline constexpr std::size_t kBatchRowsMax = 262'144;

struct Batch {
    BatchKind kind{BatchKind::linear};
    RowProgram rows;
    LinearTrades linear;      ///< Empty unless kind is linear.
    EuropeanTrades european;  ///< Empty unless kind is european.
    /// Trades of equal group are added together (a leaf book of the run). Shape: [trades].
    std::vector<std::uint32_t> group;

    [[nodiscard]] std::size_t trade_count() const {
        return kind == BatchKind::linear ? linear.count() : european.count();
    }

    [[nodiscard]] Bytes encode() const;
    /// Errors: invalid_input for damaged bytes, any index out of range, any number that is not
    /// finite, or more than kBatchTradesMax trades or kBatchRowsMax rows. A decoded batch is safe
    /// for every kernel.
    [[nodiscard]] static Result<Batch> decode(std::span<const std::byte> bytes);
    /// The same checks for a batch made here; `factor_count` is the scenario set's (0: not known).
    [[nodiscard]] Result<void> validate(std::size_t factor_count) const;

    friend bool operator==(const Batch&, const Batch&) = default;
};

/// Predicted cost of evaluating a batch under one scenario, from counts and constants measured
/// once and kept in the code: never a time taken at run time, so that blocks depend on the run
/// alone. Units: picoseconds of one core.
[[nodiscard]] std::uint64_t predicted_picoseconds_per_scenario(const Batch& batch);

}  // namespace vargrid
