// Reading a journal back: the Restored event, the manifest of a job, and the checks that what is
// stored makes sense. SQLite notices broken pages; a wrong number in a sound page is found here, so
// that the core never sees tables that contradict each other.
#include "scheduler/server/journal_impl.hpp"

#include <algorithm>

namespace vargrid::scheduler {
namespace {

Error damaged(JobId job, const std::string& what) {
    return {ErrorCode::io, "damaged (job " + std::to_string(job.value()) + ": " + what + ")"};
}

Duration duration(std::uint64_t nanoseconds) {
    return Duration{static_cast<std::int64_t>(nanoseconds)};
}

bool is_state(std::uint64_t state) {
    return state <= static_cast<std::uint64_t>(JobState::cancelled);
}

/// Ascending, disjoint, not empty, within the job including its final step.
bool are_sound(const std::vector<BlockRange>& ranges, std::uint64_t blocks) {
    std::uint64_t end = 0;
    for (const BlockRange& range : ranges) {
        if (range.empty() || range.first < end || range.last > blocks + 1) {
            return false;
        }
        end = range.last;
    }
    return true;
}

bool is_committed(const std::vector<CommittedRange>& committed, std::uint64_t block) {
    auto after = std::upper_bound(
        committed.begin(), committed.end(), block, [](std::uint64_t b, const CommittedRange& c) {
            return b < c.range.first;
        });
    return after != committed.begin() && std::prev(after)->range.contains(block);
}

void read_ledger(Statement& rows, int column, Ledger& ledger) {
    for (CoreSum& spent : ledger.spent) {
        spent = CoreSum{static_cast<CoreSum::rep>(rows.integer(column++))};
    }
    for (std::uint64_t* const count : {&ledger.leases,
                                       &ledger.commits,
                                       &ledger.commits_repeated,
                                       &ledger.commits_refused,
                                       &ledger.leases_returned,
                                       &ledger.leases_lost,
                                       &ledger.blocks_repeated,
                                       &ledger.block_faults}) {
        *count = rows.integer(column++);
    }
}

}  // namespace

Result<std::vector<RestoredJob>> Journal::Impl::read_jobs() {
    VARGRID_TRY(Statement rows,
                database.prepare(
                    "SELECT jobs.job, client, request, name, owner, priority, blocks, "
                    "block_cost_ns, blocks_per_task_max, commit_interval_ns, payload, "
                    "output_folder, state, message, paused, deadline_unix_ms, needs_isa, "
                    "memory_per_thread_bytes, price_millionths, currency, useful_us, "
                    "lost_to_reclaim_us, lost_to_faults_us, speculative_us, audit_us, idle_us, "
                    "start_up_us, leases, commits, commits_repeated, commits_refused, "
                    "leases_returned, leases_lost, blocks_repeated, block_faults "
                    "FROM jobs LEFT JOIN ledgers ON ledgers.job = jobs.job ORDER BY jobs.job"));
    std::vector<RestoredJob> jobs;
    while (true) {
        VARGRID_TRY(const bool found, rows.step());
        if (!found) {
            return jobs;
        }
        RestoredJob job;
        job.job = JobId{rows.integer(0)};
        job.client = ClientId{rows.integer(1)};
        job.request = RequestId{rows.integer(2)};
        job.spec.name = rows.text(3);
        job.spec.owner = rows.text(4);
        job.spec.priority = static_cast<std::int32_t>(static_cast<std::int64_t>(rows.integer(5)));
        job.spec.blocks = rows.integer(6);
        job.spec.block_cost = duration(rows.integer(7));
        job.spec.blocks_per_task_max = rows.integer(8);
        job.spec.commit_interval = duration(rows.integer(9));
        const auto payload = rows.blob(10);
        const auto digest =
            digest_from_bytes({reinterpret_cast<const char*>(payload.data()), payload.size()});
        job.spec.output_folder = rows.text(11);
        if (!digest || !is_state(rows.integer(12)) || job.spec.blocks == 0 ||
            job.spec.blocks >= (std::uint64_t{1} << 62U)) {
            return damaged(job.job, "its row makes no sense");
        }
        job.spec.payload = *digest;
        job.state = static_cast<JobState>(rows.integer(12));
        job.message = rows.text(13);
        job.paused = rows.integer(14) != 0;
        job.spec.deadline_unix_ms = rows.integer(15);
        job.spec.needs_isa = rows.text(16);
        job.spec.memory_per_thread_bytes = rows.integer(17);
        job.spec.price = {rows.integer(18), rows.text(19)};
        read_ledger(rows, 20, job.ledger);
        jobs.push_back(std::move(job));
    }
}

Result<void> Journal::Impl::read_commits(RestoredJob& job) {
    VARGRID_TRY(Statement rows,
                database.prepare("SELECT first, last, attempt, incarnation FROM commits "
                                 "WHERE job = ? ORDER BY first"));
    rows.bind(1, job.job.value());
    std::uint64_t end = 0;
    while (true) {
        VARGRID_TRY(const bool found, rows.step());
        if (!found) {
            return {};
        }
        const CommittedRange row{.range = {rows.integer(0), rows.integer(1)},
                                 .attempt = Attempt{rows.integer(2)},
                                 .incarnation = Incarnation{rows.integer(3)}};
        const bool spans_final_step =
            row.range.first < job.spec.blocks && row.range.last > job.spec.blocks;
        if (row.range.empty() || row.range.first < end || row.range.last > job.spec.blocks + 1 ||
            spans_final_step) {
            return damaged(job.job,
                           "committed blocks [" + std::to_string(row.range.first) + ", " +
                               std::to_string(row.range.last) + ") cannot be");
        }
        end = row.range.last;
        // One block a task leaves millions of rows; neighbours of one attempt become one again.
        if (!job.committed.empty() && job.committed.back().range.last == row.range.first &&
            job.committed.back().attempt == row.attempt &&
            job.committed.back().incarnation == row.incarnation) {
            job.committed.back().range.last = row.range.last;
        } else {
            job.committed.push_back(row);
        }
    }
}

Result<void> Journal::Impl::read_leases(RestoredJob& job) {
    VARGRID_TRY(Statement rows,
                database.prepare("SELECT attempt, incarnation, worker_name, open FROM leases "
                                 "WHERE job = ? ORDER BY attempt"));
    rows.bind(1, job.job.value());
    while (true) {
        VARGRID_TRY(const bool found, rows.step());
        if (!found) {
            return {};
        }
        RestoredLease lease{.attempt = Attempt{rows.integer(0)},
                            .incarnation = Incarnation{rows.integer(1)},
                            .worker_name = rows.text(2),
                            .open = {}};
        auto open = unpack_ranges(rows.blob(3));
        if (!open) {
            return damaged(job.job, open.error().message);
        }
        lease.open = std::move(*open);
        if (!are_sound(lease.open, job.spec.blocks)) {
            return damaged(
                job.job,
                "the blocks of lease " + std::to_string(lease.attempt.value()) + " cannot be");
        }
        job.leases.push_back(std::move(lease));
    }
}

Result<void> Journal::Impl::read_faults(RestoredJob& job) {
    VARGRID_TRY(Statement rows,
                database.prepare("SELECT block, worker_name, cause, message FROM faults "
                                 "WHERE job = ? ORDER BY sequence"));
    rows.bind(1, job.job.value());
    while (true) {
        VARGRID_TRY(const bool found, rows.step());
        if (!found) {
            return {};
        }
        if (rows.integer(0) > job.spec.blocks ||
            rows.integer(2) > static_cast<std::uint64_t>(FaultCause::host)) {
            return damaged(job.job, "a recorded fault cannot be");
        }
        if (!is_committed(job.committed, rows.integer(0))) {
            job.faults.push_back({.block = rows.integer(0),
                                  .worker_name = rows.text(1),
                                  .cause = static_cast<FaultCause>(rows.integer(2)),
                                  .message = rows.text(3)});
        }
    }
}

Result<void> Journal::Impl::read_set_aside(RestoredJob& job) {
    VARGRID_TRY(Statement rows,
                database.prepare("SELECT block FROM set_aside WHERE job = ? ORDER BY block"));
    rows.bind(1, job.job.value());
    while (true) {
        VARGRID_TRY(const bool found, rows.step());
        if (!found) {
            return {};
        }
        const std::uint64_t block = rows.integer(0);
        if (block > job.spec.blocks || is_committed(job.committed, block)) {
            return damaged(job.job, "block " + std::to_string(block) + " cannot be set aside");
        }
        job.set_aside.push_back(block);
    }
}

Result<Restored> Journal::restore() {
    auto read_all = [this]() -> Result<Restored> {
        Database& database = impl_->database;
        VARGRID_TRY_VOID(
            database.execute("UPDATE meta SET value = value + 1 WHERE name = 'epoch'"));
        Restored restored;
        VARGRID_TRY(const auto epoch,
                    database.integer("SELECT value FROM meta WHERE name = 'epoch'"));
        VARGRID_TRY(const auto next_job,
                    database.integer("SELECT value FROM meta WHERE name = 'next_job'"));
        restored.epoch = Epoch{epoch};
        restored.next_job = JobId{next_job};
        VARGRID_TRY(restored.jobs, impl_->read_jobs());
        for (RestoredJob& job : restored.jobs) {
            if (job.job.value() == 0 || job.job.value() >= next_job) {
                return damaged(job.job, "its number was never given");
            }
            VARGRID_TRY_VOID(impl_->read_commits(job));
            VARGRID_TRY_VOID(impl_->read_leases(job));
            VARGRID_TRY_VOID(impl_->read_faults(job));
            VARGRID_TRY_VOID(impl_->read_set_aside(job));
        }
        // An attempt carries its epoch in 32 bits.
        if (epoch == 0 || epoch > 0xffff'ffffU) {
            return Error{ErrorCode::io, "damaged (epoch " + std::to_string(epoch) + ")"};
        }
        return restored;
    };
    auto restored = read_all();
    if (!restored) {
        return impl_->error(restored.error());
    }
    return restored;
}

Result<protocol::Manifest> Journal::manifest(JobId job) {
    auto read_all = [&]() -> Result<protocol::Manifest> {
        protocol::Manifest manifest;
        manifest.job = job;
        VARGRID_TRY(Statement spec,
                    impl_->database.prepare("SELECT blocks FROM jobs WHERE job = ?"));
        VARGRID_TRY(const bool known, spec.bind(1, job.value()).step());
        if (!known) {
            return Error{ErrorCode::not_found, "no job " + std::to_string(job.value())};
        }
        manifest.n_blocks = spec.integer(0);
        VARGRID_TRY(Statement rows,
                    impl_->database.prepare(
                        "SELECT first, last, attempt, shard, digest_high, digest_low FROM commits "
                        "WHERE job = ? AND first < ? ORDER BY first"));
        rows.bind(1, job.value()).bind(2, manifest.n_blocks);
        while (true) {
            VARGRID_TRY(const bool found, rows.step());
            if (!found) {
                break;
            }
            manifest.committed.push_back({.range = {rows.integer(0), rows.integer(1)},
                                          .attempt = Attempt{rows.integer(2)},
                                          .shard = rows.text(3),
                                          .digest = {rows.integer(4), rows.integer(5)}});
        }
        VARGRID_TRY(Statement aside,
                    impl_->database.prepare(
                        "SELECT block FROM set_aside WHERE job = ? AND block < ? ORDER BY block"));
        aside.bind(1, job.value()).bind(2, manifest.n_blocks);
        while (true) {
            VARGRID_TRY(const bool found, aside.step());
            if (!found) {
                break;
            }
            manifest.set_aside.push_back(single_block(aside.integer(0)));
        }
        if (const auto cover = protocol::check_cover(manifest); !cover) {
            return damaged(job, cover.error().message);
        }
        return manifest;
    };
    auto manifest = read_all();
    if (!manifest) {
        return impl_->error(manifest.error());
    }
    return manifest;
}

}  // namespace vargrid::scheduler
