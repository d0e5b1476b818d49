// The job file: which book, on which market, under which scenarios, measured how. docs/job-file.md.
#pragma once

#include "base/date.hpp"
#include "base/result.hpp"
#include "risk/run.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vargrid::cli {

/// Limits of what a job file may ask for.
inline constexpr std::int64_t kScenariosMax = 1'000'000;
inline constexpr std::int64_t kHorizonDaysMax = 250;

struct JobFile {
    std::filesystem::path path;
    std::string name;
    std::string base_currency;
    std::optional<Date> as_of;
    std::vector<std::string> trade_files;
    std::vector<std::string> fixing_files;
    bool skip_bad_trades{false};
    std::filesystem::path market_mapping;
    std::size_t scenario_count{500};
    int horizon_days{1};
    std::vector<MovedClass> classes;
    std::vector<MeasureRequest> measures;
    bool keep_trade_pnl{false};
    /// Predicted core time of one block.
    std::uint64_t block_microseconds{10'000};
    /// Blocks of a million that are computed again on another host; none: the scheduler's default.
    std::optional<std::uint32_t> audit_per_million;

    friend bool operator==(const JobFile&, const JobFile&) = default;
};

/// Errors: not_found, io; invalid_input naming file, line and key, what was found and expected.
/// Unknown keys are errors: a misspelt option that does nothing is worse than none.
[[nodiscard]] Result<JobFile> read_job_file(const std::filesystem::path& path);

}  // namespace vargrid::cli
