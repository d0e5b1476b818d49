// The numbers of a ledger in the order in which files and digests have them, each with the name of
// its attribute in results.h5.
#pragma once

#include "risk/results.hpp"

#include <array>
#include <cstdint>

namespace vargrid::results {

struct LedgerField {
    const char* name;
    std::uint64_t WorkLedger::*member;
};

inline constexpr std::array kLedgerFields{
    LedgerField{"ledger_elapsed_nanoseconds", &WorkLedger::elapsed_nanoseconds},
    LedgerField{"ledger_useful_core_microseconds", &WorkLedger::useful_microseconds},
    LedgerField{"ledger_lost_to_reclaim_core_microseconds",
                &WorkLedger::lost_to_reclaim_microseconds},
    LedgerField{"ledger_lost_to_faults_core_microseconds",
                &WorkLedger::lost_to_faults_microseconds},
    LedgerField{"ledger_speculative_core_microseconds", &WorkLedger::speculative_microseconds},
    LedgerField{"ledger_audit_core_microseconds", &WorkLedger::audit_microseconds},
    LedgerField{"ledger_idle_core_microseconds", &WorkLedger::idle_microseconds},
    LedgerField{"ledger_start_up_core_microseconds", &WorkLedger::start_up_microseconds},
    LedgerField{"ledger_price_per_core_hour_millionths",
                &WorkLedger::price_per_core_hour_millionths},
    LedgerField{"ledger_leases", &WorkLedger::leases},
    LedgerField{"ledger_blocks_repeated", &WorkLedger::blocks_repeated},
    LedgerField{"ledger_reclaims", &WorkLedger::reclaims},
    LedgerField{"ledger_workers_lost", &WorkLedger::workers_lost},
    LedgerField{"ledger_commits_refused", &WorkLedger::commits_refused},
};

}  // namespace vargrid::results
