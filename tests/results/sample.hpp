// A small run and block results for it, made up from a seed: the results folder does not care what
// the numbers mean.
#pragma once

#include "base/bytes.hpp"
#include "risk/block.hpp"
#include "risk/results.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vargrid::results {

struct SampleOptions {
    bool keep_trade_pnl{true};
    bool with_failure{false};
    bool with_input_report{true};
    std::vector<MovedClass> classes{MovedClass::interest_rate, MovedClass::all, MovedClass::fx};
    std::uint32_t scenarios{21};
};

/// 7 trades in 2 batches, 3 leaf books under 2 desks, several blocks a batch.
[[nodiscard]] RunSpec sample_run(const SampleOptions& options = {});

/// One result per block of the run's plan.
[[nodiscard]] std::vector<BlockResult> sample_blocks(const RunSpec& run,
                                                     const SampleOptions& options = {});

[[nodiscard]] RunResults sample_results(const SampleOptions& options = {});

/// A folder of its own, removed at the end.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
        return path_ / name;
    }
    /// Names of all that is in it, sorted; hidden files too.
    [[nodiscard]] std::vector<std::string> names() const;

  private:
    std::filesystem::path path_;
};

[[nodiscard]] Bytes contents_of(const std::filesystem::path& path);
void write_contents(const std::filesystem::path& path, std::span<const std::byte> bytes);

/// Equal bit for bit: NaN equals NaN.
[[nodiscard]] bool same_bits(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace vargrid::results
