// Vector: one hardware register of doubles, Eigen's packet for the instruction set this file is
// compiled for (4 doubles for AVX2, 8 for AVX-512). Included by variant.cpp alone. Every operation
// is element by element and correctly rounded, or spelled out as a fused multiply-add that both
// instruction sets have, so a lane's bits do not depend on the width.
#pragma once

#include "pricing/kernels/batch.hpp"

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace vargrid::variant {

using Vector = Eigen::internal::packet_traits<double>::type;
inline constexpr std::size_t kWidth = sizeof(Vector) / sizeof(double);
/// Registers that make up the kLanes scenarios of an item.
inline constexpr std::size_t kParts = kLanes / kWidth;
static_assert(kWidth * kParts == kLanes);
#if !defined(__FMA__)
#error "the kernels spell out fused multiply-adds; compile them for x86-64-v3 or later"
#endif

/// The same register as whole numbers; all-ones elements are `true` where it is a mask.
using Bits [[gnu::vector_size(sizeof(Vector))]] = std::uint64_t;

#define VARGRID_INLINE [[gnu::always_inline]] inline

VARGRID_INLINE Vector load(const double* from) {
    return Eigen::internal::pload<Vector>(from);
}
VARGRID_INLINE void store(double* to, Vector value) {
    Eigen::internal::pstore(to, value);
}
VARGRID_INLINE Vector broadcast(double value) {
    return Eigen::internal::pset1<Vector>(value);
}
VARGRID_INLINE Bits broadcast_bits(std::uint64_t value) {
    return Bits{} + value;
}
/// a * b + c with one rounding.
VARGRID_INLINE Vector fused(Vector a, Vector b, Vector c) {
    return Eigen::internal::pmadd(a, b, c);
}
VARGRID_INLINE Vector square_root(Vector x) {
    return Eigen::internal::psqrt(x);
}
VARGRID_INLINE Bits as_bits(Vector x) {
    return reinterpret_cast<Bits>(x);
}
VARGRID_INLINE Vector as_vector(Bits x) {
    return reinterpret_cast<Vector>(x);
}
// A comparison gives a vector of signed whole numbers, 0 or -1; these name the two uses. Written as
// selects so that a NaN falls on a stated side.
/// b where a is NaN.
VARGRID_INLINE Vector smaller(Vector a, Vector b) {
    return a < b ? a : b;
}
/// b where a is NaN.
VARGRID_INLINE Vector larger(Vector a, Vector b) {
    return a > b ? a : b;
}
VARGRID_INLINE Vector absolute(Vector x) {
    return as_vector(as_bits(x) & broadcast_bits(0x7fff'ffff'ffff'ffffULL));
}

}  // namespace vargrid::variant
