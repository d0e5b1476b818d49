#include "cli/console.hpp"

#include "cli/exit_codes.hpp"
#include "cli/report_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include <unistd.h>

namespace vargrid::cli {
namespace {

constexpr std::chrono::seconds kLineInterval{10};
constexpr int kBarWidth = 24;

std::string line_of(const protocol::JobInfo& job, double seconds) {
    const double share = job.blocks_total == 0 ? 0.0
                                               : static_cast<double>(job.blocks_committed) /
                                                     static_cast<double>(job.blocks_total);
    const int filled = static_cast<int>(share * kBarWidth);
    const double rate = seconds > 0.0 ? static_cast<double>(job.blocks_committed) / seconds : 0.0;
    return fmt::format(
        "{:>3.0f} %|{}{}| {}/{} blocks [{:.1f} s, {:.0f} blocks/s] workers={} "
        "repeated={} failed={} {}",
        100.0 * share,
        std::string(static_cast<std::size_t>(filled), '#'),
        std::string(static_cast<std::size_t>(kBarWidth - filled), ' '),
        job.blocks_committed,
        job.blocks_total,
        seconds,
        rate,
        job.workers,
        job.ledger.blocks_repeated,
        job.blocks_set_aside,
        to_text(job.state));
}

}  // namespace

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void say(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    if (!text.ends_with('\n')) {
        std::fputc('\n', stderr);
    }
}

int fail(const Error& error, bool json) {
    say("vargrid: " + error.message);
    if (json) {
        print(error_json(error) + "\n");
    }
    return exit_code_of(error);
}

int exit_code_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::not_found:
            return kExitNotFound;
        case ErrorCode::unreachable:
            return kExitUnreachable;
        case ErrorCode::unauthorised:
            return kExitUnauthorised;
        case ErrorCode::invalid_input:
        case ErrorCode::io:
        case ErrorCode::limit:
        case ErrorCode::conflict:
        case ErrorCode::internal:
            return kExitFailed;
    }
    return kExitFailed;
}

Progress::Progress() : terminal_{isatty(STDERR_FILENO) == 1}, start_{Clock::now()} {}

void Progress::show(const protocol::JobInfo& job) {
    const auto now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - start_).count();
    if (terminal_) {
        // Clear to the end of the line, so that a shorter line leaves no rest of a longer one.
        std::fprintf(stderr, "\r%s\x1b[K", line_of(job, seconds).c_str());
        std::fflush(stderr);
        open_line_ = true;
    } else if (now - last_.value_or(start_) >= kLineInterval) {
        say(line_of(job, seconds));
        last_ = now;
    }
}

void Progress::finish() {
    if (open_line_) {
        std::fputc('\n', stderr);
        open_line_ = false;
    }
}

}  // namespace vargrid::cli
