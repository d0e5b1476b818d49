// What a command says: data on stdout, the rest on stderr; progress on a terminal only, otherwise a
// line every ten seconds.
#pragma once

#include "base/result.hpp"
#include "protocol/messages.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vargrid::cli {

void print(std::string_view text);
void say(std::string_view text);

/// Prints "vargrid COMMAND: error" to stderr, and under --json one document to stdout.
/// Returns the exit code.
int fail(const Error& error, bool json);

/// Shows how far a job is.
class Progress {
  public:
    Progress();
    void show(const protocol::JobInfo& job);
    /// Ends the progress line, if there is one.
    void finish();

  private:
    using Clock = std::chrono::steady_clock;
    bool terminal_{false};
    bool open_line_{false};
    Clock::time_point start_;
    std::optional<Clock::time_point> last_;
};

}  // namespace vargrid::cli
