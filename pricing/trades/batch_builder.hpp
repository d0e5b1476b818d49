// Sorts compiled trades so that neighbours share rows, and cuts them into batches whose tables of
// rows stay small. The order follows from the trades and the market's layout alone.
#pragma once

#include "pricing/kernels/batch.hpp"
#include "pricing/trades/book.hpp"
#include "pricing/trades/compile_trade.hpp"

#include <string>
#include <vector>

namespace vargrid {

struct NamedTerms {
    const Trade* trade{nullptr};
    TradeTerms terms{};
};

/// Linear trades before options; then trades on the same curves, volatilities and factors together;
/// within them those that pay on the same days; then by id.
void sort_for_batches(std::vector<NamedTerms>& trades, const RowPool& pool);

/// Batches in the order of the trades. `books` is sorted and holds every trade's book.
[[nodiscard]] std::vector<Batch> make_batches(const std::vector<NamedTerms>& trades,
                                              const std::vector<std::string>& books,
                                              const RowPool& pool,
                                              const CompileOptions& options);

}  // namespace vargrid
