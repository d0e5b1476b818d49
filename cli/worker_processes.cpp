#include "cli/worker_processes.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vargrid::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// A worker that ends within this time never got to work.
constexpr std::chrono::milliseconds kEarly{500};
constexpr std::size_t kEarlyDeathsMax = 5;
/// So many that end with no block committed in between do not end by chance.
constexpr std::size_t kFruitlessDeathsMax = 20;
constexpr std::chrono::seconds kStopMax{10};
constexpr std::chrono::milliseconds kStopPoll{5};
/// As shells say that a command cannot be executed.
constexpr int kCannotStart = 126;

std::string describe(int status) {
    if (WIFSIGNALED(status)) {
        return std::string{"killed by signal "} + std::to_string(WTERMSIG(status));
    }
    return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Result<fs::path> worker_executable() {
    std::error_code failure;
    const fs::path self = fs::read_symlink("/proc/self/exe", failure);
    const fs::path worker = self.parent_path() / "vargrid-worker";
    if (failure || !fs::exists(worker)) {
        return Error{ErrorCode::not_found,
                     worker.string() + ": not there; vargrid-worker belongs beside vargrid"};
    }
    return worker;
}

WorkerProcesses::WorkerProcesses(fs::path executable, std::vector<std::string> arguments)
    : executable_{std::move(executable)}, arguments_{std::move(arguments)} {}

WorkerProcesses::~WorkerProcesses() {
    for (const Process& process : processes_) {
        kill(process.pid, SIGTERM);
    }
    const auto deadline = Clock::now() + kStopMax;
    for (const Process& process : processes_) {
        while (waitpid(process.pid, nullptr, WNOHANG) == 0) {
            if (Clock::now() >= deadline) {
                kill(process.pid, SIGKILL);
                waitpid(process.pid, nullptr, 0);
                break;
            }
            std::this_thread::sleep_for(kStopPoll);
        }
    }
}

Result<WorkerProcesses::Process> WorkerProcesses::spawn() const {
    std::vector<std::string> words{executable_.string()};
    words.insert(words.end(), arguments_.begin(), arguments_.end());
    std::vector<char*> argv;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) {
        return Error{ErrorCode::io, executable_.string() + ": " + std::strerror(errno)};
    }
    if (pid == 0) {
        // Only async-signal-safe calls: this process has other threads. A run that is killed with
        // -9 cannot end its workers, so the kernel is asked to; it may have died already.
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() == parent) {
            execv(executable_.c_str(), argv.data());
        }
        _exit(kCannotStart);
    }
    return Process{.pid = pid, .started = Clock::now()};
}

Result<void> WorkerProcesses::start(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        VARGRID_TRY(const Process process, spawn());
        processes_.push_back(process);
    }
    return {};
}

Result<void> WorkerProcesses::keep_alive(std::uint64_t blocks_committed) {
    if (blocks_committed != blocks_committed_) {
        blocks_committed_ = blocks_committed;
        fruitless_deaths_ = 0;
    }
    for (std::size_t i = 0; i < processes_.size(); ++i) {
        int status = 0;
        if (waitpid(processes_[i].pid, &status, WNOHANG) != processes_[i].pid) {
            continue;
        }
        const Process ended = processes_[i];
        // Forgotten first: its number may soon belong to a stranger.
        processes_.erase(processes_.begin() + static_cast<std::ptrdiff_t>(i));
        early_deaths_ = Clock::now() - ended.started < kEarly ? early_deaths_ + 1 : 0;
        if (early_deaths_ >= kEarlyDeathsMax) {
            return Error{
                ErrorCode::internal,
                "workers end as soon as they start, the last one with " + describe(status)};
        }
        if (++fruitless_deaths_ >= kFruitlessDeathsMax) {
            return Error{ErrorCode::internal,
                         std::to_string(fruitless_deaths_) +
                             " workers ended one after the other and no block was finished, the "
                             "last one with " +
                             describe(status) + "; is there enough memory?"};
        }
        ++restarts_;
        VARGRID_TRY(const Process next, spawn());
        processes_.insert(processes_.begin() + static_cast<std::ptrdiff_t>(i), next);
    }
    return {};
}

}  // namespace vargrid::cli
