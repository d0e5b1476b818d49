#include "worker/agent/fault_injection.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

namespace vargrid::worker {
namespace {

/// The number after `prefix`, if the word begins with it and ends with a number.
template <class Number>
bool take_number(std::string_view word, std::string_view prefix, Number& number) {
    if (!word.starts_with(prefix)) {
        return false;
    }
    word.remove_prefix(prefix.size());
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), number);
    return failure == std::errc{} && end == word.data() + word.size() && !word.empty();
}

bool take(std::string_view word, FaultInjection& faults) {
    std::uint64_t block = 0;
    if (take_number(word, "crash:block=", block)) {
        faults.crash_block = block;
    } else if (take_number(word, "fail:block=", block)) {
        faults.fail_block = block;
    } else if (word == "fail:all") {
        faults.fail_all = true;
    } else if (word == "fail:shards") {
        faults.fail_shards = true;
    } else if (take_number(word, "lie:every=", faults.lie_every)) {
        return faults.lie_every > 0;
    } else if (take_number(word, "slow:factor=", faults.slow_factor)) {
        return faults.slow_factor > 0;
    } else {
        return false;
    }
    return true;
}

}  // namespace

Result<FaultInjection> FaultInjection::parse(std::string_view text) {
    FaultInjection faults;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(','));
        if (!take(word, faults)) {
            return Error{ErrorCode::invalid_input,
                         "'" + std::string{word} +
                             "' is no fault: crash:block=N, fail:block=N, fail:all, fail:shards, "
                             "lie:every=N or slow:factor=N"};
        }
        text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    return faults;
}

Result<FaultInjection> FaultInjection::from_environment() {
    const char* const text = std::getenv("VARGRID_FAULT");
    auto faults = parse(text == nullptr ? "" : text);
    if (!faults) {
        return with_context(std::move(faults).error(), "VARGRID_FAULT");
    }
    return faults;
}

Result<void> FaultInjection::before(std::uint64_t block) const {
    if (block == crash_block) {
        std::raise(SIGSEGV);
    }
    if (fail_all || block == fail_block) {
        return Error{ErrorCode::invalid_input, "injected fault"};
    }
    return {};
}

void FaultInjection::after(std::uint64_t block,
                           std::chrono::nanoseconds took,
                           BlockResult& result) const {
    if (lie_every > 0 && block % lie_every == 0 && !result.sum_low.empty()) {
        result.sum_low[0] ^= 1U;
    }
    if (slow_factor > 1) {
        std::this_thread::sleep_for(took * (slow_factor - 1));
    }
}

Result<void> FaultInjection::before_shard() const {
    if (fail_shards) {
        return Error{ErrorCode::io, "injected fault: no shard can be written"};
    }
    return {};
}

}  // namespace vargrid::worker
