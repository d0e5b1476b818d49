// From one row's cells to a product: which columns each type takes, and what they may hold.
#pragma once

#include "pricing/trades/row_reader.hpp"

namespace vargrid {

/// Reads the columns of `type` and refuses all others. What is wrong is recorded in the reader; the
/// product is meaningful only if reader.ok() afterwards.
[[nodiscard]] Product parse_product(TradeType type, RowReader& row);

}  // namespace vargrid
