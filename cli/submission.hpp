// Submitting a prepared run and waiting for its end: shared by `run` and `submit --wait`.
#pragma once

#include "base/result.hpp"
#include "cli/prepare.hpp"
#include "protocol/zmq/client.hpp"

#include <filesystem>
#include <functional>

namespace vargrid::cli {

/// Uploads what the scheduler lacks and submits. `output_folder` is made absolute; results.h5 will
/// be written there by the worker that finalises.
[[nodiscard]] Result<JobId> submit_run(protocol::Client& client,
                                       const PreparedRun& prepared,
                                       const std::filesystem::path& output_folder,
                                       int priority);

/// Polls until the job has ended, showing progress. `each_turn` is called between polls; its error
/// ends the wait. Errors: unreachable, not_found.
[[nodiscard]] Result<protocol::JobInfo> wait_for_job(
    protocol::Client& client, JobId job, const std::function<Result<void>()>& each_turn);

/// Makes the output folder and checks that it can be written. Errors: io, naming it.
[[nodiscard]] Result<std::filesystem::path> make_output_folder(const std::filesystem::path& folder);

/// Reads results.h5 of an ended job, prints it as table or JSON, removes the shards.
/// Returns the exit code: ok, incomplete, or failed where there is no result.
[[nodiscard]] int print_outcome(const protocol::JobInfo& job, bool json);

}  // namespace vargrid::cli
