#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/cost.hpp"
#include "cli/environment.hpp"
#include "cli/exit_codes.hpp"
#include "protocol/zmq/endpoint.hpp"
#include "scheduler/server/server.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <thread>

namespace vargrid::cli {
namespace {

struct SchedulerOptions {
    std::string bind{"tcp://127.0.0.1:5700"};
    std::string journal;
    std::string endpoint_file;
    std::string endpoint_host;
    double audit{0.001};
    bool quiet{false};
    PriceOptions price;
};

int serve(const SchedulerOptions& options) {
    scheduler::ServerConfig config;
    config.bind = options.bind;
    config.journal_folder = options.journal;
    config.quiet = options.quiet;
    config.price = options.price.price();
    config.core.audit_per_million = static_cast<std::uint32_t>(std::lround(options.audit * 1e6));
    watch_interrupts();
    auto server = scheduler::Server::open(config);
    if (!server) {
        return fail(server.error(), false);
    }
    print(fmt::format("scheduler serves at {} (epoch {}, journal {})\n",
                      server->endpoint(),
                      server->epoch(),
                      options.journal.empty() ? "temporary, lost at the end" : options.journal));
    if (!options.endpoint_file.empty()) {
        const auto written = protocol::write_endpoint_file(
            options.endpoint_file,
            protocol::reachable_endpoint(server->endpoint(), options.endpoint_host));
        if (!written) {
            return fail(with_context(written.error(), "--endpoint-file"), false);
        }
    }
    std::atomic<bool> stop{false};
    // The signal handler can only set a flag of its own kind; this thread passes it on.
    std::jthread watch{[&](const std::stop_token& over) {
        while (!over.stop_requested() && !interrupted()) {
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
        stop = true;
    }};
    const auto outcome = server->run(stop);
    return outcome ? kExitOk : fail(outcome.error(), false);
}

}  // namespace

Action add_scheduler(CLI::App& app) {
    auto options = std::make_shared<SchedulerOptions>();
    app.add_option("--bind", options->bind, "Address to serve at; port 0 lets the system choose")
        ->type_name("tcp://HOST:PORT")
        ->envname("VARGRID_BIND")
        ->capture_default_str();
    app.add_option("--journal",
                   options->journal,
                   "Folder of the journal; started again with the same folder, the scheduler goes "
                   "on where it was (default: none)")
        ->type_name("DIR")
        ->envname("VARGRID_JOURNAL");
    app.add_option("--endpoint-file",
                   options->endpoint_file,
                   "File to write the endpoint to, for --connect file:PATH of workers and clients")
        ->type_name("PATH")
        ->envname("VARGRID_ENDPOINT_FILE");
    app.add_option("--endpoint-host",
                   options->endpoint_host,
                   "Name or address of this machine in that file (default: as bound, or its host "
                   "name)")
        ->type_name("HOST")
        ->envname("VARGRID_ENDPOINT_HOST");
    app.add_option("--audit",
                   options->audit,
                   "Share of the blocks that idle workers compute again on another host, for jobs "
                   "that do not say")
        ->type_name("SHARE")
        ->check(CLI::Range(0.0, 1.0))
        ->envname("VARGRID_AUDIT")
        ->capture_default_str();
    app.add_flag("--quiet", options->quiet, "Log warnings only");
    add_price_options(app, options->price);
    return [options] { return serve(*options); };
}

}  // namespace vargrid::cli
