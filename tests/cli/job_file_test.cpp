#include "cli/job_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace vargrid::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kGood = R"(schema = 1
name = "night"
base_currency = "USD"
as_of = 2020-12-31
risk_classes = ["all", "fx"]
[book]
files = ["a.csv", "/abs/b.csv"]
fixings = ["f.csv"]
skip_bad_trades = true
[market]
mapping = "market.toml"
[scenarios]
count = 250
horizon_days = 10
[[measures]]
measure = "var"
confidence = 0.975
estimator = "linear_interpolation"
[[measures]]
measure = "es"
confidence = 0.99
[output]
trade_pnl = true
[plan]
block_microseconds = 500
)";

class JobFileTest : public ::testing::Test {
  protected:
    JobFileTest() {
        folder_ = fs::temp_directory_path() /
                  ("vargrid_job_file_test_" +
                   std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "_" +
                   std::to_string(getpid()));
        fs::create_directories(folder_);
    }
    ~JobFileTest() override { fs::remove_all(folder_); }

    Result<JobFile> read(const std::string& text) {
        std::ofstream{folder_ / "job.toml"} << text;
        return read_job_file(folder_ / "job.toml");
    }

    fs::path folder_;
};

std::string with(const std::string& from, const std::string& to) {
    std::string text = kGood;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST_F(JobFileTest, EveryKeyArrives) {
    const auto job = read(kGood);
    ASSERT_TRUE(job) << job.error().message;
    EXPECT_EQ(job->name, "night");
    EXPECT_EQ(job->as_of, make_date(2020, 12, 31));
    EXPECT_EQ(job->trade_files,
              (std::vector<std::string>{(folder_ / "a.csv").string(), "/abs/b.csv"}));
    EXPECT_EQ(job->fixing_files, (std::vector<std::string>{(folder_ / "f.csv").string()}));
    EXPECT_TRUE(job->skip_bad_trades);
    EXPECT_EQ(job->market_mapping, folder_ / "market.toml");
    EXPECT_EQ(job->scenario_count, 250U);
    EXPECT_EQ(job->horizon_days, 10);
    EXPECT_EQ(job->classes, (std::vector<MovedClass>{MovedClass::all, MovedClass::fx}));
    EXPECT_EQ(job->measures,
              (std::vector<MeasureRequest>{
                  {MeasureKind::var, 9'750, Estimator::linear_interpolation},
                  {MeasureKind::es, 9'900, Estimator::fractional},
              }));
    EXPECT_TRUE(job->keep_trade_pnl);
    EXPECT_EQ(job->block_microseconds, 500U);
}

TEST_F(JobFileTest, DefaultsAreTheUsualQuestion) {
    const auto job = read(
        "schema = 1\nname = \"x\"\nbase_currency = \"EUR\"\n"
        "[book]\nfiles = [\"t.csv\"]\n[market]\nmapping = \"m.toml\"\n");
    ASSERT_TRUE(job) << job.error().message;
    EXPECT_EQ(job->scenario_count, 500U);
    EXPECT_EQ(job->horizon_days, 1);
    EXPECT_EQ(job->classes.size(), 6U);
    EXPECT_EQ(job->measures.size(), 3U);
    EXPECT_FALSE(job->as_of);
    EXPECT_FALSE(job->keep_trade_pnl);
}

struct Broken {
    std::string from;
    std::string to;
    std::string expected;  ///< Part of the message.
};

TEST_F(JobFileTest, EveryMistakeNamesFileLineAndWhatWasExpected) {
    const std::vector<Broken> rows{
        {"schema = 1", "schema = 2", "job.toml:1: key 'schema': expected 1"},
        {"name = \"night\"", "name = 5", "job.toml:2: key 'name': expected a text"},
        {"name = \"night\"", "name = \"a b\"", "letters, digits"},
        {"name = \"night\"\n", "", "key 'name': is missing"},
        {"as_of = 2020-12-31", "as_of = \"31.12.2020\"", "'as_of': expected a date"},
        {"as_of = 2020-12-31",
         "as_off = 2020-12-31",
         "job.toml:4: key 'as_off': is not known here"},
        {"\"fx\"]", "\"fx\", \"fx\"]", "'fx' twice"},
        {"\"fx\"]", "\"credit\"]", "expected a risk class (all, interest_rate"},
        {"files = [\"a.csv\", \"/abs/b.csv\"]",
         "files = []",
         "key 'book.files': expected a list of trade files"},
        {"files = [\"a.csv\", \"/abs/b.csv\"]", "files = \"a.csv\"", "expected a list of texts"},
        {"files = [\"a.csv\"",
         "files = [\"${VARGRID_NO_SUCH_VARIABLE}/a.csv\"",
         "VARGRID_NO_SUCH_VARIABLE"},
        {"skip_bad_trades = true", "skip_bad_trades = 1", "expected true or false"},
        {"count = 250", "count = 0", "expected a whole number from 1 to"},
        {"count = 250", "count = 2.5", "expected a whole number, found a number"},
        {"count = 250", "count = 99999999999", "expected a whole number from 1 to"},
        {"horizon_days = 10", "horizon_days = -1", "[scenarios]: key 'horizon_days'"},
        {"measure = \"var\"", "measure = \"median\"", "expected a measure"},
        {"confidence = 0.975", "confidence = 97.5", "between 0 and 1"},
        {"confidence = 0.975", "confidence = 0.97531", "at most four decimals"},
        {"confidence = 0.975", "confidence = nan", "not finite"},
        {"\"linear_interpolation\"", "\"fractional\"", "does not estimate var"},
        {"\"linear_interpolation\"", "\"p99\"", "expected an estimator (ceil_rank"},
        {"[plan]", "[plans]", "key 'plans': is not known here"},
        {"[market]", "[[market]]", "expected a table"},
        {"name = \"night\"", "name = \"night", "job.toml:2:"},
    };
    for (const Broken& row : rows) {
        const auto job = read(with(row.from, row.to));
        ASSERT_FALSE(job) << row.to;
        EXPECT_NE(job.error().message.find(row.expected), std::string::npos) << row.to << "\n"
                                                                             << job.error().message;
        EXPECT_NE(job.error().message.find("job.toml"), std::string::npos);
        EXPECT_EQ(job.error().code, ErrorCode::invalid_input);
    }
}

TEST_F(JobFileTest, AMissingFileIsNotFound) {
    EXPECT_EQ(read_job_file(folder_ / "none.toml").error().code, ErrorCode::not_found);
    EXPECT_FALSE(read_job_file(folder_));
}

}  // namespace
}  // namespace vargrid::cli
