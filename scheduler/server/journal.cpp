#include "scheduler/server/journal.hpp"

#include "base/digest.hpp"
#include "scheduler/server/file.hpp"
#include "scheduler/server/journal_impl.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <type_traits>
#include <utility>

namespace vargrid::scheduler {
namespace {

/// "vgrd" in the file's header: tells a journal from any other SQLite file.
constexpr std::uint64_t kApplicationId = 0x76677264;
constexpr std::uint64_t kPageBytes = 4096;

/// The log is overwritten from its start after a checkpoint. Bytes that are there already are
/// synced much sooner than bytes that make the file longer, so it gets its usual size at once.
constexpr std::uint64_t kLogBytes = std::uint64_t{4} << 20;
/// Pages in the log when it is moved to the main file: in a quiet moment, and at the latest.
constexpr int kLogPagesQuiet = 900;
constexpr int kLogPagesMax = 8'192;

// head: one row. log: one row for each job and turn; key as row_key() says.
constexpr const char* kSchema = R"sql(
CREATE TABLE head (
    one INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, next_job INTEGER NOT NULL,
    rows INTEGER NOT NULL, check_high INTEGER NOT NULL, check_low INTEGER NOT NULL);
CREATE TABLE log (
    key INTEGER PRIMARY KEY, unix_ms INTEGER NOT NULL, check_high INTEGER NOT NULL,
    check_low INTEGER NOT NULL, records BLOB NOT NULL);
)sql";

/// An empty file becomes a journal; a journal of this format passes; anything else is refused.
Result<void> check_format(Database& database) {
    VARGRID_TRY(const auto application, database.integer("PRAGMA application_id"));
    VARGRID_TRY(const auto format, database.integer("PRAGMA user_version"));
    VARGRID_TRY(const auto tables, database.integer("SELECT count(*) FROM sqlite_master"));
    if (application == 0 && format == 0 && tables == 0) {
        const BlockDigest check = head_checksum(Epoch{}, JobId{1}, 0);
        const auto as_stored = [](std::uint64_t value) {
            return std::to_string(std::bit_cast<std::int64_t>(value));
        };
        return database.execute(
            "BEGIN IMMEDIATE;" + std::string{kSchema} + "INSERT INTO head VALUES (1, 0, 1, 0, " +
            as_stored(check.high) + ", " + as_stored(check.low) +
            ");"
            "PRAGMA application_id=" +
            std::to_string(kApplicationId) +
            ";PRAGMA user_version=" + std::to_string(kJournalFormat) + ";COMMIT;");
    }
    if (application != kApplicationId) {
        return Error{ErrorCode::io,
                     "is a database of another program. Choose another folder with --journal"};
    }
    if (format != kJournalFormat) {
        return Error{ErrorCode::io,
                     "has format " + std::to_string(format) + ", this release reads format " +
                         std::to_string(kJournalFormat) +
                         ". Use the release that wrote it, or begin with an empty folder"};
    }
    return {};
}

/// Writes zeros to the end of the log, which SQLite takes for the end of what is valid.
Result<void> lengthen_log(const std::filesystem::path& log) {
    std::error_code failed;
    const std::uint64_t size = std::filesystem::file_size(log, failed);
    if (failed || size >= kLogBytes) {
        return {};
    }
    VARGRID_TRY(File file, File::append_to(log));
    const Bytes zeros(kLogBytes - size);
    VARGRID_TRY_VOID(file.write(zeros));
    return file.sync();
}

Result<void> open_database(Journal::Impl& impl, Durability durability) {
    VARGRID_TRY(impl.database, Database::open(impl.file));
    // Exclusive from the first access to the end of the process: the lock that keeps a second
    // scheduler out, and it dies with the process however that ends.
    VARGRID_TRY_VOID(
        impl.database.execute("PRAGMA locking_mode=EXCLUSIVE;"
                              "PRAGMA journal_mode=WAL;"
                              "PRAGMA synchronous=FULL;"
                              "PRAGMA foreign_keys=OFF;"
                              // Nothing in it is secret enough to overwrite it page by page.
                              "PRAGMA secure_delete=OFF;"
                              "PRAGMA cache_size=-65536;"
                              "PRAGMA temp_store=MEMORY;"));
    VARGRID_TRY_VOID(check_format(impl.database));
    // In exclusive mode reading is not enough to take the lock that others respect.
    VARGRID_TRY_VOID(impl.database.execute("BEGIN IMMEDIATE; UPDATE head SET one = one; COMMIT;"));
    impl.database.checkpoint_on_request();
    if (durability == Durability::unsynced) {
        VARGRID_TRY_VOID(impl.database.execute("PRAGMA synchronous=OFF"));
        return impl.prepare_all();
    }
    // A disk without room for it is found out when it matters, by the first write that fails.
    static_cast<void>(lengthen_log(impl.file.string() + "-wal"));
    return impl.prepare_all();
}

}  // namespace

