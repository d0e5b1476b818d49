#include "worker/agent/command_output.hpp"

#include <spawn.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vargrid::worker {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kOutputBytesMax = std::size_t{64} << 10U;

/// Starts `words` in a process group of its own, with no input and no signal blocked. 0 or an
/// errno.
int spawn(std::vector<std::string>& words, int output, pid_t& pid) {
    std::vector<char*> argv;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    const int failure = posix_spawnp(&pid, argv[0], &files, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failure;
}

/// Reads until the other end closes. False when time is over.
bool read_all(int from, Clock::time_point deadline, std::string& into) {
    std::array<char, 4'096> buffer{};
    while (true) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd ready{.fd = from, .events = POLLIN, .revents = 0};
        if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) == 0) {
            return false;
        }
        const ssize_t got = ::read(from, buffer.data(), buffer.size());
        if (got > 0 && into.size() < kOutputBytesMax) {
            into.append(buffer.data(), static_cast<std::size_t>(got));
        } else if (got == 0 || (got < 0 && errno != EINTR)) {
            return true;
        }
    }
}

/// The status of a process that ended by itself; none if it had to be killed at the deadline.
std::optional<int> wait_for_end(pid_t pid, Clock::time_point deadline) {
    constexpr std::chrono::milliseconds kPoll{2};
    int status = 0;
    while (::waitpid(pid, &status, WNOHANG) == 0) {
        if (Clock::now() >= deadline) {
            ::kill(-pid, SIGKILL);
            ::waitpid(pid, &status, 0);
            return std::nullopt;
        }
        std::this_thread::sleep_for(kPoll);
    }
    return status;
}

}  // namespace

Result<std::string> command_output(std::vector<std::string> words,
                                   std::chrono::milliseconds time_max) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return Error{ErrorCode::io, std::string{"pipe: "} + std::strerror(errno)};
    }
    pid_t pid = 0;
    const int failure = spawn(words, ends[1], pid);
    ::close(ends[1]);
    if (failure != 0) {
        ::close(ends[0]);
        return Error{failure == ENOENT ? ErrorCode::not_found : ErrorCode::io,
                     words.front() + ": " + std::strerror(failure)};
    }
    std::string output;
    const Clock::time_point deadline = Clock::now() + time_max;
    const bool was_read = read_all(ends[0], deadline, output);
    ::close(ends[0]);
    const std::optional<int> status = wait_for_end(pid, deadline);
    if (!was_read || !status) {
        return Error{
            ErrorCode::io,
            words.front() + " did not answer within " + std::to_string(time_max.count()) + " ms"};
    }
    if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0) {
        return Error{ErrorCode::io, words.front() + " failed"};
    }
    return output;
}

}  // namespace vargrid::worker
