// Values for options from the environment (VARGRID_...), used where no flag was given.
#pragma once

#include <string>

namespace vargrid::cli {

/// The variable's text, or `otherwise` when it is unset or empty.
[[nodiscard]] std::string environment_or(const char* variable, const std::string& otherwise);
/// For the owner of a job: the name of the effective user, else $USER, else its number.
[[nodiscard]] std::string user_name();

/// Set once by SIGINT or SIGTERM, for commands that must clean up first.
void watch_interrupts();
[[nodiscard]] bool interrupted();
/// 128 + the signal that came, as shells do.
[[nodiscard]] int interrupted_exit_code();

}  // namespace vargrid::cli
