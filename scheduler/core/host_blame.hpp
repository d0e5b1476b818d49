// HostBlame: evidence against hosts. A host collects host faults; at the limit it is
// quarantined, after that it is on probation (one block at a time) until one block succeeds, which
// wipes the slate, or another host fault sends it back. A reclaim or a silence is no evidence.
// By host and not by worker: a broken machine stays broken when its worker
// restarts. Lives in memory only: after a restart of the scheduler a bad host shows itself again.
#pragma once

#include "base/time.hpp"
#include "scheduler/core/core_config.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vargrid::scheduler {

enum class Standing : std::uint8_t { good, quarantined, on_probation };

class HostBlame {
  public:
    explicit HostBlame(const CoreConfig& config)
        : fault_max_{config.host_fault_max},
          quarantine_time_{config.quarantine_time},
          hosts_max_{config.hosts_remembered_max} {}

    /// One host fault. Returns true if it put the host into quarantine.
    bool charge(const std::string& host, Instant now);
    /// Quarantine until then, whatever the host did before; a later end stays.
    void condemn(const std::string& host, Instant until);
    /// A block of this host was committed. Returns true if that ended its probation.
    bool succeeded(const std::string& host);
    /// Ends the quarantines that are over; returns the hosts that are now on probation.
    std::vector<std::string> expire(Instant now);

    [[nodiscard]] Standing standing(const std::string& host) const;
    [[nodiscard]] std::uint32_t faults(const std::string& host) const;
    /// When the next quarantine is over.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    struct Record {
        Standing standing{Standing::good};
        std::uint32_t faults{0};
        /// The latest fault, or the end of the quarantine.
        Instant since;
    };
    [[nodiscard]] const std::map<std::string, Record>& records() const { return records_; }
    void check_invariants() const;

  private:
    void forget_one();

    std::uint32_t fault_max_;
    Duration quarantine_time_;
    std::size_t hosts_max_;
    std::map<std::string, Record> records_;
    std::set<std::pair<Instant, std::string>> quarantine_ends_;
};

}  // namespace vargrid::scheduler
