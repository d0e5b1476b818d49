// The records of a job folded into what it has become, and the checks that this makes sense. A row
// has a checksum, so what is wrong here was written wrongly; the core is spared it all the same.
#include "scheduler/server/journal_replay.hpp"

#include "scheduler/server/translate.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace vargrid::scheduler {
namespace {

constexpr std::uint64_t kBlocksMax = std::uint64_t{1} << 62U;
constexpr std::uint64_t kNanosecondsPerMillisecond = 1'000'000;

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

bool starts_earlier(const auto& a, const auto& b) {
    return a.range.first < b.range.first;
}

}  // namespace

Error JobReplay::damaged(const std::string& what) const {
    return {ErrorCode::io, "damaged (job " + std::to_string(id_.value()) + ": " + what + ")"};
}

template <class Record>
void JobReplay::read(RecordReader& reader, Record& record) {
    reader.read(record);
    if (!reader.failed() && record.job == id_) {
        on(record);
    }
}

Result<void> JobReplay::add(std::span<const std::byte> records, std::uint64_t unix_ms) {
    unix_ms_ = unix_ms;
    RecordReader reader{records};
    JournalJob job;
    JournalJobState state;
    JournalJobControl control;
    JournalLeaseEnd lease_end;
    JournalUncommit uncommit;
    JournalClaim claim;
    JournalBlockFault fault;
    JournalSetAside aside;
    JournalLedger ledger;
    while (!reader.at_end()) {
        switch (reader.kind()) {
            case RecordKind::job:
                read(reader, job);
                break;
            case RecordKind::job_state:
                read(reader, state);
                break;
            case RecordKind::job_control:
                read(reader, control);
                break;
            case RecordKind::lease:
                read(reader, lease_);
                break;
            case RecordKind::lease_end:
                read(reader, lease_end);
                break;
            case RecordKind::commit:
                read(reader, commit_);
                break;
            case RecordKind::uncommit:
                read(reader, uncommit);
                break;
            case RecordKind::claim:
                read(reader, claim);
                break;
            case RecordKind::block_fault:
                read(reader, fault);
                break;
            case RecordKind::set_aside:
                read(reader, aside);
                break;
            case RecordKind::ledger:
                read(reader, ledger);
                break;
            default:
                return damaged("there is no such kind of record");
        }
    }
    if (reader.failed()) {
        return damaged("a record cannot be read");
    }
    return {};
}

void JobReplay::on(const JournalJob& record) {
    has_job_ = true;
    times_ = {unix_ms_, 0};
    job_.job = record.job;
    job_.client = record.client;
    job_.request = record.request;
    job_.spec = record.spec;
}

void JobReplay::on(JournalJobState& record) {
    job_.state = record.state;
    job_.message = std::move(record.message);
    times_.ended_unix_ms = has_ended(record.state) ? unix_ms_ : 0;
}

void JobReplay::on(const JournalJobControl& record) {
    job_.paused = record.paused;
    job_.spec.priority = record.priority;
}

void JobReplay::on(JournalLease& record) {
    if (purpose_ == Purpose::restart) {
        leases_[record.attempt.value()] = RestoredLease{
            record.attempt, record.incarnation, record.worker_name, record.host, record.open};
    }
}

void JobReplay::on(const JournalLeaseEnd& record) {
    leases_.erase(record.attempt.value());
}

void JobReplay::on(const JournalCommit& record) {
    last_commit_unix_ms_ = unix_ms_;
    for (const RangeDigest& one : record.ranges) {
        if (purpose_ == Purpose::restart) {
            job_.committed.push_back({one.range, record.attempt, record.incarnation});
        } else {
            shards_.push_back({one.range, record.attempt, record.shard, one.digest});
        }
    }
}

void JobReplay::on(const JournalUncommit& record) {
    const auto taken_back = [&](const auto& one) { return record.range.contains(one.range); };
    std::erase_if(job_.committed, taken_back);
    std::erase_if(shards_, taken_back);
}

void JobReplay::on(const JournalClaim& record) {
    job_.disputed.push_back(record.disputed);
}

void JobReplay::on(JournalBlockFault& record) {
    job_.faults.push_back(std::move(record.fault));
}

void JobReplay::on(const JournalSetAside& record) {
    job_.set_aside.push_back(record.block);
}

void JobReplay::on(const JournalLedger& record) {
    job_.ledger = record.ledger;
}

Result<void> JobReplay::check_job() const {
    if (!has_job_) {
        return damaged("its beginning is missing");
    }
    if (job_.spec.blocks == 0 || job_.spec.blocks >= kBlocksMax) {
        return damaged("its blocks cannot be counted");
    }
    return {};
}

