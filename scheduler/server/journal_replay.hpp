// Inside the journal only: one job, as its records told it, in the order they were written.
#pragma once

#include "base/result.hpp"
#include "scheduler/server/journal.hpp"
#include "scheduler/server/journal_record.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace vargrid::scheduler {

class JobReplay {
  public:
    /// What it is made for: a new epoch needs the leases, a manifest the shards.
    enum class Purpose : std::uint8_t { restart, manifest };

    JobReplay(JobId job, Purpose purpose) : id_{job}, purpose_{purpose} {}

    /// The records of the next row. Errors: io, "damaged ...".
    [[nodiscard]] Result<void> add(std::span<const std::byte> records, std::uint64_t unix_ms);

    [[nodiscard]] JobState state() const { return job_.state; }
    [[nodiscard]] const JobTimes& times() const { return times_; }

    /// Everything, checked: a core never sees tables that contradict each other. Called once.
    [[nodiscard]] Result<RestoredJob> finish();
    /// Every commit of the rows added, by first block. For a manifest. Called once.
    [[nodiscard]] std::vector<protocol::ManifestEntry> take_shards();
    /// As of the rows added. Errors: io, if blocks are missing. Called once.
    [[nodiscard]] Result<protocol::Manifest> finish_manifest();

  private:
    template <class Record>
    void read(RecordReader& reader, Record& record);
    void on(const JournalJob& record);
    void on(JournalJobState& record);
    void on(const JournalJobControl& record);
    void on(JournalLease& record);
    void on(const JournalLeaseEnd& record);
    void on(const JournalCommit& record);
    void on(const JournalUncommit& record);
    void on(const JournalClaim& record);
    void on(JournalBlockFault& record);
    void on(const JournalSetAside& record);
    void on(const JournalLedger& record);

    [[nodiscard]] Error damaged(const std::string& what) const;
    [[nodiscard]] Result<void> check_job() const;
    [[nodiscard]] Result<void> finish_commits();
    [[nodiscard]] Result<void> finish_leases();
    [[nodiscard]] Result<void> finish_faults();
    [[nodiscard]] Result<void> finish_disputes();
    [[nodiscard]] Result<void> finish_set_aside();

    JobId id_;
    Purpose purpose_;
    bool has_job_{false};
    std::uint64_t unix_ms_{0};
    JobTimes times_;
    std::uint64_t last_commit_unix_ms_{0};
    RestoredJob job_;
    std::unordered_map<std::uint64_t, RestoredLease> leases_;  ///< By attempt.
    std::vector<protocol::ManifestEntry> shards_;
    // Reused from record to record, so that a million of them need no million allocations.
    JournalCommit commit_;
    JournalLease lease_;
};

}  // namespace vargrid::scheduler
