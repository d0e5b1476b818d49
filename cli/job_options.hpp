// Options that every command on a job file shares.
#pragma once

#include "base/result.hpp"
#include "cli/prepare.hpp"

#include <CLI/App.hpp>

#include <memory>
#include <string>

namespace vargrid::cli {

struct JobOptions {
    std::string job_file;
    std::string as_of;
    bool skip_bad_trades{false};
    bool json{false};
};

/// Registers JOB.toml, --as-of, --skip-bad-trades and --json.
[[nodiscard]] std::shared_ptr<JobOptions> add_job_options(CLI::App& app);

/// Reads the job file and prepares the run.
[[nodiscard]] Result<PreparedRun> prepare(const JobOptions& options);

/// --connect, from VARGRID_CONNECT or tcp://127.0.0.1:5700 if not given.
void add_connect_option(CLI::App& app, std::string& endpoint);
inline constexpr const char* kDefaultEndpoint = "tcp://127.0.0.1:5700";

}  // namespace vargrid::cli
