// Journal: what a scheduler must not forget, in one SQLite file (WAL, synchronous=FULL). It stores
// the core's Journal* actions, all of one job and turn as one row with a checksum, and folds them
// into the Restored event of the next epoch. A file that is damaged, of another format, or in use
// is refused with words that say what to do.
#pragma once

#include "base/result.hpp"
#include "protocol/ids.hpp"
#include "protocol/manifest.hpp"
#include "scheduler/core/action.hpp"
#include "scheduler/core/event.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace vargrid::scheduler {

/// The format of the file; another number is another release's journal.
inline constexpr std::uint64_t kJournalFormat = 2;

/// Wall-clock times of a job, for people.
struct JobTimes {
    std::uint64_t submitted_unix_ms{0};
    std::uint64_t ended_unix_ms{0};  ///< 0 while it runs.
    friend bool operator==(const JobTimes&, const JobTimes&) = default;
};

/// Whether a write waits for the disk. Without, only a crash of the machine loses anything: for a
/// journal that nobody will open again.
enum class Durability : std::uint8_t { synced, unsynced };

class Journal {
  public:
    /// Opens or makes FOLDER/journal.db and locks it for this process.
    /// Errors: conflict (a live scheduler has it), io (damaged, another format, disk).
    [[nodiscard]] static Result<Journal> open(const std::filesystem::path& folder,
                                              std::uint64_t bytes_max,
                                              Durability durability = Durability::synced);
    ~Journal();
    Journal(Journal&&) noexcept;
    Journal& operator=(Journal&&) noexcept;

    /// Everything stored, under the next epoch, which is durable when this returns. Called once.
    /// Errors: io, if what is stored contradicts itself.
    [[nodiscard]] Result<Restored> restore();

    /// Stores the Journal* actions among these in one transaction that has reached the disk when
    /// this returns. Returns how many there were; with none it touches nothing. After an error
    /// nothing is stored and the same call may be made again.
    [[nodiscard]] Result<std::size_t> write(std::span<const Action> actions, std::uint64_t unix_ms);

    /// What was committed and set aside of a job, how long it took and what it cost, as all of that
    /// stood when its last block was settled: the same whenever it is asked for.
    /// Errors: not_found; io, also if blocks are missing.
    [[nodiscard]] Result<protocol::Manifest> manifest(JobId job);

    /// Every commit of a job, the final step's too, by first block. Errors: as manifest().
    [[nodiscard]] Result<std::vector<protocol::ManifestEntry>> commits(JobId job);

    /// Zeros for an unknown job.
    [[nodiscard]] JobTimes times(JobId job) const;

    /// Housekeeping that may take some milliseconds, for a moment when nobody waits; returns
    /// whether there was any. Without such moments write() does it when it cannot be put off.
    bool rest();

    /// Lets the file grow up to this size; beyond it write() fails as on a full disk.
    [[nodiscard]] Result<void> limit_size(std::uint64_t bytes_max);

    struct Impl;

  private:
    explicit Journal(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace vargrid::scheduler
