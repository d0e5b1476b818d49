#include "tests/results/sample.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>

namespace vargrid::results {

RunSpec sample_run(const SampleOptions& options) {
    RunSpec run;
    run.name = "sample";
    run.as_of = make_date(2020, 12, 31);
    run.as_of_requested = make_date(2021, 1, 2);
    run.base_currency = "USD";
    run.books = {"equity/europe", "equity/us", "rates/grün"};
    const std::vector<std::uint32_t> books{0, 2, 1, 0, 2, 2, 1};
    for (std::size_t i = 0; i < books.size(); ++i) {
        run.trades.push_back({.id = "T" + std::to_string(i), .type = "cash", .book = books[i]});
    }
    run.batches = {{.blob = {}, .trade_count = 3, .picoseconds_per_scenario = 1000},
                   {.blob = {}, .trade_count = 4, .picoseconds_per_scenario = 2000}};
    for (std::uint32_t s = 0; s < options.scenarios; ++s) {
        const Date from = make_date(2019, 1, 1) + static_cast<std::int32_t>(s);
        run.scenarios.push_back({.from = from, .to = from + 1});
    }
    run.classes = options.classes;
    run.measures = {{MeasureKind::var, 9900, Estimator::ceil_rank},
                    {MeasureKind::es, 9750, Estimator::fractional}};
    run.keep_trade_pnl = options.keep_trade_pnl;
    run.block_picoseconds = 16'000;
    run.input_report = options.with_input_report ? R"({"dates_dropped": 3})" : "";
    run.code_revision = "0123abc";
    return run;
}

std::vector<BlockResult> sample_blocks(const RunSpec& run, const SampleOptions& options) {
    const Plan plan{run};
    const auto first_trade = run.batch_first_trades();
    std::vector<BlockResult> results;
    for (std::uint64_t index = 0; index < plan.block_count(); ++index) {
        RandomStream random{7, index};
        BlockResult result;
        result.block = plan.block(index);
        const std::uint32_t trades = run.batches[result.block.batch].trade_count;
        std::set<std::uint32_t> books;
        for (std::uint32_t t = 0; t < trades; ++t) {
            books.insert(run.trades[first_trade[result.block.batch] + t].book);
        }
        result.books.assign(books.begin(), books.end());
        for (std::size_t i = 0; i < books.size() * result.block.column_count; ++i) {
            const ExactSum sum = ExactSum::rounded(1000.0 * random.normal());
            result.sum_high.push_back(sum.high());
            result.sum_low.push_back(sum.low());
        }
        for (std::uint32_t t = 0; result.block.column_first == 0 && t < trades; ++t) {
            result.base_values.push_back(1e6 * random.uniform());
        }
        const std::size_t cells = run.keep_trade_pnl ? trades * result.block.column_count : 0;
        for (std::size_t i = 0; i < cells; ++i) {
            result.trade_pnl.push_back(100.0 * random.normal());
        }
        if (options.with_failure && index == 1) {
            result.failures.push_back({.trade = first_trade[result.block.batch],
                                       .column = result.block.column_first,
                                       .reason = FailureReason::out_of_range});
            if (cells > 0) {
                result.trade_pnl[0] = std::numeric_limits<double>::quiet_NaN();
            }
        }
        results.push_back(std::move(result));
    }
    return results;
}

RunResults sample_results(const SampleOptions& options) {
    const RunSpec run = sample_run(options);
    ResultsBuilder builder{run};
    for (const BlockResult& block : sample_blocks(run, options)) {
        builder.add(block).value();
    }
    return std::move(builder).finish({.elapsed_nanoseconds = 4,
                                      .useful_microseconds = 5,
                                      .lost_to_reclaim_microseconds = 6,
                                      .idle_microseconds = 7,
                                      .price_per_core_hour_millionths = 30'000,
                                      .price_currency = "USD",
                                      .leases = 7,
                                      .blocks_repeated = 8,
                                      .reclaims = 9,
                                      .workers_lost = 10,
                                      .commits_refused = 11});
}

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "vargrid-XXXXXX").string();
    CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> TemporaryFolder::names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{path_}) {
        names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
}

Bytes contents_of(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto bytes = std::as_bytes(std::span{text});
    return {bytes.begin(), bytes.end()};
}

void write_contents(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    std::ofstream file{path, std::ios::binary | std::ios::trunc};
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    CHECK(file.good());
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
    return std::ranges::equal(a, b, [](double x, double y) {
        return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
    });
}

}  // namespace vargrid::results
