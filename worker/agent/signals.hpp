// DrainOnSignals: SIGTERM, SIGINT and SIGUSR2 (LSF's notice) ask the agent to drain, however often
// they come. SIGCONT needs no answer. SIGPIPE and SIGXFSZ become errors of the call that met them.
#pragma once

namespace vargrid::worker {

class Agent;

class DrainOnSignals {
  public:
    /// One at a time; `agent` must outlive it.
    explicit DrainOnSignals(Agent& agent);
    ~DrainOnSignals();
    DrainOnSignals(const DrainOnSignals&) = delete;
    DrainOnSignals& operator=(const DrainOnSignals&) = delete;
};

}  // namespace vargrid::worker