Error Journal::Impl::error(const Error& cause) const {
    std::string text = "journal " + file.string() + ": " + cause.message;
    if (cause.code == ErrorCode::conflict) {
        text += ". A scheduler is running on it: stop that one, or choose another folder";
    } else if (cause.message.starts_with("damaged")) {
        text +=
            ". Restore the folder from a copy, or begin with an empty one; the file is left "
            "as it is";
    }
    return {cause.code, std::move(text)};
}

Result<void> Journal::Impl::prepare_all() {
    VARGRID_TRY(insert_row, database.prepare("INSERT INTO log VALUES (?,?,?,?,?)"));
    VARGRID_TRY(delete_rows, database.prepare("DELETE FROM log WHERE key BETWEEN ? AND ?"));
    VARGRID_TRY(set_head,
                database.prepare("UPDATE head SET epoch = ?, next_job = ?, rows = ?, "
                                 "check_high = ?, check_low = ?"));
    return {};
}

BlockDigest row_checksum(std::uint64_t key,
                         std::uint64_t unix_ms,
                         std::span<const std::byte> records) {
    const BlockDigest content = xxh128(records);
    const std::array<std::uint64_t, 4> all{key, unix_ms, content.high, content.low};
    return xxh128(std::as_bytes(std::span{all}));
}

BlockDigest head_checksum(Epoch epoch, JobId next_job, std::uint64_t rows) {
    const std::array<std::uint64_t, 3> all{epoch.value(), next_job.value(), rows};
    return xxh128(std::as_bytes(std::span{all}));
}

bool is_journal_record(const Action& action) {
    return std::visit(
        []<class T>(const T& /*record*/) {
            return JobRecord<T> || std::is_same_v<T, JournalJobForgotten>;
        },
        action);
}

std::map<JobId, Journal::Impl::Pending> Journal::Impl::collect(std::span<const Action> actions,
                                                               std::uint64_t unix_ms) const {
    std::map<JobId, Pending> pending;
    Pending* latest = nullptr;  // Neighbours mostly belong to one job.
    JobId latest_job;
    const auto of = [&](JobId job) -> Pending& {
        if (latest == nullptr || job != latest_job) {
            const auto [at, is_new] = pending.try_emplace(job);
            if (is_new) {
                at->second.times = times_of(job);
            }
            latest = &at->second;
            latest_job = job;
        }
        return *latest;
    };
    for (const Action& action : actions) {
        std::visit(
            [&]<class T>(const T& record) {
                if constexpr (JobRecord<T>) {
                    of(record.job).records.add(record);
                }
                if constexpr (std::is_same_v<T, JournalJob>) {
                    of(record.job).times = {unix_ms, 0};
                } else if constexpr (std::is_same_v<T, JournalJobState>) {
                    of(record.job).times.ended_unix_ms = has_ended(record.state) ? unix_ms : 0;
                } else if constexpr (std::is_same_v<T, JournalJobForgotten>) {
                    of(record.job).forgotten = true;
                }
            },
            action);
    }
    return pending;
}

JobTimes Journal::Impl::times_of(JobId job) const {
    const auto found = jobs.find(job);
    return found == jobs.end() ? JobTimes{} : found->second.times;
}

