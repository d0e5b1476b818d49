// vargrid bench: what the grid can do on this machine, beside bare sockets and a bare disk.
#include "cli/bench_grid.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"

#include <CLI/App.hpp>

#include <memory>

namespace vargrid::cli {
namespace {

void add_grid(CLI::App& app, const std::shared_ptr<BenchOptions>& options) {
    CLI::App* const grid =
        app.add_subcommand("grid",
                           "A swarm of workers over TCP, blocks without work, one block a task: "
                           "throughput, round trip, memory");
    grid->add_option("--workers", options->workers, "Workers, each with a connection of its own")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    grid->add_option("--tasks", options->tasks, "Tasks a run")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
        ->capture_default_str();
    grid->add_option("--journal",
                     options->journal,
                     "on: on disk, every answer durable; off: temporary, never synced")
        ->check(CLI::IsMember({"on", "off"}))
        ->capture_default_str();
    grid->add_option("--queued-blocks",
                     options->queued_blocks,
                     "Blocks that wait behind those that are measured")
        ->capture_default_str();
    grid->add_option("--runs", options->runs, "Identical runs on one scheduler")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    grid->add_option("--round-trips", options->round_trips, "Jobs of one block on an idle grid")
        ->capture_default_str();
    grid->add_flag("--no-peers", options->no_peers, "Leave out the bare sockets and the bare disk");
}

void add_restart(CLI::App& app, const std::shared_ptr<BenchOptions>& options) {
    CLI::App* const restart = app.add_subcommand(
        "restart", "kill -9 of the scheduler in the middle of a job, and how soon it serves again");
    restart->add_option("--workers", options->workers, "Workers")->capture_default_str();
    restart->add_option("--blocks", options->tasks, "Blocks of the job, one a task")
        ->capture_default_str();
}

}  // namespace

Action add_bench(CLI::App& app) {
    auto options = std::make_shared<BenchOptions>();
    app.require_subcommand(1);
    add_grid(app, options);
    add_restart(app, options);
    for (CLI::App* const command : app.get_subcommands({})) {
        command->add_option("--folder", options->folder, "Where the journal is put for the time")
            ->type_name("DIR")
            ->capture_default_str();
        command->add_flag("--json", options->json, "Print one JSON document on stdout");
    }
    return [&app, options] {
        const auto done =
            app.got_subcommand("grid") ? bench_grid(*options) : bench_restart(*options);
        if (!done) {
            return done.error().code == ErrorCode::limit
                       ? (fail(done.error(), options->json), static_cast<int>(kExitUsage))
                       : fail(done.error(), options->json);
        }
        print(*done);
        return static_cast<int>(kExitOk);
    };
}

}  // namespace vargrid::cli
