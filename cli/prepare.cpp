#include "cli/prepare.hpp"

#include "cli/report_json.hpp"
#include "cli/revision.hpp"
#include "pricing/history/market_data.hpp"
#include "pricing/trades/book.hpp"

#include <algorithm>
#include <chrono>

namespace vargrid::cli {
namespace {

constexpr std::uint64_t kPicosecondsPerMicrosecond = 1'000'000;

Result<CompiledBook> compile(const JobFile& job, const Overrides& overrides, const Market& market) {
    const Book book = read_book(job.trade_files);
    VARGRID_TRY(const Fixings fixings, read_fixings(job.fixing_files));
    CompileOptions options;
    options.skip_bad_trades = job.skip_bad_trades || overrides.skip_bad_trades;
    VARGRID_TRY(CompiledBook compiled,
                compile_book(book, market, job.base_currency, fixings, options));
    return compiled;
}

void add_trades(const CompiledBook& compiled, PreparedRun& prepared) {
    RunSpec& run = prepared.run;
    run.books = compiled.books;
    std::size_t next = 0;
    for (const Batch& batch : compiled.batches) {
        Bytes bytes = batch.encode();
        run.batches.push_back(
            {.blob = blake2b(bytes),
             .trade_count = static_cast<std::uint32_t>(batch.trade_count()),
             .picoseconds_per_scenario = predicted_picoseconds_per_scenario(batch)});
        prepared.blobs.push_back(std::move(bytes));
        for (const std::uint32_t book : batch.group) {
            const CompiledTrade& trade = compiled.trades[next++];
            run.trades.push_back(
                {.id = trade.id, .type = std::string{to_text(trade.type)}, .book = book});
        }
    }
    prepared.trades_skipped = compiled.skipped;
    for (const RowError& error : compiled.errors) {
        prepared.skipped.push_back(to_text(error));
    }
    prepared.matured = compiled.matured;
}

}  // namespace

Result<PreparedRun> prepare_run(const JobFile& job, const Overrides& overrides) {
    const auto start = std::chrono::steady_clock::now();
    PreparedRun prepared;
    const std::optional<Date> as_of = overrides.as_of ? overrides.as_of : job.as_of;
    VARGRID_TRY(const MarketData data,
                load_market_data({.mapping = job.market_mapping, .as_of = as_of}));
    VARGRID_TRY(const CompiledBook compiled, compile(job, overrides, data.market));

    ScenarioRequest request;
    request.count = job.scenario_count;
    request.horizon_days = job.horizon_days;
    request.needed_factors.emplace(compiled.needed_factors.begin(), compiled.needed_factors.end());
    VARGRID_TRY(Scenarios scenarios, make_scenarios(data, request));

    RunSpec& run = prepared.run;
    run.name = job.name;
    run.as_of = data.market.as_of;
    run.as_of_requested = as_of.value_or(data.market.as_of);
    run.base_currency = job.base_currency;
    run.horizon_days = static_cast<std::uint32_t>(job.horizon_days);
    run.scenarios = scenarios.set.labels;
    run.classes = job.classes;
    run.measures = job.measures;
    run.keep_trade_pnl = job.keep_trade_pnl;
    run.block_picoseconds = job.block_microseconds * kPicosecondsPerMicrosecond;
    run.code_revision = code_revision();
    prepared.audit_per_million = job.audit_per_million;
    prepared.data = scenarios.report;
    prepared.blobs.push_back(scenarios.set.encode());
    run.scenario_set = blake2b(prepared.blobs.front());
    add_trades(compiled, prepared);
    run.input_report = input_report_json(prepared);
    VARGRID_TRY_VOID(run.validate());
    prepared.prepare_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return prepared;
}

}  // namespace vargrid::cli
