#include "cli/report_table.hpp"

#include "cli/cost.hpp"
#include "cli/input_notes.hpp"
#include "cli/report_insight.hpp"
#include "cli/report_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace vargrid::cli {
namespace {

constexpr std::size_t kFailuresShownMax = 10;
constexpr std::size_t kSkippedShownMax = 20;

std::string percent(std::uint32_t basis_points) {
    std::string text = fmt::format("{:.2f}", static_cast<double>(basis_points) / 100.0);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) {
        text.pop_back();
    }
    return text + " %";
}

/// "VaR 99 %", with the estimator where the same measure is asked for twice.
std::string heading(const RunSpec& run, const MeasureRequest& request) {
    const auto same = std::ranges::count_if(run.measures, [&](const MeasureRequest& other) {
        return other.measure == request.measure &&
               other.confidence_basis_points == request.confidence_basis_points;
    });
    std::string text = fmt::format("{} {}",
                                   request.measure == MeasureKind::var ? "VaR" : "ES",
                                   percent(request.confidence_basis_points));
    return same > 1 ? text + " " + std::string{to_text(request.estimator)} : text;
}

std::optional<double> measure(const RunResults& results,
                              const std::string& book,
                              MovedClass moved,
                              const MeasureRequest& request) {
    for (const MeasureValue& value : results.measures) {
        if (value.book == book && value.risk_class == moved && value.request == request) {
            return value.value;
        }
    }
    return std::nullopt;
}

std::string worst_scenario(const RunResults& results, std::size_t moved, std::size_t book) {
    const auto pnl = results.pnl_of(moved, book);
    if (std::ranges::any_of(pnl, [](double x) { return std::isnan(x); })) {
        return "n/a";
    }
    const auto worst = std::ranges::min_element(pnl);
    const auto index = static_cast<std::size_t>(worst - pnl.begin());
    return fmt::format("{} {:>16}", to_iso(results.run.scenarios[index].to), amount(*worst));
}

struct Row {
    std::string name;
    std::string base_value;
    std::size_t book{0};
    std::size_t moved{0};
};

std::string rows(const RunResults& results, const std::string& title, const std::vector<Row>& all) {
    std::size_t width = title.size();
    for (const Row& row : all) {
        width = std::max(width, row.name.size());
    }
    const RunSpec& run = results.run;
    std::string text = fmt::format("{:<{}}  {:>16}", title, width, "base value");
    for (const MeasureRequest& request : run.measures) {
        text += fmt::format("  {:>{}}",
                            heading(run, request),
                            std::max<std::size_t>(14, heading(run, request).size()));
    }
    text += "  worst scenario: date and P&L\n";
    for (const Row& row : all) {
        text += fmt::format("{:<{}}  {:>16}", row.name, width, row.base_value);
        for (const MeasureRequest& request : run.measures) {
            const auto value =
                measure(results, results.books[row.book], run.classes[row.moved], request);
            text += fmt::format("  {:>{}}",
                                value ? amount(*value) : "n/a",
                                std::max<std::size_t>(14, heading(run, request).size()));
        }
        text += "  " + worst_scenario(results, row.moved, row.book) + "\n";
    }
    return text;
}

std::string cells_line(const RunResults& results) {
    const RunSpec& run = results.run;
    std::string text = fmt::format("{} trades x {} scenarios x {} risk classes = {} cells",
                                   grouped(static_cast<std::int64_t>(run.trades.size())),
                                   grouped(static_cast<std::int64_t>(run.scenarios.size())),
                                   run.classes.size(),
                                   grouped(static_cast<std::int64_t>(run.cell_count())));
    if (wall_seconds(results) > 0.0) {
        text += fmt::format(" in {:.3f} s ({:.2f} million cells/s)",
                            wall_seconds(results),
                            cells_per_second(results) * 1e-6);
    }
    return text + "\n";
}

std::string incompleteness(const RunResults& results) {
    if (results.complete) {
        return {};
    }
    std::string text = fmt::format(
        "\nINCOMPLETE: {} of {} blocks present, {} failed cells. Books they touch have no "
        "measures (n/a).\n",
        results.blocks_present,
        results.blocks_expected,
        results.failures.size());
    const std::size_t scenarios = results.scenario_count();
    for (std::size_t i = 0; i < std::min(results.failures.size(), kFailuresShownMax); ++i) {
        const CellFailure& failure = results.failures[i];
        text += fmt::format("  trade {} in scenario {} ({}): {}\n",
                            results.run.trades[failure.trade].id,
                            to_iso(results.run.scenarios[failure.column % scenarios].to),
                            to_text(results.run.classes[failure.column / scenarios]),
                            to_text(failure.reason));
    }
    if (results.failures.size() > kFailuresShownMax) {
        text += fmt::format("  ... and {} more, see results.h5\n",
                            results.failures.size() - kFailuresShownMax);
    }
    return text;
}

}  // namespace

