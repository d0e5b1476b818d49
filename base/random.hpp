// RandomStream: counter-based random numbers (Philox 4x32-10). A number depends on (seed, stream,
// position) alone, never on who drew before. Own distributions, because the standard ones differ
// between libraries.
// Source: Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, SC11.
#pragma once

#include <array>
#include <cstdint>

namespace vargrid {

class RandomStream {
  public:
    RandomStream(std::uint64_t seed, std::uint64_t stream) : seed_{seed}, stream_{stream} {}

    /// 64 uniform bits.
    std::uint64_t next();
    /// Uniform in [0, bound); bound >= 1. Unbiased (rejection).
    std::uint64_t below(std::uint64_t bound);
    /// Uniform in [first, last].
    std::int64_t between(std::int64_t first, std::int64_t last);
    /// Uniform in (0, 1), never 0 or 1.
    double uniform();
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    /// Standard normal (Box-Muller; one of each pair is dropped so that position stays simple).
    double normal();
    /// True with probability numerator / denominator.
    bool chance(std::uint64_t numerator, std::uint64_t denominator) {
        return below(denominator) < numerator;
    }

    /// Draws made so far; two equal runs end with equal positions.
    [[nodiscard]] std::uint64_t position() const { return position_; }

  private:
    std::uint64_t seed_;
    std::uint64_t stream_;
    std::uint64_t position_{0};
};

/// One Philox 4x32-10 block.
[[nodiscard]] std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key);

}  // namespace vargrid
