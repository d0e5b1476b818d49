// DrainOnSignals: SIGTERM, SIGINT and SIGUSR2 (LSF's notice) ask the agent to drain, however often
// they come. SIGCONT needs no answer. SIGPIPE and SIGXFSZ become errors of the call that met them.
#pragma once

#include <chrono>

namespace vargrid::worker {

class Agent;

/// Keeps those three signals waiting while the process gets ready, so that a notice that comes
/// early is neither lost nor deadly. Make it before any thread is started: they inherit it, and the
/// main thread, which lets go in the end, is the one that gets the signals.
class HeldSignals {
  public:
    HeldSignals();
    /// Lets go of what is still held.
    ~HeldSignals();
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;

    void let_go();

    /// Waits for one; true if it came. Takes it.
    [[nodiscard]] bool one_comes_within(std::chrono::milliseconds time);
};

class DrainOnSignals {
  public:
    /// One at a time; `agent` must outlive it.
    explicit DrainOnSignals(Agent& agent);
    ~DrainOnSignals();
    DrainOnSignals(const DrainOnSignals&) = delete;
    DrainOnSignals& operator=(const DrainOnSignals&) = delete;
};

}  // namespace vargrid::worker
