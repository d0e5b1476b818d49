// Every check that makes a batch safe for the kernels, which check nothing themselves.
#include "pricing/kernels/batch.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

namespace vargrid {
namespace {

Error invalid(std::string message) {
    return Error{ErrorCode::invalid_input, "batch: " + std::move(message)};
}

Result<void> check_size(std::string_view what, std::size_t found, std::size_t expected) {
    if (found == expected) {
        return {};
    }
    return invalid(std::string{what} + ": expected " + std::to_string(expected) +
                   " entries, found " + std::to_string(found));
}

/// Offsets start at 0, never fall, and end at `entries`.
Result<void> check_offsets(std::string_view what,
                           const std::vector<std::uint32_t>& first,
                           std::size_t entries) {
    if (first.empty() || first.front() != 0 || first.back() != entries ||
        !std::is_sorted(first.begin(), first.end())) {
        return invalid(std::string{what} + ": offsets must rise from 0 to " +
                       std::to_string(entries));
    }
    return {};
}

Result<void> check_below(std::string_view what,
                         const std::vector<std::uint32_t>& indices,
                         std::size_t end) {
    for (const std::uint32_t index : indices) {
        if (index >= end) {
            return invalid(std::string{what} + ": index " + std::to_string(index) +
                           " is not below " + std::to_string(end));
        }
    }
    return {};
}

Result<void> check_finite(std::string_view what, const std::vector<double>& numbers) {
    const auto bad = std::find_if_not(
        numbers.begin(), numbers.end(), [](double number) { return std::isfinite(number); });
    if (bad != numbers.end()) {
        return invalid(std::string{what} + ": entry " + std::to_string(bad - numbers.begin()) +
                       " is not a finite number");
    }
    return {};
}

Result<void> check_combinations(std::string_view what,
                                const Combinations& combinations,
                                std::size_t factors) {
    VARGRID_TRY_VOID(check_offsets(what, combinations.first, combinations.slot.size()));
    VARGRID_TRY_VOID(check_size(what, combinations.weight.size(), combinations.slot.size()));
    VARGRID_TRY_VOID(check_below(what, combinations.slot, factors));
    return check_finite(what, combinations.weight);
}

Result<void> check_rows(const RowProgram& rows, std::size_t factor_count) {
    if (factor_count > 0) {
        VARGRID_TRY_VOID(check_below("factors", rows.factors, factor_count));
    }
    const std::size_t slots = rows.factors.size();
    VARGRID_TRY_VOID(check_combinations("linear rows", rows.linear, slots));
    VARGRID_TRY_VOID(check_combinations("discount rows", rows.discount, slots));
    VARGRID_TRY_VOID(check_combinations("deviation rows", rows.deviation, slots));
    if (rows.row_count() > kBatchRowsMax) {
        return invalid(std::to_string(rows.row_count()) + " rows, at most " +
                       std::to_string(kBatchRowsMax));
    }
    std::size_t row = rows.row_count() - rows.products.size();
    for (const RowProduct& product : rows.products) {
        if (product.a >= row || product.b >= row || product.c >= row) {
            return invalid("product row " + std::to_string(row) + " refers to a later row");
        }
        ++row;
    }
    return {};
}

Result<void> check_linear(const LinearTrades& trades, std::size_t rows) {
    VARGRID_TRY_VOID(check_offsets("legs", trades.leg_first, trades.leg_fx_row.size()));
    VARGRID_TRY_VOID(
        check_size("leg terms", trades.term_first.size(), trades.leg_fx_row.size() + 1));
    VARGRID_TRY_VOID(check_offsets("terms", trades.term_first, trades.term_row.size()));
    VARGRID_TRY_VOID(check_size("term amounts", trades.term_amount.size(), trades.term_row.size()));
    VARGRID_TRY_VOID(check_below("leg FX rows", trades.leg_fx_row, rows));
    VARGRID_TRY_VOID(check_below("term rows", trades.term_row, rows));
    return check_finite("term amounts", trades.term_amount);
}

Result<void> check_european(const EuropeanTrades& trades, std::size_t rows) {
    const std::size_t count = trades.count();
    VARGRID_TRY_VOID(check_size("forward rows", trades.forward_row.size(), count));
    VARGRID_TRY_VOID(check_size("deviation rows", trades.deviation_row.size(), count));
    VARGRID_TRY_VOID(check_size("discount rows", trades.discount_row.size(), count));
    VARGRID_TRY_VOID(check_size("FX rows", trades.fx_row.size(), count));
    VARGRID_TRY_VOID(check_size("amounts", trades.amount.size(), count));
    VARGRID_TRY_VOID(check_size("call signs", trades.call_sign.size(), count));
    VARGRID_TRY_VOID(check_below("forward rows", trades.forward_row, rows));
    VARGRID_TRY_VOID(check_below("deviation rows", trades.deviation_row, rows));
    VARGRID_TRY_VOID(check_below("discount rows", trades.discount_row, rows));
    VARGRID_TRY_VOID(check_below("FX rows", trades.fx_row, rows));
    VARGRID_TRY_VOID(check_finite("strikes", trades.strike));
    VARGRID_TRY_VOID(check_finite("amounts", trades.amount));
    const bool signs_right = std::all_of(trades.call_sign.begin(),
                                         trades.call_sign.end(),
                                         [](double sign) { return std::fabs(sign) == 1.0; });
    if (!signs_right) {
        return invalid("call signs must be +1 or -1");
    }
    return {};
}

}  // namespace

Result<void> Batch::validate(std::size_t factor_count) const {
    VARGRID_TRY_VOID(check_rows(rows, factor_count));
    switch (kind) {
        case BatchKind::linear:
            if (european != EuropeanTrades{}) {
                return invalid("a linear batch holds European trades");
            }
            VARGRID_TRY_VOID(check_linear(linear, rows.row_count()));
            break;
        case BatchKind::european:
            if (linear != LinearTrades{}) {
                return invalid("a European batch holds linear trades");
            }
            VARGRID_TRY_VOID(check_european(european, rows.row_count()));
            break;
        default:
            return invalid("unknown kind " + std::to_string(static_cast<unsigned>(kind)));
    }
    if (trade_count() > kBatchTradesMax) {
        return invalid(std::to_string(trade_count()) + " trades, at most " +
                       std::to_string(kBatchTradesMax));
    }
    return check_size("groups", group.size(), trade_count());
}

}  // namespace vargrid
