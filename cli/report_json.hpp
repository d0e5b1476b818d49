// The JSON documents of the command line: one document, "schema": 1, snake_case with unit suffixes.
#pragma once

#include "cli/prepare.hpp"
#include "protocol/messages.hpp"
#include "risk/results.hpp"

#include <filesystem>
#include <string>

namespace vargrid::cli {

/// What was decided about the inputs, kept with the run and shown with its results.
[[nodiscard]] std::string input_report_json(const PreparedRun& prepared);

/// `vargrid run --json` and `vargrid report --json`. Numbers that do not exist are null.
[[nodiscard]] std::string results_json(const RunResults& results,
                                       const std::filesystem::path& results_file);

/// `vargrid validate --json`.
[[nodiscard]] std::string validation_json(const PreparedRun& prepared);

/// `vargrid status --json`.
[[nodiscard]] std::string jobs_json(const protocol::JobStatusReply& reply,
                                    const protocol::WorkersStatusReply& workers);
[[nodiscard]] std::string why_json(const protocol::Why& question, const protocol::WhyReply& reply);
[[nodiscard]] std::string job_json(const protocol::JobInfo& job);

/// {"schema": 1, "error": {...}} for commands that failed under --json.
[[nodiscard]] std::string error_json(const Error& error);

[[nodiscard]] std::string_view to_text(protocol::JobState state);
[[nodiscard]] std::string_view to_text(protocol::WorkerState state);
[[nodiscard]] std::string_view to_text(protocol::FaultCause cause);

/// Seconds from submission to the last commit; 0 if not known.
[[nodiscard]] double wall_seconds(const RunResults& results);
[[nodiscard]] double cells_per_second(const RunResults& results);

}  // namespace vargrid::cli
