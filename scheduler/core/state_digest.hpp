// StateDigest: 64 bits over the whole state of a core, for comparing two runs of the same events.
// Not for trust and not for storage.
#pragma once

#include "base/time.hpp"
#include "protocol/block_range.hpp"

#include <cstdint>
#include <string_view>

namespace vargrid::scheduler {

class StateDigest {
  public:
    void add(std::uint64_t value) {
        // The finaliser of SplitMix64 over the running state.
        state_ += value + 0x9e3779b97f4a7c15ULL;
        state_ = (state_ ^ (state_ >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        state_ = (state_ ^ (state_ >> 27U)) * 0x94d049bb133111ebULL;
        state_ ^= state_ >> 31U;
    }
    void add(Instant at) { add(static_cast<std::uint64_t>(at.nanoseconds)); }
    void add(Duration duration) { add(static_cast<std::uint64_t>(duration.count())); }
    void add(BlockRange range) {
        add(range.first);
        add(range.last);
    }
    void add(std::string_view text) {
        add(text.size());
        for (const char letter : text) {
            add(static_cast<std::uint64_t>(static_cast<unsigned char>(letter)));
        }
    }

    [[nodiscard]] std::uint64_t value() const { return state_; }

  private:
    std::uint64_t state_{0};
};

}  // namespace vargrid::scheduler
