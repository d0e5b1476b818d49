// The seam between the agent and what it computes. The agent knows leases, blocks, threads and
// shards; a TaskRunner knows what a block means. RunTaskRunner is the real one, tests have a small
// one of their own.
#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "protocol/block_range.hpp"
#include "protocol/ids.hpp"
#include "worker/core/event.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vargrid::worker {

/// What the scheduler said when it granted a lease.
struct TaskDescription {
    Lease lease;
    Incarnation incarnation;
    std::uint64_t n_blocks{0};  ///< Of the job; block n_blocks is the final step.
    Digest payload;
    std::string output_folder;
    std::optional<Digest> manifest;  ///< Of a final step.
};

/// Whose fault an error is. What is wrong with the input is wrong on every worker; anything else
/// (disk, memory, network) may be better on another.
[[nodiscard]] inline FaultCause cause_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::invalid_input:
        case ErrorCode::not_found:
        case ErrorCode::conflict:
            return FaultCause::task;
        default:
            return FaultCause::host;
    }
}

class BlobSource {
  public:
    virtual ~BlobSource() = default;
    /// May wait for the scheduler. The bytes have this digest.
    /// Errors: not_found; unreachable when the wait was called off.
    [[nodiscard]] virtual Result<Bytes> get(const Digest& digest) = 0;

    /// From any thread: the get() that waits now, and every other until resume(), ends with
    /// `unreachable`.
    virtual void call_off() = 0;
    virtual void resume() = 0;
};

/// A task whose input is at hand. It keeps what it computed until that is written.
class RunningTask {
  public:
    virtual ~RunningTask() = default;

    /// Computes one block of the lease. Called by several threads at once, each with its own
    /// number below the count given to prepare(); each block at most once.
    [[nodiscard]] virtual Result<void> compute(std::uint64_t block, int thread) = 0;

    struct Shard {
        std::string name;
        std::vector<RangeDigest> ranges;  ///< As asked for, each with the digest of its blocks.
    };
    /// Makes these computed blocks durable under a name of their own (of the final step: the result
    /// under its final name) and forgets them. Runs beside compute(), never beside itself.
    [[nodiscard]] virtual Result<Shard> write(std::uint32_t part,
                                              std::span<const BlockRange> ranges) = 0;

    /// The digests write() would give, of blocks that nobody wants to keep; forgets them too.
    [[nodiscard]] virtual Result<std::vector<RangeDigest>> digests(
        std::span<const BlockRange> ranges) = 0;

    /// The scheduler took a shard of this task for good. Called by the thread that writes.
    virtual void accepted() {}
};

class TaskRunner {
  public:
    virtual ~TaskRunner() = default;

    /// Fetches and checks the input of a task. Called by one thread.
    [[nodiscard]] virtual Result<std::shared_ptr<RunningTask>> prepare(const TaskDescription& task,
                                                                       BlobSource& blobs,
                                                                       int threads) = 0;

    /// Deletes a shard that the scheduler refused, if it is there.
    virtual void delete_shard(const std::string& output_folder, const std::string& name) = 0;
};

}  // namespace vargrid::worker
