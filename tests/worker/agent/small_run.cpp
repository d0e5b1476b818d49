#include "tests/worker/agent/small_run.hpp"

#include "base/random.hpp"
#include "risk/evaluate.hpp"

#include <algorithm>
#include <string>

namespace vargrid::worker {
namespace {

constexpr std::uint32_t kFactors = 5;
constexpr std::uint32_t kTradesPerBatch = 20;

ScenarioSet made_up_scenarios(std::uint32_t count) {
    RandomStream random{11, 0};
    ScenarioSet set;
    set.as_of = make_date(2020, 12, 31);
    set.classes.assign(kFactors, RiskClass::equity);
    set.classes[0] = RiskClass::fx;
    for (std::uint32_t f = 0; f < kFactors; ++f) {
        set.base.push_back(random.uniform(10.0, 200.0));
    }
    for (std::uint32_t s = 0; s < count; ++s) {
        const Date from = make_date(2018, 1, 1) + static_cast<std::int32_t>(s);
        set.labels.push_back({from, from + 1});
        for (std::uint32_t f = 0; f < kFactors; ++f) {
            set.shifted.push_back(set.base[f] * (1.0 + 0.02 * random.normal()));
        }
    }
    return set;
}

/// Positions: amount times the price of one factor, in base currency.
Batch made_up_batch(std::uint64_t seed) {
    RandomStream random{12, seed};
    Batch batch;
    batch.kind = BatchKind::linear;
    for (std::uint32_t f = 0; f < kFactors; ++f) {
        batch.rows.factors.push_back(f);
        batch.rows.linear.slot.push_back(f);
        batch.rows.linear.weight.push_back(1.0);
        batch.rows.linear.first.push_back(f + 1);
    }
    LinearTrades& trades = batch.linear;
    for (std::uint32_t t = 0; t < kTradesPerBatch; ++t) {
        trades.term_row.push_back(1 + static_cast<std::uint32_t>(random.below(kFactors)));
        trades.term_amount.push_back(1000.0 * random.normal());
        trades.term_first.push_back(t + 1);
        trades.leg_fx_row.push_back(0);
        trades.leg_first.push_back(t + 1);
        batch.group.push_back(t % 3);
    }
    return batch;
}

}  // namespace

RunResults SmallRun::direct() const {
    ResultsBuilder builder{run};
    const Plan plan{run};
    BlockEvaluator evaluator{run, scenarios, best_isa().value()};
    for (std::uint64_t i = 0; i < plan.block_count(); ++i) {
        const Block block = plan.block(i);
        builder.add(evaluator.evaluate(batches[block.batch], block)).value();
    }
    return std::move(builder).finish({});
}

SmallRun small_run(std::uint32_t scenarios, std::uint64_t blocks) {
    SmallRun small;
    small.scenarios = made_up_scenarios(scenarios);
    small.blobs.push_back(small.scenarios.encode());
    RunSpec& run = small.run;
    run.name = "small";
    run.as_of = small.scenarios.as_of;
    run.as_of_requested = run.as_of;
    run.base_currency = "EUR";
    run.books = {"a/x", "a/y", "b"};
    run.scenarios = small.scenarios.labels;
    run.classes = {MovedClass::all, MovedClass::fx};
    run.measures = {{MeasureKind::var, 9900, Estimator::ceil_rank},
                    {MeasureKind::es, 9750, Estimator::fractional}};
    run.scenario_set = blake2b(small.blobs[0]);
    for (std::uint64_t b = 0; b < 2; ++b) {
        Batch batch = made_up_batch(b);
        batch.validate(kFactors).value();
        small.blobs.push_back(batch.encode());
        run.batches.push_back({.blob = blake2b(small.blobs.back()),
                               .trade_count = kTradesPerBatch,
                               .picoseconds_per_scenario = 1000});
        for (std::uint32_t t = 0; t < kTradesPerBatch; ++t) {
            run.trades.push_back({.id = std::to_string(b) + "-" + std::to_string(t),
                                  .type = "equity_position",
                                  .book = batch.group[t]});
        }
        small.batches.push_back(std::move(batch));
    }
    run.block_picoseconds = std::max<std::uint64_t>(
        1, run.column_count() * 2 * 1000 / std::max<std::uint64_t>(1, blocks));
    run.validate().value();
    return small;
}

}  // namespace vargrid::worker
