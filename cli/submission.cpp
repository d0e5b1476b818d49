#include "cli/submission.hpp"

#include "cli/console.hpp"
#include "cli/cost.hpp"
#include "cli/environment.hpp"
#include "cli/exit_codes.hpp"
#include "cli/report_json.hpp"
#include "cli/report_table.hpp"
#include "pricing/kernels/batch.hpp"
#include "results/results_file.hpp"
#include "results/shard.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace vargrid::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kPollFirst{5};
constexpr std::chrono::milliseconds kPollLast{250};
/// A scheduler that is started again within this time finds its clients waiting.
constexpr std::chrono::minutes kWaitMax{10};
constexpr std::chrono::seconds kComplaintInterval{30};
/// A shard of so many bytes is held in memory by the worker that writes it.
constexpr std::uint64_t kShardBytesMax = 256ULL << 20U;

/// A job goes on while its scheduler is away or cannot write its journal, so whoever waits for it
/// does too, and says so.
class Patience {
  public:
    /// Errors: what cannot get better, or has not for too long.
    Result<void> bear(const Result<protocol::JobInfo>& info) {
        const auto now = std::chrono::steady_clock::now();
        if (info) {
            heard_ = now;
            return {};
        }
        const Error& error = info.error();
        const bool may_pass = error.code == ErrorCode::unreachable || error.code == ErrorCode::io;
        if (!may_pass || now - heard_ >= kWaitMax) {
            return error;
        }
        if (now >= complain_at_) {
            complain_at_ = now + kComplaintInterval;
            say("vargrid: " + error.message + " Still waiting; the job is not lost.");
        }
        return {};
    }

  private:
    std::chrono::steady_clock::time_point heard_{std::chrono::steady_clock::now()};
    std::chrono::steady_clock::time_point complain_at_{};
};

bool has_ended(protocol::JobState state) {
    return state != protocol::JobState::running && state != protocol::JobState::finalising;
}

/// Bytes of one block's result, at most: decides how many blocks may share a shard.
std::uint64_t block_bytes_max(const RunSpec& run) {
    const Plan plan{run};
    const std::uint64_t columns_mean =
        run.column_count() * run.batches.size() / plan.block_count() + kLanes;
    std::uint64_t trades_max = 0;
    for (const RunBatch& batch : run.batches) {
        trades_max = std::max<std::uint64_t>(trades_max, batch.trade_count);
    }
    const std::uint64_t books = std::min<std::uint64_t>(run.books.size(), trades_max);
    const std::uint64_t cells = columns_mean * (2 * books + (run.keep_trade_pnl ? trades_max : 0));
    return (cells + trades_max) * sizeof(double);
}

}  // namespace

Result<JobId> submit_run(protocol::Client& client,
                         const PreparedRun& prepared,
                         const fs::path& output_folder,
                         int priority) {
    const Bytes payload = prepared.run.encode();
    protocol::SubmitJob job;
    VARGRID_TRY(job.payload, client.put_blob(payload));
    for (const Bytes& blob : prepared.blobs) {
        VARGRID_TRY(const Digest digest, client.put_blob(blob));
        job.blobs.push_back(digest);
    }
    const Plan plan{prepared.run};
    job.name = prepared.run.name;
    job.owner = user_name();
    job.priority = priority;
    job.n_blocks = plan.block_count();
    job.block_cost_ns = plan.mean_block_nanoseconds();
    job.audit_per_million = prepared.audit_per_million;
    job.blocks_per_task_max = std::max<std::uint64_t>(
        1, kShardBytesMax / std::max<std::uint64_t>(1, block_bytes_max(prepared.run)));
    job.output_folder = fs::absolute(output_folder).lexically_normal().string();
    return client.submit(job);
}

Result<protocol::JobInfo> wait_for_job(
    protocol::Client& client,
    JobId job,
    const std::function<Result<void>(std::uint64_t)>& each_turn) {
    Progress progress;
    Patience patience;
    std::string trouble;
    std::uint64_t committed = 0;
    auto pause = kPollFirst;
    while (true) {
        const auto info = client.status(job);
        if (info) {
            committed = info->blocks_committed;
            if (!has_ended(info->state) && info->text != trouble) {
                trouble = info->text;
                progress.finish();
                say(trouble.empty() ? "vargrid: the job gets on again" : "vargrid: " + trouble);
            }
            progress.show(*info);
        }
        if (!info || has_ended(info->state)) {
            progress.finish();
        }
        if (info && has_ended(info->state)) {
            return info;
        }
        if (auto turn = each_turn(committed); !turn) {
            progress.finish();
            return std::move(turn).error();
        }
        VARGRID_TRY_VOID(patience.bear(info));
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, kPollLast);
    }
}

Result<fs::path> make_output_folder(const fs::path& folder) {
    std::error_code failure;
    const fs::path absolute = fs::absolute(folder).lexically_normal();
    fs::create_directories(absolute, failure);
    if (failure) {
        return Error{ErrorCode::io,
                     "output folder " + absolute.string() + ": " + failure.message()};
    }
    const fs::path probe = absolute / ".vargrid-probe";
    std::ofstream stream{probe};
    stream << "probe";
    stream.close();
    const bool written = static_cast<bool>(stream);
    fs::remove(probe, failure);
    if (!written) {
        return Error{ErrorCode::io, "output folder " + absolute.string() + ": cannot write there"};
    }
    return absolute;
}

Result<FolderLock> FolderLock::take(const fs::path& folder, Kind kind) {
    FolderLock lock{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    const int how = kind == Kind::exclusive ? LOCK_EX : LOCK_SH;
    if (lock.descriptor_ >= 0 && ::flock(lock.descriptor_, how | LOCK_NB) != 0 &&
        errno == EWOULDBLOCK) {
        return Error{ErrorCode::conflict,
                     "output folder " + folder.string() +
                         ": another vargrid writes there now; choose another with --out"};
    }
    return lock;
}

FolderLock::~FolderLock() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

void remove_shards_of(JobId job, const fs::path& output_folder) {
    const fs::path folder = output_folder / results::kShardFolderName;
    if (auto removed = results::remove_shards(folder, job.value()); !removed) {
        say("vargrid: " + removed.error().message);
    }
}

int print_outcome(const protocol::JobInfo& job, bool json) {
    if (job.state != protocol::JobState::completed && job.state != protocol::JobState::incomplete) {
        remove_shards_of(job.job, job.output_folder);
        return fail({ErrorCode::internal,
                     fmt::format("job {} {}{}{}",
                                 job.job.value(),
                                 to_text(job.state),
                                 job.text.empty() ? "" : ": ",
                                 job.text)},
                    json);
    }
    const fs::path folder = job.output_folder;
    const fs::path file = folder / results::kResultsFileName;
    const auto answer = results::read_results(file);
    if (!answer) {
        return fail(answer.error(), json);
    }
    if (json) {
        print(results_json(*answer, file) + "\n");
    } else {
        print(results_table(*answer));
        print(fmt::format("\ncost           {}; {} blocks repeated\n",
                          cost_line(job.ledger, job.price),
                          job.ledger.blocks_repeated));
        print(fmt::format("results        {}\nmeasures       {}\n",
                          file.string(),
                          (folder / results::kVarCsvName).string()));
    }
    remove_shards_of(job.job, job.output_folder);
    const bool whole = answer->complete && job.state == protocol::JobState::completed;
    return whole ? kExitOk : kExitIncomplete;
}

}  // namespace vargrid::cli
