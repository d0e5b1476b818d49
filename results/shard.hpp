// Shards: the durable form of computed blocks between a worker's commit and the final step. One
// file per commit, never changed after it has its name. docs/results.md has the layout.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "risk/block.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace vargrid::results {

/// Whose work a shard is. Plain numbers: results knows nothing of the grid.
struct ShardOrigin {
    Digest run;  ///< Of the encoded RunSpec: the payload blob.
    std::uint64_t job{0};
    std::uint64_t attempt{0};
    std::uint64_t incarnation{0};

    friend bool operator==(const ShardOrigin&, const ShardOrigin&) = default;
};

struct Shard {
    ShardOrigin origin;
    std::vector<BlockResult> blocks;  ///< Ascending by index, each once.
};

/// Writes the blocks (any order, each once, at least one) so that the file is there whole, synced
/// and under its name, or not at all.
/// Errors: io (disk full, no such folder, no permission), invalid_input (no block, a block twice,
/// arrays that contradict each other). Cost: memory of twice the blocks.
[[nodiscard]] Result<void> write_shard(const std::filesystem::path& path,
                                       const ShardOrigin& origin,
                                       std::span<const BlockResult> blocks);

/// Errors: not_found; io when the file is truncated, damaged, foreign or of another schema version.
/// Every block's digest has been recomputed and compared. Every message names the file.
[[nodiscard]] Result<Shard> read_shard(const std::filesystem::path& path);

/// The name of a shard of this job; `rest` is unique among all of them.
[[nodiscard]] std::string shard_name(std::uint64_t job, const std::string& rest);

/// Deletes the shards of a job that has ended and what killed workers left of theirs, then the
/// folder if nothing else is in it: another job may share the output folder. Errors: io.
[[nodiscard]] Result<void> remove_shards(const std::filesystem::path& shard_folder,
                                         std::uint64_t job);

/// Deletes these shards, then the folder if nothing else is in it. What cannot be deleted stays: it
/// harms nobody.
void remove_shards(const std::filesystem::path& shard_folder, std::span<const std::string> names);

}  // namespace vargrid::results
