// All rows that the trades of a book need, each once: a row is known by what it means (the discount
// factor of a curve at a time, a forward, a product), so that trades which mean the same share it.
// Batches take their rows from here.
#pragma once

#include "pricing/kernels/batch.hpp"
#include "pricing/market/market.hpp"
#include "pricing/market/weights.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace vargrid {

/// Index of a row in its pool. Inputs of a product have smaller indices than the product.
using PoolRow = std::uint32_t;
/// The constant 1, in every pool and every batch.
inline constexpr PoolRow kOne = 0;

enum class RowKind : std::uint8_t { one, linear, discount, deviation, product };

struct PooledRow {
    RowKind kind{RowKind::one};
    /// Market object the row reads, for sorting trades that share it: curves, then volatilities,
    /// then factors; products have none of their own.
    std::uint32_t origin{0};
    std::vector<FactorWeight> weights{};
    std::array<PoolRow, 3> inputs{};  ///< a, b, c of a product a * b / c.
};

class RowPool {
  public:
    explicit RowPool(const MarketLayout& layout);

    /// Discount factor; kOne at years = 0.
    [[nodiscard]] PoolRow discount(const Curve& curve, double years);
    [[nodiscard]] PoolRow deviation(const VolCurve& vol, double years);
    /// The factor itself: a spot or an FX quote.
    [[nodiscard]] PoolRow factor(FactorIndex factor);
    /// Point of an asset's forward curve.
    [[nodiscard]] PoolRow forward_curve(const Asset& asset, double years);
    /// a * b / c, simplified where one of them is kOne or cancels.
    [[nodiscard]] PoolRow product(PoolRow a, PoolRow b, PoolRow c);
    /// a / c
    [[nodiscard]] PoolRow ratio(PoolRow a, PoolRow c) { return product(a, kOne, c); }

    [[nodiscard]] const PooledRow& row(PoolRow index) const { return rows_[index]; }
    [[nodiscard]] std::size_t size() const { return rows_.size(); }

  private:
    /// kind, origin, bits of the time.
    using Key = std::array<std::uint64_t, 3>;

    [[nodiscard]] PoolRow intern(RowKind kind,
                                 std::uint32_t origin,
                                 double years,
                                 std::vector<FactorWeight> weights);
    [[nodiscard]] std::optional<PoolRow> known(RowKind kind,
                                               std::uint32_t origin,
                                               double years) const;

    const MarketLayout& layout_;
    std::vector<PooledRow> rows_;
    struct KeyHash {
        template <class Array>
        std::size_t operator()(const Array& key) const {
            std::uint64_t hash = 0;
            for (const auto part : key) {
                hash = (hash ^ part) * 0x9E3779B97F4A7C15U;
                hash ^= hash >> 32U;
            }
            return hash;
        }
    };

    /// Looked up, never walked: their order does not reach the result.
    std::unordered_map<Key, PoolRow, KeyHash> combinations_;
    std::unordered_map<std::array<PoolRow, 3>, PoolRow, KeyHash> products_;
};

/// The row program of some rows of a pool (with their inputs, in ascending order), and the row
/// number in the program of each: programs[i] is that of rows[i].
struct ProgramOfRows {
    RowProgram program{};
    std::vector<std::uint32_t> row_of{};
};
[[nodiscard]] ProgramOfRows make_program(const RowPool& pool, const std::vector<PoolRow>& rows);

}  // namespace vargrid
