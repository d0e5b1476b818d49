// The kernels in trades x scenarios per second of one core, next to QuantLib in the same run. The
// table of ratios goes to standard error at the end, so that --benchmark_format=json stays one
// document. Use --benchmark_repetitions: the table takes the best of each, which is what a machine
// that others use as well can show.
#include "base/check.hpp"
#include "base/random.hpp"
#include "bench/kernel_bench_quantlib.hpp"
#include "pricing/kernels/batch.hpp"
#include "pricing/kernels/kernels.hpp"
#include "pricing/market/weights.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <tuple>
#include <vector>

namespace vargrid::bench {
namespace {

/// Scenarios a workload holds, in vectors of kLanes.
constexpr std::size_t kVectors = 32;

struct AlignedDelete {
    void operator()(double* from) const { ::operator delete[](from, std::align_val_t{64}); }
};
using Column = std::unique_ptr<double[], AlignedDelete>;

Column make_column(std::size_t size) {
    Column column{new (std::align_val_t{64}) double[size]};
    std::fill_n(column.get(), size, 0.0);
    return column;
}

/// A batch with scenarios to evaluate it under. Shapes: factors[kVectors][slots][kLanes].
struct Workload {
    Batch batch;
    Column factors;
    Column rows;
    Column values;
    Column base;
    Column high;
    Column low;

    void prepare(const std::vector<double>& base_factors, const std::vector<double>& move_max) {
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

    [[nodiscard]] const double* scenario_vector(std::size_t vector) const {
        return factors.get() + vector * batch.rows.factors.size() * kLanes;
    }
};

std::uint32_t add_combination(Combinations& combinations,
                              const std::vector<FactorWeight>& weights) {
    for (const FactorWeight& weight : weights) {
        combinations.slot.push_back(weight.factor);
        combinations.weight.push_back(weight.weight);
    }
    combinations.first.push_back(static_cast<std::uint32_t>(combinations.slot.size()));
    return static_cast<std::uint32_t>(combinations.count() - 1);
}

/// An equity book: 2,000 options on 20 underlyings, 6 expiries, dividend yields, 3 currencies.
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

/// One leg in base currency (row 0): with one curve for both the projected period that ends where
/// it is paid needs no product, as the trade compiler knows.
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

/// Zero rates of one scenario of a swap workload. Shapes: [slots].
std::vector<double> zero_rates(const Workload& workload, std::size_t scenario) {
    const double* from = workload.scenario_vector(scenario / kLanes) + scenario % kLanes;
    std::vector<double> rates;
    for (std::size_t slot = 0; slot < workload.batch.rows.factors.size(); ++slot) {
        rates.push_back(from[slot * kLanes]);
    }
    return rates;
}

double quantlib_swaps(QuantLibSwaps& swaps, const Workload& workload, std::size_t scenario) {
    const auto rates = zero_rates(workload, scenario);
    const std::span<const double> all{rates};
    return swaps.value(all.first(kPillars), all.last(kPillars));
}

/// The comparison is of equal work only if the values are equal.
void check_equal_values(QuantLibSwaps& swaps, Workload& workload) {
    const KernelSet& kernels = kernel_set(best_isa().value());
    kernels.evaluate(
        workload.batch, workload.scenario_vector(0), workload.rows.get(), workload.values.get());
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        quantlib_swaps(swaps, workload, lane);
        for (std::size_t swap = 0; swap < workload.batch.trade_count(); ++swap) {
            const double ours = workload.values[swap * kLanes + lane];
            CHECK_MSG(std::fabs(ours - swaps.value_of(swap)) < 1e-10 * 1e6,
                      "kernel and QuantLib differ by more than 1e-10 of the notional");
        }
    }
}

void count(benchmark::State& state, std::size_t cells_per_iteration) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(cells_per_iteration));
}

