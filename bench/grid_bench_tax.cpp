// What the grid costs: the time of a job through scheduler and workers against a bare loop over the
// same blocks with as many threads, in the same run, in turns.
#include "base/check.hpp"
#include "bench/grid_bench.hpp"
#include "cli/prepare.hpp"
#include "cli/submission.hpp"
#include "cli/worker_processes.hpp"
#include "pricing/kernels/kernels.hpp"
#include "pricing/sample/write.hpp"
#include "risk/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>

#include <sys/resource.h>
#include <unistd.h>

namespace vargrid::bench {
namespace {

/// What a task takes, and what the grid may cost then, per cent.
struct Goal {
    std::chrono::milliseconds task;
    double tax_max;
};
constexpr std::array<Goal, 2> kGoals{
    {{std::chrono::milliseconds{100}, 5.0}, {std::chrono::milliseconds{1'000}, 1.0}}};
/// Coarse: asking takes time from the job. The error is 20 ms of about ten seconds.
constexpr std::chrono::milliseconds kPoll{20};

/// Everything a worker needs to evaluate blocks, decoded once.
struct BareLoop {
    const RunSpec& run;
    ScenarioSet scenarios;
    std::vector<Batch> batches;
    Plan plan;

    static BareLoop of(const cli::PreparedRun& prepared) {
        const std::span<const Bytes> blobs{prepared.blobs};
        BareLoop loop{.run = prepared.run,
                      .scenarios = or_give_up(ScenarioSet::decode(blobs.front())),
                      .batches = {},
                      .plan = Plan{prepared.run}};
        for (const Bytes& blob : blobs.subspan(1)) {
            loop.batches.push_back(or_give_up(Batch::decode(blob)));
        }
        return loop;
    }

    /// Seconds to evaluate every block, results thrown away.
    [[nodiscard]] double seconds(int threads) const {
        const Isa isa = or_give_up(best_isa());
        std::atomic<std::uint64_t> next{0};
        std::atomic<std::uint64_t> failures{0};
        const auto start = Clock::now();
        {
            std::vector<std::jthread> pool;
            for (int thread = 0; thread < threads; ++thread) {
                pool.emplace_back([&] {
                    BlockEvaluator evaluator{run, scenarios, isa};
                    for (std::uint64_t i = next++; i < plan.block_count(); i = next++) {
                        const Block block = plan.block(i);
                        failures += evaluator.evaluate(batches[block.batch], block).failures.size();
                    }
                });
            }
        }
        CHECK(failures == 0);
        return seconds_since(start);
    }
};

struct GridTimes {
    double accepted{0.0};   ///< Until the scheduler had the inputs and the job.
    double committed{0.0};  ///< Until every block was committed.
    double completed{0.0};  ///< Until results.h5 was there too.
    double core{0.0};       ///< Core time of scheduler, client and worker until committed.
};

/// User and system time so far of this process.
double own_core_seconds() {
    rusage usage{};
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The same of the worker, which the main thread started. Resolution: 10 ms.
double worker_core_seconds() {
    const std::string self = std::to_string(getpid());
    std::ifstream children{"/proc/self/task/" + self + "/children"};
    double ticks = 0.0;
    for (std::string pid; children >> pid;) {
        std::ifstream stream{"/proc/" + pid + "/stat"};
        std::string text{std::istreambuf_iterator<char>{stream}, {}};
        // User and system time are the 12th and 13th words after the name in parentheses.
        std::istringstream words{text.substr(std::min(text.size(), text.rfind(')') + 1))};
        std::string skipped;
        for (int i = 0; i < 11; ++i) {
            words >> skipped;
        }
        double user = 0.0;
        double system = 0.0;
        words >> user >> system;
        ticks += user + system;
    }
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

GridTimes run_on_grid(protocol::Client& client,
                      const cli::PreparedRun& prepared,
                      const std::filesystem::path& out) {
    GridTimes times;
    const double core = own_core_seconds() + worker_core_seconds();
    const auto start = Clock::now();
    const JobId job = or_give_up(cli::submit_run(client, prepared, out, 0));
    times.accepted = seconds_since(start);
    while (true) {
        const auto info = or_give_up(client.status(job));
        if (info.state != protocol::JobState::running && times.committed == 0.0) {
            times.committed = seconds_since(start);
            times.core = own_core_seconds() + worker_core_seconds() - core;
        }
        if (info.state == protocol::JobState::completed) {
            times.completed = seconds_since(start);
            return times;
        }
        if (info.state != protocol::JobState::running &&
            info.state != protocol::JobState::finalising) {
            give_up({ErrorCode::internal, "the job failed: " + info.text});
        }
        std::this_thread::sleep_for(kPoll);
    }
}

cli::PreparedRun prepare_sample(const TaxOptions& options) {
    SampleOptions sample;
    sample.folder = options.folder / "sample";
    sample.trades = options.trades;
    sample.scenarios = options.scenarios;
    sample.days = options.scenarios + options.scenarios / 4 + 100;
    if (auto written = write_sample(sample); !written) {
        give_up(written.error());
    }
    const auto job = or_give_up(cli::read_job_file(sample.folder / "job.toml"));
    return or_give_up(cli::prepare_run(job, {}));
}

/// The best of the repetitions; the first, with inputs on their way, apart.
struct Measured {
    GridTimes first;
    GridTimes best{1e9, 1e9, 1e9, 1e9};
    double computed{1e9};  ///< From accepted to committed.
    double bare{1e9};
    double bare_core{1e9};
};

void measure_in_turns(const TaxOptions& options,
                      const cli::PreparedRun& prepared,
                      const BareLoop& loop,
                      protocol::Client& client,
                      Measured& measured) {
    for (int repetition = 0; repetition <= options.repetitions; ++repetition) {
        const auto out =
            or_give_up(cli::make_output_folder(options.folder / fmt::format("out-{}", repetition)));
        const double before = own_core_seconds();
        measured.bare = std::min(measured.bare, loop.seconds(options.threads));
        measured.bare_core = std::min(measured.bare_core, own_core_seconds() - before);
        const GridTimes times = run_on_grid(client, prepared, out);
        // The worker of the final step deletes the shards at the same time.
        std::error_code gone;
        std::filesystem::remove_all(out, gone);
        if (repetition == 0) {
            measured.first = times;
            continue;
        }
        measured.best.committed = std::min(measured.best.committed, times.committed);
        measured.best.completed = std::min(measured.best.completed, times.completed);
        measured.computed = std::min(measured.computed, times.committed - times.accepted);
        measured.best.core = std::min(measured.best.core, times.core);
    }
}

Measured measure(const TaxOptions& options,
                 std::chrono::milliseconds task,
                 const cli::PreparedRun& prepared,
                 const BareLoop& loop) {
    Measured measured;
    scheduler::CoreConfig core;
    core.task_target = task;
    core.reclaim_cost_max = task;
    const SchedulerThread scheduler{core, options.folder / fmt::format("tax-{}", task.count())};
    cli::WorkerProcesses workers{or_give_up(cli::worker_executable()),
                                 {"--connect",
                                  scheduler.endpoint(),
                                  "--threads",
                                  std::to_string(options.threads),
                                  "--cache",
                                  (options.folder / "cache").string(),
                                  "--log-level",
                                  "warn"}};
    if (auto started = workers.start(1); !started) {
        give_up(started.error());
    }
    const protocol::Context context;
    auto client =
        or_give_up(protocol::Client::connect(context, {.endpoint = scheduler.endpoint()}));
    while (or_give_up(client.workers()).workers_total < 1) {
        std::this_thread::sleep_for(kPoll);
    }
    measure_in_turns(options, prepared, loop, client, measured);
    return measured;
}

std::vector<Figure> figures_of(const Goal& goal,
                               const std::string& size,
                               const Measured& measured) {
    const std::string what = fmt::format("grid tax, {} ms tasks ({})", goal.task.count(), size);
    const auto figure = [](const std::string& name, const char* peer, double ours, double bare) {
        return Figure{.name = name,
                      .value = 100.0 * (ours / bare - 1.0),
                      .unit = "%",
                      .peer = peer,
                      .peer_value = bare,
                      .ratio = ours / bare,
                      .target = 0.0,
                      .at_most = true,
                      .has_target = false};
    };
    const char* const wall = "bare kernel loop, seconds";
    std::vector<Figure> figures{
        figure(what, wall, measured.best.committed, measured.bare),
        figure("the same in core time of worker, scheduler and client",
               "bare kernel loop, core seconds",
               measured.best.core,
               measured.bare_core),
        figure(
            "the same from the moment the job is accepted", wall, measured.computed, measured.bare),
        figure("the same with the final step (results.h5)",
               wall,
               measured.best.completed,
               measured.bare),
        figure("the same, first run: inputs on their way",
               wall,
               measured.first.committed,
               measured.bare)};
    for (Figure& promised : std::span{figures}.first(2)) {
        promised.target = goal.tax_max;
        promised.has_target = true;
    }
    return figures;
}

}  // namespace

std::vector<Figure> grid_tax(const TaxOptions& options) {
    const cli::PreparedRun prepared = prepare_sample(options);
    const BareLoop loop = BareLoop::of(prepared);
    const std::string size = fmt::format("{} M cells, {} blocks, {} threads",
                                         prepared.run.cell_count() / 1'000'000,
                                         loop.plan.block_count(),
                                         options.threads);
    std::vector<Figure> all;
    for (const Goal& goal : kGoals) {
        for (Figure& figure : figures_of(goal, size, measure(options, goal.task, prepared, loop))) {
            all.push_back(std::move(figure));
        }
    }
    return all;
}

}  // namespace vargrid::bench
