// SchedulerCore: decides which blocks run where, and when to give up on a worker. A pure state
// machine: events in, actions out. It owns the tables of jobs, workers and blame; it never reads a
// clock, sends, logs, draws or waits. The server feeds it in production and the simulator in tests,
// the same object code.
#pragma once

#include "base/time.hpp"
#include "protocol/ids.hpp"
#include "scheduler/core/action.hpp"
#include "scheduler/core/core_config.hpp"
#include "scheduler/core/event.hpp"
#include "scheduler/core/heartbeat_terms.hpp"
#include "scheduler/core/host_blame.hpp"
#include "scheduler/core/indexed_map.hpp"
#include "scheduler/core/job.hpp"
#include "scheduler/core/status.hpp"
#include "scheduler/core/tables.hpp"
#include "scheduler/core/why.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vargrid::scheduler {

class SchedulerCore {
  public:
    /// The first event it takes in is Restored.
    explicit SchedulerCore(const CoreConfig& config);

    /// Applies one event and appends its consequences, in the order they must be carried out.
    /// Total: a late, repeated or unknown event is counted and otherwise ignored. Deterministic:
    /// equal configuration and equal events give equal actions. CHECKs that time does not run back.
    /// Cost: O(log(jobs x workers x intervals)) for each range the event names; a Tick adds that
    /// for each grant, each expired worker and each idle worker. Never the number of blocks.
    void apply(const Event& event, std::vector<Action>& actions);

    /// When a Tick is due even if nothing arrives; none while nothing can expire.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    // ---- Questions; they change nothing.

    [[nodiscard]] Epoch epoch() const { return epoch_; }
    [[nodiscard]] const CoreConfig& config() const { return config_; }
    [[nodiscard]] const Stats& stats() const { return stats_; }
    /// Null for an unknown or forgotten job.
    [[nodiscard]] const JobSpec* job_spec(JobId job) const;
    [[nodiscard]] std::optional<JobSummary> job_summary(JobId job) const;
    /// Every job that is not forgotten, by id.
    [[nodiscard]] std::vector<JobSummary> job_summaries() const;
    /// Faults of blocks not committed, by block: first those set aside, then those still tried; at
    /// most `count_max`. Empty for an unknown job.
    [[nodiscard]] std::vector<BlockFault> job_faults(JobId job, std::size_t count_max) const;
    [[nodiscard]] std::vector<std::uint64_t> set_aside_blocks(JobId job) const;
    [[nodiscard]] std::vector<WorkerSummary> worker_summaries() const;
    /// The ledger of a job with what is idle since the last booking, if it is the only job.
    [[nodiscard]] Ledger ledger_now(JobId job) const;
    [[nodiscard]] GridStatus grid_status() const;
    /// What the jobs of each owner have cost, those forgotten in this epoch included.
    [[nodiscard]] std::map<std::string, Ledger> owner_ledgers() const;
    /// Why it is not finished; empty for an unknown job.
    [[nodiscard]] std::vector<Reason> why_job(JobId job) const;
    /// Why it has no more work than it has; empty for an unknown worker.
    [[nodiscard]] std::vector<Reason> why_worker(Incarnation incarnation) const;
    /// By their own name or their host's.
    [[nodiscard]] std::vector<Incarnation> workers_named(const std::string& name) const;
    /// Active jobs that are served before this one for certain.
    [[nodiscard]] std::vector<JobId> jobs_ahead(JobId job) const;
    [[nodiscard]] std::size_t worker_count() const { return workers_.size(); }
    [[nodiscard]] std::size_t active_job_count() const { return active_jobs_; }

    /// CHECKs everything the tables promise each other. For tests: it looks at every row.
    void check_invariants() const;
    /// Over the whole state: two cores that saw the same events have the same digest.
    [[nodiscard]] std::uint64_t digest() const;

  private:
    using Actions = std::vector<Action>;
    /// How a lease ends that still has open blocks: given back, vanished, or taken away.
    enum class LeaseEnd : std::uint8_t { returned, lost, stalled, revoked };
    /// What becomes of one range of a commit.
    enum class Fate : std::uint8_t {
        taken,      ///< Its blocks are committed now.
        beaten,     ///< They were before: only the bits are of interest.
        undecided,  ///< A third host says a third thing.
        refused,
    };
    struct Mismatch {
        std::uint64_t block{0};
        Claim committed;
        Claim other;
    };
    /// What a commit leads to, once all its ranges have been looked at.
    struct CommitOutcome {
        std::vector<RangeDigest> taken;
        std::vector<std::uint64_t> undecided;
        std::uint64_t blocks_beaten{0};
        /// Blocks left the lease without being committed.
        bool shrunk{false};
        /// Hosts that had failed blocks which are fine.
        std::vector<std::string> wrong;
        std::vector<Mismatch> mismatches;
        /// Hosts that are alone with their bits, and the block.
        std::vector<std::pair<std::string, std::uint64_t>> liars;
    };