/// Rows and values for every scenario, and with `sums` the P&L and the exact group sums as well.
void run_kernel(benchmark::State& state, Workload& workload, Isa isa, bool sums) {
    const KernelSet& kernels = kernel_set(isa);
    const std::size_t trades = workload.batch.trade_count();
    for (auto _ : state) {
        for (std::size_t vector = 0; vector < kVectors; ++vector) {
            kernels.evaluate(workload.batch,
                             workload.scenario_vector(vector),
                             workload.rows.get(),
                             workload.values.get());
            if (sums) {
                const std::size_t failed = kernels.accumulate(workload.batch.group.data(),
                                                              trades,
                                                              workload.values.get(),
                                                              workload.base.get(),
                                                              kLanes,
                                                              workload.high.get(),
                                                              workload.low.get(),
                                                              nullptr);
                CHECK(failed == 0);
            }
            benchmark::ClobberMemory();
        }
        std::fill_n(workload.high.get(), 64 * kLanes, 0.0);
        std::fill_n(workload.low.get(), 64 * kLanes, 0.0);
    }
    count(state, trades * kVectors * kLanes);
    state.counters["rows"] = static_cast<double>(workload.batch.rows.row_count());
    state.counters["predicted_ns"] =
        static_cast<double>(predicted_picoseconds_per_scenario(workload.batch)) /
        static_cast<double>(trades) / 1000.0;
}

/// Rows alone, in rows x scenarios.
void run_rows(benchmark::State& state, const Workload& workload, Isa isa) {
    Batch batch;
    batch.rows = workload.batch.rows;
    for (auto _ : state) {
        for (std::size_t vector = 0; vector < kVectors; ++vector) {
            kernel_set(isa).evaluate(
                batch, workload.scenario_vector(vector), workload.rows.get(), nullptr);
            benchmark::ClobberMemory();
        }
    }
    count(state, batch.rows.row_count() * kVectors * kLanes);
}

/// P&L and exact sums alone, with or without writing the P&L.
void run_accumulate(benchmark::State& state, Workload& workload, Isa isa, bool with_pnl) {
    const std::size_t trades = workload.batch.trade_count();
    const Column pnl = make_column(trades * kLanes);
    for (auto _ : state) {
        benchmark::DoNotOptimize(kernel_set(isa).accumulate(workload.batch.group.data(),
                                                            trades,
                                                            workload.values.get(),
                                                            workload.base.get(),
                                                            kLanes,
                                                            workload.high.get(),
                                                            workload.low.get(),
                                                            with_pnl ? pnl.get() : nullptr));
        std::fill_n(workload.high.get(), 64 * kLanes, 0.0);
        std::fill_n(workload.low.get(), 64 * kLanes, 0.0);
    }
    count(state, trades * kLanes);
}