Result<void> JobReplay::finish_commits() {
    std::vector<CommittedRange>& all = job_.committed;
    std::sort(
        all.begin(), all.end(), [](const auto& a, const auto& b) { return starts_earlier(a, b); });
    std::uint64_t end = 0;
    std::size_t kept = 0;
    for (const CommittedRange& one : all) {
        const bool spans_final_step =
            one.range.first < job_.spec.blocks && one.range.last > job_.spec.blocks;
        if (one.range.empty() || one.range.first < end || one.range.last > job_.spec.blocks + 1 ||
            spans_final_step) {
            return damaged("committed blocks [" + std::to_string(one.range.first) + ", " +
                           std::to_string(one.range.last) + ") cannot be");
        }
        end = one.range.last;
        // One block a task leaves millions of them; neighbours of one attempt become one again.
        if (kept > 0 && all[kept - 1].range.last == one.range.first &&
            all[kept - 1].attempt == one.attempt && all[kept - 1].incarnation == one.incarnation) {
            all[kept - 1].range.last = one.range.last;
        } else {
            all[kept++] = one;
        }
    }
    all.resize(kept);
    return {};
}

Result<void> JobReplay::finish_leases() {
    job_.leases.reserve(leases_.size());
    for (auto& [attempt, lease] : leases_) {
        if (!are_sound(lease.open, job_.spec.blocks)) {
            return damaged("the blocks of lease " + std::to_string(attempt) + " cannot be");
        }
        job_.leases.push_back(std::move(lease));
    }
    std::sort(job_.leases.begin(), job_.leases.end(), [](const auto& a, const auto& b) {
        return a.attempt < b.attempt;
    });
    return {};
}

Result<void> JobReplay::finish_faults() {
    for (const BlockFault& fault : job_.faults) {
        if (fault.block > job_.spec.blocks) {
            return damaged("a recorded fault cannot be");
        }
    }
    std::erase_if(job_.faults, [&](const BlockFault& fault) {
        return is_committed(job_.committed, fault.block);
    });
    return {};
}

Result<void> JobReplay::finish_disputes() {
    for (const DisputedBlock& disputed : job_.disputed) {
        if (disputed.block >= job_.spec.blocks) {
            return damaged("a disputed block cannot be");
        }
    }
    std::erase_if(job_.disputed, [&](const DisputedBlock& disputed) {
        return is_committed(job_.committed, disputed.block);
    });
    return {};
}

Result<void> JobReplay::finish_set_aside() {
    std::sort(job_.set_aside.begin(), job_.set_aside.end());
    const auto last = std::unique(job_.set_aside.begin(), job_.set_aside.end());
    job_.set_aside.erase(last, job_.set_aside.end());
    for (const std::uint64_t block : job_.set_aside) {
        if (block > job_.spec.blocks || is_committed(job_.committed, block)) {
            return damaged("block " + std::to_string(block) + " cannot be set aside");
        }
    }
    return {};
}

Result<RestoredJob> JobReplay::finish() {
    VARGRID_TRY_VOID(check_job());
    VARGRID_TRY_VOID(finish_commits());
    VARGRID_TRY_VOID(finish_leases());
    VARGRID_TRY_VOID(finish_faults());
    VARGRID_TRY_VOID(finish_disputes());
    VARGRID_TRY_VOID(finish_set_aside());
    return std::move(job_);
}

std::vector<protocol::ManifestEntry> JobReplay::take_shards() {
    std::sort(shards_.begin(), shards_.end(), [](const auto& a, const auto& b) {
        return starts_earlier(a, b);
    });
    return std::move(shards_);
}

Result<protocol::Manifest> JobReplay::finish_manifest() {
    VARGRID_TRY_VOID(check_job());
    VARGRID_TRY_VOID(finish_set_aside());
    protocol::Manifest manifest;
    manifest.job = id_;
    manifest.n_blocks = job_.spec.blocks;
    manifest.committed = take_shards();
    std::erase_if(manifest.committed,
                  [&](const auto& entry) { return entry.range.first >= manifest.n_blocks; });
    for (const std::uint64_t block : job_.set_aside) {
        if (block < manifest.n_blocks) {
            manifest.set_aside.push_back(single_block(block));
        }
    }
    // The wall clock may have been set back since.
    if (last_commit_unix_ms_ > times_.submitted_unix_ms) {
        manifest.elapsed_ns =
            (last_commit_unix_ms_ - times_.submitted_unix_ms) * kNanosecondsPerMillisecond;
    }
    manifest.ledger = ledger_of(job_.ledger);
    manifest.price = {job_.spec.price.per_core_hour_millionths, job_.spec.price.currency};
    if (const auto cover = protocol::check_cover(manifest); !cover) {
        return damaged(cover.error().message);
    }
    return manifest;
}

}  // namespace vargrid::scheduler
