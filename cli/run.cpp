#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/cost.hpp"
#include "cli/environment.hpp"
#include "cli/exit_codes.hpp"
#include "cli/job_options.hpp"
#include "cli/report_table.hpp"
#include "cli/submission.hpp"
#include "cli/worker_processes.hpp"
#include "pricing/kernels/kernels.hpp"
#include "protocol/zmq/client.hpp"
#include "scheduler/server/server.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

namespace vargrid::cli {
namespace {

struct RunOptions {
    std::shared_ptr<JobOptions> job;
    int workers{0};
    int threads{0};
    std::string out;
    std::string isa{"auto"};
    PriceOptions price;
};

/// A scheduler in a thread of this process, stopped when it goes out of scope.
class EmbeddedScheduler {
  public:
    static Result<std::unique_ptr<EmbeddedScheduler>> start(const protocol::Price& price) {
        scheduler::ServerConfig config;
        config.price = price;
        config.quiet = true;
        config.wait_max = std::chrono::milliseconds{20};
        VARGRID_TRY(scheduler::Server server, scheduler::Server::open(config));
        return std::unique_ptr<EmbeddedScheduler>{new EmbeddedScheduler{std::move(server)}};
    }
    ~EmbeddedScheduler() {
        stop_ = true;
        thread_.join();
    }
    EmbeddedScheduler(const EmbeddedScheduler&) = delete;
    EmbeddedScheduler& operator=(const EmbeddedScheduler&) = delete;

    [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
    /// Errors: what ended the scheduler before it was asked to stop.
    [[nodiscard]] Result<void> healthy() const {
        if (ended_) {
            return outcome_ ? Error{ErrorCode::internal, "the scheduler ended"} : outcome_.error();
        }
        return {};
    }

  private:
    explicit EmbeddedScheduler(scheduler::Server server)
        : server_{std::move(server)}, endpoint_{server_.endpoint()}, thread_{[this] {
              outcome_ = server_.run(stop_);
              ended_ = true;
          }} {}

    scheduler::Server server_;
    std::string endpoint_;
    std::atomic<bool> stop_{false};
    std::atomic<bool> ended_{false};
    Result<void> outcome_;
    std::thread thread_;
};

/// However the run ends, and after its workers have: its scheduler is gone then, and nobody can go
/// on from the pieces.
struct ShardsOfRun {
    std::filesystem::path folder;
    std::optional<JobId> job;

    ~ShardsOfRun() {
        if (job) {
            remove_shards_of(*job, folder);
        }
    }
};

int default_workers() {
    return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 2U));
}

int default_threads(int workers) {
    const auto cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    return std::max(1, cores / workers);
}

Result<protocol::JobInfo> run_on_grid(const RunOptions& options,
                                      const PreparedRun& prepared,
                                      const std::filesystem::path& folder) {
    ShardsOfRun shards{.folder = folder, .job = {}};
    VARGRID_TRY(const auto scheduler, EmbeddedScheduler::start(options.price.price()));
    VARGRID_TRY(const auto executable, worker_executable());
    const int workers = options.workers > 0 ? options.workers : default_workers();
    const int threads = options.threads > 0 ? options.threads : default_threads(workers);
    WorkerProcesses processes{executable,
                              {"--connect",
                               scheduler->endpoint(),
                               "--threads",
                               std::to_string(threads),
                               "--isa",
                               options.isa,
                               "--grace",
                               "5",
                               "--log-level",
                               "warn"}};
    VARGRID_TRY_VOID(processes.start(static_cast<std::size_t>(workers)));

    const protocol::Context context;
    VARGRID_TRY(protocol::Client client,
                protocol::Client::connect(context, {.endpoint = scheduler->endpoint()}));
    VARGRID_TRY(const JobId job, submit_run(client, prepared, folder, 0));
    shards.job = job;
    return wait_for_job(client, job, [&](std::uint64_t committed) -> Result<void> {
        if (interrupted()) {
            return Error{ErrorCode::internal, "interrupted"};
        }
        VARGRID_TRY_VOID(scheduler->healthy());
        return processes.keep_alive(committed);
    });
}

int run_job(const RunOptions& options) {
    const bool json = options.job->json;
    if (auto isa = isa_from_text(options.isa); !isa) {
        return fail(with_context(isa.error(), "--isa"), json);
    }
    const auto prepared = prepare(*options.job);
    if (!prepared) {
        return fail(prepared.error(), json);
    }
    say(input_summary(*prepared));
    const std::string out = options.out.empty()
                                ? environment_or("VARGRID_OUT", "out/" + prepared->run.run_id())
                                : options.out;
    const auto folder = make_output_folder(out);
    if (!folder) {
        return fail(folder.error(), json);
    }
    const auto lock = FolderLock::take(*folder, FolderLock::Kind::exclusive);
    if (!lock) {
        return fail(lock.error(), json);
    }
    watch_interrupts();
    const auto job = run_on_grid(options, *prepared, *folder);
    if (!job) {
        const int code = fail(job.error(), json);
        return interrupted() ? interrupted_exit_code() : code;
    }
    return print_outcome(*job, json);
}

}  // namespace

Action add_run(CLI::App& app) {
    auto options = std::make_shared<RunOptions>();
    options->job = add_job_options(app);
    app.add_option(
           "--workers", options->workers, "Worker processes (default: 2, at most the cores)")
        ->check(CLI::Range(1, 1024))
        ->envname("VARGRID_WORKERS");
    app.add_option(
           "--threads", options->threads, "Threads of each worker (default: cores / workers)")
        ->check(CLI::Range(1, 1024))
        ->envname("VARGRID_THREADS");
    app.add_option("--out", options->out, "Folder for results.h5 and var.csv (default: out/RUN_ID)")
        ->type_name("DIR");
    app.add_option("--isa", options->isa, "Instruction set of the kernels: auto, avx2 or avx512")
        ->envname("VARGRID_ISA")
        ->capture_default_str();
    add_price_options(app, options->price);
    return [options] { return run_job(*options); };
}

}  // namespace vargrid::cli
