// vargrid-worker: the executable of the fleet. Command line, signals, exit code; the rest is Agent.
#include "protocol/zmq/endpoint.hpp"
#include "worker/agent/agent.hpp"
#include "worker/agent/cluster.hpp"
#include "worker/agent/fault_injection.hpp"
#include "worker/agent/machine.hpp"
#include "worker/agent/run_task.hpp"
#include "worker/agent/signals.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace vargrid::worker {
namespace {

struct Options {
    std::string connect;
    std::string name;
    std::string host;
    unsigned threads{0};
    std::string isa{"auto"};
    double grace_seconds{25.0};
    std::string time_limit;
    double idle_timeout_seconds{0.0};
    double connect_timeout_seconds{300.0};
    std::string cache{BlobCache::default_folder()};
    double cache_gib{8.0};
    std::string log_level{"info"};
};

void add_options(CLI::App& app, Options& options) {
    app.footer(
        "Examples:\n"
        "  vargrid-worker --connect tcp://scheduler:5700\n"
        "  vargrid-worker --connect tcp://scheduler:5700 --threads 16 --grace 100 "
        "--idle-timeout 600\n\n"
        "SIGTERM, SIGINT and SIGUSR2 drain: finished blocks are committed, the rest is given "
        "back.\n"
        "Exit codes: 0 idle or done, 1 failed, 2 usage, 4 scheduler unreachable, 99 reclaimed.");
    app.add_option("--connect",
                   options.connect,
                   "The scheduler: tcp://HOST:PORT, or file:PATH of the file it writes "
                   "(vargrid scheduler --endpoint-file), which is waited for and read again when "
                   "the scheduler moves")
        ->required()
        ->envname("VARGRID_CONNECT");
    app.add_option("--name", options.name, "Name for people (default: host:pid, or host:slurm-JOB)")
        ->envname("VARGRID_WORKER_NAME");
    app.add_option("--host",
                   options.host,
                   "Name of this machine, the same for all its workers: faults are blamed on hosts "
                   "(default: what the system says)")
        ->envname("VARGRID_HOST");
    app.add_option("--threads", options.threads, "Threads that compute (default: all cores)")
        ->check(CLI::Range(1U, 65'536U))
        ->envname("VARGRID_THREADS");
    app.add_option("--isa", options.isa, "Instruction set of the kernels: auto, avx2 or avx512")
        ->envname("VARGRID_ISA");
    app.add_option("--grace", options.grace_seconds, "Seconds a drain may take")
        ->check(CLI::Range(0.0, 86'400.0))
        ->envname("VARGRID_GRACE")
        ->capture_default_str();
    app.add_option("--time-limit",
                   options.time_limit,
                   "How long this worker may live: 3600s, 90m, 1h30m, 2026-11-23T06:00Z, or none; "
                   "it leaves by itself --grace before that (default: what Slurm says inside one "
                   "of its jobs, otherwise none)")
        ->envname("VARGRID_TIME_LIMIT");
    app.add_option("--idle-timeout",
                   options.idle_timeout_seconds,
                   "Leave after so many seconds without work (0: never)")
        ->check(CLI::Range(0.0, 1e7))
        ->envname("VARGRID_IDLE_TIMEOUT");
    app.add_option("--connect-timeout",
                   options.connect_timeout_seconds,
                   "Leave after so many seconds without a word from the scheduler (0: never)")
        ->check(CLI::Range(0.0, 1e7))
        ->envname("VARGRID_CONNECT_TIMEOUT")
        ->capture_default_str();
    app.add_option("--cache", options.cache, "Folder for input kept between runs ('': none)")
        ->envname("VARGRID_CACHE")
        ->capture_default_str();
    app.add_option("--cache-size", options.cache_gib, "Size of that folder at most, in GiB")
        ->check(CLI::Range(0.0, 1e6))
        ->envname("VARGRID_CACHE_SIZE")
        ->capture_default_str();
    app.add_option("--log-level", options.log_level, "debug, info, warn, error or off")
        ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
        ->envname("VARGRID_LOG_LEVEL")
        ->capture_default_str();
    app.set_version_flag("--version", VARGRID_VERSION);
}

Duration seconds(double count) {
    return Duration{static_cast<std::int64_t>(count * 1e9)};
}

AgentConfig config_of(const Options& options, Isa isa) {
    AgentConfig config;
    config.endpoint = options.connect;
    config.session.name = options.name;
    config.session.host = options.host;
    config.session.threads = options.threads > 0 ? options.threads : available_threads();
    config.session.memory_bytes = available_memory_bytes();
    config.session.isa = to_text(isa);
    config.session.age_at_start = process_age();
    if (options.idle_timeout_seconds > 0.0) {
        config.session.idle_timeout = seconds(options.idle_timeout_seconds);
    }
    config.grace = seconds(options.grace_seconds);
    config.session.end_grace = config.grace;
    config.connect_timeout = seconds(options.connect_timeout_seconds);
    config.cache_folder = options.cache;
    config.cache_bytes_max = static_cast<std::uint64_t>(options.cache_gib * 1024.0 * 1024 * 1024);
    (void)log_level_from_text(options.log_level, config.log_level);
    return config;
}

int fail(const Error& error) {
    std::fprintf(stderr, "vargrid-worker: %s\n", error.message.c_str());
    return error.code == ErrorCode::invalid_input ? 2 : kExitFailed;
}

void say(const std::string& text) {
    std::fprintf(stderr, "vargrid-worker: %s\n", text.c_str());
}

/// What the operator said, otherwise what the cluster knows.
Result<std::optional<Duration>> life_of(const Options& options) {
    if (!options.time_limit.empty()) {
        return life_from_text(options.time_limit, std::chrono::system_clock::now());
    }
    const auto cluster = ask_cluster();
    if (!cluster) {
        return std::optional<Duration>{};
    }
    if (cluster->left) {
        const auto left = std::chrono::duration_cast<std::chrono::seconds>(*cluster->left);
        say("the cluster ends this worker in " + std::to_string(left.count()) + " s (" +
            cluster->source + ")");
    } else {
        say("no time limit is known (" + cluster->source + ")");
    }
    return cluster->left;
}

/// Waits until a scheduler has written its endpoint. None if all is well, otherwise an exit code.
std::optional<int> wait_for_endpoint(const Options& options, HeldSignals& signals) {
    constexpr std::chrono::milliseconds kPoll{250};
    const auto begin = std::chrono::steady_clock::now();
    bool told = false;
    while (true) {
        const auto endpoint = protocol::resolve_endpoint(options.connect);
        if (endpoint || endpoint.error().code != ErrorCode::unreachable) {
            return std::nullopt;  // What is wrong with it is said by Agent::open.
        }
        if (!std::exchange(told, true)) {
            say(endpoint.error().message + ", waiting");
        }
        if (signals.one_comes_within(kPoll)) {
            return kExitReclaimed;
        }
        const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin;
        if (options.connect_timeout_seconds > 0.0 &&
            waited.count() >= options.connect_timeout_seconds) {
            say(endpoint.error().message);
            return kExitUnreachable;
        }
    }
}

int serve(const Options& options, HeldSignals& held) {
    const auto isa = isa_from_text(options.isa);
    if (!isa) {
        return fail(with_context(isa.error(), "--isa"));
    }
    const auto life = life_of(options);
    if (!life) {
        return fail(with_context(life.error(), "--time-limit"));
    }
    const auto asked = std::chrono::steady_clock::now();
    if (const auto code = wait_for_endpoint(options, held)) {
        return *code;
    }
    const auto faults = FaultInjection::from_environment();
    if (!faults) {
        return fail(faults.error());
    }
    RunTaskRunner runner{{.isa = *isa, .faults = *faults}};
    AgentConfig config = config_of(options, *isa);
    if (*life) {
        config.session.life = **life - (std::chrono::steady_clock::now() - asked);
    }
    const auto agent = Agent::open(std::move(config), runner);
    if (!agent) {
        return fail(with_context(agent.error(), "--connect"));
    }
    const DrainOnSignals signals{**agent};
    held.let_go();
    const int code = (*agent)->run();
    // Blocks in flight, or a thread that hangs, are cut off: nobody waits for them any more, and
    // files appear whole or not at all.
    std::fflush(stderr);
    std::_Exit(code);
}

/// Threads that wait for the next task sleep instead of spinning: the cores belong to the others on
/// this machine, the scheduler among them. libgomp asks when it is loaded, before main(), so the
/// program starts once more; it stays the same process.
void wait_without_spinning(char** argv) {
    constexpr const char* kVariable = "OMP_WAIT_POLICY";
    if (std::getenv(kVariable) == nullptr && setenv(kVariable, "passive", 0) == 0) {
        std::error_code failure;
        const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
        execv(self.c_str(), argv);  // If that fails, everything works all the same.
    }
}

}  // namespace
}  // namespace vargrid::worker

int main(int argc, char** argv) {
    vargrid::worker::HeldSignals held;  // Also over the restart that follows.
    vargrid::worker::wait_without_spinning(argv);
    CLI::App app{"Computes blocks of risk runs for a vargrid scheduler.", "vargrid-worker"};
    vargrid::worker::Options options;
    vargrid::worker::add_options(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error);
        return code == 0 ? 0 : 2;
    }
    return vargrid::worker::serve(options, held);
}
