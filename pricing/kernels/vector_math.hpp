// exp, the logarithm of a ratio, and the Mills ratio of the normal distribution, for one Vector.
// Own code because the three together carry the European kernel: no table, no branch, one division
// each, and equal bits on every instruction set by construction. docs/numerics.md has the errors.
#pragma once

#include "pricing/kernels/vector.hpp"

namespace vargrid::variant {

/// exp(x) for -708 <= x <= 709, within 1 unit in the last place; unspecified elsewhere.
/// Source: reduction by multiples of ln 2 (Cody, Waite 1980); minimax polynomial by Remez's
/// algorithm on |r| <= ln(2)/2, relative error 4e-18 before rounding.
VARGRID_INLINE Vector exp_normal(Vector x) {
    // Adding 1.5 * 2^52 rounds to a whole number and leaves it in the low bits.
    const Vector shift = broadcast(0x1.8p52);
    const Vector shifted = fused(x, broadcast(0x1.71547652b82fep0), shift);
    const Vector n = shifted - shift;
    Vector r = fused(n, broadcast(-0x1.62e42fefa39efp-1), x);
    r = fused(n, broadcast(-0x1.abc9e3b39803fp-56), r);
    const Vector r2 = r * r;
    const Vector r4 = r2 * r2;
    const Vector r8 = r4 * r4;
    const Vector q01 =
        fused(broadcast(0.16666666666666699217), r, broadcast(0.5000000000000012695));
    const Vector q23 =
        fused(broadcast(0.0083333333333070984941), r, broadcast(0.041666666666515583421));
    const Vector q45 =
        fused(broadcast(0.0001984126991762237076), r, broadcast(0.0013888888947011387209));
    const Vector q67 =
        fused(broadcast(2.7557216084766242934e-6), r, broadcast(0.000024801489917155601938));
    const Vector q89 =
        fused(broadcast(2.5117929702871396247e-8), r, broadcast(2.7631297701678499615e-7));
    const Vector q47 = fused(q67, r2, q45);
    const Vector q03 = fused(q23, r2, q01);
    const Vector q = fused(q89, r8, fused(q47, r4, q03));
    const Vector e = broadcast(1.0) + fused(r2, q, r);
    // Adds n to the exponent field; the bits of `shift` itself are shifted out.
    return as_vector(as_bits(e) + (as_bits(shifted) << 52));
}

/// exp(x) for every x: 0 below -708 (no denormal results), infinity above 709, NaN for NaN.
VARGRID_INLINE Vector exponential(Vector x) {
    Vector e = exp_normal(x);
    e = x < broadcast(-708.0) ? broadcast(0.0) : e;
    e = x > broadcast(709.0) ? broadcast(std::numeric_limits<double>::infinity()) : e;
    return x == x ? e : x;
}

/// ln(high / low) for finite high >= low >= 2^-1022, absolute error below 2e-16 + 1 unit in the
/// last place, and without cancellation as high approaches low; any number where low is smaller.
/// Source: 2 atanh((high - low) / (high + low)) after scaling `high` by a power of two, as in
/// fdlibm's e_log.c; minimax polynomial by Remez's algorithm, error 2e-19.
VARGRID_INLINE Vector log_ratio(Vector high, Vector low) {
    // The bits of a positive double are nearly its binary logarithm: their difference, rounded to
    // the exponent field, scales `high` to within a factor 1.502 of `low`.
    const Bits k = (as_bits(high) - as_bits(low) + broadcast_bits(std::uint64_t{1} << 51)) >> 52;
    const Vector scaled = as_vector(as_bits(high) - (k << 52));
    const Vector s = (scaled - low) / (scaled + low);
    const Vector z = s * s;
    const Vector z2 = z * z;
    const Vector z4 = z2 * z2;
    const Vector q01 =
        fused(broadcast(0.40000000000058583421), z, broadcast(0.66666666666666593854));
    const Vector q23 =
        fused(broadcast(0.22222224349830244928), z, broadcast(0.28571428555359385228));
    const Vector q45 =
        fused(broadcast(0.15391216251186281936), z, broadcast(0.1818166267650514998));
    const Vector q67 =
        fused(broadcast(0.1385483400230179274), z, broadcast(0.13171850925615205645));
    const Vector q = fused(fused(q67, z2, q45), z4, fused(q23, z2, q01));
    // k as a double: 2^52 + k has k in its low bits.
    const Vector whole =
        as_vector(k | broadcast_bits(0x4330'0000'0000'0000ULL)) - broadcast(0x1p52);
    const Vector small = fused(s * z, q, whole * broadcast(1.90821492927058770002e-10));
    return fused(whole, broadcast(6.93147180369123816490e-01), (s + s) + small);
}

/// The Mills ratio (1 - Phi(x)) / phi(x) of the normal distribution is numerator / denominator.
struct Mills {
    Vector numerator;
    Vector denominator;
};

/// For 0 <= x <= 100: relative error 4e-18 before rounding; every coefficient is positive, so no
/// digits cancel. Source: minimax rational of degrees 10 and 11 on [0, infinity), fitted at 60
/// digits by reweighted linearised least squares (Lawson); docs/numerics.md.
VARGRID_INLINE Mills mills_ratio(Vector x) {
    Vector p = broadcast(7.0654735723111240673e-7);
    p = fused(p, x, broadcast(0.000021242278569024228641));
    p = fused(p, x, broadcast(0.00031526476035776473215));
    p = fused(p, x, broadcast(0.0029984483057358767055));
    p = fused(p, x, broadcast(0.020075787436045492859));
    p = fused(p, x, broadcast(0.098430846426707806838));
    p = fused(p, x, broadcast(0.35728250619715402869));
    p = fused(p, x, broadcast(0.94887901406006921008));
    p = fused(p, x, broadcast(1.7717943491035952634));
    p = fused(p, x, broadcast(2.1186142045087891421));
    p = fused(p, x, broadcast(1.2533141373155002559));
    Vector q = broadcast(7.0654735723110767778e-7);
    q = fused(q, x, broadcast(0.000021242278569026018525));
    q = fused(q, x, broadcast(0.00031597130771470343289));
    q = fused(q, x, broadcast(0.0030196905843324163583));
    q = fused(q, x, broadcast(0.020389639100004397267));
    q = fused(q, x, broadcast(0.1013868102473060538));
    q = fused(q, x, broadcast(0.37673482733078244403));
    q = fused(q, x, broadcast(1.0415254403099941746));
    q = fused(q, x, broadcast(2.092024647387878954));
    q = fused(q, x, broadcast(2.8990588210441831681));
    q = fused(q, x, broadcast(2.4882941248780733698));
    q = fused(q, x, broadcast(1.0));
    return Mills{p, q};
}

}  // namespace vargrid::variant
