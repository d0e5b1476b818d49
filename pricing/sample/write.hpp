// Writes a complete sample into a folder: history, market.toml, trades.csv, fixings.csv, job.toml.
#pragma once

#include "base/date.hpp"
#include "base/result.hpp"
#include "pricing/market/market.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vargrid {

struct SampleOptions {
    std::filesystem::path folder;  ///< Made if it is not there; files of these names are replaced.
    std::uint64_t seed{1};
    std::size_t trades{2000};
    int days{800};
    Date end{18'808};  // 2021-06-30
    /// Scenarios and horizon that job.toml asks for.
    int scenarios{500};
    int horizon_days{1};
};

/// The invented market and a book on it.
/// Errors: invalid_input for options out of range, io when the folder cannot be written.
[[nodiscard]] Result<void> write_sample(const SampleOptions& options);

struct SampleOnMarketOptions {
    std::filesystem::path folder;
    std::string mapping;  ///< The market.toml that job.toml is to name, as job.toml sees it.
    std::uint64_t seed{1};
    std::size_t trades{2000};
    int scenarios{500};
    int horizon_days{1};
    std::vector<std::string> no_options_on{};  ///< As in BookSampleOptions.
};

/// A book on a market that exists: trades.csv, fixings.csv and job.toml.
[[nodiscard]] Result<void> write_sample_on(const Market& market,
                                           const SampleOnMarketOptions& options);

}  // namespace vargrid
