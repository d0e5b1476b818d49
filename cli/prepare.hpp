// From a job file to a run ready to submit: reads every input, compiles the book, makes the
// scenarios, encodes the blobs. The whole cold path, on the client.
#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "cli/job_file.hpp"
#include "pricing/history/data_report.hpp"
#include "risk/run.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vargrid::cli {

/// What the command line overrides.
struct Overrides {
    std::optional<Date> as_of;
    bool skip_bad_trades{false};
};

struct PreparedRun {
    RunSpec run;
    /// The scenario set, then the batches: everything `run` refers to by digest.
    std::vector<Bytes> blobs;
    /// No part of the run: how often somebody looks twice changes no number.
    std::optional<std::uint32_t> audit_per_million;
    DataReport data;
    std::size_t trades_skipped{0};
    std::vector<std::string> skipped;  ///< What was wrong with them: a line an error.
    std::size_t matured{0};
    double prepare_seconds{0.0};
};

/// Errors: those of the readers, each naming its file and place.
[[nodiscard]] Result<PreparedRun> prepare_run(const JobFile& job, const Overrides& overrides);

}  // namespace vargrid::cli
