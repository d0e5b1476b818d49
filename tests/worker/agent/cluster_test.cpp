// How long a worker may live, as people and Slurm write it.
#include "worker/agent/cluster.hpp"

#include <gtest/gtest.h>

namespace vargrid::worker {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

const std::chrono::system_clock::time_point kNow =
    sys_days{std::chrono::year{2026} / 11 / 22} + 20h;

std::optional<Duration> life(std::string_view text) {
    const auto found = life_from_text(text, kNow);
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : std::nullopt;
}

TEST(TimeLimit, IsASpan) {
    EXPECT_EQ(life("3600s"), 3600s);
    EXPECT_EQ(life("3600"), 3600s);
    EXPECT_EQ(life("90m"), 90min);
    EXPECT_EQ(life("1h30m"), 90min);
    EXPECT_EQ(life("2d"), 48h);
    EXPECT_EQ(life("0"), 0s);
    EXPECT_EQ(life("none"), std::nullopt);
}

TEST(TimeLimit, IsAnInstant) {
    EXPECT_EQ(life("2026-11-23T06:00Z"), 10h);
    EXPECT_EQ(life("2026-11-22T20:00:30Z"), 30s);
    EXPECT_LT(life("2026-11-22T19:00Z"), 0s);
}

TEST(TimeLimit, IsNothingElse) {
    for (const char* text : {"",
                             "s",
                             "-5s",
                             "5x",
                             "5s5",
                             "1h 30m",
                             "1.5h",
                             "99999999999s",
                             "500d",
                             "2026-11-23",
                             "2026-11-23T06:00",
                             "2026-11-23T06:00+01:00",
                             "2026-02-30T06:00Z",
                             "2026-11-23T24:00Z",
                             "2026-11-23T06:61Z",
                             "2026-11-23T06:00:00Zx",
                             "9026-11-23T06:00Z",
                             "soon"}) {
        const auto found = life_from_text(text, kNow);
        ASSERT_FALSE(found) << text;
        EXPECT_EQ(found.error().code, ErrorCode::invalid_input);
        EXPECT_NE(found.error().message.find("'" + std::string{text} + "'"), std::string::npos);
    }
}

TEST(SlurmTime, IsReadAsSqueuePrintsIt) {
    EXPECT_EQ(life_from_slurm_text("0:07"), 7s);
    EXPECT_EQ(life_from_slurm_text("59:59"), 59min + 59s);
    EXPECT_EQ(life_from_slurm_text("2:03:04"), 2h + 3min + 4s);
    EXPECT_EQ(life_from_slurm_text("1-02:03:04"), 26h + 3min + 4s);
    for (const char* text : {"",
                             "UNLIMITED",
                             "NOT_SET",
                             "INVALID",
                             "5",
                             "1-2-3",
                             ":",
                             "1:",
                             "1:2:3:4",
                             "1-",
                             "99999999-00:00:00"}) {
        EXPECT_EQ(life_from_slurm_text(text), std::nullopt) << text;
    }
}

TEST(SlurmTime, IsTheDifferenceThatScontrolShows) {
    EXPECT_EQ(life_from_slurm_job("JobId=17 RunTime=00:00:05 TimeLimit=01:00:00 TimeMin=N/A\n"),
              1h - 5s);
    EXPECT_EQ(life_from_slurm_job("JobId=17 RunTime=00:00:05 TimeLimit=UNLIMITED"), std::nullopt);
    EXPECT_EQ(life_from_slurm_job("slurm_load_jobs error"), std::nullopt);
}

}  // namespace
}  // namespace vargrid::worker
