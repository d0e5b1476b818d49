#include "worker/agent/cluster.hpp"

#include "worker/agent/command_output.hpp"
#include "worker/agent/machine.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <unistd.h>

namespace vargrid::worker {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr days kLifeMax{400};
constexpr std::size_t kTextBytesMax = 40;
/// A controller that is away must not keep a worker from its work.
constexpr seconds kAnswerMax{3};

/// The number at the front of `text`, which loses it. At most eight digits.
std::optional<std::int64_t> take_number(std::string_view& text) {
    constexpr std::size_t kDigitsMax = 8;
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto length = static_cast<std::size_t>(end - text.data());
    if (failure != std::errc{} || value < 0 || length > kDigitsMax || text.front() == '-') {
        return std::nullopt;
    }
    text.remove_prefix(length);
    return value;
}

bool take(std::string_view& text, char letter) {
    if (!text.starts_with(letter)) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

/// In nanoseconds, which do not reach the year 9999: none beyond kLifeMax.
std::optional<Duration> bounded(seconds life) {
    if (life > kLifeMax) {
        return std::nullopt;
    }
    return std::max(life, seconds{-1});  // Over is over.
}

/// "1h30m", "3600".
std::optional<Duration> span_from(std::string_view text) {
    seconds total{0};
    bool bare = true;
    do {
        const auto count = take_number(text);
        if (!count) {
            return std::nullopt;
        }
        if (take(text, 'd')) {
            total += days{*count};
        } else if (take(text, 'h')) {
            total += hours{*count};
        } else if (take(text, 'm')) {
            total += minutes{*count};
        } else if (take(text, 's') || (bare && text.empty())) {
            total += seconds{*count};
        } else {
            return std::nullopt;
        }
        bare = false;
    } while (!text.empty());
    return bounded(total);
}

/// "2026-11-23T06:00Z", "2026-11-23T06:00:30Z".
std::optional<std::chrono::sys_seconds> instant_from(std::string_view text) {
    std::array<std::int64_t, 6> fields{};
    constexpr std::string_view kAfter = "--T::";
    std::size_t count = 0;
    while (count < fields.size()) {
        const auto number = take_number(text);
        if (!number) {
            return std::nullopt;
        }
        fields[count++] = *number;
        if (count >= 5 && text == "Z") {
            break;
        }
        if (count > kAfter.size() || !take(text, kAfter[count - 1])) {
            return std::nullopt;
        }
    }
    const std::chrono::year_month_day day{std::chrono::year{static_cast<int>(fields[0])},
                                          std::chrono::month{static_cast<unsigned>(fields[1])},
                                          std::chrono::day{static_cast<unsigned>(fields[2])}};
    const bool is_time = fields[3] < 24 && fields[4] < 60 && fields[5] < 60;
    if (text != "Z" || fields[0] < 2000 || fields[0] > 9999 || !day.ok() || !is_time) {
        return std::nullopt;
    }
    return std::chrono::sys_days{day} + hours{fields[3]} + minutes{fields[4]} + seconds{fields[5]};
}

std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

/// The value of "Key=value" in the one-line output of scontrol.
std::string_view value_of(std::string_view text, std::string_view key) {
    const std::size_t at = text.find(key);
    if (at == std::string_view::npos || (at > 0 && text[at - 1] != ' ')) {
        return {};
    }
    const std::string_view rest = text.substr(at + key.size());
    return rest.substr(0, rest.find_first_of(" \n"));
}

/// The job id that means this task alone: the first task of an array shares its id with the array.
std::string slurm_task() {
    const std::string array = variable("SLURM_ARRAY_JOB_ID");
    return array.empty() ? variable("SLURM_JOB_ID") : array + "_" + variable("SLURM_ARRAY_TASK_ID");
}

}  // namespace

Result<std::optional<Duration>> life_from_text(std::string_view text,
                                               std::chrono::system_clock::time_point now) {
    if (text == "none") {
        return std::optional<Duration>{};
    }
    auto life = text.empty() || text.size() > kTextBytesMax ? std::nullopt : span_from(text);
    if (!life) {
        if (const auto end = instant_from(text)) {
            life = bounded(*end - std::chrono::floor<seconds>(now));
        }
    }
    if (!life) {
        return Error{ErrorCode::invalid_input,
                     "expected a time like 3600s, 90m, 1h30m or 2026-11-23T06:00Z, at most 400 "
                     "days, or none; found '" +
                         std::string{text} + "'"};
    }
    return life;
}

std::optional<Duration> life_from_slurm_text(std::string_view text) {
    std::vector<std::int64_t> fields;
    std::int64_t whole_days = 0;
    while (true) {
        const auto number = text.empty() ? std::nullopt : take_number(text);
        if (!number) {
            return std::nullopt;
        }
        if (fields.empty() && take(text, '-')) {
            whole_days = *number;
            continue;
        }
        fields.push_back(*number);
        if (text.empty()) {
            break;
        }
        if (fields.size() == 3 || !take(text, ':')) {
            return std::nullopt;
        }
    }
    if (fields.size() < 2) {
        return std::nullopt;
    }
    seconds total = days{whole_days};
    total += seconds{fields.back()} + minutes{fields[fields.size() - 2]};
    if (fields.size() == 3) {
        total += hours{fields.front()};
    }
    return bounded(total);
}

std::optional<Duration> life_from_slurm_job(std::string_view text) {
    const auto limit = life_from_slurm_text(value_of(text, "TimeLimit="));
    const auto used = life_from_slurm_text(value_of(text, "RunTime="));
    if (!limit || !used) {
        return std::nullopt;
    }
    return *limit - *used;
}

std::optional<ClusterLife> ask_cluster() {
    const std::string task = slurm_task();
    if (task.empty()) {
        return std::nullopt;
    }
    // Set by Slurm 22.10 and later.
    if (const std::string end = variable("SLURM_JOB_END_TIME"); !end.empty()) {
        std::int64_t unix_seconds = 0;
        const auto parsed = std::from_chars(end.data(), end.data() + end.size(), unix_seconds);
        const auto left =
            seconds{unix_seconds} -
            std::chrono::floor<seconds>(std::chrono::system_clock::now()).time_since_epoch();
        if (parsed.ec == std::errc{} && unix_seconds > 0 && bounded(left)) {
            return ClusterLife{bounded(left), "SLURM_JOB_END_TIME"};
        }
    }
    const auto queue = command_output({"squeue", "-h", "-j", task, "-o", "%L"}, kAnswerMax);
    if (queue) {
        std::string_view word = *queue;
        word = word.substr(0, word.find_first_of(" \n"));
        return ClusterLife{life_from_slurm_text(word), "squeue"};
    }
    const auto shown = command_output({"scontrol", "-o", "show", "job", task}, kAnswerMax);
    if (shown) {
        return ClusterLife{life_from_slurm_job(*shown), "scontrol"};
    }
    return ClusterLife{std::nullopt, queue.error().message};
}

std::string default_host() {
    const std::string host = variable("SLURMD_NODENAME");
    return host.empty() ? host_name() : host;
}

std::string default_name() {
    const std::string task = slurm_task();
    return default_host() + (task.empty() ? ":" + std::to_string(::getpid()) : ":slurm-" + task);
}

}  // namespace vargrid::worker