    // One handler an event; what they do about the epoch and the incarnation is in fenced().
    void on(const Tick& tick, Actions& actions);
    void on(const WorkerHello& hello, Actions& actions);
    void on(const WorkerHeartbeat& heartbeat, Actions& actions);
    void on(const BlocksCommitted& commit, Actions& actions);
    void on(const BlocksReturned& returned, Actions& actions);
    void on(const BlockFailed& failed, Actions& actions);
    void on(const WorkerLeaving& leaving, Actions& actions);
    void on(const SubmitJob& submit, Actions& actions);
    void on(const CancelJob& cancel, Actions& actions);
    void on(const ControlJob& control, Actions& actions);
    void on(const Restored& restored, Actions& actions);

    // Workers (on_worker.cpp).
    WorkerRow* fenced(Incarnation incarnation, Epoch epoch, Actions& actions);
    WorkerRow* admit(const WorkerHello& hello, Actions& actions);
    void reconcile_held(WorkerRow& worker, const std::vector<HeldLease>& held, Actions& actions);
    void shrink_to_held(JobRow& job,
                        Attempt attempt,
                        const std::vector<BlockRange>& held,
                        Actions& actions);
    void note_progress(WorkerRow& worker, const LeaseProgress& progress, Actions& actions);
    void drop_unconfirmed(WorkerRow& worker,
                          const std::vector<LeaseProgress>& held,
                          Actions& actions);
    void remove_worker(Incarnation incarnation, LeaseEnd how, Actions& actions);
    /// What the worker is told about heartbeats, noted as told.
    HeartbeatTerms tell_terms(WorkerRow& worker);
    void check_silence_at(WorkerRow& worker, Instant at);
    void expire_workers(Actions& actions);
    /// Brings the indexes up to date with what the worker now is.
    void refresh(WorkerRow& worker);
    void count(WorkerRow& worker, bool counts);
    void forget_in_indexes(WorkerRow& worker);

    // Blame (blame.cpp).
    void charge_host(const std::string& host, Actions& actions);
    /// No work for this host for so long, whatever it did before.
    void quarantine(const std::string& host, Duration time, Actions& actions);
    void take_leases_of(const std::string& host, Actions& actions);
    void note_success(const std::string& host, Actions& actions);
    void end_quarantines(Actions& actions);
    void refresh_all_on(const std::string& host);
    void judge_fault(JobRow& job, const BlockFailed& failed, Actions& actions);
    void judge_second_fault(JobRow& job, const BlockFailed& failed, Actions& actions);
    void set_aside(JobRow& job, std::uint64_t block, Actions& actions);
    /// Remembers that a worker vanished with these blocks under way, and says so if it is one of
    /// many. A reclaim blames nobody: it changes nothing else.
    void note_vanished(JobRow& job, const Lease& lease, Actions& actions);
    void distrust(JobRow& job, const std::string& host, Actions& actions);
    /// The leases of this job held by workers of this host.
    std::vector<std::pair<Incarnation, Attempt>> leases_of(const std::string& host,
                                                           const JobRow& job) const;

    // Leases (leases.cpp).
    /// The lease, if it is live and this worker's.
    Lease* live_lease(JobRow& job, Attempt attempt, Incarnation incarnation);
    JobRow* find_job(JobId job);
    /// Journals what is left of a lease, or its end if nothing is.
    void journal_shrunk(JobRow& job, Attempt attempt, Actions& actions);
    /// Takes the lease off job and worker; its open blocks are available again.
    void book_unfinished(JobRow& job, Attempt attempt, const Lease& lease, LeaseEnd how);
    void book_refused(JobRow& job, const BlocksCommitted& commit);
    void end_lease(JobRow& job, Attempt attempt, LeaseEnd how, Actions& actions);
    void erase_lease(JobRow& job, Attempt attempt, Actions& actions);
    /// These blocks of a lease will not come from it: whoever computes them a second time has the
    /// right to them now, the others are available again.
    std::uint64_t give_back(JobRow& job, Attempt attempt, BlockRange range);
    void release(JobRow& job, BlockRange range);
    void drop_second(JobRow& job, Attempt attempt, BlockRange range);
    /// Of all blocks the lease holds, in whatever right.
    static std::vector<BlockRange> held_blocks(const Lease& lease);

