// JobQueue: the jobs that have something to lease, in the order they are to be served: the higher
// priority first; inside a priority the owner that got least for its share; inside an owner the
// earliest deadline, then the oldest. Jobs that need a certain machine stand in groups of their
// own, so that a worker does not walk past a thousand jobs it cannot run.
#pragma once

#include "scheduler/core/fair_share.hpp"
#include "scheduler/core/requirements.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace vargrid::scheduler {

class JobQueue {
  public:
    JobQueue(OwnerShares shares, std::size_t owners_remembered_max)
        : shares_{std::move(shares)}, owners_remembered_max_{owners_remembered_max} {}

    // The place of a job follows from its spec, which must not change while it stands here.
    void insert(JobId job, const JobSpec& spec);
    /// CHECKs that it is here.
    void erase(JobId job, const JobSpec& spec);
    [[nodiscard]] bool contains(JobId job, const JobSpec& spec) const;
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }

    /// Shows the jobs that such a machine may run to `visit`, in order, until it returns true.
    /// Cost: O(log jobs) for each job shown, and O(owners) for owners with nothing to show.
    template <class Visit>
    void visit(const Ability& machine, Visit visit) const;

    // ---- What the leases of a job cost its owner.

    /// A lease was granted.
    Service charge(const JobSpec& spec, CoreTime predicted);
    /// A part of a lease, charged with `charged`, was committed and took `took`.
    void settle(const JobSpec& spec, Service charged, CoreTime took);
    /// A lease is over; what is left of its charge is given back: nobody pays for what was lost.
    void close(const JobSpec& spec, Service left);
    /// Lease and charge go with the job to another priority.
    void transfer(const JobSpec& spec, std::int32_t priority, Service left);

    [[nodiscard]] Service service_of(std::int32_t priority, const std::string& owner) const;

  private:
    /// Deadline and id; no deadline is the last one.
    using Key = std::pair<std::uint64_t, JobId>;
    using Groups = std::map<Ability, std::set<Key>>;
    struct Level {
        FairShare share;
        std::map<std::string, Groups> owners;
        /// Leases that are charged here.
        std::uint64_t leases{0};
    };

    static Key key_of(JobId job, const JobSpec& spec) {
        return {spec.deadline_unix_ms == 0 ? std::numeric_limits<std::uint64_t>::max()
                                           : spec.deadline_unix_ms,
                job};
    }
    Level& level(std::int32_t priority);
    /// A priority at which nobody has work or leases starts anew when it is used again.
    void forget_if_unused(std::int32_t priority);
    template <class Visit>
    static bool visit_owner(const Groups& groups, const Ability& machine, Visit& visit);

    OwnerShares shares_;
    std::size_t owners_remembered_max_;
    /// By the negative of the priority: the highest first.
    std::map<std::int64_t, Level> levels_;
    std::size_t size_{0};
};

// ---- Implementation.

template <class Visit>
void JobQueue::visit(const Ability& machine, Visit visit) const {
    for (const auto& [priority, level] : levels_) {
        for (const auto& [service, owner] : level.share.waiting()) {
            if (visit_owner(level.owners.at(owner), machine, visit)) {
                return;
            }
        }
    }
}

template <class Visit>
bool JobQueue::visit_owner(const Groups& groups, const Ability& machine, Visit& visit) {
    Key shown{0, JobId{0}};  // No job has this number.
    while (true) {
        const Key* next = nullptr;
        for (const auto& [needs, keys] : groups) {
            if (!meets(machine, needs)) {
                continue;
            }
            const auto after = keys.upper_bound(shown);
            if (after != keys.end() && (next == nullptr || *after < *next)) {
                next = &*after;
            }
        }
        if (next == nullptr) {
            return false;
        }
        shown = *next;
        if (visit(shown.second)) {
            return true;
        }
    }
}

}  // namespace vargrid::scheduler
