#include "simulate/wire.hpp"

#include "protocol/audit_sample.hpp"

namespace vargrid::simulate {
namespace {

using scheduler::Event;

struct Up {
    const worker::WorkerConfig& from;
    Epoch epoch;

    std::optional<Event> operator()(const worker::SendHello& hello) const {
        scheduler::WorkerHello out{.incarnation = from.incarnation,
                                   .name = from.name,
                                   .host = from.host,
                                   .threads = from.threads,
                                   .memory_bytes = from.memory_bytes,
                                   .isa = from.isa,
                                   .draining = hello.draining,
                                   .held = {},
                                   .ends_in = hello.ends_in};
        out.started_ago = hello.started_ago;
        for (const worker::HeldLease& lease : hello.held) {
            out.held.push_back({lease.job, lease.attempt, lease.open});
        }
        return Event{{}, out};
    }
    std::optional<Event> operator()(const worker::SendHeartbeat& heartbeat) const {
        scheduler::WorkerHeartbeat out{from.incarnation, epoch, heartbeat.draining, {}};
        for (const worker::LeaseProgress& lease : heartbeat.held) {
            out.held.push_back({lease.attempt, lease.blocks_done, lease.started});
        }
        return Event{{}, out};
    }
    std::optional<Event> operator()(const worker::SendCommit& commit) const {
        scheduler::BlocksCommitted out{from.incarnation,
                                       epoch,
                                       commit.job,
                                       commit.attempt,
                                       commit.part,
                                       {},
                                       commit.shard,
                                       commit.core_time,
                                       commit.start_up};
        for (const worker::RangeDigest& range : commit.ranges) {
            out.ranges.push_back({range.range, range.digest});
        }
        return Event{{}, out};
    }
    std::optional<Event> operator()(const worker::SendReturn& returned) const {
        return Event{
            {},
            scheduler::BlocksReturned{from.incarnation,
                                      epoch,
                                      returned.job,
                                      returned.attempt,
                                      returned.ranges,
                                      static_cast<scheduler::ReturnReason>(returned.reason),
                                      returned.message,
                                      returned.core_time,
                                      returned.start_up}};
    }
    std::optional<Event> operator()(const worker::SendBlockFailed& failed) const {
        return Event{{},
                     scheduler::BlockFailed{from.incarnation,
                                            epoch,
                                            failed.job,
                                            failed.attempt,
                                            failed.block,
                                            static_cast<scheduler::FaultCause>(failed.cause),
                                            failed.message,
                                            failed.core_time}};
    }
    std::optional<Event> operator()(const worker::SendLeaving& /*leaving*/) const {
        return Event{{}, scheduler::WorkerLeaving{from.incarnation, epoch}};
    }
    template <class Other>
    std::optional<Event> operator()(const Other& /*other*/) const {
        return std::nullopt;
    }
};

struct Down {
    Epoch epoch;
    std::uint32_t audit_per_million{0};

    template <class What>
    static std::optional<ToWorker> message(Incarnation to, What what) {
        return ToWorker{to, worker::Event{{}, what}};
    }
    std::optional<ToWorker> operator()(const scheduler::SendWelcome& a) const {
        return message(a.incarnation, worker::Welcome{epoch, a.heartbeat_interval, a.silence_max});
    }
    std::optional<ToWorker> operator()(const scheduler::RefuseWorker& a) const {
        return message(a.incarnation, worker::HelloRefused{epoch});
    }
    std::optional<ToWorker> operator()(const scheduler::SendReintroduce& a) const {
        return message(a.incarnation, worker::Reintroduce{epoch});
    }
    std::optional<ToWorker> operator()(const scheduler::AnswerHeartbeat& a) const {
        return message(a.incarnation,
                       worker::HeartbeatAnswered{epoch, a.heartbeat_interval, a.silence_max});
    }
    std::optional<ToWorker> operator()(const scheduler::GrantLease& a) const {
        return message(a.incarnation,
                       worker::LeaseGranted{
                           epoch,
                           worker::Lease{.job = a.job,
                                         .attempt = a.attempt,
                                         .range = a.range,
                                         .final_step = a.final_step,
                                         .commit_interval = {},
                                         .single_blocks = a.kind != scheduler::LeaseKind::primary,
                                         .digest_only = a.kind == scheduler::LeaseKind::audit,
                                         .audit_per_million = audit_per_million,
                                         .audit_seed = audit_seed(Digest{})}});
    }
    std::optional<ToWorker> operator()(const scheduler::YieldLease& a) const {
        return message(a.incarnation, worker::LeaseYielded{epoch, a.attempt});
    }
    std::optional<ToWorker> operator()(const scheduler::RevokeLease& a) const {
        return message(a.incarnation, worker::LeaseRevoked{epoch, a.attempt});
    }
    std::optional<ToWorker> operator()(const scheduler::AcceptCommit& a) const {
        return message(a.incarnation, worker::CommitAccepted{epoch, a.attempt, a.part});
    }
    std::optional<ToWorker> operator()(const scheduler::RefuseCommit& a) const {
        const bool delete_shard = a.reason != scheduler::CommitRefusal::unknown_job;
        return message(a.incarnation,
                       worker::CommitRefused{epoch, a.attempt, a.part, delete_shard});
    }
    template <class Other>
    std::optional<ToWorker> operator()(const Other& /*other*/) const {
        return std::nullopt;
    }
};

}  // namespace

std::optional<scheduler::Event> to_scheduler(const worker::Action& action,
                                             const worker::WorkerConfig& from,
                                             Epoch epoch) {
    return std::visit(Up{from, epoch}, action);
}

std::optional<ToWorker> to_worker(const scheduler::Action& action,
                                  Epoch epoch,
                                  std::uint32_t audit_per_million) {
    return std::visit(Down{epoch, audit_per_million}, action);
}

}  // namespace vargrid::simulate