    // Commits (commits.cpp).
    Fate fate_of(const JobRow& job,
                 const RangeDigest& range,
                 const std::string& host,
                 bool has_shard) const;
    void take_in(JobRow& job, const BlocksCommitted& commit, Actions& actions);
    void take_over(JobRow& job, Attempt attempt, BlockRange range);
    void book_commit(JobRow& job,
                     Lease& lease,
                     const BlocksCommitted& commit,
                     const CommitOutcome& outcome);
    void accept(JobRow& job,
                Lease& lease,
                const BlocksCommitted& commit,
                CommitOutcome& outcome,
                Actions& actions);
    void refuse(const BlocksCommitted& commit, CommitRefusal reason, Actions& actions);

    // Second opinions: stragglers.cpp.
    Duration time_left(const JobRow& job, const Lease& lease) const;
    Duration time_for(const JobRow& job, Incarnation incarnation, std::uint64_t blocks) const;
    Duration patience(const JobRow& job, Incarnation incarnation) const;
    Duration stall_max(const JobRow& job, const Lease& lease) const;
    void yield_lease(JobRow& job, Attempt attempt, Actions& actions);
    void mark_late(JobRow& job, Attempt attempt, Actions& actions);
    void judge_progress(WorkerRow& worker, Attempt attempt, Actions& actions);
    void stall(JobRow& job, Attempt attempt, Actions& actions);
    void copy_late(bool urgent, Actions& actions);
    void copy_silent(Actions& actions);
    void copy_lease(JobRow& job, Attempt attempt, bool urgent, Actions& actions);
    void give_up_beaten(JobRow& job, Attempt attempt, Actions& actions);
    WorkerRow* spare_worker(const JobRow& job,
                            std::uint64_t block,
                            const std::string& host,
                            bool urgent);
    void steal(Actions& actions);

    // audit.cpp.
    Duration review_interval() const;
    std::optional<Instant> next_review() const;
    bool review_is_due() const;
    void review(Actions& actions);
    void audit(Actions& actions);
    bool is_audited(const JobRow& job, std::uint64_t block) const;

    // disputes.cpp.
    void compare(JobRow& job,
                 const RangeDigest& range,
                 const std::string& host,
                 CommitOutcome& outcome);
    void hear_arbiter(JobRow& job,
                      const RangeDigest& range,
                      const std::string& host,
                      CommitOutcome& outcome);
    void end_dispute(JobRow& job, std::uint64_t block);
    void decide_disputes(JobRow& job, const CommitOutcome& outcome, Actions& actions);
    void open_dispute(JobRow& job, const Mismatch& mismatch, Actions& actions);
    void take_back(JobRow& job, BlockRange range, Actions& actions);
    void end_seconds(JobRow& job, BlockRange range, Actions& actions);
    const std::string* committer(const JobRow& job, Incarnation incarnation) const;
    void condemn(JobRow& job, std::uint64_t block, const std::string& host, Actions& actions);
    void reopen(JobRow& job, Actions& actions);
    void set_aside_disputed(JobRow& job, std::uint64_t block, Actions& actions);
    void give_up_disputes(Actions& actions);

    // Jobs (on_job.cpp).
    std::optional<RejectReason> reason_to_reject(const JobSpec& spec) const;
    /// Moves a job on whose blocks are all settled.
    void settle(JobRow& job, Actions& actions);
    void end_job(JobRow& job, JobState state, std::string message, Actions& actions);
    void change_state(JobRow& job, JobState state, std::string message, Actions& actions);
    void forget_ended_jobs(Actions& actions);
    void refresh(JobRow& job);
    void unqueue(JobRow& job);
    /// So many blocks of the lease were handed in: its owner is charged what they really took.
    void settle_charge(JobRow& job, Lease& lease, std::uint64_t blocks, CoreTime took);

    // Explanations (why.cpp).
    static bool goes_before(const JobRow& first, const JobRow& second);
    void explain_workers(const JobRow& job, std::vector<Reason>& reasons) const;
    void explain_queue(const JobRow& job, std::vector<Reason>& reasons) const;
    void explain_leases(const JobRow& job, std::vector<Reason>& reasons) const;
    void explain_standing(const WorkerRow& worker, std::vector<Reason>& reasons) const;
    void explain_idleness(const WorkerRow& worker, std::vector<Reason>& reasons) const;

    // What core time was spent on (accounts.cpp).
    /// To count events in it; core time goes through book().
    Ledger& ledger(JobRow& job);
    /// Core time that `who` spent for the job, and what it turned out to be.
    void book(JobRow& job, Incarnation who, Spent kind, CoreTime time);
    void journal_ledgers(Actions& actions);
    void count_in(WorkerRow& worker, const WorkerHello& hello);
    void count_out(const WorkerRow& worker, LeaseEnd how);
    /// What was idle since the last call goes to the job that was the only one. Before every change
    /// of the number of active jobs.
    void settle_idle();
    [[nodiscard]] const JobRow* only_job() const;
    [[nodiscard]] CoreSum under_way() const;
    void remember_owner(const JobRow& job);

