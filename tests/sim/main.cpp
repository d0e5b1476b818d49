// vargrid_sim: runs seeds of the simulator, one process for each core, and says what it found.
#include "base/parse.hpp"
#include "tests/sim/simulation.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace vargrid::sim {
namespace {

struct Options {
    std::uint64_t first{0};
    std::uint64_t seeds{200};
    /// Processes that share the seeds.
    std::uint64_t jobs{1};
    bool verbose{false};
};

int usage() {
    std::fputs("usage: vargrid_sim [--seed N | --first N --seeds N] [--jobs N] [--verbose]\n",
               stderr);
    return 2;
}

bool parse(int count, char** words, Options& options) {
    for (int i = 1; i < count; ++i) {
        const std::string_view word{words[i]};
        if (word == "--verbose") {
            options.verbose = true;
            continue;
        }
        if (i + 1 == count) {
            return false;
        }
        const auto number = parse_integer(words[++i]);
        if (!number || *number < 0) {
            return false;
        }
        const auto value = static_cast<std::uint64_t>(*number);
        if (word == "--seed") {
            options.first = value;
            options.seeds = 1;
            options.jobs = 1;
        } else if (word == "--first") {
            options.first = value;
        } else if (word == "--seeds") {
            options.seeds = value;
        } else if (word == "--jobs" && value >= 1 && value <= 1'000) {
            options.jobs = value;
        } else {
            return false;
        }
    }
    return true;
}

struct Totals {
    std::uint64_t failed{0};
    std::uint64_t events{0};
    std::uint64_t steps{0};
    std::uint64_t committed{0};
    std::uint64_t computed{0};
    Duration virtual_time{0};
    std::array<std::uint64_t, kFaultKinds> faults{};
    JournalStats journal;
};
// It travels through a pipe as it lies in memory.
static_assert(std::is_trivially_copyable_v<Totals>);

void add(Totals& sum, const Totals& other) {
    sum.failed += other.failed;
    sum.events += other.events;
    sum.steps += other.steps;
    sum.committed += other.committed;
    sum.computed += other.computed;
    sum.virtual_time += other.virtual_time;
    for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
        sum.faults[kind] += other.faults[kind];
    }
    sum.journal.restored += other.journal.restored;
    sum.journal.torn += other.journal.torn;
    sum.journal.refused += other.journal.refused;
    sum.journal.unharmed += other.journal.unharmed;
}

void run_one(std::uint64_t seed, const Options& options, Totals& totals) {
    const AbortReport report{seed};
    Simulation grid{seed, swarm_plan(seed)};
    if (options.verbose) {
        grid.print_trace();
    }
    const Outcome outcome = grid.run();
    add(totals,
        Totals{0,
               outcome.events,
               outcome.steps,
               outcome.blocks_committed,
               outcome.blocks_computed,
               outcome.virtual_time,
               outcome.faults,
               outcome.journal});
    if (!outcome.broken.empty()) {
        ++totals.failed;
        std::printf("%s\n", explain_seed(seed).c_str());
    }
}

/// Every `jobs`-th seed, from the `share`-th on.
Totals run_share(const Options& options, std::uint64_t share) {
    Totals totals;
    const std::uint64_t end = options.first + options.seeds;
    for (std::uint64_t seed = options.first + share; seed < end; seed += options.jobs) {
        run_one(seed, options, totals);
        std::fflush(stdout);
    }
    return totals;
}

struct Process {
    pid_t id{0};
    int results{-1};
};

/// A process of its own for one share: a seed that aborts takes nobody else with it.
Process start_share(const Options& options, std::uint64_t share) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
        std::perror("vargrid_sim: pipe");
        std::exit(1);
    }
    const pid_t id = ::fork();
    if (id < 0) {
        std::perror("vargrid_sim: fork");
        std::exit(1);
    }
    if (id == 0) {
        ::close(ends[0]);
        const Totals totals = run_share(options, share);
        const bool told = ::write(ends[1], &totals, sizeof totals) == sizeof totals;
        ::_exit(told ? 0 : 1);
    }
    ::close(ends[1]);
    return {id, ends[0]};
}

Totals run_all(const Options& options) {
    if (options.jobs == 1) {
        return run_share(options, 0);
    }
    std::vector<Process> processes;
    for (std::uint64_t share = 0; share < options.jobs; ++share) {
        processes.push_back(start_share(options, share));
    }
    Totals totals;
    for (const Process& process : processes) {
        Totals part;
        const bool whole = ::read(process.results, &part, sizeof part) == sizeof part;
        int status = 0;
        ::waitpid(process.id, &status, 0);
        ::close(process.results);
        if (whole && status == 0) {
            add(totals, part);
        } else {
            ++totals.failed;  // It aborted, and printed which seed it was.
        }
    }
    return totals;
}

int run(const Options& options) {
    const auto start = std::chrono::steady_clock::now();
    const Totals totals = run_all(options);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::printf(
        "seeds %llu  failed %llu  blocks committed %llu  computed %llu  virtual hours %.1f\n",
        static_cast<unsigned long long>(options.seeds),
        static_cast<unsigned long long>(totals.failed),
        static_cast<unsigned long long>(totals.committed),
        static_cast<unsigned long long>(totals.computed),
        std::chrono::duration<double>(totals.virtual_time).count() / 3600.0);
    std::printf("faults");
    for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
        std::printf("  %s %llu",
                    std::string{name_of(static_cast<Fault>(kind))}.c_str(),
                    static_cast<unsigned long long>(totals.faults[kind]));
    }
    std::printf(
        "\nreal journals restored %llu  torn %llu  garbled and refused %llu, unharmed %llu\n",
        static_cast<unsigned long long>(totals.journal.restored),
        static_cast<unsigned long long>(totals.journal.torn),
        static_cast<unsigned long long>(totals.journal.refused),
        static_cast<unsigned long long>(totals.journal.unharmed));
    std::printf("scheduler events %llu  steps %llu  in %.2f s: %.1f seeds/s, %.0f events/s\n",
                static_cast<unsigned long long>(totals.events),
                static_cast<unsigned long long>(totals.steps),
                took.count(),
                static_cast<double>(options.seeds) / took.count(),
                static_cast<double>(totals.events) / took.count());
    return totals.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace vargrid::sim

int main(int count, char** words) {
    vargrid::sim::Options options;
    // On every core, unless one seed is looked at.
    options.jobs = std::max(1U, std::thread::hardware_concurrency());
    return vargrid::sim::parse(count, words, options) ? vargrid::sim::run(options)
                                                      : vargrid::sim::usage();
}