/// Within a transaction.
Result<void> Journal::Impl::store(const std::map<JobId, Pending>& pending, std::uint64_t unix_ms) {
    std::uint64_t rows = row_count();
    JobId next = next_job;
    for (const auto& [job, records] : pending) {
        const auto known = jobs.find(job);
        const std::uint64_t before = known == jobs.end() ? 0 : known->second.count;
        next = std::max(next, JobId{job.value() + 1});
        if (records.forgotten) {
            rows -= before;
            VARGRID_TRY_VOID(
                delete_rows.bind(1, row_key(job, 0)).bind(2, row_key(job, kRowsPerJobMax)).run());
            continue;
        }
        if (before >= kRowsPerJobMax) {
            return Error{ErrorCode::limit, "job " + std::to_string(job.value()) + " is too long"};
        }
        ++rows;
        const std::uint64_t key = row_key(job, before + 1);
        const BlockDigest check = row_checksum(key, unix_ms, records.records.bytes());
        VARGRID_TRY_VOID(insert_row.bind(1, key)
                             .bind(2, unix_ms)
                             .bind(3, check.high)
                             .bind(4, check.low)
                             .bind_borrowed(5, records.records.bytes())
                             .run());
    }
    return store_head(epoch, next, rows);
}

Result<void> Journal::Impl::store_head(Epoch new_epoch, JobId next, std::uint64_t rows) {
    const BlockDigest check = head_checksum(new_epoch, next, rows);
    return set_head.bind(1, new_epoch.value())
        .bind(2, next.value())
        .bind(3, rows)
        .bind(4, check.high)
        .bind(5, check.low)
        .run();
}

std::uint64_t Journal::Impl::row_count() const {
    std::uint64_t rows = 0;
    for (const auto& [job, of_job] : jobs) {
        rows += of_job.count;
    }
    return rows;
}

/// After the transaction: what is remembered follows what is stored.
void Journal::Impl::note_stored(const std::map<JobId, Pending>& pending) {
    for (const auto& [job, records] : pending) {
        next_job = std::max(next_job, JobId{job.value() + 1});
        if (records.forgotten) {
            jobs.erase(job);
        } else {
            JobRows& rows = jobs[job];
            ++rows.count;
            rows.times = records.times;
        }
    }
}

Journal::Journal(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Journal::~Journal() = default;
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;

Result<Journal> Journal::open(const std::filesystem::path& folder,
                              std::uint64_t bytes_max,
                              Durability durability) {
    auto impl = std::make_unique<Impl>();
    impl->file = folder / "journal.db";
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
        return Error{ErrorCode::io,
                     "cannot make the folder " + folder.string() + ": " + failed.message()};
    }
    if (auto opened = open_database(*impl, durability); !opened) {
        return impl->error(opened.error());
    }
    Journal journal{std::move(impl)};
    VARGRID_TRY_VOID(journal.limit_size(bytes_max));
    return journal;
}

Result<std::size_t> Journal::write(std::span<const Action> actions, std::uint64_t unix_ms) {
    const auto records =
        static_cast<std::size_t>(std::count_if(actions.begin(), actions.end(), is_journal_record));
    if (records == 0) {
        return records;
    }
    const auto pending = impl_->collect(actions, unix_ms);
    auto write_all = [&]() -> Result<void> {
        VARGRID_TRY_VOID(impl_->database.execute("BEGIN IMMEDIATE"));
        VARGRID_TRY_VOID(impl_->store(pending, unix_ms));
        return impl_->database.execute("COMMIT");
    };
    if (auto written = write_all(); !written) {
        // Fails harmlessly where SQLite has rolled back by itself.
        static_cast<void>(impl_->database.execute("ROLLBACK"));
        return impl_->error(written.error());
    }
    impl_->note_stored(pending);
    if (impl_->database.log_pages() > kLogPagesMax) {
        // Tried again later if it fails: what counts is in the log, and that is synced.
        static_cast<void>(impl_->database.checkpoint());
    }
    return records;
}

bool Journal::rest() {
    if (impl_->database.log_pages() <= kLogPagesQuiet) {
        return false;
    }
    static_cast<void>(impl_->database.checkpoint());
    return true;
}

JobTimes Journal::times(JobId job) const {
    return impl_->times_of(job);
}

Result<void> Journal::limit_size(std::uint64_t bytes_max) {
    const auto limited =
        impl_->database.integer("PRAGMA max_page_count=" + std::to_string(bytes_max / kPageBytes));
    if (!limited) {
        return impl_->error(limited.error());
    }
    return {};
}

}  // namespace vargrid::scheduler