std::string grouped(std::int64_t number) {
    std::string digits = std::to_string(number < 0 ? -number : number);
    for (std::size_t i = digits.size(); i > 3; i -= 3) {
        digits.insert(i - 3, ",");
    }
    return number < 0 ? "-" + digits : digits;
}

std::string amount(double value) {
    if (!std::isfinite(value)) {
        return "n/a";
    }
    if (std::fabs(value) >= 9e18) {
        return fmt::format("{:.6e}", value);
    }
    return grouped(std::llround(value));
}

std::string results_table(const RunResults& results) {
    const RunSpec& run = results.run;
    std::string text = fmt::format("run            {}\n", results.run_id);
    text += fmt::format("valuation date {}", to_iso(run.as_of));
    if (run.as_of_requested != run.as_of) {
        text += fmt::format(" (requested {})", to_iso(run.as_of_requested));
    }
    text += fmt::format(", amounts in {}, losses positive\n", run.base_currency);
    text += fmt::format("scenarios      {} moves over {} day{}, ending {} to {}\n",
                        run.scenarios.size(),
                        run.horizon_days,
                        run.horizon_days == 1 ? "" : "s",
                        to_iso(run.scenarios.front().to),
                        to_iso(run.scenarios.back().to));
    text += "size           " + cells_line(results);
    text += fmt::format("digest         {}\n", to_hex(results.digest));
    text += input_notes(run.input_report) + "\n";

    const auto all = std::ranges::find(run.classes, MovedClass::all);
    const auto moved = static_cast<std::size_t>(
        (all == run.classes.end() ? run.classes.begin() : all) - run.classes.begin());
    std::vector<Row> books;
    for (std::size_t book = 0; book < results.books.size(); ++book) {
        books.push_back({.name = results.books[book],
                         .base_value = amount(results.base_values[book]),
                         .book = book,
                         .moved = moved});
    }
    text += rows(results, fmt::format("book ({} moved)", to_text(run.classes[moved])), books);
    std::vector<Row> classes;
    for (std::size_t i = 0; i < run.classes.size(); ++i) {
        classes.push_back({.name = std::string{to_text(run.classes[i])},
                           .base_value = amount(results.base_values.front()),
                           .book = 0,
                           .moved = i});
    }
    text += "\n" + rows(results, "risk class (total)", classes);
    return text + incompleteness(results);
}

std::string input_summary(const PreparedRun& prepared) {
    const RunSpec& run = prepared.run;
    std::string text = to_text(prepared.data);
    if (!text.empty() && !text.ends_with('\n')) {
        text += '\n';
    }
    text +=
        fmt::format("{} trades in {} books, {} batches, {} blocks; read and compiled in {:.2f} s\n",
                    grouped(static_cast<std::int64_t>(run.trades.size())),
                    run.books.size(),
                    run.batches.size(),
                    Plan{run}.block_count(),
                    prepared.prepare_seconds);
    if (prepared.matured > 0) {
        text += fmt::format("{} {} matured, worth 0\n",
                            prepared.matured,
                            prepared.matured == 1 ? "trade has" : "trades have");
    }
    if (!prepared.skipped.empty()) {
        text += fmt::format("{} bad {} left out:\n",
                            prepared.trades_skipped,
                            prepared.trades_skipped == 1 ? "trade" : "trades");
        for (std::size_t i = 0; i < std::min(prepared.skipped.size(), kSkippedShownMax); ++i) {
            text += "  " + prepared.skipped[i] + "\n";
        }
        if (prepared.skipped.size() > kSkippedShownMax) {
            text += fmt::format("  ... and {} errors more, see --json\n",
                                prepared.skipped.size() - kSkippedShownMax);
        }
    }
    return text;
}

