// AgentLog: one line an event on standard error. The only file of the worker that knows spdlog.
#pragma once

#include <memory>
#include <string_view>

namespace vargrid::worker {

enum class LogLevel { debug, info, warn, error, off };

/// "debug", "info", "warn", "error", "off"; false leaves `level` alone.
[[nodiscard]] bool log_level_from_text(std::string_view text, LogLevel& level);

class AgentLog {
  public:
    AgentLog(LogLevel level, std::string_view worker_name);
    ~AgentLog();

    void debug(std::string_view line);
    void info(std::string_view line);
    void warn(std::string_view line);
    void error(std::string_view line);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vargrid::worker
