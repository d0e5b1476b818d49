#include "cli/bench_grid.hpp"

#include "cli/bench_processes.hpp"
#include "protocol/zmq/client.hpp"
#include "protocol/zmq/context.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace vargrid::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

/// About the size of a lease or a commit on the wire.
constexpr std::size_t kEchoBytes = 100;
constexpr double kEchoSeconds = 2.0;
constexpr double kMilliseconds = 1e3;
constexpr std::size_t kPageBytes = 4'096;
/// Pages that the journal writes for a small turn.
constexpr std::size_t kProbePages = 3;
constexpr int kProbes = 300;
constexpr std::chrono::seconds kRunMax{600};
constexpr std::chrono::milliseconds kRoundTripMax{30'000};
constexpr std::chrono::milliseconds kQuiet{1'500};

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double quantile(std::vector<double> values, double share) {
    if (values.empty()) {
        return 0.0;
    }
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

/// A folder that goes with the measurement.
class BenchFolder {
  public:
    static Result<BenchFolder> make(const std::string& parent) {
        std::string pattern = parent + "/vargrid-bench-XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr) {
            return Error{ErrorCode::io, pattern + ": " + std::strerror(errno)};
        }
        return BenchFolder{pattern};
    }
    ~BenchFolder() {
        std::error_code ignored;
        if (!path_.empty()) {
            fs::remove_all(path_, ignored);
        }
    }
    BenchFolder(BenchFolder&& other) noexcept : path_{std::exchange(other.path_, {})} {}
    BenchFolder& operator=(BenchFolder&& other) noexcept {
        std::swap(path_, other.path_);
        return *this;
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    explicit BenchFolder(fs::path path) : path_{std::move(path)} {}
    fs::path path_;
};

protocol::SubmitJob idle_job(const Digest& payload, std::uint64_t blocks) {
    protocol::SubmitJob job;
    job.name = "bench";
    job.owner = "bench";
    job.n_blocks = blocks;
    job.block_cost_ns = 1;
    job.blocks_per_task_max = 1;
    job.payload = payload;
    job.output_folder = "/nowhere";
    return job;
}

/// Milliseconds of one sync of a few pages that are overwritten: what the disk can do.
std::vector<double> sync_times(const fs::path& folder) {
    const auto file = folder / "sync-probe";
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const std::vector<char> pages(kProbePages * kPageBytes, 'x');
    std::vector<double> times;
    for (int i = 0; i <= kProbes && descriptor >= 0; ++i) {
        const auto size = static_cast<ssize_t>(pages.size());
        const auto start = Clock::now();
        if (::pwrite(descriptor, pages.data(), pages.size(), 0) != size ||
            ::fdatasync(descriptor) != 0) {
            break;
        }
        if (i > 0) {  // The first makes the file longer.
            times.push_back(seconds_since(start) * kMilliseconds);
        }
    }
    ::close(descriptor);
    fs::remove(file);
    return times;
}

/// Echoes a second with as many peers, one message in flight each.
Result<double> echo_rate(std::size_t workers) {
    VARGRID_TRY(SchedulerProcess server, start_echo_server());
    VARGRID_TRY(
        Swarms swarm,
        Swarms::start({.endpoint = server.endpoint, .workers = workers, .echo_bytes = kEchoBytes}));
    std::this_thread::sleep_for(kQuiet);
    swarm.counts().send_echoes = true;
    while (swarm.counts().echoed < workers) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    const std::uint64_t before = swarm.counts().echoed;
    const auto start = Clock::now();
    std::this_thread::sleep_for(std::chrono::duration<double>(kEchoSeconds));
    return static_cast<double>(swarm.counts().echoed - before) / seconds_since(start);
}

scheduler::ServerConfig server_config(const BenchOptions& options, const fs::path& journal) {
    scheduler::ServerConfig config;
    config.quiet = true;
    if (options.journal == "on") {
        config.journal_folder = journal;
    }
    return config;
}

struct GridFigures {
    std::vector<double> tasks_per_second;
    std::vector<double> round_trip_ms;
    std::vector<std::uint64_t> rss_after_run;
    std::uint64_t rss_start{0};
    std::uint64_t rss_connected{0};
    double connect_seconds{0.0};
    double scheduler_cpu_seconds{0.0};
    double swarm_cpu_seconds{0.0};
    std::uint64_t workers_connected{0};
    std::uint64_t lost{0};
    double echoes_per_second{0.0};
    std::vector<double> sync_ms;
};

Result<double> measure_run(protocol::Client& client,
                           Swarms& swarm,
                           const Digest& payload,
                           const BenchOptions& options) {
    const std::uint64_t before = swarm.counts().accepted;
    const auto start = Clock::now();
    VARGRID_TRY(const JobId job,
                client.submit(idle_job(payload, options.tasks + options.queued_blocks)));
    if (!swarm.wait_accepted(before + options.tasks, kRunMax)) {
        return Error{ErrorCode::unreachable,
                     fmt::format("{} of {} tasks were committed within {} s",
                                 swarm.counts().accepted - before,
                                 options.tasks,
                                 kRunMax.count())};
    }
    const double seconds = seconds_since(start);
    if (options.queued_blocks > 0) {
        VARGRID_TRY_VOID(client.cancel(job));
    } else if (!swarm.wait_accepted(before + options.tasks + 1, kRunMax)) {
        return Error{ErrorCode::unreachable, "the final step did not end"};
    }
    return static_cast<double>(options.tasks) / seconds;
}

/// Submit to the acknowledged, durable commit of the final step.
Result<std::vector<double>> measure_round_trips(protocol::Client& client,
                                                Swarms& swarm,
                                                const Digest& payload,
                                                int count) {
    std::vector<double> times;
    swarm.counts().ring = true;
    for (int i = 0; i < count; ++i) {
        const auto start = Clock::now();
        VARGRID_TRY_VOID(client.submit(idle_job(payload, 1)));
        if (!swarm.wait_bell(2, kRoundTripMax)) {  // The block, then the final step.
            return Error{ErrorCode::unreachable, "a job of one block did not end"};
        }
        times.push_back(seconds_since(start) * kMilliseconds);
    }
    swarm.counts().ring = false;
    return times;
}

Result<GridFigures> measure_grid(const BenchOptions& options, const fs::path& folder) {
    GridFigures figures;
    VARGRID_TRY(SchedulerProcess scheduler,
                SchedulerProcess::start(server_config(options, folder / "journal")));
    std::this_thread::sleep_for(kQuiet);
    figures.rss_start = scheduler.process.rss_bytes();
    const auto connecting = Clock::now();
    VARGRID_TRY(Swarms swarm,
                Swarms::start({.endpoint = scheduler.endpoint, .workers = options.workers}));
    figures.connect_seconds = seconds_since(connecting);
    std::this_thread::sleep_for(kQuiet);
    figures.rss_connected = scheduler.process.rss_bytes();
    {
        const protocol::Context context;
        VARGRID_TRY(protocol::Client client,
                    protocol::Client::connect(context, {.endpoint = scheduler.endpoint}));
        constexpr std::array<std::byte, 4> kPayload{};
        VARGRID_TRY(const Digest payload, client.put_blob(kPayload));
        const double swarm_before = swarm.cpu_seconds();
        const double scheduler_before = scheduler.process.cpu_seconds();
        for (int run = 0; run < options.runs; ++run) {
            VARGRID_TRY(const double rate, measure_run(client, swarm, payload, options));
            figures.tasks_per_second.push_back(rate);
            figures.rss_after_run.push_back(scheduler.process.rss_bytes());
        }
        figures.scheduler_cpu_seconds = scheduler.process.cpu_seconds() - scheduler_before;
        figures.swarm_cpu_seconds = swarm.cpu_seconds() - swarm_before;
        std::this_thread::sleep_for(kQuiet);
        VARGRID_TRY(figures.round_trip_ms,
                    measure_round_trips(client, swarm, payload, options.round_trips));
        VARGRID_TRY(const auto workers, client.workers());
        figures.workers_connected = workers.workers_total;
    }
    figures.lost = swarm.counts().lost;
    return figures;
}

std::uint64_t per_worker(const GridFigures& figures, std::size_t workers) {
    return figures.rss_connected > figures.rss_start
               ? (figures.rss_connected - figures.rss_start) / workers
               : 0;
}

std::string json_of(const BenchOptions& options, const GridFigures& figures) {
    const double best =
        *std::max_element(figures.tasks_per_second.begin(), figures.tasks_per_second.end());
    Json json{{"schema", 1},
              {"workers", options.workers},
              {"tasks", options.tasks},
              {"journal", options.journal},
              {"queued_blocks", options.queued_blocks},
              {"tasks_per_second", best},
              {"tasks_per_second_by_run", figures.tasks_per_second},
              {"round_trip_ms_p50", quantile(figures.round_trip_ms, 0.50)},
              {"round_trip_ms_p99", quantile(figures.round_trip_ms, 0.99)},
              {"scheduler_rss_bytes", figures.rss_after_run.back()},
              {"scheduler_rss_bytes_by_run", figures.rss_after_run},
              {"scheduler_rss_bytes_connected", figures.rss_connected},
              {"bytes_per_worker", per_worker(figures, options.workers)},
              {"scheduler_cpu_seconds", figures.scheduler_cpu_seconds},
              {"swarm_cpu_seconds", figures.swarm_cpu_seconds},
              {"workers_connected", figures.workers_connected},
              {"connect_seconds", figures.connect_seconds},
              {"connections_lost", figures.lost}};
    if (!options.no_peers) {
        json["peer_echoes_per_second"] = figures.echoes_per_second;
        json["fsync_ms_p50"] = quantile(figures.sync_ms, 0.50);
        json["fsync_ms_p99"] = quantile(figures.sync_ms, 0.99);
    }
    return json.dump(2) + "\n";
}

std::string table_of(const BenchOptions& options, const GridFigures& figures) {
    std::string text = fmt::format(
        "{} workers (connected in {:.1f} s), {} tasks a run, journal {}, {} more queued\n",
        figures.workers_connected,
        figures.connect_seconds,
        options.tasks,
        options.journal,
        options.queued_blocks);
    for (std::size_t run = 0; run < figures.tasks_per_second.size(); ++run) {
        text += fmt::format("  run {}: {:>9.0f} tasks/s, scheduler {:.1f} MB\n",
                            run + 1,
                            figures.tasks_per_second[run],
                            static_cast<double>(figures.rss_after_run[run]) / 1e6);
    }
    text += fmt::format("  idle round trip p50 {:.3f} ms, p99 {:.3f} ms ({} jobs)\n",
                        quantile(figures.round_trip_ms, 0.50),
                        quantile(figures.round_trip_ms, 0.99),
                        figures.round_trip_ms.size());
    text +=
        fmt::format("  {:.1f} KB a worker; processor time: scheduler {:.2f} s, swarm {:.2f} s\n",
                    static_cast<double>(per_worker(figures, options.workers)) / 1e3,
                    figures.scheduler_cpu_seconds,
                    figures.swarm_cpu_seconds);
    if (!options.no_peers) {
        text += fmt::format(
            "  beside it: {:.0f} bare echoes/s; one fdatasync p50 {:.3f} ms, p99 "
            "{:.3f} ms\n",
            figures.echoes_per_second,
            quantile(figures.sync_ms, 0.50),
            quantile(figures.sync_ms, 0.99));
    }
    return text;
}

}  // namespace

Result<std::string> bench_grid(const BenchOptions& options) {
    VARGRID_TRY(const BenchFolder folder, BenchFolder::make(options.folder));
    VARGRID_TRY(GridFigures figures, measure_grid(options, folder.path()));
    if (!options.no_peers) {
        figures.sync_ms = sync_times(folder.path());
        VARGRID_TRY(figures.echoes_per_second, echo_rate(options.workers));
    }
    return options.json ? json_of(options, figures) : table_of(options, figures);
}

Result<std::string> bench_restart(const BenchOptions& options) {
    VARGRID_TRY(const BenchFolder folder, BenchFolder::make(options.folder));
    scheduler::ServerConfig config = server_config(options, folder.path() / "journal");
    VARGRID_TRY(SchedulerProcess scheduler, SchedulerProcess::start(config));
    VARGRID_TRY(Swarms swarm,
                Swarms::start({.endpoint = scheduler.endpoint, .workers = options.workers}));
    JobId job;
    {
        const protocol::Context context;
        VARGRID_TRY(protocol::Client client,
                    protocol::Client::connect(context, {.endpoint = scheduler.endpoint}));
        constexpr std::array<std::byte, 4> kPayload{};
        VARGRID_TRY(const Digest payload, client.put_blob(kPayload));
        VARGRID_TRY(job, client.submit(idle_job(payload, options.tasks)));
    }
    if (!swarm.wait_accepted(options.tasks / 2, kRunMax)) {
        return Error{ErrorCode::unreachable, "half of the job was not done in time"};
    }
    scheduler.process.kill_now();
    const std::uint64_t acknowledged = swarm.counts().accepted;
    const std::uint64_t journal_bytes = fs::file_size(folder.path() / "journal" / "journal.db") +
                                        fs::file_size(folder.path() / "journal" / "journal.db-wal");
    config.bind = scheduler.endpoint;
    const auto start = Clock::now();
    VARGRID_TRY(SchedulerProcess again, SchedulerProcess::start(config));
    const double serving = seconds_since(start);
    while (swarm.counts().accepted == acknowledged && seconds_since(start) < kRunMax.count()) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    const double committing = seconds_since(start);
    const protocol::Context context;
    VARGRID_TRY(protocol::Client client,
                protocol::Client::connect(context, {.endpoint = again.endpoint}));
    protocol::JobInfo info;
    do {
        VARGRID_TRY(info, client.status(job));
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    } while (info.state == protocol::JobState::running ||
             info.state == protocol::JobState::finalising);
    const bool whole =
        info.state == protocol::JobState::completed && info.blocks_committed == options.tasks;
    if (!whole) {
        return Error{ErrorCode::internal,
                     fmt::format("the job ended with {} of {} blocks committed",
                                 info.blocks_committed,
                                 options.tasks)};
    }
    if (options.json) {
        return Json{{"schema", 1},
                    {"workers", options.workers},
                    {"blocks", options.tasks},
                    {"acknowledged_before_the_kill", acknowledged},
                    {"journal_bytes", journal_bytes},
                    {"serving_seconds", serving},
                    {"first_commit_seconds", committing},
                    {"commits_repeated", info.ledger.commits_repeated},
                    {"commits_refused", info.ledger.commits_refused},
                    {"blocks_committed", info.blocks_committed}}
                   .dump(2) +
               "\n";
    }
    return fmt::format(
        "killed with {} of {} blocks acknowledged to {} workers, journal {:.0f} MB\n"
        "  serves again after {:.3f} s, first commit after {:.3f} s; every block "
        "committed once ({} acknowledged again)\n",
        acknowledged,
        options.tasks,
        options.workers,
        static_cast<double>(journal_bytes) / 1e6,
        serving,
        committing,
        info.ledger.commits_repeated);
}

}  // namespace vargrid::cli
