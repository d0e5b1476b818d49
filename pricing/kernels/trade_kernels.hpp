// Rows to trade values, for kLanes scenarios. Included by variant.cpp alone.
#pragma once

#include "pricing/kernels/row_kernel.hpp"

namespace vargrid::variant {

/// One bit pattern for everything that is not a number: which operand's NaN survives an operation
/// is the compiler's choice.
VARGRID_INLINE Vector canonical(Vector x) {
    return x == x ? x : not_a_number();
}

/// Shapes: rows[row_count][kLanes], values[trades][kLanes].
inline void value_linear(const LinearTrades& trades, const double* rows, double* values) {
    const std::uint32_t* leg_first = trades.leg_first.data();
    const std::uint32_t* fx_row = trades.leg_fx_row.data();
    const std::uint32_t* term_first = trades.term_first.data();
    const std::uint32_t* term_row = trades.term_row.data();
    const double* amount = trades.term_amount.data();
    const std::size_t count = trades.count();
    for (std::size_t trade = 0; trade < count; ++trade) {
        Vector total[kParts] = {};
        for (std::uint32_t leg = leg_first[trade]; leg < leg_first[trade + 1]; ++leg) {
            Vector sum[kParts] = {};
            for (std::uint32_t term = term_first[leg]; term < term_first[leg + 1]; ++term) {
                const double* row = rows + std::size_t{term_row[term]} * kLanes;
                const Vector factor = broadcast(amount[term]);
                for (std::size_t part = 0; part < kParts; ++part) {
                    sum[part] = fused(factor, load(row + part * kWidth), sum[part]);
                }
            }
            const double* fx = rows + std::size_t{fx_row[leg]} * kLanes;
            for (std::size_t part = 0; part < kParts; ++part) {
                total[part] = fused(load(fx + part * kWidth), sum[part], total[part]);
            }
        }
        for (std::size_t part = 0; part < kParts; ++part) {
            store(values + trade * kLanes + part * kWidth, canonical(total[part]));
        }
    }
}

/// Forwards beyond this are failures, so that no intermediate result can overflow.
inline constexpr double kForwardLimit = 0x1p1000;

/// The undiscounted Black value, never below intrinsic. NaN unless 0 <= forward <= kForwardLimit
/// and deviation >= 0 (infinity is fine). A strike that is not positive gives intrinsic value.
///
/// The value is intrinsic plus the value of the option that is out of the money (parity). With
/// low = min(forward, strike), high the other, s the deviation, m = ln(high / low):
///     out of the money = low Phi(b) - high Phi(-a),   b = s/2 - m/s,  a = s/2 + m/s >= |b|,
/// and since low phi(b) = high phi(a), one exponential serves both terms. With R the Mills ratio:
///     b < 0:   low phi(b) (R(-b) - R(a)),      b >= 0:   low - low phi(b) (R(b) + R(a)).
/// Source: Black (1976), The pricing of commodity contracts, J. Financial Economics 3, 167-179.
VARGRID_INLINE Vector black_value(Vector forward, Vector strike, Vector deviation, Vector sign) {
    const Vector zero = broadcast(0.0);
    const Vector low = smaller(forward, strike);
    const Vector high = larger(strike, forward);
    const Vector m_over_s = log_ratio(high, low) / deviation;
    const Vector half = broadcast(0.5) * deviation;
    const Vector b = half - m_over_s;
    const Vector b_size = smaller(absolute(b), broadcast(100.0));
    // Beyond 100 every term is 0 where it matters: see docs/numerics.md.
    const Vector a = smaller(half + m_over_s, broadcast(100.0));

    const Vector exponent = larger(broadcast(-0.5) * (b_size * b_size), broadcast(-708.0));
    Vector density = exp_normal(exponent);
    density = exponent > broadcast(-708.0) ? density : zero;
    const Vector scale = low * (broadcast(0.3989422804014326779) * density);

    const Mills at_a = mills_ratio(a);
    const Mills at_b = mills_ratio(b_size);
    const Bits not_b_sign = ~as_bits(b) & broadcast_bits(std::uint64_t{1} << 63);
    const Vector signed_b = as_vector(as_bits(at_b.numerator) ^ not_b_sign);
    const Vector difference =
        fused(signed_b, at_a.denominator, -(at_a.numerator * at_b.denominator));
    const Vector ratio = difference / (at_a.denominator * at_b.denominator);
    const Vector base = b < zero ? zero : low;
    Vector out_of_money = larger(fused(scale, ratio, base), zero);
    out_of_money = low >= broadcast(0x1p-1022) ? out_of_money : zero;
    out_of_money = deviation > zero ? out_of_money : zero;

    const Vector value = larger(sign * (forward - strike), zero) + out_of_money;
    const auto valid =
        (forward >= zero) & (forward <= broadcast(kForwardLimit)) & (deviation >= zero);
    return valid ? value : not_a_number();
}

/// Shapes: rows[row_count][kLanes], values[trades][kLanes].
inline void value_european(const EuropeanTrades& trades, const double* rows, double* values) {
    const std::uint32_t* forward_row = trades.forward_row.data();
    const std::uint32_t* deviation_row = trades.deviation_row.data();
    const std::uint32_t* discount_row = trades.discount_row.data();
    const std::uint32_t* fx_row = trades.fx_row.data();
    const double* strikes = trades.strike.data();
    const double* amounts = trades.amount.data();
    const double* signs = trades.call_sign.data();
    const std::size_t count = trades.count();
    for (std::size_t trade = 0; trade < count; ++trade) {
        const Vector strike = broadcast(strikes[trade]);
        const Vector amount = broadcast(amounts[trade]);
        const Vector sign = broadcast(signs[trade]);
        for (std::size_t lane = 0; lane < kLanes; lane += kWidth) {
            const Vector forward = load(rows + std::size_t{forward_row[trade]} * kLanes + lane);
            const Vector deviation = load(rows + std::size_t{deviation_row[trade]} * kLanes + lane);
            const Vector discount = load(rows + std::size_t{discount_row[trade]} * kLanes + lane);
            const Vector fx = load(rows + std::size_t{fx_row[trade]} * kLanes + lane);
            const Vector black = black_value(forward, strike, deviation, sign);
            const Vector value = fx * discount * (amount * black);
            store(values + trade * kLanes + lane, canonical(value));
        }
    }
}

}  // namespace vargrid::variant
