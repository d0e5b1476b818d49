#include "tests/sim/simulation.hpp"

#include "scheduler/core/describe.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace vargrid::sim {
namespace {

using namespace std::chrono_literals;

/// The number of a client's first control; its submission is 1 and its cancellation 2.
constexpr std::uint64_t kFirstControl = 10;

/// Limits short enough that every one of them is reached within a storm.
scheduler::CoreConfig core_config(const FaultPlan& plan) {
    scheduler::CoreConfig config;
    config.grants_per_tick_max = plan.grants_per_tick_max;
    config.ended_jobs_max = plan.ended_jobs_max;
    config.heartbeats_per_second_max = plan.heartbeats_per_second_max;
    if (plan.workers_limited) {
        config.workers_max = plan.workers;
    }
    config.lease_stall_max = 40s;
    config.final_step_stall_max = 60s;
    config.quarantine_time = 10s;
    config.lie_quarantine_time = 20s;
    config.dispute_wait_max = 30s;
    config.beaten_grace = 5s;
    config.audit_per_million = plan.audit_per_million;
    return config;
}

std::atomic<std::uint64_t> seed_under_test{0};

extern "C" void report_abort(int signal) {
    std::fprintf(stderr, "%s\n", replay_command(seed_under_test.load()).c_str());
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

}  // namespace

AbortReport::AbortReport(std::uint64_t seed) {
    seed_under_test = seed;
    std::signal(SIGABRT, report_abort);
}

AbortReport::~AbortReport() {
    std::signal(SIGABRT, SIG_DFL);
}

Simulation::Simulation(std::uint64_t seed, FaultPlan plan)
    : seed_{seed}, plan_{std::move(plan)}, random_{seed, 0}, network_{timeline_, random_, plan_} {
    const auto to_trace = [this](std::string line) { trace(std::move(line)); };
    scheduler_ = std::make_unique<SimScheduler>(
        SimScheduler::World{timeline_,
                            random_,
                            network_,
                            ledger_,
                            to_trace,
                            [this](const scheduler::Action& action) { answer(action); }},
        core_config(plan_),
        plan_.real_journal,
        seed);
    world_ = std::make_unique<SimWorld>(
        SimWorld{timeline_, random_, network_, ledger_, plan_, poison_, to_trace});
    network_.connect([this](const scheduler::Event& event) { scheduler_->receive(event); },
                     [this](Incarnation to, const worker::Event& event) {
                         for (const auto& host : hosts_) {
                             host->receive(to, event);
                         }
                     });
    timeline_.plan(Instant{}, [this] { scheduler_->start(); });
    for (std::uint32_t i = 0; i < plan_.workers; ++i) {
        hosts_.push_back(std::make_unique<SimWorker>(*world_, i));
        timeline_.plan(Instant{random_.between(0, 1'000'000'000)},
                       [host = hosts_.back().get()] { host->start(); });
    }
    for (const SimJob& job : plan_.jobs) {
        clients_.push_back(Client{job, std::nullopt, false, 0});
        timeline_.plan(job.submitted_at, [this, index = clients_.size() - 1] {
            tend_client(index);
            tend_controls(index);
        });
    }
    plan_faults();
}

void Simulation::trace(std::string line) {
    if (print_) {
        std::printf(
            "%10.6f %s\n", static_cast<double>(timeline_.now().nanoseconds) * 1e-9, line.c_str());
    }
    if (trace_lines_ > 0) {
        trace_.push_back(std::to_string(timeline_.now().nanoseconds / 1'000) + "us " + line);
        if (trace_.size() > trace_lines_) {
            trace_.pop_front();
        }
    }
}

void Simulation::plan_faults() {
    for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
        if (plan_.mean_interval[kind].count() > 0) {
            plan_fault(static_cast<Fault>(kind));
        }
    }
    timeline_.plan(Instant{} + plan_.storm, [this] { heal(); });
}

void Simulation::plan_fault(Fault fault) {
    const Duration delay{random_.between(0, 2 * plan_.interval(fault).count())};
    timeline_.plan_after(delay, [this, fault] {
        if (!healed_) {
            inject(fault, static_cast<std::uint32_t>(random_.below(hosts_.size())));
            plan_fault(fault);
        }
    });
}

void Simulation::inject(Fault fault, std::uint32_t host) {
    SimWorker& worker = *hosts_[host];
    const Instant until = timeline_.now() + Duration{random_.between(100'000'000, 12'000'000'000)};
    ++faults_[static_cast<std::size_t>(fault)];
    trace("fault " + std::string{name_of(fault)} + " on host" + std::to_string(host));
    switch (fault) {
        case Fault::worker_crash:
            return worker.crash();
        case Fault::worker_pause:
            return worker.pause(until);
        case Fault::worker_slow:
            return worker.slow_down(until);
        case Fault::worker_drain:
            return worker.drain(Duration{random_.between(0, 10'000'000'000)});
        case Fault::block_hang:
            return worker.hang_next_block();
        case Fault::host_bad:
            return worker.go_bad(until);
        case Fault::disk_full:
            return worker.fill_disk(until);
        case Fault::connection_reset:
            return network_.reset(worker.incarnation());
        case Fault::link_clog:
            return network_.clog(
                worker.incarnation(), random_.chance(1, 2) ? Way::up : Way::down, until);
        case Fault::link_cut_up:
            return network_.cut(worker.incarnation(), Way::up, until);
        case Fault::link_cut_down:
            return network_.cut(worker.incarnation(), Way::down, until);
        case Fault::scheduler_crash:
            return scheduler_->crash_in_next_turn();
        case Fault::journal_stall:
            return scheduler_->stall_journal(until);
        case Fault::store_slow:
            return worker.slow_store(until);
        case Fault::store_unsure:
            return worker.unsure_store(until);
        case Fault::zone_loss:
            for (std::size_t i = host % 3; i < hosts_.size(); i += 3) {
                hosts_[i]->crash();
            }
            return;
        case Fault::host_lies:
            return worker.lie(until);
        case Fault::count_:
            return;
    }
}

void Simulation::heal() {
    if (healed_) {
        return;
    }
    healed_ = true;
    trace("everything heals");
    network_.heal();
    scheduler_->heal();
    for (const auto& host : hosts_) {
        host->heal();
    }
}

/// Submits until it is answered, and cancels likewise. Repeats every two seconds.
void Simulation::tend_client(std::size_t index) {
    Client& client = clients_[index];
    const ClientId id{index + 1};
    const bool cancels = client.wanted.cancelled_at.nanoseconds > 0;
    if (!client.job) {
        scheduler::JobSpec spec;
        spec.name = "job" + std::to_string(index);
        spec.priority = client.wanted.priority;
        spec.blocks = client.wanted.blocks;
        spec.block_cost = plan_.block_cost_nominal;
        scheduler_->receive({{}, scheduler::SubmitJob{id, RequestId{1}, spec}});
    } else if (cancels && !client.cancel_sent && timeline_.now() >= client.wanted.cancelled_at) {
        scheduler_->receive({{}, scheduler::CancelJob{id, RequestId{2}, *client.job}});
    } else if (!cancels || client.cancel_sent) {
        return;
    }
    timeline_.plan_after(2s, [this, index] { tend_client(index); });
}

/// Asks for one control after the other, each until it is answered.
void Simulation::tend_controls(std::size_t index) {
    const Client& client = clients_[index];
    const auto& controls = client.wanted.controls;
    if (client.controlled == controls.size()) {
        return;
    }
    const SimControl& next = controls[client.controlled];
    if (timeline_.now() < next.at || !client.job) {
        const Instant at = std::max(next.at, timeline_.now() + 500ms);
        timeline_.plan(at, [this, index] { tend_controls(index); });
        return;
    }
    scheduler_->receive({{},
                         scheduler::ControlJob{ClientId{index + 1},
                                               RequestId{kFirstControl + client.controlled},
                                               *client.job,
                                               next.control,
                                               next.priority}});
    timeline_.plan_after(2s, [this, index] { tend_controls(index); });
}

void Simulation::answer(const scheduler::Action& action) {
    if (const auto* accepted = std::get_if<scheduler::AcceptJob>(&action)) {
        Client& client = clients_.at(accepted->client.value() - 1);
        if (client.job && *client.job != accepted->job) {
            ledger_.fail("one submission became two jobs");
        }
        client.job = accepted->job;
    } else if (const auto* created = std::get_if<scheduler::JournalJob>(&action)) {
        // Known from here on, also if the answer to the client is lost.
        const auto& poison = clients_.at(created->client.value() - 1).wanted.poison;
        poison_[created->job] = {poison.begin(), poison.end()};
    } else if (const auto* cancelled = std::get_if<scheduler::AnswerCancel>(&action)) {
        clients_.at(cancelled->client.value() - 1).cancel_sent = true;
    } else if (const auto* controlled = std::get_if<scheduler::AnswerControl>(&action)) {
        // A question that was repeated has two answers.
        Client& client = clients_.at(controlled->client.value() - 1);
        client.controlled = std::max<std::size_t>(client.controlled,
                                                  controlled->request.value() - kFirstControl + 1);
    } else if (const auto* rejected = std::get_if<scheduler::RejectJob>(&action)) {
        ledger_.fail("a job was rejected: " + std::string{name_of(rejected->reason)});
    }
}

std::vector<scheduler::JobSummary> Simulation::jobs() const {
    if (!scheduler_->is_alive()) {
        return {};
    }
    return scheduler_->core().job_summaries();
}

bool Simulation::all_ended() const {
    if (!scheduler_->is_alive()) {
        return false;
    }
    return std::all_of(clients_.begin(), clients_.end(), [&](const Client& client) {
        if (!client.job) {
            return false;
        }
        const auto summary = scheduler_->core().job_summary(*client.job);
        return !summary || scheduler::has_ended(summary->state);  // Or ended and forgotten.
    });
}

void Simulation::advance() {
    constexpr std::uint64_t kStepsAtOneInstantMax = 100'000;
    timeline_.advance();
    if (timeline_.now() != advanced_to_) {
        advanced_to_ = timeline_.now();
        steps_at_instant_ = 0;
    } else if (++steps_at_instant_ > kStepsAtOneInstantMax) {
        ledger_.fail("somebody spins: time stands still");
    }
}

void Simulation::run_until(Instant at) {
    while (!ledger_.broken() && !timeline_.empty() && timeline_.next() <= at) {
        advance();
    }
}

bool Simulation::run_until_ended(Duration limit) {
    const Instant end = timeline_.now() + limit;
    while (!ledger_.broken() && !all_ended()) {
        if (timeline_.empty() || timeline_.next() > end) {
            return false;
        }
        advance();
    }
    return !ledger_.broken();
}

std::string Simulation::stuck_jobs() const {
    std::string text;
    for (const scheduler::JobSummary& job : jobs()) {
        if (!scheduler::has_ended(job.state)) {
            text += " job " + std::to_string(job.job.value()) + ": " +
                    std::to_string(job.blocks_pending) + " pending, " +
                    std::to_string(job.blocks_leased) + " leased, " +
                    std::to_string(job.blocks_committed) + " committed of " +
                    std::to_string(job.blocks_total) + ";";
        }
    }
    return text;
}

void Simulation::check_ends() {
    for (const scheduler::JobSummary& job : jobs()) {
        ledger_.check_ended(job, poison_[job.job]);
    }
    const bool hosts_fail =
        plan_.interval(Fault::host_bad).count() > 0 || plan_.interval(Fault::host_lies).count() > 0;
    for (const Client& client : clients_) {
        const auto job = scheduler_->core().job_summary(client.job.value_or(JobId{}));
        const bool may_miss = hosts_fail || !client.wanted.poison.empty();
        if (job && !may_miss && client.wanted.cancelled_at.nanoseconds == 0 &&
            job->state != scheduler::JobState::completed) {
            ledger_.fail("a job of good blocks on good hosts ended as " +
                         std::string{name_of(job->state)} + ": " + job->message);
        }
    }
}

Outcome Simulation::run() {
    run_until(Instant{} + plan_.storm);
    if (!ledger_.broken() && !run_until_ended(plan_.heal_max) && !ledger_.broken()) {
        ledger_.fail("jobs did not end after everything healed:" + stuck_jobs());
    }
    if (!ledger_.broken()) {
        check_ends();
    }
    return outcome();
}

Outcome Simulation::outcome() {
    Outcome outcome;
    outcome.broken = ledger_.broken().value_or("");
    outcome.steps = timeline_.steps();
    outcome.events = scheduler_->events();
    outcome.blocks_committed = ledger_.blocks_committed();
    outcome.virtual_time = timeline_.now() - Instant{};
    outcome.faults = faults_;
    outcome.scheduler = scheduler_->stats_total();
    outcome.coverage = scheduler_->coverage();
    outcome.journal = scheduler_->journal_stats();
    for (const auto& host : hosts_) {
        outcome.blocks_computed += host->blocks_computed();
        outcome.worker.commits_refused += host->stats_total().commits_refused;
        outcome.worker.commits_offered_again += host->stats_total().commits_offered_again;
        outcome.worker.tasks_revoked += host->stats_total().tasks_revoked;
        outcome.worker.ignored_old_epoch += host->stats_total().ignored_old_epoch;
        outcome.worker.ignored_grant += host->stats_total().ignored_grant;
        outcome.worker.reconnects += host->stats_total().reconnects;
    }
    for (const scheduler::JobSummary& job : jobs()) {
        outcome.jobs_ended += scheduler::has_ended(job.state) ? 1U : 0U;
    }
    outcome.digest = scheduler_->digest();
    outcome.random_position = random_.position();
    return outcome;
}

std::string replay_command(std::uint64_t seed) {
    return "replay: ./dev sim --seed " + std::to_string(seed) + " --verbose";
}

Outcome run_seed(std::uint64_t seed) {
    const AbortReport report{seed};
    return Simulation{seed, swarm_plan(seed)}.run();
}

std::string explain_seed(std::uint64_t seed) {
    Simulation grid{seed, swarm_plan(seed)};
    grid.keep_trace(40);
    const Outcome outcome = grid.run();
    std::string text = "seed " + std::to_string(seed) + " broke: " + outcome.broken + "\n";
    for (const std::string& line : grid.trace_kept()) {
        text += "    " + line + "\n";
    }
    return text + replay_command(seed);
}

}  // namespace vargrid::sim
