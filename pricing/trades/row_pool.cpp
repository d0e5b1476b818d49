#include "pricing/trades/row_pool.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace vargrid {
namespace {

/// Number of the program's row that is the i-th of its kind, given how many of each kind there are.
struct KindOffsets {
    std::array<std::uint32_t, 5> next{};

    KindOffsets(const RowPool& pool, const std::vector<PoolRow>& rows) {
        std::array<std::uint32_t, 5> counts{};
        for (const PoolRow row : rows) {
            ++counts[static_cast<std::size_t>(pool.row(row).kind)];
        }
        next[0] = 0;
        next[1] = 1;
        for (std::size_t kind = 2; kind < next.size(); ++kind) {
            next[kind] = next[kind - 1] + counts[kind - 1];
        }
    }
};

std::vector<std::uint32_t> factors_of(const RowPool& pool, const std::vector<PoolRow>& rows) {
    std::vector<std::uint32_t> factors;
    for (const PoolRow row : rows) {
        for (const FactorWeight& item : pool.row(row).weights) {
            factors.push_back(item.factor);
        }
    }
    std::sort(factors.begin(), factors.end());
    factors.erase(std::unique(factors.begin(), factors.end()), factors.end());
    return factors;
}

void append(Combinations& combinations,
            const std::vector<FactorWeight>& weights,
            const std::vector<std::uint32_t>& factors) {
    for (const FactorWeight& item : weights) {
        const auto slot = std::lower_bound(factors.begin(), factors.end(), item.factor);
        combinations.slot.push_back(static_cast<std::uint32_t>(slot - factors.begin()));
        combinations.weight.push_back(item.weight);
    }
    combinations.first.push_back(static_cast<std::uint32_t>(combinations.slot.size()));
}

}  // namespace

RowPool::RowPool(const MarketLayout& layout) : layout_{layout} {
    rows_.emplace_back();
}

std::optional<PoolRow> RowPool::known(RowKind kind, std::uint32_t origin, double years) const {
    const auto found = combinations_.find(
        Key{static_cast<std::uint64_t>(kind), origin, std::bit_cast<std::uint64_t>(years)});
    return found == combinations_.end() ? std::nullopt : std::optional{found->second};
}

PoolRow RowPool::intern(RowKind kind,
                        std::uint32_t origin,
                        double years,
                        std::vector<FactorWeight> weights) {
    const auto index = static_cast<PoolRow>(rows_.size());
    const Key key{static_cast<std::uint64_t>(kind), origin, std::bit_cast<std::uint64_t>(years)};
    const bool is_new = combinations_.emplace(key, index).second;
    CHECK(is_new);
    rows_.push_back(PooledRow{.kind = kind, .origin = origin, .weights = std::move(weights)});
    return index;
}

PoolRow RowPool::discount(const Curve& curve, double years) {
    CHECK(years >= 0.0);
    if (years == 0.0) {
        return kOne;
    }
    const auto origin = static_cast<std::uint32_t>(&curve - layout_.curves.data());
    CHECK(origin < layout_.curves.size());
    if (const auto row = known(RowKind::discount, origin, years)) {
        return *row;
    }
    return intern(RowKind::discount, origin, years, discount_weights(curve, years));
}

PoolRow RowPool::deviation(const VolCurve& vol, double years) {
    CHECK(years > 0.0);
    const auto index = static_cast<std::uint32_t>(&vol - layout_.vols.data());
    CHECK(index < layout_.vols.size());
    const auto origin = static_cast<std::uint32_t>(layout_.curves.size()) + index;
    if (const auto row = known(RowKind::deviation, origin, years)) {
        return *row;
    }
    return intern(RowKind::deviation, origin, years, deviation_weights(vol, years));
}

PoolRow RowPool::factor(FactorIndex factor) {
    CHECK(factor < layout_.factors.size());
    const auto origin =
        static_cast<std::uint32_t>(layout_.curves.size() + layout_.vols.size()) + factor;
    if (const auto row = known(RowKind::linear, origin, 0.0)) {
        return *row;
    }
    return intern(RowKind::linear, origin, 0.0, {FactorWeight{factor, 1.0}});
}

PoolRow RowPool::forward_curve(const Asset& asset, double years) {
    CHECK(asset.has_forward_curve());
    const std::vector<FactorWeight> weights = forward_weights(asset, years);
    if (weights.size() == 1 && weights.front().weight == 1.0) {
        return factor(weights.front().factor);
    }
    // Behind the origins of single factors, so that the two kinds of linear row never meet.
    const auto index = static_cast<std::uint32_t>(&asset - layout_.assets.data());
    const auto origin = static_cast<std::uint32_t>(layout_.curves.size() + layout_.vols.size() +
                                                   layout_.factors.size()) +
                        index;
    if (const auto row = known(RowKind::linear, origin, years)) {
        return *row;
    }
    return intern(RowKind::linear, origin, years, weights);
}

PoolRow RowPool::product(PoolRow a, PoolRow b, PoolRow c) {
    if (b < a) {
        std::swap(a, b);
    }
    if (c == b) {
        return a;
    }
    if (c == a) {
        return b;
    }
    const auto index = static_cast<PoolRow>(rows_.size());
    const auto [entry, is_new] = products_.emplace(std::array{a, b, c}, index);
    if (is_new) {
        rows_.push_back(PooledRow{.kind = RowKind::product, .inputs = {a, b, c}});
    }
    return entry->second;
}

ProgramOfRows make_program(const RowPool& pool, const std::vector<PoolRow>& rows) {
    CHECK(std::is_sorted(rows.begin(), rows.end()));
    ProgramOfRows result;
    result.program.factors = factors_of(pool, rows);
    KindOffsets offsets{pool, rows};
    for (const PoolRow index : rows) {
        const PooledRow& row = pool.row(index);
        if (row.kind == RowKind::one) {
            result.row_of.push_back(kOne);
            continue;
        }
        result.row_of.push_back(offsets.next[static_cast<std::size_t>(row.kind)]++);
        if (row.kind == RowKind::product) {
            const auto local = [&](PoolRow input) {
                const auto found = std::lower_bound(rows.begin(), rows.end(), input);
                CHECK(input == kOne || (found != rows.end() && *found == input));
                return input == kOne
                           ? kOne
                           : result.row_of[static_cast<std::size_t>(found - rows.begin())];
            };
            result.program.products.push_back(
                RowProduct{local(row.inputs[0]), local(row.inputs[1]), local(row.inputs[2])});
            continue;
        }
        Combinations& combinations = row.kind == RowKind::linear     ? result.program.linear
                                     : row.kind == RowKind::discount ? result.program.discount
                                                                     : result.program.deviation;
        append(combinations, row.weights, result.program.factors);
    }
    return result;
}

}  // namespace vargrid