void run_quantlib_options(benchmark::State& state) {
    std::vector<double> strikes;
    std::vector<int> days;
    RandomStream random{2026, 3};
    for (int option = 0; option < 100; ++option) {
        strikes.push_back(random.uniform(70, 140));
        days.push_back(static_cast<int>(random.between(30, 1'000)));
    }
    QuantLibOptions options{strikes, days};
    double spot = 100.0;
    for (auto _ : state) {
        spot = spot > 110.0 ? 90.0 : spot + 0.1;
        benchmark::DoNotOptimize(options.value(spot, 0.2 + spot * 1e-4));
    }
    count(state, strikes.size());
}

void run_quantlib_formula(benchmark::State& state) {
    RandomStream random{2026, 4};
    std::vector<double> strikes(1'000);
    std::vector<double> forwards(1'000);
    std::vector<double> deviations(1'000);
    for (std::size_t option = 0; option < strikes.size(); ++option) {
        forwards[option] = random.uniform(90, 110);
        strikes[option] = random.uniform(70, 140);
        deviations[option] = random.uniform(0.05, 0.5);
    }
    for (auto _ : state) {
        double sum = 0.0;
        for (std::size_t option = 0; option < strikes.size(); ++option) {
            sum += quantlib_black(strikes[option], forwards[option], deviations[option], 0.98);
        }
        benchmark::DoNotOptimize(sum);
    }
    count(state, strikes.size());
}

void run_quantlib_swaps(benchmark::State& state, QuantLibSwaps& swaps, const Workload& workload) {
    std::size_t scenario = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(quantlib_swaps(swaps, workload, scenario++ % (kVectors * kLanes)));
    }
    count(state, workload.batch.trade_count());
}

/// Passes every run on and keeps the best rate of each name for the table.
class Recorder : public benchmark::BenchmarkReporter {
  public:
    explicit Recorder(BenchmarkReporter& inner) : inner_{inner} {}
    bool ReportContext(const Context& context) override { return inner_.ReportContext(context); }
    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& run : runs) {
            const auto rate = run.counters.find("items_per_second");
            if (run.run_type == Run::RT_Iteration && rate != run.counters.end()) {
                double& best = best_[run.run_name.function_name];
                best = std::max(best, rate->second.value);
            }
        }
        inner_.ReportRuns(runs);
    }
    void Finalize() override { inner_.Finalize(); }

    void print_ratio(const std::string& ours, const std::string& peer, double goal) const {
        const auto a = best_.find(ours);
        const auto b = best_.find(peer);
        if (a != best_.end() && b != best_.end()) {
            std::fprintf(stderr,
                         "%-28s %10.4g /s   %-30s %10.4g /s   ratio %8.1f   goal %g\n",
                         ours.c_str(),
                         a->second,
                         peer.c_str(),
                         b->second,
                         a->second / b->second,
                         goal);
        }
    }

  private:
    BenchmarkReporter& inner_;
    std::map<std::string, double> best_;
};

struct SwapComparison {
    SwapComparison(std::size_t count, bool dual)
        : swaps{count, dual}, workload{swap_workload(swaps.flows(), dual)} {
        check_equal_values(swaps, workload);
    }
    QuantLibSwaps swaps;
    Workload workload;
};

int run(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 2;
    }
    Workload european = european_workload();
    SwapComparison single{200, false};
    SwapComparison dual{200, true};
    benchmark::RegisterBenchmark("quantlib/option", run_quantlib_options);
    benchmark::RegisterBenchmark("quantlib/black_formula", run_quantlib_formula);
    for (auto* comparison : {&single, &dual}) {
        benchmark::RegisterBenchmark(
            comparison == &single ? "quantlib/swap" : "quantlib/swap_two_curves",
            [comparison](benchmark::State& state) {
                run_quantlib_swaps(state, comparison->swaps, comparison->workload);
            });
    }
    for (const Isa isa : {Isa::avx2, Isa::avx512}) {
        if (!is_supported(isa)) {
            continue;
        }
        const std::string name{to_text(isa)};
        const auto add = [&](const std::string& what, Workload& workload, bool sums) {
            benchmark::RegisterBenchmark((name + "/" + what).c_str(),
                                         [&workload, isa, sums](benchmark::State& state) {
                                             run_kernel(state, workload, isa, sums);
                                         });
        };
        add("european", european, false);
        add("european+sums", european, true);
        add("swap", single.workload, false);
        add("swap_two_curves", dual.workload, false);
        add("swap_two_curves+sums", dual.workload, true);
        benchmark::RegisterBenchmark(
            (name + "/rows_european").c_str(),
            [&european, isa](benchmark::State& state) { run_rows(state, european, isa); });
        benchmark::RegisterBenchmark(
            (name + "/rows_swap").c_str(),
            [&dual, isa](benchmark::State& state) { run_rows(state, dual.workload, isa); });
        for (const bool with_pnl : {false, true}) {
            benchmark::RegisterBenchmark(
                (name + (with_pnl ? "/accumulate+pnl" : "/accumulate")).c_str(),
                [&european, isa, with_pnl](benchmark::State& state) {
                    run_accumulate(state, european, isa, with_pnl);
                });
        }
    }
    const std::unique_ptr<benchmark::BenchmarkReporter> display{
        benchmark::CreateDefaultDisplayReporter()};
    Recorder recorder{*display};
    benchmark::RunSpecifiedBenchmarks(&recorder);
    std::fprintf(stderr, "\ntrades x scenarios per second of one core, best repetition\n");
    for (const std::string isa : {"avx512", "avx2"}) {
        recorder.print_ratio(isa + "/european", "quantlib/option", 150);
        recorder.print_ratio(isa + "/european", "quantlib/black_formula", 4);
        recorder.print_ratio(isa + "/swap", "quantlib/swap", 1000);
        recorder.print_ratio(isa + "/swap_two_curves", "quantlib/swap_two_curves", 1000);
    }
    return 0;
}

}  // namespace
}  // namespace vargrid::bench

int main(int argc, char** argv) {
    return vargrid::bench::run(argc, argv);
}
