#include "cli/bench_processes.hpp"

#include "protocol/zmq/router.hpp"
#include "scheduler/server/process_limits.hpp"
#include "scheduler/server/server.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <new>
#include <sstream>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vargrid::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// What a process has open besides its connections.
constexpr std::size_t kOtherFiles = 100;
constexpr std::chrono::seconds kWelcomeMax{120};
constexpr std::chrono::milliseconds kLook{1};
constexpr std::size_t kEchoBatch = 2'048;

std::atomic<bool> stop_requested{false};

void stop_on_sigterm() {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_requested = true; };
    sigaction(SIGTERM, &action, nullptr);
}

/// Starts `serve` in a process; it says where it serves through the function it is given.
Result<SchedulerProcess> start_server(
    const std::function<int(const std::function<void(const std::string&)>&)>& serve) {
    std::array<int, 2> pipe_ends{};
    if (pipe(pipe_ends.data()) != 0) {
        return Error{ErrorCode::io, std::string{"pipe: "} + std::strerror(errno)};
    }
    VARGRID_TRY(ChildProcess process, ChildProcess::fork([&] {
                    close(pipe_ends[0]);
                    stop_on_sigterm();
                    return serve([&](const std::string& said) {
                        static_cast<void>(write(pipe_ends[1], said.data(), said.size()) > 0);
                        close(pipe_ends[1]);
                    });
                }));
    close(pipe_ends[1]);
    std::array<char, 512> answer{};
    const ssize_t size = read(pipe_ends[0], answer.data(), answer.size());
    close(pipe_ends[0]);
    const std::string endpoint{answer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
    if (!endpoint.starts_with("tcp://")) {
        return Error{ErrorCode::io, "the scheduler did not start: " + endpoint};
    }
    return SchedulerProcess{std::move(process), endpoint};
}

}  // namespace

Result<ChildProcess> ChildProcess::fork(const std::function<int()>& work) {
    std::fflush(nullptr);
    const pid_t id = ::fork();
    if (id < 0) {
        return Error{ErrorCode::limit, std::string{"fork: "} + std::strerror(errno)};
    }
    if (id == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(work());
    }
    return ChildProcess{id};
}

