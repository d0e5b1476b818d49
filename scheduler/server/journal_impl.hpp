// Inside the journal only: the open file, its statements, and how ranges lie in a blob.
#pragma once

#include "base/bytes.hpp"
#include "scheduler/server/journal.hpp"
#include "scheduler/server/sqlite.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace vargrid::scheduler {

struct Journal::Impl {
    std::filesystem::path file;
    Database database;

    Statement insert_job;
    Statement set_next_job;
    Statement set_job_state;
    Statement set_job_control;
    Statement set_ledger;
    Statement insert_commit;
    Statement put_lease;
    Statement delete_lease;
    Statement insert_fault;
    Statement insert_set_aside;
    Statement job_times;

    [[nodiscard]] Result<void> prepare_all();
    /// "journal /path/journal.db: <what>. <advice>"
    [[nodiscard]] Error error(const Error& cause) const;

    // One overload a Journal* action; the others store nothing and are not counted.
    [[nodiscard]] Result<void> store(const JournalJob& record, std::uint64_t unix_ms);
    [[nodiscard]] Result<void> store(const JournalJobState& record, std::uint64_t unix_ms);
    [[nodiscard]] Result<void> store(const JournalJobControl& record);
    [[nodiscard]] Result<void> store(const JournalJobForgotten& record);
    [[nodiscard]] Result<void> store(const JournalLease& record);
    [[nodiscard]] Result<void> store(const JournalLeaseEnd& record);
    [[nodiscard]] Result<void> store(const JournalCommit& record);
    [[nodiscard]] Result<void> store(const JournalBlockFault& record);
    [[nodiscard]] Result<void> store(const JournalSetAside& record);
    [[nodiscard]] Result<void> store(const JournalLedger& record);
    [[nodiscard]] Result<void> store_one(const Action& action, std::uint64_t unix_ms);

    // Reading (journal_restore.cpp).
    [[nodiscard]] Result<std::vector<RestoredJob>> read_jobs();
    [[nodiscard]] Result<void> read_commits(RestoredJob& job);
    [[nodiscard]] Result<void> read_leases(RestoredJob& job);
    [[nodiscard]] Result<void> read_faults(RestoredJob& job);
    [[nodiscard]] Result<void> read_set_aside(RestoredJob& job);
};

[[nodiscard]] bool is_journal_record(const Action& action);

[[nodiscard]] Bytes pack_ranges(const std::vector<BlockRange>& ranges);
/// Errors: io if the bytes are no list of ranges.
[[nodiscard]] Result<std::vector<BlockRange>> unpack_ranges(std::span<const std::byte> bytes);

}  // namespace vargrid::scheduler
