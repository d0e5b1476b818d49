#include "results/results_file.hpp"

#include "results/results_content.hpp"
#include "tests/results/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace vargrid::results {
namespace {

using ::testing::HasSubstr;

void expect_same(const RunResults& a, const RunResults& b) {
    EXPECT_EQ(a.run, b.run);
    EXPECT_EQ(a.run_id, b.run_id);
    EXPECT_EQ(a.books, b.books);
    EXPECT_TRUE(same_bits(a.base_values, b.base_values));
    EXPECT_TRUE(same_bits(a.pnl, b.pnl));
    EXPECT_TRUE(same_bits(a.trade_base_values, b.trade_base_values));
    EXPECT_TRUE(same_bits(a.trade_pnl, b.trade_pnl));
    EXPECT_EQ(a.measures, b.measures);
    EXPECT_EQ(a.failures, b.failures);
    EXPECT_EQ(a.blocks_expected, b.blocks_expected);
    EXPECT_EQ(a.blocks_present, b.blocks_present);
    EXPECT_EQ(a.blocks_missing, b.blocks_missing);
    EXPECT_EQ(a.digest, b.digest);
    EXPECT_EQ(a.complete, b.complete);
    EXPECT_EQ(a.ledger, b.ledger);
}

void expect_round_trip(const RunResults& results) {
    const TemporaryFolder folder;
    const auto written = write_results(folder / "results.h5", results);
    ASSERT_TRUE(written) << written.error().message;
    const auto read = read_results(folder / "results.h5");
    ASSERT_TRUE(read) << read.error().message;
    expect_same(*read, results);
    EXPECT_EQ(folder.names(), std::vector<std::string>{"results.h5"});
}

TEST(ResultsFile, EveryShapeOfRunIsRestoredExactly) {
    using Classes = std::vector<MovedClass>;
    for (const bool keep : {false, true}) {
        for (const Classes& classes :
             {Classes{MovedClass::all},
              Classes{MovedClass::fx},
              Classes{MovedClass::fx, MovedClass::volatility, MovedClass::all},
              Classes{MovedClass::all, MovedClass::interest_rate, MovedClass::equity}}) {
            for (const bool failure : {false, true}) {
                expect_round_trip(sample_results(
                    {.keep_trade_pnl = keep, .with_failure = failure, .classes = classes}));
            }
        }
    }
    expect_round_trip(sample_results({.with_input_report = false, .scenarios = 1}));
}

TEST(ResultsFile, MissingBlocksStayHolesAndTheFileSaysSo) {
    const RunSpec run = sample_run();
    ResultsBuilder builder{run};
    const auto blocks = sample_blocks(run);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        if (i != 2) {
            ASSERT_TRUE(builder.add(blocks[i]));
        }
    }
    const RunResults results = std::move(builder).finish({});
    expect_round_trip(results);
    EXPECT_FALSE(results.complete);
    EXPECT_EQ(results.blocks_missing, std::vector<std::uint64_t>{2});
    EXPECT_TRUE(std::ranges::any_of(results.pnl, [](double x) { return std::isnan(x); }));
}

TEST(ResultsFile, ARunOfWhichNothingWasComputedIsStillAFile) {
    ResultsBuilder builder{sample_run()};
    expect_round_trip(std::move(builder).finish({}));
}

