#include "bench/kernel_bench_workloads.hpp"

#include "base/check.hpp"
#include "base/random.hpp"
#include "pricing/market/weights.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace vargrid::bench {
namespace {

std::uint32_t add_combination(Combinations& combinations,
                              const std::vector<FactorWeight>& weights) {
    for (const FactorWeight& weight : weights) {
        combinations.slot.push_back(weight.factor);
        combinations.weight.push_back(weight.weight);
    }
    combinations.first.push_back(static_cast<std::uint32_t>(combinations.slot.size()));
    return static_cast<std::uint32_t>(combinations.count() - 1);
}

/// Rows by day and curve, each made once.
class SwapRows {
  public:
    explicit SwapRows(RowProgram& rows) : rows_{rows} {
        for (std::uint32_t pillar = 0; pillar < kPillars; ++pillar) {
            curve_.pillar_years.push_back(kPillarDays[pillar] / 365.0);
            curve_.factors.push_back(pillar);
        }
    }
    /// `curve` 0 discounts, 1 projects. Discount rows follow row 0 directly.
    std::uint32_t discount(int curve, int days) {
        const auto [at, is_new] = discounts_.try_emplace({curve, days}, 0);
        if (is_new) {
            auto weights = discount_weights(curve_, days / 365.0);
            for (FactorWeight& weight : weights) {
                weight.factor +=
                    static_cast<FactorIndex>(static_cast<std::size_t>(curve) * kPillars);
            }
            at->second = 1 + add_combination(rows_.discount, weights);
        }
        return at->second;
    }
    /// P(start) D(pay) / P(end), by position; its row number is known once all discounts are.
    std::uint32_t product(int curve, int start, int pay, int end) {
        const auto [at, is_new] =
            products_.try_emplace({start, pay, end}, static_cast<std::uint32_t>(products_.size()));
        if (is_new) {
            rows_.products.push_back(
                {discount(curve, start), discount(0, pay), discount(curve, end)});
        }
        return at->second;
    }

  private:
    RowProgram& rows_;
    Curve curve_;
    std::map<std::pair<int, int>, std::uint32_t> discounts_;
    std::map<std::tuple<int, int, int>, std::uint32_t> products_;
};

}  // namespace

Column make_column(std::size_t size) {
    Column column{new (std::align_val_t{64}) double[size]};
    std::fill_n(column.get(), size, 0.0);
    return column;
}

void Workload::prepare(const std::vector<double>& base_factors,
                       const std::vector<double>& move_max) {
    CHECK(batch.validate(0).has_value());
    const std::size_t slots = batch.rows.factors.size();
    CHECK(base_factors.size() == slots);
    factors = make_column(kVectors * slots * kLanes);
    rows = make_column(batch.rows.row_count() * kLanes);
    values = make_column(batch.trade_count() * kLanes);
    base = make_column(batch.trade_count());
    high = make_column(64 * kLanes);
    low = make_column(64 * kLanes);
    RandomStream random{2026, 1};
    for (std::size_t vector = 0; vector < kVectors; ++vector) {
        for (std::size_t slot = 0; slot < slots; ++slot) {
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                factors[(vector * slots + slot) * kLanes + lane] =
                    base_factors[slot] + move_max[slot] * random.uniform(-1, 1);
            }
        }
    }
}

