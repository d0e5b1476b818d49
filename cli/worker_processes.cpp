#include "cli/worker_processes.hpp"

#include <spawn.h>

#include <csignal>
#include <cstring>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT: POSIX names it so.

namespace vargrid::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// A worker that ends within this time never got to work.
constexpr std::chrono::milliseconds kEarly{500};
constexpr std::size_t kEarlyDeathsMax = 5;
constexpr std::chrono::seconds kStopMax{10};
constexpr std::chrono::milliseconds kStopPoll{5};

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
    pid_t pid = 0;
    const int failure =
        posix_spawn(&pid, executable_.c_str(), nullptr, nullptr, argv.data(), environ);
    if (failure != 0) {
        return Error{ErrorCode::io, executable_.string() + ": " + std::strerror(failure)};
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

Result<void> WorkerProcesses::keep_alive() {
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
        ++restarts_;
        VARGRID_TRY(const Process next, spawn());
        processes_.insert(processes_.begin() + static_cast<std::ptrdiff_t>(i), next);
    }
    return {};
}

}  // namespace vargrid::cli
