// How the core's Journal* records lie in a row of the journal: a kind, then the fields. Numbers are
// short when they are small. Every record lists its fields once, in fields(), for both directions;
// a new field of a record is added there and the format number grows.
#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "scheduler/core/action.hpp"

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace vargrid::scheduler {

/// Which record follows. A number is never reused within a format.
enum class RecordKind : std::uint8_t {
    job = 1,
    job_state,
    lease,
    lease_end,
    commit,
    block_fault,
    set_aside,
    ledger,
    job_control,
    uncommit,
    claim,
};

template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

// ---- The fields, once for reading and writing.

void fields(auto& each, Is<Price> auto& r) {
    each(r.per_core_hour_millionths, r.currency);
}
void fields(auto& each, Is<JobSpec> auto& r) {
    each(r.name,
         r.owner,
         r.priority,
         r.blocks,
         r.block_cost,
         r.blocks_per_task_max,
         r.commit_interval,
         r.payload,
         r.output_folder,
         r.price,
         r.deadline_unix_ms,
         r.needs_isa,
         r.memory_per_thread_bytes,
         r.audit_per_million);
}
void fields(auto& each, Is<Ledger> auto& r) {
    each(r.spent,
         r.leases,
         r.commits,
         r.commits_repeated,
         r.commits_refused,
         r.leases_returned,
         r.leases_lost,
         r.leases_revoked,
         r.blocks_repeated,
         r.block_faults);
}
void fields(auto& each, Is<BlockFault> auto& r) {
    each(r.block, r.host, r.worker_name, r.cause, r.message, r.excused);
}
void fields(auto& each, Is<RangeDigest> auto& r) {
    each(r.range, r.digest);
}
void fields(auto& each, Is<JournalJob> auto& r) {
    each(r.job, r.client, r.request, r.spec);
}
void fields(auto& each, Is<JournalJobState> auto& r) {
    each(r.job, r.state, r.message);
}
void fields(auto& each, Is<JournalJobControl> auto& r) {
    each(r.job, r.paused, r.priority);
}
void fields(auto& each, Is<JournalLease> auto& r) {
    each(r.job, r.attempt, r.incarnation, r.worker_name, r.host, r.open, r.kind);
}
void fields(auto& each, Is<JournalLeaseEnd> auto& r) {
    each(r.job, r.attempt);
}
void fields(auto& each, Is<JournalCommit> auto& r) {
    each(r.job, r.attempt, r.incarnation, r.ranges, r.shard);
}
void fields(auto& each, Is<JournalUncommit> auto& r) {
    each(r.job, r.range);
}
void fields(auto& each, Is<Claim> auto& r) {
    each(r.host, r.digest);
}
void fields(auto& each, Is<DisputedBlock> auto& r) {
    each(r.block, r.claim);
}
void fields(auto& each, Is<JournalClaim> auto& r) {
    each(r.job, r.disputed);
}
void fields(auto& each, Is<JournalBlockFault> auto& r) {
    each(r.job, r.fault);
}
void fields(auto& each, Is<JournalSetAside> auto& r) {
    each(r.job, r.block);
}
void fields(auto& each, Is<JournalLedger> auto& r) {
    each(r.job, r.ledger);
}

constexpr RecordKind kind_of(const JournalJob&) {
    return RecordKind::job;
}
constexpr RecordKind kind_of(const JournalJobState&) {
    return RecordKind::job_state;
}
constexpr RecordKind kind_of(const JournalJobControl&) {
    return RecordKind::job_control;
}
constexpr RecordKind kind_of(const JournalLease&) {
    return RecordKind::lease;
}
constexpr RecordKind kind_of(const JournalLeaseEnd&) {
    return RecordKind::lease_end;
}
constexpr RecordKind kind_of(const JournalCommit&) {
    return RecordKind::commit;
}
constexpr RecordKind kind_of(const JournalUncommit&) {
    return RecordKind::uncommit;
}
constexpr RecordKind kind_of(const JournalClaim&) {
    return RecordKind::claim;
}
constexpr RecordKind kind_of(const JournalBlockFault&) {
    return RecordKind::block_fault;
}
constexpr RecordKind kind_of(const JournalSetAside&) {
    return RecordKind::set_aside;
}
constexpr RecordKind kind_of(const JournalLedger&) {
    return RecordKind::ledger;
}

/// True for the Journal* actions that become a record of their job.
template <class T>
concept JobRecord = requires(const T& record) {
    kind_of(record);
};

/// The last enumerator of each stored enumeration: a larger number is damage.
constexpr JobState last_of(JobState) {
    return JobState::cancelled;
}
constexpr LeaseKind last_of(LeaseKind) {
    return LeaseKind::arbiter;
}
constexpr FaultCause last_of(FaultCause) {
    return FaultCause::store;
}

class RecordWriter {
  public:
    template <JobRecord Record>
    void add(const Record& record) {
        bytes_.push_back(static_cast<std::byte>(kind_of(record)));
        fields(*this, record);
    }
    template <class... T>
    void operator()(const T&... values) {
        (put(values), ...);
    }

    [[nodiscard]] const Bytes& bytes() const { return bytes_; }

  private:
    void put(std::uint64_t value);
    void put(std::uint32_t value) { put(std::uint64_t{value}); }
    void put(std::int32_t value) { put(static_cast<std::uint64_t>(std::int64_t{value})); }
    void put(bool value) { bytes_.push_back(std::byte{value}); }
    template <class Period>
    void put(std::chrono::duration<Duration::rep, Period> value) {
        put(static_cast<std::uint64_t>(value.count()));
    }
    template <class T, std::size_t Size>
    void put(const std::array<T, Size>& values) {
        for (const T& value : values) {
            put(value);
        }
    }
    void put(const std::string& text);
    void put(const Digest& digest) { raw(&digest, sizeof(digest)); }
    void put(const BlockDigest& digest) { raw(&digest, sizeof(digest)); }
    void put(const BlockRange& range) { (*this)(range.first, range.last - range.first); }
    // Random numbers, which do not get shorter.
    void put(Incarnation id) { raw(&id, sizeof(id)); }
    void put(ClientId id) { raw(&id, sizeof(id)); }
    template <class Tag>
    void put(StrongId<Tag> id) {
        put(id.value());
    }
    template <class T>
    void put(const std::vector<T>& values) {
        put(std::uint64_t{values.size()});
        for (const T& value : values) {
            put(value);
        }
    }
    template <class T>
    void put(const T& value) {
        if constexpr (std::is_enum_v<T>) {
            bytes_.push_back(static_cast<std::byte>(value));
        } else {
            fields(*this, value);
        }
    }
    void raw(const void* from, std::size_t count);

    Bytes bytes_;
};

/// Bounded: what cannot be is a failure, not an allocation; after a failure everything is empty.
class RecordReader {
  public:
    explicit RecordReader(std::span<const std::byte> bytes) : bytes_{bytes} {}

    [[nodiscard]] bool at_end() const { return position_ == bytes_.size() || failed_; }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] RecordKind kind() { return static_cast<RecordKind>(byte()); }
    /// Keeps the memory that the record has.
    template <JobRecord Record>
    void read(Record& record) {
        fields(*this, record);
    }
    template <class... T>
    void operator()(T&... values) {
        (get(values), ...);
    }

  private:
    std::uint8_t byte();
    void get(std::uint64_t& value);
    void get(std::uint32_t& value);
    void get(std::int32_t& value);
    void get(bool& value) { value = byte() != 0; }
    template <class Period>
    void get(std::chrono::duration<Duration::rep, Period>& value) {
        std::uint64_t count = 0;
        get(count);
        value = std::chrono::duration<Duration::rep, Period>{static_cast<Duration::rep>(count)};
    }
    template <class T, std::size_t Size>
    void get(std::array<T, Size>& values) {
        for (T& value : values) {
            get(value);
        }
    }
    void get(std::string& text);
    void get(Digest& digest) { raw(&digest, sizeof(digest)); }
    void get(BlockDigest& digest) { raw(&digest, sizeof(digest)); }
    void get(BlockRange& range);
    void get(Incarnation& id) { raw(&id, sizeof(id)); }
    void get(ClientId& id) { raw(&id, sizeof(id)); }
    template <class Tag>
    void get(StrongId<Tag>& id) {
        std::uint64_t value = 0;
        get(value);
        id = StrongId<Tag>{value};
    }
    template <class T>
    void get(std::vector<T>& values) {
        std::uint64_t count = 0;
        get(count);
        // Every element takes at least a byte.
        if (count > bytes_.size() - position_) {
            failed_ = true;
            count = 0;
        }
        values.resize(static_cast<std::size_t>(count));
        for (T& value : values) {
            get(value);
        }
    }
    template <class T>
    void get(T& value) {
        if constexpr (std::is_enum_v<T>) {
            const std::uint8_t number = byte();
            failed_ = failed_ || number > static_cast<std::uint8_t>(last_of(T{}));
            value = static_cast<T>(failed_ ? 0 : number);
        } else {
            fields(*this, value);
        }
    }
    void raw(void* to, std::size_t count);

    std::span<const std::byte> bytes_;
    std::size_t position_{0};
    bool failed_{false};
};

}  // namespace vargrid::scheduler
