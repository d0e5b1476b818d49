// Paths as people write them in job.toml and market.toml.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <string_view>

namespace vargrid {

/// `${NAME}` becomes the environment variable NAME, `${NAME:-text}` falls back to `text` when NAME
/// is unset or empty; then a relative path is taken relative to `folder`.
/// Errors: invalid_input, naming the variable that is unset or the bracket that is not closed.
[[nodiscard]] Result<std::filesystem::path> expand_path(std::string_view text,
                                                        const std::filesystem::path& folder);

}  // namespace vargrid
