#include "cli/report_json.hpp"
#include "cli/report_table.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <string>

namespace vargrid::cli {
namespace {

/// Three scenarios, two classes, books total and a; the second class of `a` has a hole if asked.
RunResults sample(bool hole) {
    RunResults results;
    RunSpec& run = results.run;
    run.name = "sample";
    run.as_of = make_date(2020, 12, 30);
    run.as_of_requested = make_date(2020, 12, 31);
    run.base_currency = "USD";
    run.books = {"a"};
    run.trades = {{.id = "T1", .type = "cash", .book = 0}};
    run.batches = {{.blob = {}, .trade_count = 1, .picoseconds_per_scenario = 1}};
    run.classes = {MovedClass::all, MovedClass::fx};
    run.measures = {{MeasureKind::var, 9'900, Estimator::ceil_rank}};
    run.block_picoseconds = 1;
    run.input_report = R"({"trades_skipped": 2})";
    for (int i = 0; i < 3; ++i) {
        run.scenarios.push_back({make_date(2020, 1, 1) + i, make_date(2020, 1, 2) + i});
    }
    results.run_id = "sample-2020-12-30-abc";
    results.books = {"total", "a"};
    results.base_values = {1'234'567.4, 1'234'567.4};
    results.pnl = {1.0, -5000.0, 3.0, 1.0, -5000.0, 3.0, 2.0, -70.0, 1.0, 2.0, -70.0, 1.0};
    results.trade_base_values = {1'234'567.4};
    results.blocks_expected = results.blocks_present = 1;
    if (hole) {
        results.failures = {{.trade = 0, .column = 4, .reason = FailureReason::out_of_domain}};
        results.pnl[7] = results.pnl[10] = std::numeric_limits<double>::quiet_NaN();
    }
    results.complete = !hole;
    results.ledger.elapsed_nanoseconds = 2'000'000'000;
    results.measures = measures_of(results);
    return results;
}

TEST(Report, NumbersCarrySeparatorsAndNoFalseDigits) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(-1234), "-1,234");
    EXPECT_EQ(grouped(1'234'567), "1,234,567");
    EXPECT_EQ(amount(999.5), "1,000");
    EXPECT_EQ(amount(std::numeric_limits<double>::quiet_NaN()), "n/a");
}

TEST(Report, TheTableNamesUnitsDatesAndTheWorstScenario) {
    const std::string table = results_table(sample(false));
    for (const char* part : {"valuation date 2020-12-30 (requested 2020-12-31), amounts in USD",
                             "VaR 99 %",
                             "1,234,567",
                             "5,000",
                             "2020-01-03",
                             "risk class (total)",
                             "1 trades x 3 scenarios x 2 risk classes = 6 cells in 2.000 s"}) {
        EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
    }
    EXPECT_EQ(table.find("INCOMPLETE"), std::string::npos);
}

TEST(Report, AHoleIsShownAndItsMeasuresAreNot) {
    const RunResults results = sample(true);
    const std::string table = results_table(results);
    EXPECT_NE(table.find("INCOMPLETE: 1 of 1 blocks present, 1 failed cells"), std::string::npos);
    EXPECT_NE(table.find("trade T1 in scenario 2020-01-03 (fx): out_of_domain"), std::string::npos);
    const auto json = nlohmann::json::parse(results_json(results, "/out/results.h5"));
    EXPECT_EQ(json["measures"].size(), 2U);
    EXPECT_EQ(json["failed_cells"], 1);
    EXPECT_EQ(json["complete"], false);
}

TEST(Report, TheTableSaysWhatWasDoneToTheInput) {
    RunResults results = sample(false);
    EXPECT_NE(results_table(results).find("left out       2 bad trades"), std::string::npos);
    results.run.input_report = R"({"data": {"dates_used": 4, "dates_available": 9,
        "dates_dropped": 1, "warnings": ["'IR/X' is 230 %"], "exceptional_moves_count": 3,
        "exceptional_moves": [{"factor": "CO/WTI", "exception": "fallback_absolute"},
                              {"factor": "CO/WTI", "exception": "fallback_absolute"}]}})";
    const std::string table = results_table(results);
    for (const char* part : {"dates          4 of 9 common dates, 1 dropped",
                             "moved otherwise CO/WTI, fallback_absolute: 2 scenarios",
                             "moved otherwise 1 more",
                             "warning        'IR/X' is 230 %"}) {
        EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
    }
    EXPECT_EQ(table.find("left out"), std::string::npos);
    for (const char* odd : {"", "[1]", "7", R"({"data": 1})", R"({"data": {"dates_used": "x"}})"}) {
        results.run.input_report = odd;
        EXPECT_NE(results_table(results).find("digest"), std::string::npos) << odd;
    }
}

TEST(Report, JsonHasWhatOthersReadByName) {
    const auto json = nlohmann::json::parse(results_json(sample(false), "/out/results.h5"));
    for (const char* key : {"schema",
                            "run_id",
                            "as_of",
                            "base_currency",
                            "digest",
                            "scenarios",
                            "trades",
                            "cells",
                            "failed_cells",
                            "complete",
                            "wall_seconds",
                            "cells_per_second",
                            "measures"}) {
        EXPECT_TRUE(json.contains(key)) << key;
    }
    EXPECT_EQ(json["schema"], 1);
    EXPECT_EQ(json["as_of"], "2020-12-30");
    EXPECT_EQ(json["cells"], 6);
    EXPECT_EQ(json["wall_seconds"], 2.0);
    EXPECT_EQ(json["cells_per_second"], 3.0);
    EXPECT_EQ(json["input"]["trades_skipped"], 2);
    const auto& measure = json["measures"][0];
    EXPECT_EQ(measure["book"], "total");
    EXPECT_EQ(measure["risk_class"], "all");
    EXPECT_EQ(measure["measure"], "var");
    EXPECT_EQ(measure["confidence"], 0.99);
    EXPECT_EQ(measure["estimator"], "ceil_rank");
    EXPECT_EQ(measure["value"], 5000.0);
}

}  // namespace
}  // namespace vargrid::cli
