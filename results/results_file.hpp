// The final file of a run: results.h5, readable by xarray, h5py and netCDF tools, and var.csv
// beside it. docs/results.md names every dataset and attribute.
#pragma once

#include "base/result.hpp"
#include "risk/results.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace vargrid::results {

inline constexpr std::string_view kResultsFileName = "results.h5";
inline constexpr std::string_view kVarCsvName = "var.csv";
/// Folder of the shards within the output folder of a run.
inline constexpr std::string_view kShardFolderName = "shards";
/// Changes when a reader of the old layout would misread the new one.
inline constexpr int kResultsSchemaVersion = 1;

/// Replaces the file at `path` as a whole; readers see the old or the new one.
/// Errors: io (disk full, no such folder, no permission), invalid_input when the arrays contradict
/// the run. Cost: memory of the results once more, compressed.
[[nodiscard]] Result<void> write_results(const std::filesystem::path& path,
                                         const RunResults& results);

/// Restores exactly what was written.
/// Errors: not_found; io when the file is truncated, damaged, foreign, of another schema version,
/// or has a hole where data should be. Every message names the file and the item.
[[nodiscard]] Result<RunResults> read_results(const std::filesystem::path& path);

/// One row per measure: book, risk_class, measure, confidence, estimator, value, currency.
/// Replaces the file as a whole. Errors: io.
[[nodiscard]] Result<void> write_var_csv(const std::filesystem::path& path,
                                         const RunResults& results);
[[nodiscard]] std::string var_csv(const RunResults& results);

/// 9750 -> "0.975", 9900 -> "0.99": exact, whatever the locale.
[[nodiscard]] std::string confidence_text(std::uint32_t basis_points);

}  // namespace vargrid::results
