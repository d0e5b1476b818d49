// In words: when a job will be done, why it is not, and how the grid is.
#pragma once

#include "protocol/messages.hpp"

#include <string>

namespace vargrid::cli {

/// "done in 12 s (10 to 15 s); deadline 2026-11-23 06:00:00 UTC, met with 93 %, 64 cores needed";
/// empty for a job that has ended.
[[nodiscard]] std::string forecast_words(const protocol::JobInfo& job);
/// Workers, threads and core time of the whole grid, and what each owner spent.
[[nodiscard]] std::string grid_lines(const protocol::JobStatusReply& status);
[[nodiscard]] std::string why_text(const protocol::Why& question, const protocol::WhyReply& reply);

}  // namespace vargrid::cli
