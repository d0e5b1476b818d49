// FaultInjection: faults that tests ask a worker for, through the environment variable
// VARGRID_FAULT; never set in production. README.md lists the words.
#pragma once

#include "base/result.hpp"
#include "risk/block.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vargrid::worker {

struct FaultInjection {
    /// Computing this block ends the process with SIGSEGV.
    std::optional<std::uint64_t> crash_block;
    /// This block fails as if its input were bad.
    std::optional<std::uint64_t> fail_block;
    /// Every block does, at once.
    bool fail_all{false};
    /// No shard can be written.
    bool fail_shards{false};
    /// One of so many blocks gives wrong bits, always the same ones. 0: none.
    std::uint64_t lie_every{0};
    /// Blocks take so many times as long.
    std::uint32_t slow_factor{1};

    /// "crash:block=17", "fail:block=17", "fail:all", "fail:shards", "lie:every=5",
    /// "slow:factor=10", several with commas between. Empty: none.
    /// Errors: invalid_input naming the word.
    [[nodiscard]] static Result<FaultInjection> parse(std::string_view text);
    /// What VARGRID_FAULT says.
    [[nodiscard]] static Result<FaultInjection> from_environment();

    /// Before a block is computed, the final step too. May not return.
    [[nodiscard]] Result<void> before(std::uint64_t block) const;
    /// After it: lies, and makes the caller wait.
    void after(std::uint64_t block, std::chrono::nanoseconds took, BlockResult& result) const;
    /// Before a shard is written.
    [[nodiscard]] Result<void> before_shard() const;

    friend bool operator==(const FaultInjection&, const FaultInjection&) = default;
};

}  // namespace vargrid::worker
