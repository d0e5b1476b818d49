// FairShare: which owner is next among those of one priority. Each has a virtual service: the core
// time it got, divided by its share; the one with the least is next. Predicted core time is charged
// when a lease is granted and settled when the truth is known, so nobody gains by a prediction.
#pragma once

#include "scheduler/core/job.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace vargrid::scheduler {

/// Core microseconds divided by a share.
using Service = std::int64_t;

/// Shares by owner; whoever is not named has 1.
using OwnerShares = std::map<std::string, std::uint32_t>;

class FairShare {
  public:
    FairShare(OwnerShares shares, std::size_t owners_remembered_max)
        : shares_{std::move(shares)}, owners_remembered_max_{owners_remembered_max} {}

    /// The owner has something to lease from now on. It starts where the one served last stood, if
    /// it had less: what it did not use while it had nothing to lease is not kept for it.
    void enter(const std::string& owner);
    /// It has nothing more to lease; leases of it may still run. CHECKs that it had entered.
    void leave(const std::string& owner);

    /// Charges what a lease is predicted to cost; returns how much service that is.
    Service charge(const std::string& owner, CoreTime predicted);
    void charge_service(const std::string& owner, Service service);
    /// Gives back what was charged and charges what it really took.
    void settle(const std::string& owner, Service charged, CoreTime took);

    /// Those who have something to lease, the next one first.
    [[nodiscard]] const std::set<std::pair<Service, std::string>>& waiting() const {
        return waiting_;
    }
    [[nodiscard]] Service service_of(const std::string& owner) const;

  private:
    struct Owner {
        Service service{0};
        bool waits{false};
    };

    [[nodiscard]] Service service_for(const std::string& owner, CoreTime core_time) const;
    void move(const std::string& owner, Service by);
    void forget_idle();

    OwnerShares shares_;
    std::size_t owners_remembered_max_;
    std::map<std::string, Owner> owners_;
    std::set<std::pair<Service, std::string>> waiting_;
    /// Where the owner served last stood when it was served; never falls.
    Service now_{0};
};

}  // namespace vargrid::scheduler
