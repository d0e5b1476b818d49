// vargrid_sim: runs seeds of the simulator and says what it found.
#include "base/parse.hpp"
#include "tests/sim/simulation.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace vargrid::sim {
namespace {

struct Options {
    std::uint64_t first{0};
    std::uint64_t seeds{200};
    bool verbose{false};
};

int usage() {
    std::fputs("usage: vargrid_sim [--seed N | --first N --seeds N] [--verbose]\n", stderr);
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
        } else if (word == "--first") {
            options.first = value;
        } else if (word == "--seeds") {
            options.seeds = value;
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
};

void run_one(std::uint64_t seed, const Options& options, Totals& totals) {
    const AbortReport report{seed};
    Simulation grid{seed, swarm_plan(seed)};
    if (options.verbose) {
        grid.print_trace();
    }
    const Outcome outcome = grid.run();
    totals.events += outcome.events;
    totals.steps += outcome.steps;
    totals.committed += outcome.blocks_committed;
    totals.computed += outcome.blocks_computed;
    totals.virtual_time += outcome.virtual_time;
    for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
        totals.faults[kind] += outcome.faults[kind];
    }
    if (!outcome.broken.empty()) {
        ++totals.failed;
        std::printf("%s\n", explain_seed(seed).c_str());
    }
}

int run(const Options& options) {
    Totals totals;
    const auto start = std::chrono::steady_clock::now();
    for (std::uint64_t seed = options.first; seed < options.first + options.seeds; ++seed) {
        run_one(seed, options, totals);
    }
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
    std::printf("\nscheduler events %llu  steps %llu  in %.2f s: %.0f events/s\n",
                static_cast<unsigned long long>(totals.events),
                static_cast<unsigned long long>(totals.steps),
                took.count(),
                static_cast<double>(totals.events) / took.count());
    return totals.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace vargrid::sim

int main(int count, char** words) {
    vargrid::sim::Options options;
    return vargrid::sim::parse(count, words, options) ? vargrid::sim::run(options)
                                                      : vargrid::sim::usage();
}
