#include "worker/agent/signals.hpp"

#include "base/check.hpp"
#include "worker/agent/agent.hpp"

#include <array>
#include <atomic>
#include <csignal>

namespace vargrid::worker {
namespace {

constexpr std::array kDrainSignals{SIGTERM, SIGINT, SIGUSR2};

/// A signal handler has no other way to its object.
std::atomic<Agent*> g_agent{nullptr};  // NOLINT: see above.
static_assert(std::atomic<Agent*>::is_always_lock_free);

extern "C" void drain_on_signal(int /*number*/) {
    if (Agent* const agent = g_agent.load()) {
        agent->request_drain();
    }
}

void handle(int number, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    CHECK(sigaction(number, &action, nullptr) == 0);
}

sigset_t drain_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : kDrainSignals) {
        sigaddset(&set, number);
    }
    return set;
}

}  // namespace

HeldSignals::HeldSignals() {
    const sigset_t set = drain_signals();
    CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
}

HeldSignals::~HeldSignals() {
    let_go();
}

void HeldSignals::let_go() {
    const sigset_t set = drain_signals();
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

bool HeldSignals::one_comes_within(std::chrono::milliseconds time) {
    const sigset_t set = drain_signals();
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
    const timespec limit{.tv_sec = whole.count(),
                         .tv_nsec = std::chrono::nanoseconds{time - whole}.count()};
    return sigtimedwait(&set, nullptr, &limit) > 0;
}

DrainOnSignals::DrainOnSignals(Agent& agent) {
    CHECK(g_agent.exchange(&agent) == nullptr);
    for (const int number : kDrainSignals) {
        handle(number, drain_on_signal);
    }
    handle(SIGPIPE, SIG_IGN);
    handle(SIGXFSZ, SIG_IGN);
}

DrainOnSignals::~DrainOnSignals() {
    for (const int number : kDrainSignals) {
        handle(number, SIG_DFL);
    }
    g_agent = nullptr;
}

}  // namespace vargrid::worker
