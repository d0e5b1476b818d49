#include "scheduler/core/heartbeat_terms.hpp"

#include <algorithm>
#include <chrono>

namespace vargrid::scheduler {

HeartbeatTerms heartbeat_terms(const CoreConfig& config, std::size_t workers) {
    constexpr Duration kSecond = std::chrono::seconds{1};
    const auto count = static_cast<Duration::rep>(std::max<std::size_t>(workers, 1));
    const Duration needed = kSecond * count / config.heartbeats_per_second_max;
    const Duration interval = std::max(config.heartbeat_interval, needed);
    const Duration::rep heartbeats =
        std::max<Duration::rep>(1, config.worker_silence_max / config.heartbeat_interval);
    return {interval,
            config.worker_silence_max + (interval - config.heartbeat_interval) * heartbeats};
}

}  // namespace vargrid::scheduler
