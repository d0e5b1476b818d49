#include "worker/agent/agent_log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <chrono>
#include <string>
#include <utility>

namespace vargrid::worker {
namespace {

/// Beyond so many lines a second they are only counted: nothing the scheduler or a bad task does
/// can fill a disk.
constexpr int kLinesPerSecondMax = 50;

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> kLevels{{{"debug", LogLevel::debug},
                                                                        {"info", LogLevel::info},
                                                                        {"warn", LogLevel::warn},
                                                                        {"error", LogLevel::error},
                                                                        {"off", LogLevel::off}}};

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warn:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
        case LogLevel::off:
            return spdlog::level::off;
    }
    return spdlog::level::info;
}

}  // namespace

bool log_level_from_text(std::string_view text, LogLevel& level) {
    for (const auto& [name, value] : kLevels) {
        if (text == name) {
            level = value;
            return true;
        }
    }
    return false;
}

struct AgentLog::Impl {
    Impl(LogLevel level, std::string_view worker_name)
        : logger{std::string{worker_name}, std::make_shared<spdlog::sinks::stderr_sink_mt>()} {
        logger.set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l worker %n: %v");
        logger.set_level(spdlog_level(level));
        logger.flush_on(spdlog::level::debug);
    }

    void write(spdlog::level::level_enum level, std::string_view line) {
        if (!logger.should_log(level)) {
            return;
        }
        const auto now = std::chrono::steady_clock::now();
        if (now - second >= std::chrono::seconds{1}) {
            if (held_back > 0) {
                logger.warn("{} lines held back", std::exchange(held_back, 0));
            }
            second = now;
            lines = 0;
        }
        if (++lines > kLinesPerSecondMax) {
            ++held_back;
            return;
        }
        logger.log(level, "{}", line);
    }

    spdlog::logger logger;
    std::chrono::steady_clock::time_point second;
    int lines{0};
    int held_back{0};
};

AgentLog::AgentLog(LogLevel level, std::string_view worker_name)
    : impl_{std::make_unique<Impl>(level, worker_name)} {}
AgentLog::~AgentLog() = default;

void AgentLog::debug(std::string_view line) {
    impl_->write(spdlog::level::debug, line);
}
void AgentLog::info(std::string_view line) {
    impl_->write(spdlog::level::info, line);
}
void AgentLog::warn(std::string_view line) {
    impl_->write(spdlog::level::warn, line);
}
void AgentLog::error(std::string_view line) {
    impl_->write(spdlog::level::err, line);
}

}  // namespace vargrid::worker