    // Placement (placement.cpp).
    void place(Actions& actions);
    /// Blocks that a job has for a worker.
    struct Offer {
        JobRow* job;
        BlockRange task;
        bool suspect;
    };
    bool place_one(WorkerRow& worker, Actions& actions);
    /// The first job in order that has something for the worker; among equals one it knows.
    std::optional<Offer> choose(const WorkerRow& worker);
    std::optional<Offer> offer(JobRow& job, const WorkerRow& worker) const;
    std::uint64_t size_of_task(const JobRow& job,
                               const WorkerRow& worker,
                               BlockRange interval) const;
    /// Until the announced end, after all it holds; none if it announced none.
    std::optional<Duration> time_to_end(const WorkerRow& worker) const;
    std::optional<std::uint64_t> suspect_for(const JobRow& job, const WorkerRow& worker) const;
    bool may_try(const JobRow& job, std::uint64_t block, const std::string& host) const;
    /// Whether this job's blocks may go to this worker at all.
    bool may_hold(const JobRow& job, const WorkerRow& worker) const;
    CoreTime cost_on(const JobRow& job, const WorkerRow& worker) const;
    /// Of one block on the workers as they are now, taken together.
    CoreTime usual_cost(const JobRow& job) const;
    /// Of so many blocks; at most the longest duration.
    CoreTime predicted_cost(const JobRow& job, const WorkerRow& worker, std::uint64_t blocks) const;
    /// Updates what is known of the job's blocks and of the worker's speed.
    void learn(JobRow& job, WorkerRow& worker, CoreTime took, std::uint64_t blocks);
    void note_footprint(WorkerRow& worker, const JobRow& job, BlockRange range);
    void grant(JobRow& job, WorkerRow& worker, BlockRange range, Actions& actions);
    /// The blocks are computed beside the lease `of`, or beside what is committed.
    void lend_second(JobRow& job,
                     WorkerRow& worker,
                     BlockRange range,
                     LeaseKind kind,
                     Attempt of,
                     Actions& actions);
    void lend(JobRow& job, WorkerRow& worker, Lease lease, BlockRange range, Actions& actions);

    // Restart (restore.cpp).
    void restore_job(const RestoredJob& restored, Actions& actions);
    void restore_lease(JobRow& job, const RestoredLease& restored, Actions& actions);
    static void restore_seconds(JobRow& job, Attempt attempt, BlockRange range, Lease& lease);

    JobSummary summarise(const JobRow& job) const;
    void check_jobs() const;
    void check_second(const JobRow& job, Attempt attempt, const Lease& lease) const;
    void check_workers() const;

    CoreConfig config_;
    Instant now_;
    bool restored_{false};
    Epoch epoch_;
    std::uint32_t next_sequence_{1};
    JobId next_job_{1};

    std::map<JobId, JobRow> jobs_;
    std::size_t active_jobs_{0};
    /// Oldest end first.
    std::deque<JobId> ended_jobs_;
    std::map<std::pair<ClientId, RequestId>, JobId> submissions_;
    /// Jobs with something to lease.
    JobQueue queue_;
    std::set<JobId> ledgers_changed_;
    GridLedger grid_;
    /// What was idle or under way when the number of active jobs last changed.
    CoreSum idle_settled_{0};
    /// Of jobs forgotten in this epoch.
    std::map<std::string, Ledger> owners_;
    /// Leases far behind their prediction, and those whose worker has gone silent.
    std::set<std::pair<JobId, Attempt>> late_leases_;
    std::set<JobId> disputed_jobs_;
    Instant reviewed_at_;

    IndexedMap<Incarnation, WorkerRow> workers_;
    /// Workers with room for another lease, those with the fewest first.
    std::set<std::pair<std::uint32_t, Incarnation>> hungry_;
    /// When to look at a worker again; never later than it may be lost. Being heard does not move
    /// the entry: it is put off when it comes up.
    std::set<std::pair<Instant, Incarnation>> silence_checks_;
    std::map<std::string, std::set<Incarnation>> by_host_;
    /// Hosts of counted workers: those who may be given somebody else's suspect block.
    std::map<std::string, std::uint32_t> in_good_standing_;
    /// What the counted workers can do, by what they are able to.
    Abilities abilities_;
    std::uint64_t threads_total_{0};
    Speeds speeds_;
    HostBlame blame_;
    /// The last Tick stopped at grants_per_tick_max.
    bool placement_cut_short_{false};

    Stats stats_;
};

}  // namespace vargrid::scheduler
