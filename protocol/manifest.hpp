// The manifest: which shard holds which committed blocks. The scheduler makes it from its journal
// for the final step of a job; the worker that finalises reads it. Layout in docs/protocol.md.
#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "protocol/block_range.hpp"
#include "protocol/ids.hpp"
#include "protocol/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vargrid::protocol {

struct ManifestEntry {
    BlockRange range;
    Attempt attempt;
    std::string shard;
    BlockDigest digest;
    friend bool operator==(const ManifestEntry&, const ManifestEntry&) = default;
};

/// `committed` and `set_aside` are sorted and together cover 0 .. n_blocks - 1 exactly.
struct Manifest {
    JobId job;
    std::uint64_t n_blocks{0};
    std::vector<ManifestEntry> committed;
    std::vector<BlockRange> set_aside;
    /// From the submission to the last commit, by the scheduler's clock.
    std::uint64_t elapsed_ns{0};
    JobLedger ledger;
    Price price{};
    friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// Errors: invalid_input where committed and set-aside ranges do not cover the job exactly.
[[nodiscard]] Result<void> check_cover(const Manifest& manifest);

/// CHECKs check_cover().
[[nodiscard]] Bytes encode_manifest(const Manifest& manifest);

/// Errors: invalid_input where the bytes are no manifest or do not cover the job.
[[nodiscard]] Result<Manifest> decode_manifest(std::span<const std::byte> bytes);

}  // namespace vargrid::protocol
