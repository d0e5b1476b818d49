// SchedulerCore: what core time was spent on, by job, by owner and over the whole grid.
#include "base/check.hpp"
#include "scheduler/core/scheduler_core.hpp"

#include <algorithm>

namespace vargrid::scheduler {
namespace {

constexpr const char* kOtherOwners = "(others)";

}  // namespace

Ledger& Ledger::operator+=(const Ledger& other) {
    for (std::size_t kind = 0; kind < kSpentKinds; ++kind) {
        spent[kind] += other.spent[kind];
    }
    leases += other.leases;
    commits += other.commits;
    commits_repeated += other.commits_repeated;
    commits_refused += other.commits_refused;
    leases_returned += other.leases_returned;
    leases_lost += other.leases_lost;
    leases_revoked += other.leases_revoked;
    blocks_repeated += other.blocks_repeated;
    block_faults += other.block_faults;
    return *this;
}

CoreSum Ledger::total() const {
    CoreSum total{0};
    for (const CoreSum kind : spent) {
        total += kind;
    }
    return total;
}

Ledger& SchedulerCore::ledger(JobRow& job) {
    ledgers_changed_.insert(job.job);
    return job.ledger;
}

void SchedulerCore::book(JobRow& job, Incarnation who, Spent kind, CoreTime time) {
    const auto sum = std::chrono::duration_cast<CoreSum>(time);
    if (sum.count() <= 0) {
        return;
    }
    ledger(job)[kind] += sum;
    CoreSum beyond = sum;
    const auto worker = workers_.find(who);
    if (worker != workers_.end() && worker->second.state == WorkerState::active) {
        beyond = worker->second.account.book(now_, sum);
    }
    grid_.book(kind, sum, beyond);
}

/// The running task of a worker ends with open blocks: what was spent on them since the last
/// booking is gone. An estimate, as nobody will say. The other leases of the worker wait.
void SchedulerCore::book_unfinished(JobRow& job,
                                    Attempt attempt,
                                    const Lease& lease,
                                    LeaseEnd how) {
    const WorkerRow& worker = workers_.at(lease.incarnation);
    if (worker.state != WorkerState::active || worker.leases.begin()->first != attempt ||
        !lease.started) {
        return;
    }
    const Instant until = how == LeaseEnd::lost ? worker.heard_at : now_;
    const CoreTime gone = worker.account.under_way(until, lease.open.size());
    const bool reclaimed = how == LeaseEnd::lost || how == LeaseEnd::returned;
    book(job, lease.incarnation, reclaimed ? Spent::lost_to_reclaim : Spent::lost_to_faults, gone);
    job.lost_work[attempt] += gone;
    if (job.lost_work.size() > config_.lost_leases_remembered_max) {
        job.lost_work.erase(job.lost_work.begin());
    }
}

/// The work behind a refused shard is gone, unless it was given up before.
void SchedulerCore::book_refused(JobRow& job, const BlocksCommitted& commit) {
    CoreTime work = commit.core_time;
    if (const auto booked = job.lost_work.find(commit.attempt); booked != job.lost_work.end()) {
        const CoreTime known = std::min(booked->second, work);
        booked->second -= known;
        work -= known;
    }
    book(job, commit.incarnation, Spent::lost_to_reclaim, work);
}

/// A worker says Hello. Its time counts from the start of its process; before the first Hello that
/// was start-up.
void SchedulerCore::count_in(WorkerRow& worker, const WorkerHello& hello) {
    const bool comes = worker.state == WorkerState::awaited;
    if (!comes && worker.account.threads() == hello.threads) {
        return;
    }
    grid_.advance(now_);
    if (comes) {
        ++stats_.workers_joined;
        const auto start_up = std::chrono::duration_cast<CoreSum>(hello.started_ago) *
                              static_cast<CoreSum::rep>(hello.threads);
        grid_.book(Spent::start_up, start_up, start_up);
    } else {
        grid_.worker_goes(worker.account.threads(), Duration{0});
    }
    grid_.worker_comes(hello.threads);
    worker.account = WorkerAccount{now_, hello.threads};
}

/// A silent worker counts until it was last heard.
void SchedulerCore::count_out(const WorkerRow& worker, LeaseEnd how) {
    if (worker.state != WorkerState::active) {
        return;
    }
    grid_.advance(now_);
    grid_.worker_goes(worker.account.threads(),
                      how == LeaseEnd::lost ? now_ - worker.heard_at : Duration{0});
}

const JobRow* SchedulerCore::only_job() const {
    if (active_jobs_ != 1) {
        return nullptr;
    }
    const auto found = std::find_if(jobs_.begin(), jobs_.end(), [](const auto& entry) {
        return !has_ended(entry.second.state);
    });
    return found == jobs_.end() ? nullptr : &found->second;
}

void SchedulerCore::settle_idle() {
    grid_.advance(now_);
    const CoreSum rest = grid_.rest();
    if (const JobRow* const only = only_job(); only != nullptr && rest > idle_settled_) {
        ledger(jobs_.at(only->job))[Spent::idle] += rest - idle_settled_;
    }
    idle_settled_ = rest;
}

CoreSum SchedulerCore::under_way() const {
    CoreSum sum{0};
    for (const auto& [incarnation, worker] : workers_) {
        if (worker.state != WorkerState::active || worker.leases.empty()) {
            continue;
        }
        std::uint64_t blocks = 0;
        for (const auto& [attempt, job] : worker.leases) {
            blocks += jobs_.at(job).leases.at(attempt).open.size();
        }
        sum += std::chrono::duration_cast<CoreSum>(worker.account.under_way(now_, blocks));
    }
    return sum;
}

Ledger SchedulerCore::ledger_now(JobId job) const {
    const auto found = jobs_.find(job);
    if (found == jobs_.end()) {
        return {};
    }
    Ledger ledger = found->second.ledger;
    if (only_job() == &found->second) {
        GridLedger grid = grid_;
        grid.advance(now_);
        ledger[Spent::idle] += std::max(CoreSum{0}, grid.rest() - idle_settled_ - under_way());
    }
    return ledger;
}

GridStatus SchedulerCore::grid_status() const {
    GridLedger grid = grid_;
    grid.advance(now_);
    GridStatus status{.threads_in_use = threads_total_,
                      .connected = grid.connected(),
                      .under_way = std::min(under_way(), std::max(CoreSum{0}, grid.rest())),
                      .workers_joined = stats_.workers_joined,
                      .workers_lost = stats_.workers_lost,
                      .workers_left = stats_.workers_left};
    for (std::size_t kind = 0; kind < kSpentKinds; ++kind) {
        status.spent[kind] = grid.spent(static_cast<Spent>(kind));
    }
    status.spent[static_cast<std::size_t>(Spent::idle)] = grid.rest() - status.under_way;
    for (const auto& [incarnation, worker] : workers_) {
        if (worker.state == WorkerState::awaited) {
            ++status.workers_awaited;
            continue;
        }
        const Standing standing = blame_.standing(worker.host);
        ++status.workers;
        status.threads += worker.threads;
        status.workers_draining += worker.draining ? 1U : 0U;
        status.workers_on_probation += standing == Standing::on_probation ? 1U : 0U;
        status.workers_quarantined += standing == Standing::quarantined ? 1U : 0U;
        if (worker.leases.empty()) {
            ++status.workers_idle;
            status.threads_idle += worker.threads;
        }
    }
    return status;
}

std::map<std::string, Ledger> SchedulerCore::owner_ledgers() const {
    std::map<std::string, Ledger> ledgers = owners_;
    for (const auto& [id, job] : jobs_) {
        ledgers[job.spec.owner] += ledger_now(id);
    }
    return ledgers;
}

void SchedulerCore::remember_owner(const JobRow& job) {
    const bool full = owners_.size() >= config_.owners_remembered_max;
    const std::string& owner = job.spec.owner;
    owners_[full && !owners_.contains(owner) ? kOtherOwners : owner] += job.ledger;
}

void SchedulerCore::journal_ledgers(Actions& actions) {
    for (const JobId job : ledgers_changed_) {
        actions.emplace_back(JournalLedger{job, jobs_.at(job).ledger});
    }
    ledgers_changed_.clear();
}

}  // namespace vargrid::scheduler
