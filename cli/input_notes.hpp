// What a reader of the results must know about their inputs, from the report kept with the run.
#pragma once

#include <string>
#include <string_view>

namespace vargrid::cli {

/// Lines for the table of `run` and `report`: dates dropped, moves that did not follow their rule,
/// trades left out, warnings. What the report does not say is left out.
[[nodiscard]] std::string input_notes(std::string_view input_report);

}  // namespace vargrid::cli
