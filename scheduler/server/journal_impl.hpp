// Inside the journal only: the open file and what is remembered of it.
#pragma once

#include "base/bytes.hpp"
#include "scheduler/server/journal.hpp"
#include "scheduler/server/journal_record.hpp"
#include "scheduler/server/sqlite.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace vargrid::scheduler {

class JobReplay;

struct Journal::Impl {
    /// The rows of one job.
    struct JobRows {
        std::uint64_t count{0};
        JobTimes times{};
    };
    /// The records of one job in the transaction that is being written.
    struct Pending {
        RecordWriter records;
        JobTimes times{};
        bool forgotten{false};
    };

    std::filesystem::path file;
    Database database;
    std::map<JobId, JobRows> jobs;
    Epoch epoch;
    JobId next_job{1};

    Statement insert_row;
    Statement delete_rows;
    Statement set_head;

    [[nodiscard]] Result<void> prepare_all();
    /// "journal /path/journal.db: <what>. <advice>"
    [[nodiscard]] Error error(const Error& cause) const;

    // Writing (journal.cpp).
    [[nodiscard]] std::map<JobId, Pending> collect(std::span<const Action> actions,
                                                   std::uint64_t unix_ms) const;
    [[nodiscard]] Result<void> store(const std::map<JobId, Pending>& pending,
                                     std::uint64_t unix_ms);
    [[nodiscard]] Result<void> store_head(Epoch new_epoch, JobId next, std::uint64_t rows);
    [[nodiscard]] JobTimes times_of(JobId job) const;
    [[nodiscard]] std::uint64_t row_count() const;
    void note_stored(const std::map<JobId, Pending>& pending);

    // Reading (journal_restore.cpp).
    [[nodiscard]] Result<std::uint64_t> read_head();
    [[nodiscard]] Result<Restored> read_jobs(std::uint64_t rows);
    /// The rows of a job, all of them or until its blocks are settled, with their shards.
    [[nodiscard]] Result<JobReplay> read_shards(JobId job, bool until_settled);
};

inline constexpr std::uint64_t kRowsPerJobMax = 0xffff'ffffU;

/// Rows are numbered by job and, within a job, from 1 without a gap: the job in the upper half.
[[nodiscard]] constexpr std::uint64_t row_key(JobId job, std::uint64_t number) {
    return (job.value() << 32U) | number;
}

/// Of a row: over its key, the time it was written and its records.
[[nodiscard]] BlockDigest row_checksum(std::uint64_t key,
                                       std::uint64_t unix_ms,
                                       std::span<const std::byte> records);
/// Of the head: over what it says.
[[nodiscard]] BlockDigest head_checksum(Epoch epoch, JobId next_job, std::uint64_t rows);

[[nodiscard]] bool is_journal_record(const Action& action);

}  // namespace vargrid::scheduler
