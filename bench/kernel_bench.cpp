// The kernels in trades x scenarios per second of one core, next to QuantLib in the same run. The
// table of ratios goes to standard error at the end, so that --benchmark_format=json stays one
// document. Use --benchmark_repetitions: the table takes the best of each, which is what a machine
// that others use as well can show.
#include "base/check.hpp"
#include "base/random.hpp"
#include "bench/kernel_bench_quantlib.hpp"
#include "bench/kernel_bench_workloads.hpp"
#include "pricing/kernels/batch.hpp"
#include "pricing/kernels/kernels.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vargrid::bench {
namespace {

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
