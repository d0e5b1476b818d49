#include "scheduler/server/server_log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>

namespace vargrid::scheduler {
namespace {

constexpr std::uint64_t kLinesPerSecondMax = 200;
constexpr std::size_t kValueBytesMax = 512;

/// Peers choose some of these texts: no line break and no quote of theirs may reach the log bare.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char letter : text.substr(0, kValueBytesMax)) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '"' || letter == '\\') {
            out += '\\';
            out += letter;
        } else {
            out += byte < 0x20 || byte == 0x7f ? '?' : letter;
        }
    }
    out += text.size() > kValueBytesMax ? "...\"" : "\"";
    return out;
}

std::string line_of(std::string_view event, std::initializer_list<LogField> fields) {
    std::string line{event};
    for (const LogField& field : fields) {
        line += ' ';
        line += field.name;
        line += '=';
        line += field.value;
    }
    return line;
}

}  // namespace

LogField::LogField(std::string_view field_name, std::string_view text)
    : name{field_name}, value{quoted(text)} {}
LogField::LogField(std::string_view field_name, std::uint64_t number)
    : name{field_name}, value{std::to_string(number)} {}

struct ServerLog::Impl {
    explicit Impl(bool is_quiet)
        : logger{"scheduler", std::make_shared<spdlog::sinks::stderr_sink_mt>()}, quiet{is_quiet} {
        logger.set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l scheduler: %v");
        logger.set_level(quiet ? spdlog::level::warn : spdlog::level::info);
    }

    void write(spdlog::level::level_enum level,
               std::string_view event,
               std::initializer_list<LogField> fields) {
        if (!logger.should_log(level)) {
            return;
        }
        if (lines_this_second >= kLinesPerSecondMax) {
            ++held_back;
            return;
        }
        ++lines_this_second;
        logger.log(level, "{}", line_of(event, fields));
    }

    spdlog::logger logger;
    bool quiet{false};
    Instant second_began{};
    std::uint64_t lines_this_second{0};
    std::uint64_t held_back{0};
};

ServerLog::ServerLog(bool quiet) : impl_{std::make_unique<Impl>(quiet)} {}
ServerLog::~ServerLog() = default;
ServerLog::ServerLog(ServerLog&&) noexcept = default;
ServerLog& ServerLog::operator=(ServerLog&&) noexcept = default;

void ServerLog::info(std::string_view event, std::initializer_list<LogField> fields) {
    impl_->write(spdlog::level::info, event, fields);
}

void ServerLog::warn(std::string_view event, std::initializer_list<LogField> fields) {
    impl_->write(spdlog::level::warn, event, fields);
}

void ServerLog::advance(Instant now) {
    if (now - impl_->second_began < std::chrono::seconds{1}) {
        return;
    }
    impl_->second_began = now;
    impl_->lines_this_second = 0;
    if (impl_->held_back > 0) {
        const std::uint64_t count = impl_->held_back;
        impl_->held_back = 0;
        impl_->write(spdlog::level::warn, "lines_held_back", {LogField{"count", count}});
    }
}

}  // namespace vargrid::scheduler
