// vargrid: the executable for people and for the scheduler.
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/revision.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr const char* kDescription =
    "Value-at-risk and expected shortfall of trading books by full revaluation, on workers that "
    "may vanish.\n\n"
    "Examples:\n"
    "  vargrid generate --out sample && vargrid run sample/job.toml\n"
    "  vargrid run job.toml --as-of 2020-12-31 --workers 4 --out results/2020-12-31\n";

constexpr const char* kExitCodes =
    "Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 scheduler unreachable, 5 not authorised, "
    "6 finished but incomplete, 99 reclaimed (workers).";

int run(int argc, char** argv) {
    using namespace std::string_literals;
    CLI::App app{kDescription, "vargrid"};
    app.footer(kExitCodes);
    app.set_version_flag(
        "--version",
        "vargrid " + vargrid::cli::version() + " (" + vargrid::cli::code_revision() + ")");
    app.require_subcommand(1);

    std::vector<std::pair<CLI::App*, vargrid::cli::Action>> commands;
    const auto add = [&](const char* name, const char* what, auto register_options) {
        CLI::App* command = app.add_subcommand(name, what);
        commands.emplace_back(command, register_options(*command));
    };
    using namespace vargrid::cli;
    add("run", "Run a job on this machine: scheduler, workers, table, results.h5", add_run);
    add("scheduler", "Serve workers and clients until stopped", add_scheduler);
    add("worker", "Start a worker (vargrid-worker) that takes work from a scheduler", add_worker);
    add("submit", "Hand a job to a scheduler", add_submit);
    add("status", "Show the jobs and workers of a scheduler, or one job", add_status);
    add("why", "Say why a job is not finished, or why a worker is not used", add_why);
    add("cancel", "Stop a job", add_cancel);
    add("report", "Show the answer in a results folder or file", add_report);
    add("validate", "Read and check every input of a job without computing", add_validate);
    add("bench", "Measure what the grid can do on this machine", add_bench);
    add("journal", "Show what a scheduler that does not run has in its journal", add_journal);
    add("simulate",
        "Play a night of a large fleet in virtual time, with the shipped scheduler",
        add_simulate);
    add("generate", "Make a sample market history, book and job from a seed", add_generate);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& failure) {
        const bool has_command = std::ranges::any_of(
            commands, [](const auto& command) { return command.first->parsed(); });
        if (!has_command && argc > 1 && argv[1][0] != '-') {
            std::fprintf(stderr, "vargrid: no command '%s'\n", argv[1]);
        }
        // CLI11's own codes mean nothing to a shell script; ours do.
        return app.exit(failure) == 0 ? kExitOk : kExitUsage;
    }
    for (const auto& [command, action] : commands) {
        if (command->parsed()) {
            return action();
        }
    }
    return kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "vargrid: %s\n", failure.what());
        return vargrid::cli::kExitFailed;
    }
}
