#include "scheduler/server/journal.hpp"

#include "scheduler/server/journal_impl.hpp"

#include <utility>

namespace vargrid::scheduler {
namespace {

/// "vgrd" in the file's header: tells a journal from any other SQLite file.
constexpr std::uint64_t kApplicationId = 0x76677264;
constexpr std::uint64_t kPageBytes = 4096;

constexpr const char* kSchema = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('epoch', 0), ('next_job', 1);
CREATE TABLE jobs (
    job INTEGER PRIMARY KEY, client INTEGER NOT NULL, request INTEGER NOT NULL,
    name TEXT NOT NULL, owner TEXT NOT NULL, priority INTEGER NOT NULL, blocks INTEGER NOT NULL,
    block_cost_ns INTEGER NOT NULL, blocks_per_task_max INTEGER NOT NULL,
    commit_interval_ns INTEGER NOT NULL, payload BLOB NOT NULL, output_folder TEXT NOT NULL,
    price_millionths INTEGER NOT NULL, currency TEXT NOT NULL,
    state INTEGER NOT NULL, message TEXT NOT NULL, paused INTEGER NOT NULL DEFAULT 0,
    deadline_unix_ms INTEGER NOT NULL, needs_isa TEXT NOT NULL,
    memory_per_thread_bytes INTEGER NOT NULL,
    submitted_unix_ms INTEGER NOT NULL, ended_unix_ms INTEGER NOT NULL DEFAULT 0);
CREATE TABLE ledgers (
    job INTEGER PRIMARY KEY, useful_us INTEGER NOT NULL,
    lost_to_reclaim_us INTEGER NOT NULL, lost_to_faults_us INTEGER NOT NULL,
    speculative_us INTEGER NOT NULL, audit_us INTEGER NOT NULL, idle_us INTEGER NOT NULL,
    start_up_us INTEGER NOT NULL, leases INTEGER NOT NULL, commits INTEGER NOT NULL,
    commits_repeated INTEGER NOT NULL, commits_refused INTEGER NOT NULL,
    leases_returned INTEGER NOT NULL, leases_lost INTEGER NOT NULL,
    blocks_repeated INTEGER NOT NULL, block_faults INTEGER NOT NULL);
CREATE TABLE commits (
    job INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    attempt INTEGER NOT NULL, incarnation INTEGER NOT NULL, shard TEXT NOT NULL,
    digest_high INTEGER NOT NULL, digest_low INTEGER NOT NULL,
    PRIMARY KEY (job, first)) WITHOUT ROWID;
CREATE TABLE leases (
    attempt INTEGER PRIMARY KEY, job INTEGER NOT NULL, incarnation INTEGER NOT NULL,
    worker_name TEXT NOT NULL, open BLOB NOT NULL);
CREATE TABLE faults (
    sequence INTEGER PRIMARY KEY, job INTEGER NOT NULL, block INTEGER NOT NULL,
    worker_name TEXT NOT NULL, cause INTEGER NOT NULL, message TEXT NOT NULL);
CREATE TABLE set_aside (
    job INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY (job, block)) WITHOUT ROWID;
)sql";

std::uint64_t nanoseconds(Duration duration) {
    return static_cast<std::uint64_t>(duration.count());
}

/// An empty file becomes a journal; a journal of this format passes; anything else is refused.
Result<void> check_format(Database& database) {
    VARGRID_TRY(const auto application, database.integer("PRAGMA application_id"));
    VARGRID_TRY(const auto format, database.integer("PRAGMA user_version"));
    VARGRID_TRY(const auto tables, database.integer("SELECT count(*) FROM sqlite_master"));
    if (application == 0 && format == 0 && tables == 0) {
        return database.execute("BEGIN IMMEDIATE;" + std::string{kSchema} +
                                "PRAGMA application_id=" + std::to_string(kApplicationId) +
                                ";PRAGMA user_version=" + std::to_string(kJournalFormat) +
                                ";COMMIT;");
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

Result<void> open_database(Journal::Impl& impl) {
    VARGRID_TRY(impl.database, Database::open(impl.file));
    // Exclusive from the first access to the end of the process: the lock that keeps a second
    // scheduler out, and it dies with the process however that ends.
    VARGRID_TRY_VOID(
        impl.database.execute("PRAGMA locking_mode=EXCLUSIVE;"
                              "PRAGMA journal_mode=WAL;"
                              "PRAGMA synchronous=FULL;"
                              "PRAGMA foreign_keys=OFF;"
                              "PRAGMA cache_size=-65536;"
                              "PRAGMA temp_store=MEMORY;"));
    VARGRID_TRY_VOID(check_format(impl.database));
    // In exclusive mode reading is not enough to take the lock that others respect.
    VARGRID_TRY_VOID(impl.database.execute(
        "BEGIN IMMEDIATE; UPDATE meta SET value = value WHERE name = 'epoch'; COMMIT;"));
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
    VARGRID_TRY(insert_job,
                database.prepare("INSERT INTO jobs (job, client, request, name, owner, priority, "
                                 "blocks, block_cost_ns, blocks_per_task_max, commit_interval_ns, "
                                 "payload, output_folder, state, message, submitted_unix_ms, "
                                 "deadline_unix_ms, needs_isa, memory_per_thread_bytes, "
                                 "price_millionths, currency) "
                                 "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
    VARGRID_TRY(set_next_job,
                database.prepare("UPDATE meta SET value = ? WHERE name = 'next_job'"));
    VARGRID_TRY(set_job_state,
                database.prepare("UPDATE jobs SET state = ?, message = ?, ended_unix_ms = ? "
                                 "WHERE job = ?"));
    VARGRID_TRY(set_job_control,
                database.prepare("UPDATE jobs SET paused = ?, priority = ? WHERE job = ?"));
    VARGRID_TRY(set_ledger,
                database.prepare(
                    "INSERT OR REPLACE INTO ledgers VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
    VARGRID_TRY(insert_commit, database.prepare("INSERT INTO commits VALUES (?,?,?,?,?,?,?,?)"));
    VARGRID_TRY(put_lease, database.prepare("INSERT OR REPLACE INTO leases VALUES (?,?,?,?,?)"));
    VARGRID_TRY(delete_lease, database.prepare("DELETE FROM leases WHERE attempt = ?"));
    VARGRID_TRY(insert_fault,
                database.prepare("INSERT INTO faults (job, block, worker_name, cause, message) "
                                 "VALUES (?,?,?,?,?)"));
    VARGRID_TRY(insert_set_aside, database.prepare("INSERT OR IGNORE INTO set_aside VALUES (?,?)"));
    VARGRID_TRY(
        job_times,
        database.prepare("SELECT submitted_unix_ms, ended_unix_ms FROM jobs WHERE job = ?"));
    return {};
}

Result<void> Journal::Impl::store(const JournalJob& record, std::uint64_t unix_ms) {
    const JobSpec& spec = record.spec;
    VARGRID_TRY_VOID(set_next_job.bind(1, record.job.value() + 1).run());
    return insert_job.bind(1, record.job.value())
        .bind(2, record.client.value())
        .bind(3, record.request.value())
        .bind(4, spec.name)
        .bind(5, spec.owner)
        .bind(6, static_cast<std::uint64_t>(static_cast<std::int64_t>(spec.priority)))
        .bind(7, spec.blocks)
        .bind(8, nanoseconds(spec.block_cost))
        .bind(9, spec.blocks_per_task_max)
        .bind(10, nanoseconds(spec.commit_interval))
        .bind(11, std::as_bytes(std::span{spec.payload.bytes}))
        .bind(12, spec.output_folder)
        .bind(13, static_cast<std::uint64_t>(JobState::running))
        .bind(14, std::string_view{})
        .bind(15, unix_ms)
        .bind(16, spec.deadline_unix_ms)
        .bind(17, spec.needs_isa)
        .bind(18, spec.memory_per_thread_bytes)
        .bind(19, spec.price.per_core_hour_millionths)
        .bind(20, spec.price.currency)
        .run();
}

Result<void> Journal::Impl::store(const JournalJobState& record, std::uint64_t unix_ms) {
    return set_job_state.bind(1, static_cast<std::uint64_t>(record.state))
        .bind(2, record.message)
        .bind(3, has_ended(record.state) ? unix_ms : 0)
        .bind(4, record.job.value())
        .run();
}

Result<void> Journal::Impl::store(const JournalJobControl& record) {
    return set_job_control.bind(1, record.paused ? 1 : 0)
        .bind(2, static_cast<std::uint64_t>(static_cast<std::int64_t>(record.priority)))
        .bind(3, record.job.value())
        .run();
}

Result<void> Journal::Impl::store(const JournalJobForgotten& record) {
    for (const char* const table :
         {"jobs", "ledgers", "commits", "leases", "faults", "set_aside"}) {
        VARGRID_TRY_VOID(database.execute("DELETE FROM " + std::string{table} +
                                          " WHERE job = " + std::to_string(record.job.value())));
    }
    return {};
}

Result<void> Journal::Impl::store(const JournalLease& record) {
    return put_lease.bind(1, record.attempt.value())
        .bind(2, record.job.value())
        .bind(3, record.incarnation.value())
        .bind(4, record.worker_name)
        .bind(5, pack_ranges(record.open))
        .run();
}

Result<void> Journal::Impl::store(const JournalLeaseEnd& record) {
    return delete_lease.bind(1, record.attempt.value()).run();
}

Result<void> Journal::Impl::store(const JournalCommit& record) {
    for (const RangeDigest& one : record.ranges) {
        VARGRID_TRY_VOID(insert_commit.bind(1, record.job.value())
                             .bind(2, one.range.first)
                             .bind(3, one.range.last)
                             .bind(4, record.attempt.value())
                             .bind(5, record.incarnation.value())
                             .bind(6, record.shard)
                             .bind(7, one.digest.high)
                             .bind(8, one.digest.low)
                             .run());
    }
    return {};
}

Result<void> Journal::Impl::store(const JournalBlockFault& record) {
    return insert_fault.bind(1, record.job.value())
        .bind(2, record.fault.block)
        .bind(3, record.fault.worker_name)
        .bind(4, static_cast<std::uint64_t>(record.fault.cause))
        .bind(5, record.fault.message)
        .run();
}

Result<void> Journal::Impl::store(const JournalSetAside& record) {
    return insert_set_aside.bind(1, record.job.value()).bind(2, record.block).run();
}

Result<void> Journal::Impl::store(const JournalLedger& record) {
    const Ledger& ledger = record.ledger;
    int at = 1;
    set_ledger.bind(at++, record.job.value());
    for (const CoreSum spent : ledger.spent) {
        set_ledger.bind(at++, static_cast<std::uint64_t>(spent.count()));
    }
    for (const std::uint64_t count : {ledger.leases,
                                      ledger.commits,
                                      ledger.commits_repeated,
                                      ledger.commits_refused,
                                      ledger.leases_returned,
                                      ledger.leases_lost,
                                      ledger.blocks_repeated,
                                      ledger.block_faults}) {
        set_ledger.bind(at++, count);
    }
    return set_ledger.run();
}

Result<void> Journal::Impl::store_one(const Action& action, std::uint64_t unix_ms) {
    return std::visit(
        [&](const auto& record) -> Result<void> {
            if constexpr (requires(Impl & impl) { impl.store(record, unix_ms); }) {
                return store(record, unix_ms);
            } else if constexpr (requires(Impl & impl) { impl.store(record); }) {
                return store(record);
            } else {
                return {};
            }
        },
        action);
}

bool is_journal_record(const Action& action) {
    return std::visit(
        [](const auto& record) {
            return requires(Journal::Impl & impl) {
                impl.store(record);
            }
            || requires(Journal::Impl & impl) {
                impl.store(record, std::uint64_t{0});
            };
        },
        action);
}

Bytes pack_ranges(const std::vector<BlockRange>& ranges) {
    ByteWriter writer;
    for (const BlockRange& range : ranges) {
        writer.put(range.first);
        writer.put(range.last);
    }
    return writer.take();
}

Result<std::vector<BlockRange>> unpack_ranges(std::span<const std::byte> bytes) {
    constexpr std::size_t kRangeBytes = 2 * sizeof(std::uint64_t);
    if (bytes.size() % kRangeBytes != 0) {
        return Error{ErrorCode::io, "a list of ranges has an odd length"};
    }
    ByteReader reader{bytes};
    std::vector<BlockRange> ranges(bytes.size() / kRangeBytes);
    for (BlockRange& range : ranges) {
        range.first = reader.get<std::uint64_t>();
        range.last = reader.get<std::uint64_t>();
    }
    return ranges;
}

Journal::Journal(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Journal::~Journal() = default;
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;

Result<Journal> Journal::open(const std::filesystem::path& folder, std::uint64_t bytes_max) {
    auto impl = std::make_unique<Impl>();
    impl->file = folder / "journal.db";
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
        return Error{ErrorCode::io,
                     "cannot make the folder " + folder.string() + ": " + failed.message()};
    }
    if (auto opened = open_database(*impl); !opened) {
        return impl->error(opened.error());
    }
    Journal journal{std::move(impl)};
    VARGRID_TRY_VOID(journal.limit_size(bytes_max));
    return journal;
}

Result<std::size_t> Journal::write(std::span<const Action> actions, std::uint64_t unix_ms) {
    std::size_t records = 0;
    for (const Action& action : actions) {
        records += is_journal_record(action) ? 1U : 0U;
    }
    if (records == 0) {
        return records;
    }
    auto write_all = [&]() -> Result<void> {
        VARGRID_TRY_VOID(impl_->database.execute("BEGIN IMMEDIATE"));
        for (const Action& action : actions) {
            VARGRID_TRY_VOID(impl_->store_one(action, unix_ms));
        }
        return impl_->database.execute("COMMIT");
    };
    if (auto written = write_all(); !written) {
        // Fails harmlessly where SQLite has rolled back by itself.
        static_cast<void>(impl_->database.execute("ROLLBACK"));
        return impl_->error(written.error());
    }
    return records;
}

Result<JobTimes> Journal::times(JobId job) {
    Statement& statement = impl_->job_times;
    const auto found = statement.bind(1, job.value()).step();
    JobTimes times;
    if (found && *found) {
        times = {statement.integer(0), statement.integer(1)};
    }
    statement.reset();
    if (!found) {
        return impl_->error(found.error());
    }
    return times;
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