std::string jobs_table(const protocol::JobStatusReply& jobs,
                       const protocol::WorkersStatusReply& workers) {
    std::string text = fmt::format("{:>5} {:<28} {:<10} {:<11} {:>10} {:>10} {:>8} {:>8} {:>7}\n",
                                   "job",
                                   "name",
                                   "owner",
                                   "state",
                                   "committed",
                                   "of",
                                   "leased",
                                   "set aside",
                                   "workers");
    for (const protocol::JobInfo& job : jobs.jobs) {
        text += fmt::format("{:>5} {:<28} {:<10} {:<11} {:>10} {:>10} {:>8} {:>9} {:>7}\n",
                            job.job.value(),
                            job.name,
                            job.owner,
                            to_text(job.state),
                            job.blocks_committed,
                            job.blocks_total,
                            job.blocks_leased,
                            job.blocks_set_aside,
                            job.workers);
        if (const std::string when = forecast_words(job); !when.empty()) {
            text += fmt::format("{:>5} {}\n", "", when);
        }
        if (!job.text.empty()) {
            text += fmt::format("{:>5} {}\n", "", job.text);
        }
    }
    if (jobs.jobs_total > jobs.jobs.size()) {
        text += fmt::format("... and {} older jobs\n", jobs.jobs_total - jobs.jobs.size());
    }
    text += "\n" + grid_lines(jobs);
    text += fmt::format("\n{:<32} {:<20} {:<12} {:>7} {:<7} {:>7} {:>14} {:>12}\n",
                        "worker",
                        "host",
                        "state",
                        "threads",
                        "isa",
                        "leases",
                        "blocks leased",
                        "silent for");
    for (const protocol::WorkerInfo& worker : workers.workers) {
        text += fmt::format("{:<32} {:<20} {:<12} {:>7} {:<7} {:>7} {:>14} {:>10.1f} s\n",
                            worker.name,
                            worker.host,
                            to_text(worker.state),
                            worker.threads,
                            worker.isa,
                            worker.leases,
                            worker.blocks_leased,
                            static_cast<double>(worker.silence_ns) * 1e-9);
    }
    if (workers.workers_total > workers.workers.size()) {
        text += fmt::format("... and {} more workers\n",
                            workers.workers_total - workers.workers.size());
    }
    return text;
}

std::string job_details(const protocol::JobInfo& job) {
    const auto seconds = [](std::uint64_t us) { return static_cast<double>(us) * 1e-6; };
    const protocol::JobLedger& ledger = job.ledger;
    std::string text = fmt::format(
        "job {} '{}' of {}: {}\n"
        "  blocks   {} committed of {}, {} leased, {} pending, {} set aside\n"
        "  workers  {}\n"
        "  work     core-seconds: {:.3f} useful, {:.3f} lost to reclaim, {:.3f} lost to faults, "
        "{:.3f} speculative, {:.3f} audit, {:.3f} idle, {:.3f} start-up\n"
        "  cost     {}\n"
        "  events   {} leases, {} commits ({} repeated, {} refused), {} leases returned, {} lost, "
        "{} blocks repeated\n"
        "  output   {}\n",
        job.job.value(),
        job.name,
        job.owner,
        to_text(job.state),
        job.blocks_committed,
        job.blocks_total,
        job.blocks_leased,
        job.blocks_pending,
        job.blocks_set_aside,
        job.workers,
        seconds(ledger.useful_core_us),
        seconds(ledger.lost_to_reclaim_core_us),
        seconds(ledger.lost_to_faults_core_us),
        seconds(ledger.speculative_core_us),
        seconds(ledger.audit_core_us),
        seconds(ledger.idle_core_us),
        seconds(ledger.start_up_core_us),
        cost_line(ledger, job.price),
        ledger.leases,
        ledger.commits,
        ledger.commits_repeated,
        ledger.commits_refused,
        ledger.leases_returned,
        ledger.leases_lost,
        ledger.blocks_repeated,
        job.output_folder);
    if (const std::string when = forecast_words(job); !when.empty()) {
        text += "  end      " + when + "\n";
    }
    if (!job.text.empty()) {
        text += "  note     " + job.text + "\n";
    }
    for (const protocol::JobFailure& failure : job.failures) {
        text += fmt::format("  block {} failed on host {} (worker {}, cause {}{}): {}\n",
                            failure.block,
                            failure.host,
                            failure.worker,
                            to_text(failure.cause),
                            failure.excused ? ", excused: the host was quarantined" : "",
                            failure.text);
    }
    return text;
}

}  // namespace vargrid::cli
