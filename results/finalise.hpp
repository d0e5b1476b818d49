// The last step of a job: from committed shards to results.h5 and var.csv.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "risk/results.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vargrid::results {

/// Blocks [first, last) of the run, committed in one shard.
struct CommittedBlocks {
    std::uint64_t first{0};
    std::uint64_t last{0};
    std::string shard;  ///< File name within the shard folder.
    std::uint64_t attempt{0};
    BlockDigest digest;  ///< combined_digest() of the blocks as the worker reported it.

    friend bool operator==(const CommittedBlocks&, const CommittedBlocks&) = default;
};

struct FinaliseRequest {
    RunSpec run;
    std::uint64_t job{0};
    std::vector<CommittedBlocks> committed;  ///< Disjoint; blocks in none of them are missing.
    std::filesystem::path shard_folder;
    std::filesystem::path output_folder;
    WorkLedger ledger;
};

/// Reads the shards one after the other, verifies that each holds what was committed, and adds
/// them up. Writes nothing.
/// Errors: io (a shard missing or damaged), conflict (a block committed twice, or a shard that
/// holds something else than was committed: another run, job, attempt or content), invalid_input
/// (a range beyond the run's blocks). Every message names the file.
[[nodiscard]] Result<RunResults> assemble(const FinaliseRequest& request);

/// Writes var.csv, then results.h5, into the folder (made if it is not there); each is replaced as
/// a whole. results.h5 comes last: who finds it finds both.
/// Errors: io, invalid_input as write_results().
[[nodiscard]] Result<void> publish(const std::filesystem::path& output_folder,
                                   const RunResults& results);

/// assemble() and publish(). Repeating it gives the same files.
[[nodiscard]] Result<RunResults> finalise(const FinaliseRequest& request);

}  // namespace vargrid::results
