#include "cli/environment.hpp"

#include <pwd.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include <unistd.h>

namespace vargrid::cli {
namespace {

volatile std::sig_atomic_t g_signal = 0;  // NOLINT: a handler can reach nothing else.

void remember(int signal) {
    g_signal = signal;
}

}  // namespace

std::string environment_or(const char* variable, const std::string& otherwise) {
    const char* value = std::getenv(variable);
    return value == nullptr || *value == '\0' ? otherwise : std::string{value};
}

std::string user_name() {
    const passwd* const entry = getpwuid(geteuid());
    return entry != nullptr ? entry->pw_name : environment_or("USER", std::to_string(geteuid()));
}

void watch_interrupts() {
    struct sigaction action {};
    action.sa_handler = remember;
    sigemptyset(&action.sa_mask);
    for (const int signal : {SIGINT, SIGTERM}) {
        sigaction(signal, &action, nullptr);
    }
}

bool interrupted() {
    return g_signal != 0;
}

int interrupted_exit_code() {
    return 128 + static_cast<int>(g_signal);
}

}  // namespace vargrid::cli
