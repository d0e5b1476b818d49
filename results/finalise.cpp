#include "results/finalise.hpp"

#include "results/results_file.hpp"
#include "results/shard.hpp"

#include <algorithm>
#include <map>
#include <system_error>

namespace vargrid::results {
namespace {

std::string to_text(const CommittedBlocks& range) {
    return "blocks " + std::to_string(range.first) + " to " + std::to_string(range.last);
}

Result<void> check_ranges(const FinaliseRequest& request) {
    const std::uint64_t blocks = Plan{request.run}.block_count();
    std::vector<CommittedBlocks> ranges = request.committed;
    std::ranges::sort(ranges, {}, &CommittedBlocks::first);
    std::uint64_t end = 0;
    for (const CommittedBlocks& range : ranges) {
        if (range.first >= range.last || range.last > blocks) {
            return Error{ErrorCode::invalid_input,
                         range.shard + ": " + to_text(range) +
                             " are not blocks of the run, it has " + std::to_string(blocks)};
        }
        if (range.first < end) {
            return Error{ErrorCode::conflict,
                         range.shard + ": " + to_text(range) + " are committed twice"};
        }
        end = range.last;
    }
    return {};
}

/// The blocks of one committed range, as they lie in a shard that has been read.
Result<std::span<const BlockResult>> blocks_of(const Shard& shard, const CommittedBlocks& range) {
    const auto by_index = [](const BlockResult& result) { return result.block.index; };
    const auto begin = std::ranges::lower_bound(shard.blocks, range.first, {}, by_index);
    const auto end = std::ranges::lower_bound(shard.blocks, range.last, {}, by_index);
    if (static_cast<std::uint64_t>(end - begin) != range.last - range.first) {
        return Error{ErrorCode::conflict, "does not hold all of " + to_text(range)};
    }
    const std::span<const BlockResult> blocks{begin, end};
    std::vector<BlockDigest> digests;
    for (const BlockResult& block : blocks) {
        digests.push_back(block.digest());
    }
    if (combined_digest(digests) != range.digest) {
        return Error{ErrorCode::conflict,
                     to_text(range) + " are not what was committed: their digest differs"};
    }
    return blocks;
}

Result<void> check_origin(const ShardOrigin& origin,
                          const Digest& run,
                          std::uint64_t job,
                          const CommittedBlocks& range) {
    if (origin.run != run) {
        return Error{ErrorCode::conflict, "belongs to another run, " + to_hex(origin.run)};
    }
    if (origin.job != job) {
        return Error{ErrorCode::conflict, "belongs to job " + std::to_string(origin.job)};
    }
    if (origin.attempt != range.attempt) {
        return Error{ErrorCode::conflict,
                     "was written by attempt " + std::to_string(origin.attempt) +
                         ", committed was " + std::to_string(range.attempt)};
    }
    return {};
}

Result<void> add_shard(ResultsBuilder& builder,
                       const std::filesystem::path& path,
                       const std::vector<CommittedBlocks>& ranges,
                       const Digest& run,
                       std::uint64_t job) {
    VARGRID_TRY(const Shard shard, read_shard(path));
    for (const CommittedBlocks& range : ranges) {
        auto added = check_origin(shard.origin, run, job, range);
        if (added) {
            auto blocks = blocks_of(shard, range);
            added = blocks ? Result<void>{} : Result<void>{std::move(blocks).error()};
            for (std::size_t i = 0; added && i < blocks->size(); ++i) {
                added = builder.add((*blocks)[i]);
            }
        }
        if (!added) {
            return with_context(std::move(added).error(), path.string());
        }
    }
    return {};
}

}  // namespace

Result<RunResults> assemble(const FinaliseRequest& request) {
    VARGRID_TRY_VOID(check_ranges(request));
    const Digest run = blake2b(request.run.encode());
    std::map<std::string, std::vector<CommittedBlocks>> by_shard;
    for (const CommittedBlocks& range : request.committed) {
        by_shard[range.shard].push_back(range);
    }
    ResultsBuilder builder{request.run};
    for (const auto& [name, ranges] : by_shard) {
        VARGRID_TRY_VOID(add_shard(builder, request.shard_folder / name, ranges, run, request.job));
    }
    return std::move(builder).finish(request.ledger);
}

Result<void> publish(const std::filesystem::path& output_folder, const RunResults& results) {
    std::error_code code;
    std::filesystem::create_directories(output_folder, code);
    if (code) {
        return Error{ErrorCode::io,
                     output_folder.string() + ": cannot make the folder: " + code.message()};
    }
    VARGRID_TRY_VOID(write_var_csv(output_folder / kVarCsvName, results));
    return write_results(output_folder / kResultsFileName, results);
}

Result<RunResults> finalise(const FinaliseRequest& request) {
    VARGRID_TRY(RunResults results, assemble(request));
    VARGRID_TRY_VOID(publish(request.output_folder, results));
    return results;
}

}  // namespace vargrid::results
