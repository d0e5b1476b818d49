// Reading a journal back: every row is checked against its checksum and its place, and replayed.
#include "scheduler/server/journal_impl.hpp"
#include "scheduler/server/journal_replay.hpp"

#include <optional>
#include <string>

namespace vargrid::scheduler {
namespace {

/// An attempt carries its epoch in 32 bits.
constexpr std::uint64_t kEpochMax = 0xffff'ffffU;

Error damaged(const std::string& what) {
    return {ErrorCode::io, "damaged (" + what + ")"};
}

Error damaged(JobId job, const std::string& what) {
    return damaged("job " + std::to_string(job.value()) + ": " + what);
}

/// The records of the row that `rows` stands at, if they are what was written.
Result<std::span<const std::byte>> checked_records(const Statement& rows, JobId job) {
    const auto records = rows.blob(4);
    const BlockDigest stored{rows.integer(2), rows.integer(3)};
    if (stored != row_checksum(rows.integer(0), rows.integer(1), records)) {
        return damaged(job, "a row does not have the content that was written");
    }
    return records;
}

}  // namespace

/// Takes over epoch and next job; returns the number of rows that there must be.
Result<std::uint64_t> Journal::Impl::read_head() {
    VARGRID_TRY(Statement head,
                database.prepare("SELECT epoch, next_job, rows, check_high, check_low FROM head"));
    VARGRID_TRY(const bool found, head.step());
    if (!found) {
        return damaged("its head is missing");
    }
    epoch = Epoch{head.integer(0)};
    next_job = JobId{head.integer(1)};
    const std::uint64_t rows = head.integer(2);
    if (head_checksum(epoch, next_job, rows) != BlockDigest{head.integer(3), head.integer(4)}) {
        return damaged("its head does not have the content that was written");
    }
    return rows;
}

Result<Restored> Journal::Impl::read_jobs(std::uint64_t rows_expected) {
    Restored restored{epoch, next_job, {}};
    std::optional<JobReplay> replay;
    JobId job;
    JobRows of_job;
    const auto finish = [&]() -> Result<void> {
        if (replay) {
            of_job.times = replay->times();
            VARGRID_TRY(RestoredJob one, replay->finish());
            restored.jobs.push_back(std::move(one));
            jobs.emplace(job, of_job);
        }
        return {};
    };
    VARGRID_TRY(Statement rows,
                database.prepare(
                    "SELECT key, unix_ms, check_high, check_low, records FROM log ORDER BY key"));
    std::uint64_t rows_found = 0;
    while (true) {
        VARGRID_TRY(const bool found, rows.step());
        if (!found) {
            break;
        }
        ++rows_found;
        const std::uint64_t key = rows.integer(0);
        if (!replay || JobId{key >> 32U} != job) {
            VARGRID_TRY_VOID(finish());
            job = JobId{key >> 32U};
            of_job = {};
            replay.emplace(job, JobReplay::Purpose::restart);
            if (job.value() == 0 || job >= next_job) {
                return damaged(job, "its number was never given");
            }
        }
        if (key != row_key(job, ++of_job.count)) {
            return damaged(job, "row " + std::to_string(of_job.count) + " is missing");
        }
        VARGRID_TRY(const auto records, checked_records(rows, job));
        VARGRID_TRY_VOID(replay->add(records, rows.integer(1)));
    }
    VARGRID_TRY_VOID(finish());
    if (rows_found != rows_expected) {
        return damaged("it has " + std::to_string(rows_found) + " rows of " +
                       std::to_string(rows_expected));
    }
    return restored;
}

Result<Restored> Journal::restore() {
    auto read_all = [this]() -> Result<Restored> {
        VARGRID_TRY(const std::uint64_t rows, impl_->read_head());
        if (impl_->epoch.value() >= kEpochMax) {
            return damaged("epoch " + std::to_string(impl_->epoch.value()));
        }
        VARGRID_TRY(Restored restored, impl_->read_jobs(rows));
        restored.epoch = Epoch{impl_->epoch.value() + 1};
        VARGRID_TRY_VOID(impl_->store_head(restored.epoch, impl_->next_job, rows));
        impl_->epoch = restored.epoch;
        return restored;
    };
    auto restored = read_all();
    if (!restored) {
        return impl_->error(restored.error());
    }
    return restored;
}

Result<JobReplay> Journal::Impl::read_shards(JobId job, bool until_settled) {
    if (!jobs.contains(job)) {
        return Error{ErrorCode::not_found, "no job " + std::to_string(job.value())};
    }
    JobReplay replay{job, JobReplay::Purpose::manifest};
    VARGRID_TRY(Statement rows,
                database.prepare("SELECT key, unix_ms, check_high, check_low, records FROM log "
                                 "WHERE key BETWEEN ? AND ? ORDER BY key"));
    rows.bind(1, row_key(job, 0)).bind(2, row_key(job, kRowsPerJobMax));
    while (!until_settled || replay.state() == JobState::running) {
        VARGRID_TRY(const bool found, rows.step());
        if (!found) {
            break;
        }
        VARGRID_TRY(const auto records, checked_records(rows, job));
        VARGRID_TRY_VOID(replay.add(records, rows.integer(1)));
    }
    return replay;
}

Result<protocol::Manifest> Journal::manifest(JobId job) {
    auto read = [&]() -> Result<protocol::Manifest> {
        VARGRID_TRY(JobReplay replay, impl_->read_shards(job, true));
        return replay.finish_manifest();
    };
    auto manifest = read();
    if (!manifest) {
        return impl_->error(manifest.error());
    }
    return manifest;
}

Result<std::vector<protocol::ManifestEntry>> Journal::commits(JobId job) {
    auto replay = impl_->read_shards(job, false);
    if (!replay) {
        return impl_->error(replay.error());
    }
    return replay->take_shards();
}

}  // namespace vargrid::scheduler