TEST(ResultsFile, ALargerRunSpansManyChunks) {
    expect_round_trip(sample_results({.keep_trade_pnl = false,
                                      .classes = {MovedClass::fx, MovedClass::all},
                                      .scenarios = 50'000}));
}

TEST(ResultsFile, EqualResultsMakeEqualBytes) {
    const TemporaryFolder folder;
    ASSERT_TRUE(write_results(folder / "a.h5", sample_results()));
    ASSERT_TRUE(write_results(folder / "b.h5", sample_results()));
    EXPECT_EQ(contents_of(folder / "a.h5"), contents_of(folder / "b.h5"));
}

TEST(ResultsFile, AnOldFileIsReplacedAsAWhole) {
    const TemporaryFolder folder;
    ASSERT_TRUE(write_results(folder / "results.h5", sample_results()));
    const RunResults other = sample_results({.keep_trade_pnl = false, .scenarios = 3});
    ASSERT_TRUE(write_results(folder / "results.h5", other));
    const auto read = read_results(folder / "results.h5");
    ASSERT_TRUE(read) << read.error().message;
    expect_same(*read, other);
}

TEST(ResultsFile, ArraysThatContradictTheRunAreRefusedBeforeAnythingIsWritten) {
    const TemporaryFolder folder;
    const auto refused = [&](auto&& spoil, const char* words) {
        RunResults results = sample_results({.with_failure = true});
        spoil(results);
        const auto done = write_results(folder / "results.h5", results);
        ASSERT_FALSE(done) << words;
        EXPECT_EQ(done.error().code, ErrorCode::invalid_input);
        EXPECT_THAT(done.error().message, HasSubstr(words));
        EXPECT_TRUE(folder.names().empty());
    };
    refused([](RunResults& r) { r.pnl.pop_back(); }, "P&L");
    refused([](RunResults& r) { r.base_values.push_back(1.0); }, "base values");
    refused([](RunResults& r) { r.trade_base_values.clear(); }, "trade base values");
    refused([](RunResults& r) { r.trade_pnl.pop_back(); }, "trade P&L");
    refused([](RunResults& r) { r.blocks_present -= 1; }, "missing blocks");
    refused([](RunResults& r) { r.failures[0].trade = 1000; }, "not in the run");
    refused([](RunResults& r) { r.failures[0].column = 1000; }, "not in the run");
    refused([](RunResults& r) { r.complete = true; }, "called complete");
}

TEST(ResultsFile, AMissingFolderIsAnErrorThatNamesTheFile) {
    const TemporaryFolder folder;
    const auto done = write_results(folder / "gone" / "results.h5", sample_results());
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("gone/results.h5: cannot create"));
}

TEST(VarCsv, OneRowAMeasureWithExactNumbers) {
    RunResults results;
    results.run.base_currency = "USD";
    results.measures = {{.book = "desk, \"A\"",
                         .risk_class = MovedClass::all,
                         .request = {MeasureKind::var, 9900, Estimator::ceil_rank},
                         .value = 0.1},
                        {.book = "total",
                         .risk_class = MovedClass::fx,
                         .request = {MeasureKind::es, 9750, Estimator::fractional},
                         .value = 12345678.25}};
    EXPECT_EQ(var_csv(results),
              "book,risk_class,measure,confidence,estimator,value,currency\n"
              "\"desk, \"\"A\"\"\",all,var,0.99,ceil_rank,0.1,USD\n"
              "total,fx,es,0.975,fractional,12345678.25,USD\n");
}

TEST(VarCsv, ConfidencesAreExactWhateverTheirDigits) {
    EXPECT_EQ(confidence_text(9900), "0.99");
    EXPECT_EQ(confidence_text(9750), "0.975");
    EXPECT_EQ(confidence_text(9999), "0.9999");
    EXPECT_EQ(confidence_text(5000), "0.5");
    EXPECT_EQ(confidence_text(1), "0.0001");
    EXPECT_EQ(confidence_text(10'000), "1");
}

TEST(VarCsv, IsWrittenWholeOrNotAtAll) {
    const TemporaryFolder folder;
    const RunResults results = sample_results();
    ASSERT_TRUE(write_var_csv(folder / "var.csv", results));
    const Bytes bytes = contents_of(folder / "var.csv");
    const std::string expected = var_csv(results);
    EXPECT_EQ(bytes.size(), expected.size());
    EXPECT_FALSE(write_var_csv(folder / "gone" / "var.csv", results));
    EXPECT_EQ(folder.names(), std::vector<std::string>{"var.csv"});
}

}  // namespace
}  // namespace vargrid::results
