#include "cli/report_json.hpp"

#include "cli/cost.hpp"
#include "results/results_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <vector>

namespace vargrid::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFailuresListedMax = 1'000;
constexpr std::size_t kFactorsListedMax = 20;
constexpr std::size_t kMovesListedMax = 1'000;

Json number(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

std::string text(const Json& json) {
    // Names come from files in any encoding; a broken byte must not break the document.
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

/// The factors that cost the calendar most dates, and how many there are.
Json missing_json(const DataReport& data) {
    std::vector<FactorCoverage> worst;
    std::ranges::copy_if(data.factors, std::back_inserter(worst), [](const FactorCoverage& f) {
        return f.missing_dates > 0;
    });
    std::ranges::stable_sort(worst, std::greater<>{}, &FactorCoverage::missing_dates);
    Json factors = Json::array();
    for (const FactorCoverage& factor : worst) {
        if (factors.size() == kFactorsListedMax) {
            break;
        }
        factors.push_back({{"factor", factor.factor},
                           {"missing_dates", factor.missing_dates},
                           {"first_date", to_iso(factor.first)},
                           {"last_date", to_iso(factor.last)}});
    }
    return {{"count", worst.size()}, {"worst", std::move(factors)}};
}

Json data_json(const DataReport& data) {
    Json moves = Json::array();
    for (const ExceptionalMove& move : data.exceptional_moves) {
        if (moves.size() == kMovesListedMax) {
            break;
        }
        moves.push_back({{"factor", move.factor},
                         {"exception", std::string{to_text(move.exception)}},
                         {"from_date", to_iso(move.from)},
                         {"to_date", to_iso(move.to)},
                         {"from_value", number(move.from_value)},
                         {"to_value", number(move.to_value)},
                         {"base_value", number(move.base_value)},
                         {"shifted_value", number(move.shifted_value)}});
    }
    return {{"as_of_used", to_iso(data.as_of_used)},
            {"first_date", to_iso(data.first_date)},
            {"last_date", to_iso(data.last_date)},
            {"dates_available", data.dates_available},
            {"dates_used", data.dates_used},
            {"dates_dropped", data.dates_dropped},
            {"duplicate_dates", data.duplicate_dates},
            {"factors_with_missing_dates", missing_json(data)},
            {"exceptional_moves_count", data.exceptional_moves.size()},
            {"exceptional_moves", std::move(moves)},
            {"warnings", data.warnings}};
}

Json input_json(const PreparedRun& prepared) {
    Json skipped = Json::array();
    for (const std::string& line : prepared.skipped) {
        if (skipped.size() == kFailuresListedMax) {
            break;
        }
        skipped.push_back(line);
    }
    return {{"data", data_json(prepared.data)},
            {"trades_skipped", prepared.trades_skipped},
            {"trades_matured", prepared.matured},
            {"skipped", std::move(skipped)}};
}

Json parsed(const std::string& json) {
    Json document = Json::parse(json, nullptr, false);
    return document.is_discarded() ? Json(nullptr) : document;
}

Json ledger_json(const WorkLedger& ledger) {
    const auto seconds = [](std::uint64_t us) { return static_cast<double>(us) * 1e-6; };
    const double hours = core_hours(ledger);
    const double price = static_cast<double>(ledger.price_per_core_hour_millionths) * 1e-6;
    const bool priced = !ledger.price_currency.empty();
    return {{"core_hours", hours},
            {"price_per_core_hour", priced ? Json(price) : Json(nullptr)},
            {"currency", priced ? Json(ledger.price_currency) : Json(nullptr)},
            {"cost", priced ? Json(price * hours) : Json(nullptr)},
            {"useful_core_seconds", seconds(ledger.useful_microseconds)},
            {"lost_to_reclaim_core_seconds", seconds(ledger.lost_to_reclaim_microseconds)},
            {"lost_to_faults_core_seconds", seconds(ledger.lost_to_faults_microseconds)},
            {"speculative_core_seconds", seconds(ledger.speculative_microseconds)},
            {"audit_core_seconds", seconds(ledger.audit_microseconds)},
            {"idle_core_seconds", seconds(ledger.idle_microseconds)},
            {"start_up_core_seconds", seconds(ledger.start_up_microseconds)},
            {"leases", ledger.leases},
            {"blocks_repeated", ledger.blocks_repeated},
            {"reclaims", ledger.reclaims},
            {"workers_lost", ledger.workers_lost},
            {"commits_refused", ledger.commits_refused}};
}

Json measures_json(const RunResults& results) {
    Json measures = Json::array();
    for (const MeasureValue& value : results.measures) {
        measures.push_back(
            {{"book", value.book},
             {"risk_class", std::string{to_text(value.risk_class)}},
             {"measure", std::string{to_text(value.request.measure)}},
             {"confidence", static_cast<double>(value.request.confidence_basis_points) / 10'000.0},
             {"estimator", std::string{to_text(value.request.estimator)}},
             {"value", number(value.value)}});
    }
    return measures;
}

Json books_json(const RunResults& results) {
    Json books = Json::array();
    for (std::size_t book = 0; book < results.books.size(); ++book) {
        books.push_back(
            {{"book", results.books[book]}, {"base_value", number(results.base_values[book])}});
    }
    return books;
}

Json failures_json(const RunResults& results) {
    Json failures = Json::array();
    const std::size_t scenarios = results.scenario_count();
    for (const CellFailure& failure : results.failures) {
        if (failures.size() == kFailuresListedMax) {
            break;
        }
        const ScenarioLabel& label = results.run.scenarios[failure.column % scenarios];
        failures.push_back(
            {{"trade", results.run.trades[failure.trade].id},
             {"risk_class", std::string{to_text(results.run.classes[failure.column / scenarios])}},
             {"scenario_from", to_iso(label.from)},
             {"scenario_to", to_iso(label.to)},
             {"reason", std::string{to_text(failure.reason)}}});
    }
    return failures;
}

/// Seconds from now, or null and why.
Json forecast_object(const protocol::Forecast& forecast, bool has_deadline) {
    const bool known = forecast.unknown.empty();
    const auto seconds = [&](std::uint64_t ms) {
        return known ? Json(static_cast<double>(ms) * 1e-3) : Json(nullptr);
    };
    return {
        {"left_10_percent_seconds", seconds(forecast.left_10_ms)},
        {"left_median_seconds", seconds(forecast.left_50_ms)},
        {"left_90_percent_seconds", seconds(forecast.left_90_ms)},
        {"deadline_probability",
         known && has_deadline ? Json(static_cast<double>(forecast.probability_millionths) * 1e-6)
                               : Json(nullptr)},
        {"cores_needed",
         known && forecast.cores_needed > 0 ? Json(forecast.cores_needed) : Json(nullptr)},
        {"unknown", known ? Json(nullptr) : Json(forecast.unknown)}};
}

Json spent_object(const protocol::JobLedger& ledger) {
    const auto seconds = [](std::uint64_t us) { return static_cast<double>(us) * 1e-6; };
    return {{"useful_core_seconds", seconds(ledger.useful_core_us)},
            {"lost_to_reclaim_core_seconds", seconds(ledger.lost_to_reclaim_core_us)},
            {"lost_to_faults_core_seconds", seconds(ledger.lost_to_faults_core_us)},
            {"speculative_core_seconds", seconds(ledger.speculative_core_us)},
            {"audit_core_seconds", seconds(ledger.audit_core_us)},
            {"idle_core_seconds", seconds(ledger.idle_core_us)},
            {"start_up_core_seconds", seconds(ledger.start_up_core_us)}};
}

Json grid_object(const protocol::GridInfo& grid) {
    const auto seconds = [](std::uint64_t us) { return static_cast<double>(us) * 1e-6; };
    const auto spent = [&](std::size_t kind) {
        return seconds(kind < grid.spent_core_us.size() ? grid.spent_core_us[kind] : 0);
    };
    return {{"workers", grid.workers},
            {"workers_idle", grid.workers_idle},
            {"workers_draining", grid.workers_draining},
            {"workers_on_probation", grid.workers_on_probation},
            {"workers_quarantined", grid.workers_quarantined},
            {"workers_awaited", grid.workers_awaited},
            {"threads", grid.threads},
            {"threads_idle", grid.threads_idle},
            {"workers_joined", grid.workers_joined},
            {"workers_left", grid.workers_left},
            {"workers_lost", grid.workers_lost},
            {"connected_core_seconds", seconds(grid.connected_core_us)},
            {"under_way_core_seconds", seconds(grid.under_way_core_us)},
            {"useful_core_seconds", spent(0)},
            {"lost_to_reclaim_core_seconds", spent(1)},
            {"lost_to_faults_core_seconds", spent(2)},
            {"speculative_core_seconds", spent(3)},
            {"audit_core_seconds", spent(4)},
            {"idle_core_seconds", spent(5)},
            {"start_up_core_seconds", spent(6)}};
}

Json job_object(const protocol::JobInfo& job) {
    const auto seconds = [](std::uint64_t us) { return static_cast<double>(us) * 1e-6; };
    Json failures = Json::array();
    for (const protocol::JobFailure& failure : job.failures) {
        failures.push_back({{"block", failure.block},
                            {"host", failure.host},
                            {"worker", failure.worker},
                            {"cause", std::string{to_text(failure.cause)}},
                            {"excused", failure.excused},
                            {"text", failure.text}});
    }
    return {{"job", job.job.value()},
            {"name", job.name},
            {"owner", job.owner},
            {"priority", job.priority},
            {"state", std::string{to_text(job.state)}},
            {"blocks_total", job.blocks_total},
            {"blocks_committed", job.blocks_committed},
            {"blocks_leased", job.blocks_leased},
            {"blocks_pending", job.blocks_pending},
            {"blocks_set_aside", job.blocks_set_aside},
            {"workers", job.workers},
            {"submitted_unix_ms", job.submitted_unix_ms},
            {"ended_unix_ms", job.ended_unix_ms},
            {"output_folder", job.output_folder},
            {"text", job.text},
            {"cost", cost_line(job.ledger, job.price)},
            {"forecast", forecast_object(job.forecast, job.deadline_unix_ms > 0)},
            {"failures", std::move(failures)},
            {"redundancy",
             {{"leases_yielded", job.redundancy.leases_yielded},
              {"blocks_copied", job.redundancy.blocks_copied},
              {"blocks_compared", job.redundancy.blocks_compared},
              {"blocks_sampled", job.redundancy.blocks_sampled},
              {"blocks_audited", job.redundancy.blocks_audited},
              {"disagreements", job.redundancy.disagreements}}},
            {"ledger",
             {{"useful_core_seconds", seconds(job.ledger.useful_core_us)},
              {"lost_to_reclaim_core_seconds", seconds(job.ledger.lost_to_reclaim_core_us)},
              {"lost_to_faults_core_seconds", seconds(job.ledger.lost_to_faults_core_us)},
              {"speculative_core_seconds", seconds(job.ledger.speculative_core_us)},
              {"audit_core_seconds", seconds(job.ledger.audit_core_us)},
              {"idle_core_seconds", seconds(job.ledger.idle_core_us)},
              {"start_up_core_seconds", seconds(job.ledger.start_up_core_us)},
              {"leases", job.ledger.leases},
              {"commits", job.ledger.commits},
              {"commits_repeated", job.ledger.commits_repeated},
              {"commits_refused", job.ledger.commits_refused},
              {"leases_returned", job.ledger.leases_returned},
              {"leases_lost", job.ledger.leases_lost},
              {"blocks_repeated", job.ledger.blocks_repeated},
              {"block_faults", job.ledger.block_faults}}}};
}

}  // namespace

std::string_view to_text(protocol::JobState state) {
    switch (state) {
        case protocol::JobState::running:
            return "running";
        case protocol::JobState::finalising:
            return "finalising";
        case protocol::JobState::completed:
            return "completed";
        case protocol::JobState::incomplete:
            return "incomplete";
        case protocol::JobState::failed:
            return "failed";
        case protocol::JobState::cancelled:
            return "cancelled";
    }
    return "unknown";
}

std::string_view to_text(protocol::FaultCause cause) {
    switch (cause) {
        case protocol::FaultCause::task:
            return "task";
        case protocol::FaultCause::host:
            return "host";
        case protocol::FaultCause::vanished:
            return "vanished";
        case protocol::FaultCause::disagreement:
            return "disagreement";
        case protocol::FaultCause::store:
            return "store";
    }
    return "unknown";
}

std::string_view to_text(protocol::WorkerState state) {
    switch (state) {
        case protocol::WorkerState::active:
            return "active";
        case protocol::WorkerState::probation:
            return "probation";
        case protocol::WorkerState::quarantined:
            return "quarantined";
        case protocol::WorkerState::awaited:
            return "awaited";
        case protocol::WorkerState::draining:
            return "draining";
    }
    return "unknown";
}

double wall_seconds(const RunResults& results) {
    return static_cast<double>(results.ledger.elapsed_nanoseconds) * 1e-9;
}

double cells_per_second(const RunResults& results) {
    const double seconds = wall_seconds(results);
    return seconds > 0.0 ? static_cast<double>(results.run.cell_count()) / seconds : 0.0;
}

std::string input_report_json(const PreparedRun& prepared) {
    return input_json(prepared).dump();
}

std::string results_json(const RunResults& results, const std::filesystem::path& results_file) {
    const RunSpec& run = results.run;
    Json classes = Json::array();
    for (const MovedClass moved : run.classes) {
        classes.push_back(std::string{to_text(moved)});
    }
    const std::filesystem::path folder = results_file.parent_path();
    Json json{{"schema", 1},
              {"run_id", results.run_id},
              {"name", run.name},
              {"as_of", to_iso(run.as_of)},
              {"as_of_requested", to_iso(run.as_of_requested)},
              {"base_currency", run.base_currency},
              {"digest", to_hex(results.digest)},
              {"code_revision", run.code_revision},
              {"horizon_days", run.horizon_days},
              {"scenarios", run.scenarios.size()},
              {"first_scenario_date", to_iso(run.scenarios.front().to)},
              {"last_scenario_date", to_iso(run.scenarios.back().to)},
              {"risk_classes", std::move(classes)},
              {"trades", run.trades.size()},
              {"cells", run.cell_count()},
              {"failed_cells", results.failures.size()},
              {"blocks_expected", results.blocks_expected},
              {"blocks_present", results.blocks_present},
              {"complete", results.complete},
              {"wall_seconds", wall_seconds(results)},
              {"cells_per_second", cells_per_second(results)},
              {"base_value", number(results.base_values.front())},
              {"measures", measures_json(results)},
              {"books", books_json(results)},
              {"failures", failures_json(results)},
              {"ledger", ledger_json(results.ledger)},
              {"input", parsed(run.input_report)},
              {"results_file", results_file.string()},
              {"var_file", (folder / results::kVarCsvName).string()}};
    return text(json);
}

std::string validation_json(const PreparedRun& prepared) {
    const RunSpec& run = prepared.run;
    return text({{"schema", 1},
                 {"valid", true},
                 {"run_id", run.run_id()},
                 {"as_of", to_iso(run.as_of)},
                 {"as_of_requested", to_iso(run.as_of_requested)},
                 {"base_currency", run.base_currency},
                 {"scenarios", run.scenarios.size()},
                 {"trades", run.trades.size()},
                 {"books", run.books.size()},
                 {"cells", run.cell_count()},
                 {"blocks", Plan{run}.block_count()},
                 {"prepare_seconds", prepared.prepare_seconds},
                 {"input", input_json(prepared)}});
}

std::string why_json(const protocol::Why& question, const protocol::WhyReply& reply) {
    Json reasons = Json::array();
    for (const protocol::WhyReason& reason : reply.reasons) {
        reasons.push_back({{"reason", reason.kind},
                           {"text", reason.text},
                           {"job", reason.job.value()},
                           {"worker", reason.worker},
                           {"block", reason.block},
                           {"count", reason.count},
                           {"seconds", static_cast<double>(reason.time_ns) * 1e-9},
                           {"usual_seconds", static_cast<double>(reason.usual_ns) * 1e-9}});
    }
    Json document{{"schema", 1}};
    if (question.worker.empty()) {
        document["job"] = question.job.value();
        document["forecast"] = forecast_object(reply.forecast, true);
    } else {
        document["worker"] = question.worker;
    }
    document["reasons"] = std::move(reasons);
    return text(document);
}

std::string jobs_json(const protocol::JobStatusReply& reply,
                      const protocol::WorkersStatusReply& workers) {
    Json jobs = Json::array();
    for (const protocol::JobInfo& job : reply.jobs) {
        jobs.push_back(job_object(job));
    }
    Json list = Json::array();
    for (const protocol::WorkerInfo& worker : workers.workers) {
        list.push_back({{"name", worker.name},
                        {"host", worker.host},
                        {"state", std::string{to_text(worker.state)}},
                        {"threads", worker.threads},
                        {"memory_bytes", worker.memory_bytes},
                        {"isa", worker.isa},
                        {"leases", worker.leases},
                        {"blocks_leased", worker.blocks_leased},
                        {"silence_seconds", static_cast<double>(worker.silence_ns) * 1e-9},
                        {"ends_in_seconds",
                         worker.ends_in_ns > 0 ? Json(static_cast<double>(worker.ends_in_ns) * 1e-9)
                                               : Json(nullptr)}});
    }
    Json owners = Json::array();
    for (const protocol::OwnerLedger& owner : reply.owners) {
        Json one{{"owner", owner.owner}};
        one.update(spent_object(owner.ledger));
        owners.push_back(std::move(one));
    }
    return text({{"schema", 1},
                 {"grid", grid_object(reply.grid)},
                 {"owners", std::move(owners)},
                 {"jobs_total", reply.jobs_total},
                 {"jobs", std::move(jobs)},
                 {"workers_total", workers.workers_total},
                 {"workers", std::move(list)}});
}

std::string job_json(const protocol::JobInfo& job) {
    Json json = job_object(job);
    Json document{{"schema", 1}};
    document.update(json);
    return text(document);
}

std::string error_json(const Error& error) {
    return text({{"schema", 1}, {"error", {{"message", error.message}}}});
}

}  // namespace vargrid::cli
