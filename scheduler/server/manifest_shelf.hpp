// ManifestShelf: the manifests of jobs whose final step is under way, in memory. They come from the
// journal and are the same whenever they are made, so nothing has to be stored or synced: after a
// restart they are made again when somebody asks.
#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "protocol/ids.hpp"
#include "scheduler/core/scheduler_core.hpp"
#include "scheduler/server/journal.hpp"

#include <cstdint>
#include <list>

namespace vargrid::scheduler {

class ManifestShelf {
  public:
    ManifestShelf(const SchedulerCore& core, Journal& journal) : core_{core}, journal_{journal} {}

    /// The name of the manifest of a job all of whose blocks are settled. Errors: as
    /// Journal::manifest().
    [[nodiscard]] Result<Digest> put(JobId job);
    /// Null if no job in its final step has this manifest. Valid until the next call.
    [[nodiscard]] const Bytes* find(const Digest& digest);
    /// The job has ended.
    void forget(JobId job);

  private:
    struct Entry {
        JobId job;
        Digest digest;
        Bytes bytes;
    };
    [[nodiscard]] const Entry* of(JobId job) const;

    const SchedulerCore& core_;
    Journal& journal_;
    std::list<Entry> entries_;  ///< The latest in front.
    std::uint64_t bytes_{0};
};

}  // namespace vargrid::scheduler
