// How fast the scheduler places and commits blocks that need no work.
#include "base/check.hpp"
#include "bench/grid_bench.hpp"
#include "bench/grid_bench_workers.hpp"
#include "protocol/zmq/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

namespace vargrid::bench {
namespace {

/// About the size of a lease or a commit on the wire.
constexpr std::size_t kMessageBytes = 100;
constexpr double kMilliseconds = 1e3;
/// A sync that takes less wrote nothing: memory.
constexpr double kSyncFree = 0.005;

protocol::SubmitJob idle_job(const Digest& payload, std::uint64_t blocks) {
    protocol::SubmitJob job;
    job.name = "idle";
    job.owner = "bench";
    job.n_blocks = blocks;
    job.block_cost_ns = 1;
    job.blocks_per_task_max = 1;
    job.payload = payload;
    job.output_folder = "/nowhere";
    return job;
}

void wait_until(const std::atomic<std::uint64_t>& counter, std::uint64_t value) {
    for (std::uint64_t seen = counter; seen < value; seen = counter) {
        counter.wait(seen);
    }
}

Digest store_payload(protocol::Client& client) {
    constexpr std::array<std::byte, 4> kPayload{};
    return or_give_up(client.put_blob(kPayload));
}

}  // namespace

std::vector<Figure> dispatch_rate(const DispatchOptions& options) {
    double best = 0.0;
    double echo = 0.0;
    for (int repetition = 0; repetition < options.repetitions; ++repetition) {
        const auto journal =
            options.folder / fmt::format("dispatch-{}-{}", options.workers, repetition);
        const SchedulerThread scheduler{{}, journal};
        const protocol::Context context;
        auto client =
            or_give_up(protocol::Client::connect(context, {.endpoint = scheduler.endpoint()}));
        const IdleWorkers workers{scheduler.endpoint(), options.workers};
        const Digest payload = store_payload(client);
        const auto start = Clock::now();
        (void)or_give_up(client.submit(idle_job(payload, options.tasks)));
        wait_until(workers.accepted(), options.tasks);
        best = std::max(best, static_cast<double>(options.tasks) / seconds_since(start));
        echo = std::max(echo, echo_rate(options.workers, options.tasks, kMessageBytes));
    }
    return {{.name = fmt::format("blocks without work, one a task, {} workers", options.workers),
             .value = best,
             .unit = "tasks/s",
             .peer = "echoes over bare ROUTER/DEALER, as many peers",
             .peer_value = echo,
             .ratio = best / echo,
             .target = 100'000,
             .has_target = options.workers == 1'000}};
}

namespace {

/// Milliseconds of one write of a page that reaches the disk, sorted: what the folder's disk can
/// do.
std::vector<double> sync_times(const std::filesystem::path& folder, int count) {
    const auto file = folder / "sync-probe";
    const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(descriptor >= 0);
    const std::array<char, 4096> page{};
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        CHECK(write(descriptor, page.data(), page.size()) == static_cast<ssize_t>(page.size()));
        const auto start = Clock::now();
        CHECK(fdatasync(descriptor) == 0);
        times.push_back(seconds_since(start) * kMilliseconds);
    }
    close(descriptor);
    std::filesystem::remove(file);
    std::ranges::sort(times);
    return times;
}

double quantile(const std::vector<double>& sorted, double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

std::vector<Figure> round_trip(const std::filesystem::path& folder,
                               const std::string& where,
                               int jobs) {
    const auto syncs = sync_times(folder, jobs);
    const SchedulerThread scheduler{{}, folder / "round-trip"};
    const protocol::Context context;
    auto client =
        or_give_up(protocol::Client::connect(context, {.endpoint = scheduler.endpoint()}));
    const IdleWorkers workers{scheduler.endpoint(), 1};
    const Digest payload = store_payload(client);
    std::vector<double> times;
    for (int i = 0; i < jobs; ++i) {
        const std::uint64_t before = workers.accepted();
        const auto start = Clock::now();
        const JobId job = or_give_up(client.submit(idle_job(payload, 1)));
        wait_until(workers.accepted(), before + 2);  // The block, then the final step.
        times.push_back(seconds_since(start) * kMilliseconds);
        CHECK(or_give_up(client.status(job)).state == protocol::JobState::completed);
    }
    std::ranges::sort(times);
    const auto figure = [&](const char* name, double share, double target) {
        Figure one;
        one.name = fmt::format("idle round trip, submit to result, {}, {}", where, name);
        one.value = quantile(times, share);
        one.unit = "ms";
        one.target = target;
        one.at_most = true;
        one.has_target = true;
        if (quantile(syncs, share) > kSyncFree) {
            one.peer = "one fdatasync there";
            one.peer_value = quantile(syncs, share);
            one.ratio = one.value / one.peer_value;
        }
        return one;
    };
    return {figure("p50", 0.50, 0.5), figure("p99", 0.99, 2.0)};
}

}  // namespace vargrid::bench
