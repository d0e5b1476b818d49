// How fast the scheduler places and commits blocks that need no work.
#include "base/check.hpp"
#include "bench/grid_bench.hpp"
#include "bench/grid_bench_workers.hpp"
#include "protocol/zmq/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace vargrid::bench {
namespace {

/// About the size of a lease or a commit on the wire.
constexpr std::size_t kMessageBytes = 100;
constexpr double kMilliseconds = 1e3;

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

std::vector<Figure> round_trip(const std::filesystem::path& folder, int jobs) {
    const SchedulerThread scheduler{{}, folder / "round-trip"};
    const protocol::Context context;
    auto client =
        or_give_up(protocol::Client::connect(context, {.endpoint = scheduler.endpoint()}));
    const IdleWorkers workers{scheduler.endpoint(), 1};
    const Digest payload = store_payload(client);
    std::vector<double> result;
    std::vector<double> status;
    for (int i = 0; i < jobs; ++i) {
        const std::uint64_t before = workers.accepted();
        auto start = Clock::now();
        const JobId job = or_give_up(client.submit(idle_job(payload, 1)));
        wait_until(workers.accepted(), before + 2);  // The block, then the final step.
        result.push_back(seconds_since(start) * kMilliseconds);
        start = Clock::now();
        const auto info = or_give_up(client.status(job));
        status.push_back(seconds_since(start) * kMilliseconds);
        CHECK(info.state == protocol::JobState::completed);
    }
    std::ranges::sort(result);
    std::ranges::sort(status);
    const auto at = [](const std::vector<double>& sorted, double share) {
        return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
    };
    const auto figure = [&](const char* name, double share, double target) {
        return Figure{.name = name,
                      .value = at(result, share),
                      .unit = "ms",
                      .peer = "a status question, which writes nothing",
                      .peer_value = at(status, share),
                      .ratio = at(result, share) / at(status, share),
                      .target = target,
                      .at_most = true,
                      .has_target = true};
    };
    return {figure("idle round trip, submit to durable result, p50", 0.50, 0.5),
            figure("idle round trip, submit to durable result, p99", 0.99, 2.0)};
}

}  // namespace vargrid::bench
