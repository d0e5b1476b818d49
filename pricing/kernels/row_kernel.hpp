// The row program: risk factors to rows, for kLanes scenarios. Included by variant.cpp alone.
#pragma once

#include "pricing/kernels/vector_math.hpp"

namespace vargrid::variant {

/// rows[r] = finish(sum of weight * factor over the entries of combination r, in order).
/// Shapes: rows[combinations.count()][kLanes].
template <class Finish>
VARGRID_INLINE void combine(const Combinations& combinations,
                            const double* factors,
                            double* rows,
                            const Finish& finish) {
    const std::uint32_t* first = combinations.first.data();
    const std::uint32_t* slot = combinations.slot.data();
    const double* weight = combinations.weight.data();
    const std::size_t count = combinations.count();
    for (std::size_t row = 0; row < count; ++row) {
        Vector sum[kParts] = {};
        for (std::uint32_t entry = first[row]; entry < first[row + 1]; ++entry) {
            const double* factor = factors + std::size_t{slot[entry]} * kLanes;
            const Vector entry_weight = broadcast(weight[entry]);
            for (std::size_t part = 0; part < kParts; ++part) {
                sum[part] = fused(entry_weight, load(factor + part * kWidth), sum[part]);
            }
        }
        for (std::size_t part = 0; part < kParts; ++part) {
            store(rows + row * kLanes + part * kWidth, finish(sum[part]));
        }
    }
}

VARGRID_INLINE Vector not_a_number() {
    return broadcast(std::numeric_limits<double>::quiet_NaN());
}

inline void fill_deviations(const Combinations& deviation, const double* factors, double* rows) {
    // The sign test rides along as a second sum: the smallest factor of the combination.
    for (std::size_t row = 0; row < deviation.count(); ++row) {
        for (std::size_t part = 0; part < kParts; ++part) {
            Vector sum = broadcast(0.0);
            Vector smallest = broadcast(0.0);
            for (std::uint32_t entry = deviation.first[row]; entry < deviation.first[row + 1];
                 ++entry) {
                const Vector factor =
                    load(factors + std::size_t{deviation.slot[entry]} * kLanes + part * kWidth);
                sum = fused(broadcast(deviation.weight[entry]) * factor, factor, sum);
                smallest = smaller(factor, smallest);
            }
            const Vector root = square_root(sum);
            store(rows + row * kLanes + part * kWidth,
                  smallest < broadcast(0.0) ? not_a_number() : root);
        }
    }
}

/// Shapes: factors[program.factors][kLanes], rows[program.row_count()][kLanes].
inline void fill_rows(const RowProgram& program, const double* factors, double* rows) {
    for (std::size_t part = 0; part < kParts; ++part) {
        store(rows + part * kWidth, broadcast(1.0));
    }
    double* next = rows + kLanes;
    combine(program.linear, factors, next, [](Vector sum) { return sum; });
    next += program.linear.count() * kLanes;
    combine(program.discount, factors, next, [](Vector sum) { return exponential(-sum); });
    next += program.discount.count() * kLanes;
    fill_deviations(program.deviation, factors, next);
    next += program.deviation.count() * kLanes;
    for (const RowProduct& product : program.products) {
        for (std::size_t lane = 0; lane < kLanes; lane += kWidth) {
            const Vector a = load(rows + std::size_t{product.a} * kLanes + lane);
            const Vector b = load(rows + std::size_t{product.b} * kLanes + lane);
            const Vector c = load(rows + std::size_t{product.c} * kLanes + lane);
            store(next + lane, a * b / c);
        }
        next += kLanes;
    }
}

}  // namespace vargrid::variant