Workload european_workload() {
    constexpr std::uint32_t kUnderlyings = 20;
    constexpr std::uint32_t kExpiries = 6;
    constexpr std::uint32_t kTrades = 2'000;
    Workload workload;
    RowProgram& rows = workload.batch.rows;
    std::vector<double> base;
    std::vector<double> move;
    const auto add_factor = [&](double value, double move_max) {
        rows.factors.push_back(static_cast<std::uint32_t>(base.size()));
        base.push_back(value);
        move.push_back(move_max);
        return static_cast<std::uint32_t>(base.size() - 1);
    };
    RandomStream random{2026, 2};
    const std::uint32_t rate = add_factor(0.02, 0.005);
    std::vector<std::uint32_t> vols;
    for (std::uint32_t underlying = 0; underlying < kUnderlyings; ++underlying) {
        add_combination(rows.linear, {{add_factor(random.uniform(20, 500), 8), 1.0}});
        vols.push_back(add_factor(random.uniform(0.15, 0.5), 0.05));
    }
    for (const double fx : {0.8, 0.9, 1.3}) {
        add_combination(rows.linear, {{add_factor(fx, 0.02), 1.0}});
    }
    const double years[kExpiries] = {0.1, 0.25, 0.5, 1.0, 1.5, 3.0};
    for (const double expiry : years) {
        add_combination(rows.discount, {{rate, expiry}});
    }
    const std::uint32_t dividend = add_factor(0.01, 0.001);
    for (const double expiry : years) {
        add_combination(rows.discount, {{dividend, expiry}});
    }
    for (const std::uint32_t vol : vols) {
        for (const double expiry : years) {
            add_combination(rows.deviation, {{vol, expiry}});
        }
    }
    // Rows: 1 + underlying, FX from 21, discount from 24, dividends from 30, deviations from 36.
    const std::uint32_t first_product = static_cast<std::uint32_t>(rows.row_count());
    for (std::uint32_t underlying = 0; underlying < kUnderlyings; ++underlying) {
        for (std::uint32_t expiry = 0; expiry < kExpiries; ++expiry) {
            rows.products.push_back({1 + underlying, 30 + expiry, 24 + expiry});
        }
    }
    workload.batch.kind = BatchKind::european;
    EuropeanTrades& trades = workload.batch.european;
    for (std::uint32_t trade = 0; trade < kTrades; ++trade) {
        const auto underlying = static_cast<std::uint32_t>(random.below(kUnderlyings));
        const auto expiry = static_cast<std::uint32_t>(random.below(kExpiries));
        trades.forward_row.push_back(first_product + underlying * kExpiries + expiry);
        trades.deviation_row.push_back(36 + underlying * kExpiries + expiry);
        trades.discount_row.push_back(24 + expiry);
        trades.fx_row.push_back(21 + static_cast<std::uint32_t>(random.below(3)));
        trades.strike.push_back(base[1 + 2 * underlying] * random.uniform(0.7, 1.4));
        trades.amount.push_back(random.uniform(-1e4, 1e4));
        trades.call_sign.push_back(random.chance(1, 2) ? 1.0 : -1.0);
        workload.batch.group.push_back(trade % 40);
    }
    workload.prepare(base, move);
    return workload;
}

Workload swap_workload(const std::vector<SwapFlows>& swaps, bool dual) {
    Workload workload;
    RowProgram& rows = workload.batch.rows;
    SwapRows table{rows};
    LinearTrades& trades = workload.batch.linear;
    constexpr std::uint32_t kProductMark = 1U << 31;
    const auto add_term = [&](std::uint32_t row, double amount) {
        trades.term_row.push_back(row);
        trades.term_amount.push_back(amount);
    };
    for (const SwapFlows& swap : swaps) {
        // Amounts that fall on one row are added up, as the trade compiler does.
        std::map<std::uint32_t, double> amounts;
        for (const FixedFlow& flow : swap.fixed) {
            amounts[table.discount(0, flow.pay_days)] += flow.amount;
        }
        for (const FloatingFlow& flow : swap.floating) {
            amounts[table.discount(0, flow.pay_days)] -= flow.factor;
            if (!dual && flow.end_days == flow.pay_days) {
                amounts[table.discount(0, flow.start_days)] += flow.factor;
            } else {
                amounts[kProductMark |
                        table.product(
                            dual ? 1 : 0, flow.start_days, flow.pay_days, flow.end_days)] +=
                    flow.factor;
            }
        }
        for (const auto& [row, amount] : amounts) {
            if (amount != 0.0) {
                add_term(row, amount);
            }
        }
        trades.term_first.push_back(static_cast<std::uint32_t>(trades.term_row.size()));
        trades.leg_fx_row.push_back(0);
        trades.leg_first.push_back(static_cast<std::uint32_t>(trades.leg_fx_row.size()));
        workload.batch.group.push_back(0);
    }
    const auto first_product = static_cast<std::uint32_t>(1 + rows.discount.count());
    for (std::uint32_t& row : trades.term_row) {
        row = (row & kProductMark) != 0 ? first_product + (row & ~kProductMark) : row;
    }
    std::vector<double> base;
    for (std::size_t slot = 0; slot < (dual ? 2 : 1) * kPillars; ++slot) {
        rows.factors.push_back(static_cast<std::uint32_t>(slot));
        base.push_back(0.005 + 0.001 * static_cast<double>(slot % kPillars) +
                       (slot < kPillars ? 0.0 : 0.002));
    }
    workload.prepare(base, std::vector<double>(base.size(), 0.002));
    return workload;
}

}  // namespace vargrid::bench
