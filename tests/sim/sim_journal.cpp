#include "tests/sim/sim_journal.hpp"

#include "base/check.hpp"
#include "scheduler/core/scheduler_core.hpp"
#include "scheduler/server/journal.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

#include <stdlib.h>

namespace vargrid::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 30U;
constexpr std::uint64_t kJournalStream = 2;

std::string bytes_of(const fs::path& file) {
    std::ifstream bytes{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{bytes}, {}};
}

void put_bytes(const fs::path& file, const std::string& text) {
    std::ofstream bytes{file, std::ios::binary | std::ios::trunc};
    bytes.write(text.data(), static_cast<std::streamsize>(text.size()));
}

fs::path log_of(const fs::path& folder) {
    return folder / "journal.db-wal";
}

/// Turns every bit of some bytes around.
void garble(std::string& text, std::size_t from, std::size_t count) {
    for (std::size_t i = from; i < std::min(from + count, text.size()); ++i) {
        text[i] = static_cast<char>(~text[i]);
    }
}

}  // namespace

SimJournal::SimJournal(Ledger& ledger,
                       const scheduler::CoreConfig& config,
                       bool real_files,
                       std::uint64_t seed)
    : ledger_{ledger}, config_{config}, random_{seed, kJournalStream}, real_files_{real_files} {
    if (!real_files_) {
        return;
    }
    // In memory where there is such a place: a seed waits for this disk thousands of times.
    const fs::path memory = "/dev/shm";
    const fs::path parent = fs::exists(memory) ? memory : fs::temp_directory_path();
    std::string pattern = (parent / "vargrid-sim-XXXXXX").string();
    CHECK(::mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
    fs::create_directory(folder(life_));
}

SimJournal::~SimJournal() {
    real_.reset();
    if (real_files_) {
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }
}

fs::path SimJournal::folder(std::uint64_t life) const {
    return root_ / std::to_string(life);
}

scheduler::Restored SimJournal::restore(Epoch epoch) {
    scheduler::Restored expected = memory_.restored(epoch);
    if (!real_files_) {
        return expected;
    }
    auto journal = scheduler::Journal::open(folder(life_), kBytesMax);
    if (!journal) {
        ledger_.fail("the journal does not open: " + journal.error().message);
        return expected;
    }
    auto restored = journal->restore();
    if (!restored) {
        ledger_.fail("the journal does not restore: " + restored.error().message);
        return expected;
    }
    compare(*restored, expected);
    ++stats_.restored;
    real_ = std::make_unique<scheduler::Journal>(std::move(*journal));
    return *restored;
}

/// Two journals mean the same if two cores cannot tell them apart.
void SimJournal::compare(const scheduler::Restored& real, const scheduler::Restored& expected) {
    const auto state_of = [&](const scheduler::Restored& restored) {
        scheduler::SchedulerCore core{config_};
        std::vector<scheduler::Action> ignored;
        core.apply(scheduler::Event{{}, restored}, ignored);
        return core.digest();
    };
    if (real.epoch != expected.epoch || real.next_job != expected.next_job ||
        state_of(real) != state_of(expected)) {
        ledger_.fail("the journal restores something else than what was durable");
    }
}

std::vector<bool> SimJournal::write(const std::vector<scheduler::Action>& actions) {
    std::vector<bool> is_record;
    for (const scheduler::Action& action : actions) {
        is_record.push_back(memory_.write(action));
    }
    if (real_ != nullptr) {
        const auto written = real_->write(actions, 1'000);
        if (!written) {
            ledger_.fail("the journal does not write: " + written.error().message);
        }
    }
    return is_record;
}

/// A copy of the files is what a killed process leaves behind.
void SimJournal::move_on() {
    const fs::path old = folder(life_);
    const fs::path next = folder(++life_);
    fs::copy(old, next, fs::copy_options::recursive);
    real_.reset();
    fs::remove_all(old);
}

void SimJournal::crash() {
    if (real_ == nullptr) {
        return;
    }
    move_on();
    if (random_.chance(1, 4)) {
        try_garbled();
    }
}

void SimJournal::crash_in(const std::vector<scheduler::Action>& actions) {
    if (real_ == nullptr) {
        return;
    }
    std::string before = bytes_of(log_of(folder(life_)));
    const auto written = real_->write(actions, 1'000);
    if (!written) {
        ledger_.fail("the journal does not write: " + written.error().message);
    }
    move_on();
    const fs::path log = log_of(folder(life_));
    std::string after = bytes_of(log);
    before.resize(after.size(), '\0');
    if (before == after) {
        return;  // Nothing was to be written.
    }
    // What the transaction wrote lies between the first and the last byte that changed; it counts
    // only if all of that is there.
    const auto first = static_cast<std::uint64_t>(
        std::mismatch(before.begin(), before.end(), after.begin()).first - before.begin());
    const auto behind = static_cast<std::uint64_t>(
        std::mismatch(before.rbegin(), before.rend(), after.rbegin()).first - before.rbegin());
    const std::uint64_t last = before.size() - behind;
    const std::uint64_t at = first + random_.below(last - first);
    if (random_.chance(1, 2)) {
        after.replace(at, std::string::npos, before, at, std::string::npos);
    } else {
        garble(after, at, std::min<std::uint64_t>(last - at, 1 + random_.below(512)));
    }
    put_bytes(log, after);
    ++stats_.torn;
}

/// Bytes of the main file go bad that had been durable: whoever opens it must get what was written,
/// or words. (A log that is damaged in the middle ends there, by design of SQLite: that cannot be
/// told from one that was cut off.)
void SimJournal::try_garbled() {
    const fs::path copy = root_ / "garbled";
    fs::copy(folder(life_), copy, fs::copy_options::recursive);
    const fs::path log = log_of(copy);
    const fs::path file = copy / "journal.db";
    std::string text = bytes_of(file);
    garble(text, random_.below(text.size()), 1 + random_.below(4'096));
    put_bytes(file, text);
    {
        auto journal = scheduler::Journal::open(copy, kBytesMax);
        auto restored = journal ? journal->restore() : Result<scheduler::Restored>{journal.error()};
        if (!restored) {
            ++stats_.refused;
            if (restored.error().message.size() < 10) {
                ledger_.fail("a damaged journal is refused without words");
            }
        } else {
            ++stats_.unharmed;
            compare(*restored, memory_.restored(restored->epoch));
        }
    }
    fs::remove_all(copy);
}

}  // namespace vargrid::sim
