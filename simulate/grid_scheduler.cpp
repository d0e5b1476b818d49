// Grid: the scheduler's side. A turn takes in what has arrived, ends with one Tick, and its
// decisions reach the machines a slot later; the journal is counted and shown to the ledger.
#include "scheduler/core/state_digest.hpp"

#include "simulate/grid.hpp"
#include "simulate/wire.hpp"

#include <type_traits>
#include <utility>

namespace vargrid::simulate {

bool Grid::turn_is_due() const {
    if (wheel_.slot() % turn_every_ != 0) {
        return false;
    }
    if (!inbox_.empty()) {
        return true;
    }
    const auto deadline = core_.next_deadline();
    return deadline && *deadline <= wheel_.now();
}

void Grid::turn() {
    const Instant now = wheel_.now();
    const std::int64_t begin = clock_();
    counts_.messages_up += inbox_.size();
    for (scheduler::Event& event : inbox_) {
        event.at = now;
        core_.apply(event, actions_);
    }
    const std::int64_t tick = clock_();
    core_.apply(scheduler::Event{now, scheduler::Tick{}}, actions_);
    const std::int64_t end = clock_();
    counts_.turns.add(end - begin);
    counts_.ticks.add(end - tick);
    inbox_.clear();
    for (scheduler::Action& action : actions_) {
        obey(action);
    }
    actions_.clear();
}

void Grid::obey(scheduler::Action& action) {
    if (auto message = to_worker(action, core_.epoch(), 0)) {
        ++counts_.messages_down;
        sent_.push_back({message->to, std::move(message->message)});
        return;
    }
    if (const auto* commit = std::get_if<scheduler::JournalCommit>(&action)) {
        scheduler::StateDigest digest;
        digest.add(counts_.digest);
        IntervalLedger& ledger = ledgers_.at(commit->job);
        for (const scheduler::RangeDigest& range : commit->ranges) {
            digest.add(range.range);
            if (range.range.first < ledger.blocks()) {  // The final step is no block of the job.
                ledger.committed(range.range);
            }
        }
        counts_.digest = digest.value();
    } else if (const auto* job = std::get_if<scheduler::JournalJob>(&action)) {
        ledgers_.emplace(job->job, IntervalLedger{job->spec.blocks});
    } else if (const auto* state = std::get_if<scheduler::JournalJobState>(&action)) {
        if (scheduler::has_ended(state->state)) {
            ++jobs_ended_;
            jobs_completed_ += state->state == scheduler::JobState::completed ? 1U : 0U;
            last_end_ = wheel_.now();
        }
    }
    std::visit(
        [&](const auto& record) {
            using Record = std::decay_t<decltype(record)>;
            counts_.journal_records += std::is_same_v<Record, scheduler::JournalJob> ||
                                               std::is_same_v<Record, scheduler::JournalJobState> ||
                                               std::is_same_v<Record, scheduler::JournalLease> ||
                                               std::is_same_v<Record, scheduler::JournalLeaseEnd> ||
                                               std::is_same_v<Record, scheduler::JournalCommit> ||
                                               std::is_same_v<Record, scheduler::JournalLedger>
                                           ? 1U
                                           : 0U;
        },
        action);
}

}  // namespace vargrid::simulate
