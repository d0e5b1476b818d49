// Values to P&L and exact group sums, for kLanes scenarios. Included by variant.cpp alone.
#pragma once

#include "base/exact_sum.hpp"
#include "pricing/kernels/row_kernel.hpp"

namespace vargrid::variant {

// Adding and subtracting 1.5 * 2^(52 + e) rounds to multiples of 2^e, half to even, exactly as
// ExactSum::rounded does. 65,536 high parts of at most 2^45 stay below 2^61 = 2^53 * 2^8, and as
// many low parts of at most 2^7 below 2^23 = 2^53 * 2^-30: both sums are exact.
inline constexpr double kRoundToHigh = 0x1.8p60;
inline constexpr double kRoundToLow = 0x1.8p22;
static_assert(kBatchTradesMax * kCellLimit <= 0x1p61);
static_assert(kQuantaPerUnit == 0x1p30);

inline std::size_t accumulate(const std::uint32_t* group_slot,
                              std::size_t trades,
                              const double* values,
                              const double* base_values,
                              std::size_t lanes,
                              double* high,
                              double* low,
                              double* pnl) {
    const Vector limit = broadcast(kCellLimit);
    const Vector round_high = broadcast(kRoundToHigh);
    const Vector round_low = broadcast(kRoundToLow);
    Bits failed[kParts] = {};
    for (std::size_t trade = 0; trade < trades; ++trade) {
        const Vector base = broadcast(base_values[trade]);
        const std::size_t item = std::size_t{group_slot[trade]} * kLanes;
        for (std::size_t part = 0; part < kParts; ++part) {
            const std::size_t lane = part * kWidth;
            const Vector raw = load(values + trade * kLanes + lane) - base;
            const auto valid = absolute(raw) <= limit;
            const Vector change = valid ? raw : broadcast(0.0);
            const Vector h = (change + round_high) - round_high;
            const Vector l = ((change - h) + round_low) - round_low;
            store(high + item + lane, load(high + item + lane) + h);
            store(low + item + lane, load(low + item + lane) + l);
            failed[part] += valid ? broadcast_bits(0) : broadcast_bits(1);
            if (pnl != nullptr) {
                store(pnl + trade * kLanes + lane, valid ? h + l : not_a_number());
            }
        }
    }
    std::size_t count = 0;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        count += failed[lane / kWidth][lane % kWidth];
    }
    return count;
}

}  // namespace vargrid::variant
