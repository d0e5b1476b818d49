// A small run for tests: two linear batches on three risk factors, three leaf books.
#pragma once

#include "pricing/kernels/batch.hpp"
#include "pricing/market/scenario_set.hpp"
#include "risk/run.hpp"

#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

namespace vargrid::testing {

struct SmallRun {
    RunSpec run;
    ScenarioSet scenarios;
    std::vector<Batch> batches;
};

/// Factors: 0 equity spot (100), 1 FX rate base per foreign (1.25), 2 zero rate (0.02).
inline ScenarioSet small_scenarios(std::size_t count) {
    ScenarioSet set;
    set.as_of = make_date(2020, 12, 31);
    set.classes = {RiskClass::equity, RiskClass::fx, RiskClass::interest_rate};
    set.base = {100.0, 1.25, 0.02};
    for (std::size_t s = 0; s < count; ++s) {
        const double x = std::sin(static_cast<double>(s) * 1.7);
        set.labels.push_back({.from = make_date(2019, 1, 1) + static_cast<std::int32_t>(s),
                              .to = make_date(2019, 1, 2) + static_cast<std::int32_t>(s)});
        set.shifted.insert(set.shifted.end(),
                           {100.0 * (1.0 + 0.03 * x), 1.25 * (1.0 - 0.01 * x), 0.02 + 0.001 * x});
    }
    return set;
}

/// Rows: 0 one, 1 spot, 2 fx, 3 discount factor at five years. Each trade has one leg: `amount` of
/// row `row`, converted at row `fx_row`.
struct OneLeg {
    std::uint32_t row{0};
    std::uint32_t fx_row{0};
    double amount{0.0};
    std::uint32_t book{0};
};

inline Batch linear_batch(const std::vector<OneLeg>& trades) {
    Batch batch;
    batch.kind = BatchKind::linear;
    batch.rows.factors = {0, 1, 2};
    batch.rows.linear = {.first = {0, 1, 2}, .slot = {0, 1}, .weight = {1.0, 1.0}};
    batch.rows.discount = {.first = {0, 1}, .slot = {2}, .weight = {5.0}};
    for (const OneLeg& trade : trades) {
        batch.linear.leg_fx_row.push_back(trade.fx_row);
        batch.linear.term_row.push_back(trade.row);
        batch.linear.term_amount.push_back(trade.amount);
        batch.linear.term_first.push_back(static_cast<std::uint32_t>(batch.linear.term_row.size()));
        batch.linear.leg_first.push_back(
            static_cast<std::uint32_t>(batch.linear.leg_fx_row.size()));
        batch.group.push_back(trade.book);
    }
    return batch;
}

inline SmallRun small_run(std::size_t scenario_count = 37) {
    SmallRun small;
    small.scenarios = small_scenarios(scenario_count);
    small.batches = {linear_batch({{.row = 1, .fx_row = 0, .amount = 1000.0, .book = 1},
                                   {.row = 1, .fx_row = 2, .amount = -300.5, .book = 0},
                                   {.row = 0, .fx_row = 2, .amount = 5e6, .book = 0}}),
                     linear_batch({{.row = 3, .fx_row = 0, .amount = 1e7, .book = 2},
                                   {.row = 3, .fx_row = 2, .amount = -4e6, .book = 2}})};
    RunSpec& run = small.run;
    run.name = "small";
    run.as_of = run.as_of_requested = small.scenarios.as_of;
    run.base_currency = "USD";
    run.books = {"desk/a", "desk/b", "other"};
    run.scenarios = small.scenarios.labels;
    run.classes = {MovedClass::all, MovedClass::equity, MovedClass::fx, MovedClass::interest_rate};
    run.measures = {{.measure = MeasureKind::var,
                     .confidence_basis_points = 9900,
                     .estimator = Estimator::ceil_rank},
                    {.measure = MeasureKind::es,
                     .confidence_basis_points = 9750,
                     .estimator = Estimator::fractional}};
    for (const Batch& batch : small.batches) {
        for (const std::uint32_t book : batch.group) {
            run.trades.push_back(
                {.id = "T" + std::to_string(run.trades.size()), .type = "cash", .book = book});
        }
        run.batches.push_back({.blob = blake2b(batch.encode()),
                               .trade_count = static_cast<std::uint32_t>(batch.trade_count()),
                               .picoseconds_per_scenario = 1000});
    }
    run.scenario_set = blake2b(small.scenarios.encode());
    run.block_picoseconds = 16'000;
    return small;
}

}  // namespace vargrid::testing
