// The answer as a person reads it: VaR and ES by book and by risk class, with units.
#pragma once

#include "cli/prepare.hpp"
#include "protocol/messages.hpp"
#include "risk/results.hpp"

#include <cstdint>
#include <string>

namespace vargrid::cli {

[[nodiscard]] std::string results_table(const RunResults& results);
/// What was read and decided, before anything is computed.
[[nodiscard]] std::string input_summary(const PreparedRun& prepared);
[[nodiscard]] std::string jobs_table(const protocol::JobStatusReply& jobs,
                                     const protocol::WorkersStatusReply& workers);
[[nodiscard]] std::string job_details(const protocol::JobInfo& job);
/// "1,234,567"
[[nodiscard]] std::string grouped(std::int64_t number);
/// Rounded to whole units, with thousands separators; "n/a" if it is not a number.
[[nodiscard]] std::string amount(double value);

}  // namespace vargrid::cli
