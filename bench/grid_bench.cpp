// The grid in numbers: what it costs, how fast it places work, how soon it answers. Prints a table
// on standard error and, with --out, writes JSON.
#include "bench/grid_bench.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>

namespace vargrid::bench {

void give_up(const Error& error) {
    std::fprintf(stderr, "grid_bench: %s\n", error.message.c_str());
    std::exit(1);
}

SchedulerThread::SchedulerThread(const scheduler::CoreConfig& core,
                                 const std::filesystem::path& journal)
    : server_{or_give_up(scheduler::Server::open([&] {
          scheduler::ServerConfig config;
          config.journal_folder = journal;
          config.quiet = true;
          config.core = core;
          return config;
      }()))},
      endpoint_{server_.endpoint()},
      thread_{[this] {
          if (auto outcome = server_.run(stop_); !outcome) {
              give_up(outcome.error());
          }
      }} {}

SchedulerThread::~SchedulerThread() {
    stop_ = true;
    thread_.join();
}

namespace {

/// What the software alone costs: a sync returns at once there.
constexpr const char* kMemoryDisk = "/dev/shm";

std::string temporary_folder(const std::filesystem::path& parent) {
    std::string folder = (parent / "vargrid-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) {
        give_up({ErrorCode::io, folder + ": cannot be made"});
    }
    return folder;
}

bool is_met(const Figure& figure) {
    return figure.at_most ? figure.value <= figure.target : figure.value >= figure.target;
}

nlohmann::ordered_json to_json(const Figure& figure) {
    nlohmann::ordered_json json{{"name", figure.name},
                                {"value", figure.value},
                                {"unit", figure.unit},
                                {"peer", figure.peer},
                                {"peer_value", figure.peer_value},
                                {"ratio", figure.ratio}};
    if (figure.has_target) {
        json["target"] = fmt::format(
            "{} {} {}", figure.at_most ? "at most" : "at least", figure.target, figure.unit);
        json["met"] = is_met(figure);
    }
    return json;
}

int run(int argc, char** argv) {
    CLI::App app{"Measures the grid beside the bare kernel loop and bare sockets", "grid_bench"};
    std::string out;
    std::string filter;
    TaxOptions tax{.folder = {}, .threads = static_cast<int>(std::thread::hardware_concurrency())};
    app.add_option("--out", out, "Write JSON to this file");
    app.add_option("--filter", filter, "One of: tax, dispatch, round_trip (default: all)");
    app.add_option("--threads", tax.threads, "Threads of the tax job")->capture_default_str();
    app.add_option("--repetitions", tax.repetitions, "The best counts")->capture_default_str();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& failure) {
        return app.exit(failure) == 0 ? 0 : 2;
    }
    const std::string folder = temporary_folder(std::filesystem::temp_directory_path());
    std::vector<Figure> figures;
    const auto measure = [&](std::string_view name, auto&& what) {
        if (filter.empty() || filter == name) {
            for (Figure& figure : what()) {
                std::fprintf(stderr,
                             "%-70s %12.4g %-8s %10.4g x %s (%.4g)\n",
                             figure.name.c_str(),
                             figure.value,
                             figure.unit.c_str(),
                             figure.ratio,
                             figure.peer.c_str(),
                             figure.peer_value);
                figures.push_back(std::move(figure));
            }
        }
    };
    tax.folder = folder;
    measure("round_trip", [&] { return round_trip(folder, "journal on disk", 300); });
    if (std::filesystem::is_directory(kMemoryDisk)) {
        const std::string memory = temporary_folder(kMemoryDisk);
        measure("round_trip", [&] { return round_trip(memory, "journal in memory", 300); });
        std::filesystem::remove_all(memory);
    }
    measure("dispatch", [&] { return dispatch_rate({.folder = folder, .workers = 16}); });
    measure("dispatch", [&] { return dispatch_rate({.folder = folder, .workers = 1'000}); });
    measure("tax", [&] { return grid_tax(tax); });
    std::error_code gone;
    std::filesystem::remove_all(folder, gone);
    if (!out.empty()) {
        auto list = nlohmann::ordered_json::array();
        for (const Figure& figure : figures) {
            list.push_back(to_json(figure));
        }
        std::ofstream stream{out};
        stream << nlohmann::ordered_json{{"schema", 1}, {"figures", std::move(list)}}.dump(2)
               << '\n';
        if (!stream.flush()) {
            give_up({ErrorCode::io, out + ": cannot be written"});
        }
    }
    return 0;
}

}  // namespace
}  // namespace vargrid::bench

int main(int argc, char** argv) {
    return vargrid::bench::run(argc, argv);
}
