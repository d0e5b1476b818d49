// What the trade tests share: a market with every kind of curve, quotation and asset; shifted
// versions of it; a plain interpreter of batches, written from the contract in batch.hpp and not
// from the kernels; and one call from CSV text to values.
#pragma once

#include "pricing/kernels/kernels.hpp"
#include "pricing/market/market.hpp"
#include "pricing/trades/book.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid::test {

/// A Wednesday.
inline const Date kToday = make_date(2020, 12, 30);

/// As of kToday unless told otherwise. Pivot EUR; USD and GBP quoted per EUR, JPY as EUR per unit.
[[nodiscard]] Market sample_market(Date as_of = kToday);

/// The market and seven shifted versions of it: one lane each.
[[nodiscard]] std::vector<Market> one_lane_each(const Market& base);

/// Value of one trade of a batch, in scalar arithmetic.
[[nodiscard]] double interpreted(const Batch& batch,
                                 std::size_t trade,
                                 std::span<const double> factors);

/// Compiles CSV text; fails the test when any row is bad.
[[nodiscard]] CompiledBook compiled(std::string_view csv,
                                    const Market& market,
                                    std::string_view base_currency = "USD",
                                    const Fixings& fixings = {},
                                    const CompileOptions& options = {});

/// Values of trade `index` (over all batches) in each market of one_lane_each, by the widest
/// kernels of this machine; checks the interpreter's against them.
[[nodiscard]] std::array<double, kLanes> values_of(const CompiledBook& book,
                                                   std::size_t index,
                                                   const std::vector<Market>& markets);

/// Index of a trade in CompiledBook::trades.
[[nodiscard]] std::size_t index_of(const CompiledBook& book, std::string_view id);

}  // namespace vargrid::test
