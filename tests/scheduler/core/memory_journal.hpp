// MemoryJournal: the least a journal must do. Keeps what the Journal* actions say, row by row, and
// gives back the Restored event of the next epoch. Decides nothing and knows no rule of the core.
#pragma once

#include "scheduler/core/action.hpp"
#include "scheduler/core/event.hpp"

#include <map>

namespace vargrid::scheduler::testing {

class MemoryJournal {
  public:
    /// True if the action was a journal record.
    bool write(const Action& action);
    /// The start of a new epoch.
    [[nodiscard]] Restored restored(Epoch epoch) const;

  private:
    struct JobRows {
        RestoredJob row;
        std::map<Attempt, RestoredLease> leases;
    };

    void on(const JournalJob& record);
    void on(const JournalJobState& record);
    void on(const JournalJobControl& record);
    void on(const JournalJobForgotten& record);
    void on(const JournalLease& record);
    void on(const JournalLeaseEnd& record);
    void on(const JournalCommit& record);
    void on(const JournalUncommit& record);
    void on(const JournalClaim& record);
    void on(const JournalBlockFault& record);
    void on(const JournalSetAside& record);
    void on(const JournalLedger& record);

    std::map<JobId, JobRows> jobs_;
    JobId next_job_{1};
};

}  // namespace vargrid::scheduler::testing
