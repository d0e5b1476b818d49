// Random batches that use every field, and factors to evaluate them with.
#pragma once

#include "tests/pricing/kernels/support.hpp"

#include <algorithm>

namespace vargrid::test {

inline constexpr std::uint32_t kSampleFactors = 12;

/// Rows of every kind over kSampleFactors factors: 4 linear, 9 discount, 5 deviation, 6 products.
inline RowProgram random_rows(RandomStream& random) {
    RowProgram rows;
    for (std::uint32_t factor = 0; factor < kSampleFactors; ++factor) {
        rows.factors.push_back(3 * factor);
    }
    const auto add = [&](Combinations& combinations, double weight_max) {
        std::vector<std::pair<std::uint32_t, double>> entries;
        for (std::uint64_t left = random.below(5); left > 0; --left) {
            entries.emplace_back(static_cast<std::uint32_t>(random.below(kSampleFactors)),
                                 random.uniform(0.01, weight_max));
        }
        add_combination(combinations, entries);
    };
    // The first of each kind has an entry, so that tests may damage it.
    add_combination(rows.linear, {{0, 100.0}});
    add_combination(rows.discount, {{1, 2.5}});
    add_combination(rows.deviation, {{2, 1.0}});
    for (int more = 0; more < 3; ++more) {
        add(rows.linear, 2.0);
    }
    for (int more = 0; more < 8; ++more) {
        add(rows.discount, 5.0);
    }
    for (int more = 0; more < 4; ++more) {
        add(rows.deviation, 1.0);
    }
    for (int more = 0; more < 6; ++more) {
        const auto earlier = [&] {
            return static_cast<std::uint32_t>(random.below(rows.row_count()));
        };
        rows.products.push_back({earlier(), earlier(), earlier()});
    }
    return rows;
}

inline Batch random_linear_batch(std::uint64_t seed, std::size_t trades) {
    RandomStream random{seed, 100};
    Batch batch;
    batch.kind = BatchKind::linear;
    batch.rows = random_rows(random);
    const auto any_row = [&] {
        return static_cast<std::uint32_t>(random.below(batch.rows.row_count()));
    };
    LinearTrades& linear = batch.linear;
    for (std::size_t trade = 0; trade < trades; ++trade) {
        for (std::uint64_t legs = trade == 0 ? 1 : random.below(4); legs > 0; --legs) {
            for (std::uint64_t terms = trade == 0 ? 5 : random.below(30); terms > 0; --terms) {
                linear.term_row.push_back(any_row());
                linear.term_amount.push_back(random.uniform(-1e6, 1e6));
            }
            linear.term_first.push_back(static_cast<std::uint32_t>(linear.term_row.size()));
            linear.leg_fx_row.push_back(any_row());
        }
        linear.leg_first.push_back(static_cast<std::uint32_t>(linear.leg_fx_row.size()));
        batch.group.push_back(static_cast<std::uint32_t>(random.below(5)));
    }
    return batch;
}

inline Batch random_european_batch(std::uint64_t seed, std::size_t trades) {
    RandomStream random{seed, 200};
    Batch batch;
    batch.kind = BatchKind::european;
    batch.rows = random_rows(random);
    const auto any_row = [&] {
        return static_cast<std::uint32_t>(random.below(batch.rows.row_count()));
    };
    for (std::size_t trade = 0; trade < trades; ++trade) {
        batch.european.forward_row.push_back(any_row());
        batch.european.deviation_row.push_back(any_row());
        batch.european.discount_row.push_back(any_row());
        batch.european.fx_row.push_back(any_row());
        batch.european.strike.push_back(random.uniform(-0.2, 3.0));
        batch.european.amount.push_back(random.uniform(-1e6, 1e6));
        batch.european.call_sign.push_back(random.chance(1, 2) ? 1.0 : -1.0);
        batch.group.push_back(static_cast<std::uint32_t>(random.below(5)));
    }
    return batch;
}

/// Shapes: [slots][kLanes]. Ordinary numbers, or with `wild` any bit pattern a file might hold.
inline Column random_factors(RandomStream& random, std::size_t slots, bool wild) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    constexpr double kCorners[] = {0.0,
                                   -0.0,
                                   5e-324,
                                   -1e-310,
                                   0x1p-1022,
                                   1e308,
                                   -1e308,
                                   1e16,
                                   kInfinity,
                                   -kInfinity,
                                   std::numeric_limits<double>::quiet_NaN(),
                                   1.0};
    Column factors(slots * kLanes);
    for (double& factor : factors) {
        factor = random.uniform(0.001, 1.5);
        if (wild) {
            const std::uint64_t bits = random.next();
            switch (random.below(4)) {
                case 0:
                    factor = kCorners[random.below(std::size(kCorners))];
                    break;
                case 1:
                    std::memcpy(&factor, &bits, sizeof factor);
                    break;
                case 2:
                    factor = -factor;
                    break;
                default:
                    break;
            }
        }
    }
    return factors;
}

}  // namespace vargrid::test
