#include "tests/scheduler/core/memory_journal.hpp"

#include "base/check.hpp"

namespace vargrid::scheduler::testing {

bool MemoryJournal::write(const Action& action) {
    return std::visit(
        [&](const auto& record) {
            if constexpr (requires { this->on(record); }) {
                on(record);
                return true;
            } else {
                return false;
            }
        },
        action);
}

Restored MemoryJournal::restored(Epoch epoch) const {
    Restored all{epoch, next_job_, {}};
    for (const auto& [id, rows] : jobs_) {
        RestoredJob job = rows.row;
        for (const auto& [attempt, lease] : rows.leases) {
            job.leases.push_back(lease);
        }
        all.jobs.push_back(std::move(job));
    }
    return all;
}

void MemoryJournal::on(const JournalJob& record) {
    RestoredJob& row = jobs_[record.job].row;
    row.job = record.job;
    row.client = record.client;
    row.request = record.request;
    row.spec = record.spec;
    next_job_ = JobId{record.job.value() + 1};
}

void MemoryJournal::on(const JournalJobState& record) {
    RestoredJob& row = jobs_.at(record.job).row;
    row.state = record.state;
    row.message = record.message;
}

void MemoryJournal::on(const JournalJobControl& record) {
    RestoredJob& row = jobs_.at(record.job).row;
    row.paused = record.paused;
    row.spec.priority = record.priority;
}

void MemoryJournal::on(const JournalJobForgotten& record) {
    jobs_.erase(record.job);
}

void MemoryJournal::on(const JournalLease& record) {
    jobs_.at(record.job).leases[record.attempt] = RestoredLease{
        record.attempt, record.incarnation, record.worker_name, record.host, record.open};
}

void MemoryJournal::on(const JournalLeaseEnd& record) {
    jobs_.at(record.job).leases.erase(record.attempt);
}

void MemoryJournal::on(const JournalCommit& record) {
    for (const RangeDigest& range : record.ranges) {
        jobs_.at(record.job)
            .row.committed.push_back(
                CommittedRange{range.range, record.attempt, record.incarnation});
    }
}

void MemoryJournal::on(const JournalUncommit& record) {
    auto& committed = jobs_.at(record.job).row.committed;
    std::uint64_t blocks = 0;
    std::erase_if(committed, [&](const CommittedRange& row) {
        const bool inside = record.range.contains(row.range);
        CHECK_MSG(inside || !record.range.overlaps(row.range), "part of a commit is taken back");
        blocks += inside ? row.range.size() : 0;
        return inside;
    });
    CHECK_MSG(blocks == record.range.size(), "what was not committed is taken back");
}

void MemoryJournal::on(const JournalClaim& record) {
    jobs_.at(record.job).row.disputed.push_back(record.disputed);
}

void MemoryJournal::on(const JournalBlockFault& record) {
    jobs_.at(record.job).row.faults.push_back(record.fault);
}

void MemoryJournal::on(const JournalSetAside& record) {
    jobs_.at(record.job).row.set_aside.push_back(record.block);
}

void MemoryJournal::on(const JournalLedger& record) {
    jobs_.at(record.job).row.ledger = record.ledger;
}

}  // namespace vargrid::scheduler::testing