ChildProcess::~ChildProcess() {
    kill_now();
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : id_{std::exchange(other.id_, -1)} {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
}

void ChildProcess::kill_now() {
    if (id_ > 0) {
        kill(id_, SIGKILL);
        waitpid(id_, nullptr, 0);
        id_ = -1;
    }
}

int ChildProcess::stop() {
    int status = 0;
    if (id_ > 0) {
        kill(id_, SIGTERM);
        waitpid(id_, &status, 0);
        id_ = -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

std::uint64_t ChildProcess::rss_bytes() const {
    std::ifstream file{fmt::format("/proc/{}/statm", id_)};
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    file >> size >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

double ChildProcess::cpu_seconds() const {
    std::ifstream file{fmt::format("/proc/{}/stat", id_)};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    // After the name, which may have blanks: the fields from the third on.
    std::istringstream rest{text.substr(text.rfind(')') + 1)};
    std::string skipped;
    constexpr int kFieldsBefore = 11;
    for (int i = 0; i < kFieldsBefore; ++i) {
        rest >> skipped;
    }
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    rest >> user >> system;
    return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

Result<SchedulerProcess> SchedulerProcess::start(const scheduler::ServerConfig& config) {
    return start_server([&](const auto& say) {
        auto server = scheduler::Server::open(config);
        say(server ? server->endpoint() : server.error().message);
        return server && server->run(stop_requested) ? 0 : 1;
    });
}

Result<SchedulerProcess> start_echo_server() {
    return start_server([](const auto& say) {
        scheduler::raise_open_files_limit();
        auto router = protocol::Router::bind(protocol::Context{}, {});
        say(router ? router->endpoint() : router.error().message);
        while (router && !stop_requested) {
            router->wait(std::chrono::milliseconds{20});
            router->receive(kEchoBatch, [&](const protocol::Incoming& incoming) {
                router->send(incoming.routing_id, incoming.message);
            });
        }
        return 0;
    });
}

std::size_t workers_max() {
    const std::uint64_t files = scheduler::raise_open_files_limit();
    return files > kOtherFiles ? static_cast<std::size_t>(files) - kOtherFiles : 0;
}

Result<Swarms> Swarms::start(const SwarmConfig& config) {
    const std::size_t most = workers_max();
    if (config.workers > most) {
        return Error{ErrorCode::limit,
                     fmt::format("the system lets a process have {} files open (ulimit -Hn), so a "
                                 "scheduler serves {} workers here, not {}",
                                 most + kOtherFiles,
                                 most,
                                 config.workers)};
    }
    Swarms swarms;
    void* const memory = mmap(
        nullptr, sizeof(SwarmCounts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    swarms.bell_ = eventfd(0, EFD_CLOEXEC);
    if (memory == MAP_FAILED || swarms.bell_ < 0) {
        return Error{ErrorCode::limit, std::string{"shared memory: "} + std::strerror(errno)};
    }
    swarms.counts_ = new (memory) SwarmCounts{};
    VARGRID_TRY(ChildProcess process, ChildProcess::fork([&] {
                    SwarmConfig own = config;
                    own.bell = swarms.bell_;
                    auto swarm = BenchSwarm::open(own, *swarms.counts_);
                    if (!swarm) {
                        std::fprintf(stderr, "vargrid: %s\n", swarm.error().message.c_str());
                        swarms.counts_->stop = true;
                        return 1;
                    }
                    if (config.echo_bytes > 0) {
                        swarms.counts_->welcomed += config.workers;
                    }
                    swarm->run();
                    return 0;
                }));
    swarms.processes_.push_back(std::move(process));
    const auto start = Clock::now();
    while (swarms.counts_->welcomed < config.workers) {
        if (Clock::now() - start > kWelcomeMax || swarms.counts_->stop) {
            return Error{ErrorCode::unreachable,
                         fmt::format("{} of {} workers are welcome after {} s",
                                     swarms.counts_->welcomed.load(),
                                     config.workers,
                                     kWelcomeMax.count())};
        }
        std::this_thread::sleep_for(kLook);
    }
    return swarms;
}

Swarms::Swarms(Swarms&& other) noexcept
    : counts_{std::exchange(other.counts_, nullptr)},
      bell_{std::exchange(other.bell_, -1)},
      processes_{std::move(other.processes_)} {}

Swarms::~Swarms() {
    processes_.clear();
    if (counts_ != nullptr) {
        munmap(counts_, sizeof(SwarmCounts));
    }
    if (bell_ >= 0) {
        close(bell_);
    }
}

double Swarms::cpu_seconds() const {
    double seconds = 0.0;
    for (const ChildProcess& process : processes_) {
        seconds += process.cpu_seconds();
    }
    return seconds;
}

bool Swarms::wait_accepted(std::uint64_t count, std::chrono::seconds patience) const {
    const auto start = Clock::now();
    while (counts_->accepted < count) {
        if (Clock::now() - start > patience) {
            return false;
        }
        std::this_thread::sleep_for(kLook);
    }
    return true;
}

bool Swarms::wait_bell(std::uint64_t count, std::chrono::milliseconds patience) const {
    std::uint64_t heard = 0;
    while (heard < count) {
        pollfd item{bell_, POLLIN, 0};
        if (poll(&item, 1, static_cast<int>(patience.count())) != 1) {
            return false;
        }
        std::uint64_t rings = 0;
        if (read(bell_, &rings, sizeof(rings)) != sizeof(rings)) {
            return false;
        }
        heard += rings;
    }
    return true;
}

}  // namespace vargrid::cli
