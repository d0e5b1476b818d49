// One function per command of `vargrid`. Each registers its options with the parser and returns
// what to do when it is chosen; the exit code goes to the shell.
#pragma once

#include <CLI/App.hpp>

#include <functional>

namespace vargrid::cli {

/// Runs the chosen command; the result is the exit code.
using Action = std::function<int()>;

Action add_run(CLI::App& app);
Action add_scheduler(CLI::App& app);
Action add_worker(CLI::App& app);
Action add_submit(CLI::App& app);
Action add_simulate(CLI::App& app);
Action add_status(CLI::App& app);
Action add_why(CLI::App& app);
Action add_cancel(CLI::App& app);
Action add_report(CLI::App& app);
Action add_validate(CLI::App& app);
Action add_generate(CLI::App& app);
Action add_journal(CLI::App& app);
Action add_bench(CLI::App& app);

}  // namespace vargrid::cli
