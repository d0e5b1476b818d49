// ServerLog: one line an event on standard error, "time level event key=value ...", at most so many
// a second, so that no peer can fill the disk. The only place of the scheduler that knows spdlog.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace vargrid::scheduler {

struct LogField {
    LogField(std::string_view field_name, std::string_view text);
    LogField(std::string_view field_name, std::uint64_t number);

    std::string_view name;
    std::string value;
};

class ServerLog {
  public:
    /// `quiet`: warnings and errors only.
    explicit ServerLog(bool quiet);
    ~ServerLog();
    ServerLog(ServerLog&&) noexcept;
    ServerLog& operator=(ServerLog&&) noexcept;

    void info(std::string_view event, std::initializer_list<LogField> fields);
    void warn(std::string_view event, std::initializer_list<LogField> fields);

    /// Starts a new second of the line limit and reports what the last one held back.
    void advance(Instant now);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vargrid::scheduler
