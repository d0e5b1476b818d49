// Which source this executable was built from.
#pragma once

#include <string>

namespace vargrid::cli {

/// The commit, with "+" where the sources had uncommitted changes; "unknown" outside a repository.
[[nodiscard]] std::string code_revision();
[[nodiscard]] std::string version();

}  // namespace vargrid::cli
