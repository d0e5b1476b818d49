// Submitting a prepared run and waiting for its end: shared by `run` and `submit --wait`.
#pragma once

#include "base/result.hpp"
#include "cli/prepare.hpp"
#include "protocol/zmq/client.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <utility>

namespace vargrid::cli {

/// Uploads what the scheduler lacks and submits. `output_folder` is made absolute; results.h5 will
/// be written there by the worker that finalises.
[[nodiscard]] Result<JobId> submit_run(protocol::Client& client,
                                       const PreparedRun& prepared,
                                       const std::filesystem::path& output_folder,
                                       int priority);

/// Polls until the job has ended, showing progress. `each_turn` is called between polls with the
/// number of blocks committed as last heard; its error ends the wait. Survives a scheduler that is
/// away or out of disk for ten minutes. Errors: unreachable, io, not_found.
[[nodiscard]] Result<protocol::JobInfo> wait_for_job(
    protocol::Client& client,
    JobId job,
    const std::function<Result<void>(std::uint64_t)>& each_turn);

/// Makes the output folder and checks that it can be written. Errors: io, naming it.
[[nodiscard]] Result<std::filesystem::path> make_output_folder(const std::filesystem::path& folder);

/// While it lives, the output folder is reserved: by any number of submissions, whose jobs one
/// scheduler tells apart, or by one `run`, whose job has the same number as that of any other.
/// Of no effect where the file system knows no locks.
class FolderLock {
  public:
    enum class Kind : std::uint8_t { shared, exclusive };
    /// Errors: conflict when another process of this machine has it.
    [[nodiscard]] static Result<FolderLock> take(const std::filesystem::path& folder, Kind kind);
    ~FolderLock();
    FolderLock(FolderLock&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
    FolderLock& operator=(FolderLock&&) = delete;

  private:
    explicit FolderLock(int descriptor) : descriptor_{descriptor} {}
    int descriptor_;
};

/// Deletes what workers committed of a job that has ended, where this machine sees its folder.
void remove_shards_of(JobId job, const std::filesystem::path& output_folder);

/// Reads results.h5 of an ended job, prints it as table or JSON, removes the shards.
/// Returns the exit code: ok, incomplete, or failed where there is no result.
[[nodiscard]] int print_outcome(const protocol::JobInfo& job, bool json);

}  // namespace vargrid::cli
