// What RunResults must look like to be written, and the digest of all that a results file says.
// Internal to results/.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "risk/results.hpp"

#include <cstddef>
#include <optional>

namespace vargrid::results {

/// Errors: invalid_input naming the array whose length or content contradicts the run.
[[nodiscard]] Result<void> check_content(const RunResults& results);

/// BLAKE2b over every field, bit for bit. A reader recomputes it, so that a file which was changed
/// or damaged after it was written is never taken for what was computed.
[[nodiscard]] Digest content_digest(const RunResults& results);

/// Position of MovedClass::all among the run's classes, if it is one of them.
[[nodiscard]] std::optional<std::size_t> all_classes_index(const RunSpec& run);

}  // namespace vargrid::results
