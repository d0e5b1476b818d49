// What the kernel tests share: aligned arrays, small batches, and one call to evaluate them.
#pragma once

#include "base/random.hpp"
#include "pricing/kernels/batch.hpp"
#include "pricing/kernels/kernels.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <new>
#include <vector>

namespace vargrid::test {

template <class T>
struct CacheAligned {
    using value_type = T;
    CacheAligned() = default;
    template <class Other>
    explicit CacheAligned(const CacheAligned<Other>&) {}
    T* allocate(std::size_t count) {
        return static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{64}));
    }
    void deallocate(T* from, std::size_t) { ::operator delete (from, std::align_val_t{64}); }
    friend bool operator==(const CacheAligned&, const CacheAligned&) { return true; }
};
using Column = std::vector<double, CacheAligned<double>>;

/// The instruction sets of this machine; a test that needs both skips itself where there is one.
inline std::vector<Isa> supported_isas() {
    std::vector<Isa> isas;
    for (const Isa isa : {Isa::avx2, Isa::avx512}) {
        if (is_supported(isa)) {
            isas.push_back(isa);
        }
    }
    return isas;
}

inline void add_combination(Combinations& combinations,
                            const std::vector<std::pair<std::uint32_t, double>>& entries) {
    for (const auto& [slot, weight] : entries) {
        combinations.slot.push_back(slot);
        combinations.weight.push_back(weight);
    }
    combinations.first.push_back(static_cast<std::uint32_t>(combinations.slot.size()));
}

/// Options whose forwards are the even factors and whose deviations are the odd ones; row 0, the
/// constant 1, discounts and converts. Shapes: strikes[n], call_signs[n].
inline Batch european_batch(const std::vector<double>& strikes,
                            const std::vector<double>& call_signs) {
    Batch batch;
    batch.kind = BatchKind::european;
    const auto count = static_cast<std::uint32_t>(strikes.size());
    for (std::uint32_t trade = 0; trade < count; ++trade) {
        batch.rows.factors.push_back(2 * trade);
        batch.rows.factors.push_back(2 * trade + 1);
        add_combination(batch.rows.linear, {{2 * trade, 1.0}});
        add_combination(batch.rows.deviation, {{2 * trade + 1, 1.0}});
        batch.european.forward_row.push_back(1 + trade);
        batch.european.deviation_row.push_back(1 + count + trade);
        batch.european.discount_row.push_back(0);
        batch.european.fx_row.push_back(0);
        batch.european.amount.push_back(1.0);
        batch.group.push_back(0);
    }
    batch.european.strike = strikes;
    batch.european.call_sign = call_signs;
    return batch;
}

/// Shapes: factors[slots][kLanes]; result [trades][kLanes].
inline Column evaluate(Isa isa, const Batch& batch, const Column& factors) {
    const auto valid = batch.validate(0);
    EXPECT_TRUE(valid.has_value()) << (valid ? "" : valid.error().message);
    Column rows(batch.rows.row_count() * kLanes);
    Column values(batch.trade_count() * kLanes);
    kernel_set(isa).evaluate(batch, factors.data(), rows.data(), values.data());
    return values;
}

/// As evaluate, but the rows.
inline Column evaluate_rows(Isa isa, const Batch& batch, const Column& factors) {
    Column rows(batch.rows.row_count() * kLanes);
    Column values(batch.trade_count() * kLanes + kLanes);
    kernel_set(isa).evaluate(batch, factors.data(), rows.data(), values.data());
    return rows;
}

/// One option under equal market data in every lane: the value in lane 0.
inline double black(double forward, double strike, double deviation, double call_sign) {
    const Batch batch = european_batch({strike}, {call_sign});
    Column factors(2 * kLanes, forward);
    std::fill(factors.begin() + kLanes, factors.end(), deviation);
    return evaluate(best_isa().value(), batch, factors).front();
}

inline bool equal_bits(const Column& a, const Column& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

}  // namespace vargrid::test
