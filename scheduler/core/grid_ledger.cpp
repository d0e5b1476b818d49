#include "scheduler/core/grid_ledger.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace vargrid::scheduler {
namespace {

CoreSum whole(Duration time) {
    return std::chrono::duration_cast<CoreSum>(time);
}

CoreSum over(std::uint64_t threads, CoreSum time) {
    return time * static_cast<CoreSum::rep>(threads);
}

}  // namespace

CoreSum WorkerAccount::book(Instant now, CoreSum time) {
    busy_since_ = now;
    booked_ += time;
    const CoreSum beyond =
        std::max(CoreSum{0}, booked_ - over(threads_, whole(now - connected_at_)));
    booked_ -= beyond;
    return beyond;
}

CoreTime WorkerAccount::under_way(Instant until, std::uint64_t threads_used) const {
    const auto used = static_cast<CoreTime::rep>(std::min<std::uint64_t>(threads_used, threads_));
    return std::max(Duration{0}, until - busy_since_) * used;
}

void GridLedger::advance(Instant now) {
    const CoreSum passed = whole(now - now_);
    connected_ += over(threads_, passed);
    now_ = now_ + passed;  // What is less than a microsecond waits for the next time.
}

void GridLedger::worker_goes(std::uint32_t threads, Duration silent_for) {
    CHECK(threads_ >= threads);
    threads_ -= threads;
    connected_ -= over(threads, whole(silent_for));
}

void GridLedger::book(Spent kind, CoreSum time, CoreSum beyond) {
    spent_[static_cast<std::size_t>(kind)] += time;
    connected_ += beyond;
}

CoreSum GridLedger::rest() const {
    CoreSum rest = connected_;
    for (const CoreSum kind : spent_) {
        rest -= kind;
    }
    return rest;
}

}  // namespace vargrid::scheduler
