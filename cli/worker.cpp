#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/worker_processes.hpp"

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace vargrid::cli {

Action add_worker(CLI::App& app) {
    // Every argument goes to vargrid-worker, --help too.
    app.set_help_flag();
    app.prefix_command();
    return [&app] {
        const auto executable = worker_executable();
        if (!executable) {
            return fail(executable.error(), false);
        }
        std::vector<std::string> words{executable->string()};
        for (const std::string& word : app.remaining()) {
            words.push_back(word);
        }
        std::vector<char*> argv;
        for (std::string& word : words) {
            argv.push_back(word.data());
        }
        argv.push_back(nullptr);
        // Replaces this process, so that signals and exit codes are the worker's own.
        execv(executable->c_str(), argv.data());
        return fail({ErrorCode::io, executable->string() + ": " + std::strerror(errno)}, false);
    };
}

}  // namespace vargrid::cli
