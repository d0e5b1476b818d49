#include "base/random.hpp"

#include "base/check.hpp"

#include <cmath>
#include <numbers>

namespace vargrid {

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) {
    constexpr std::uint64_t kMultiplier0 = 0xD2511F53;
    constexpr std::uint64_t kMultiplier1 = 0xCD9E8D57;
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t product0 = kMultiplier0 * counter[0];
        const std::uint64_t product1 = kMultiplier1 * counter[2];
        counter = {static_cast<std::uint32_t>(product1 >> 32U) ^ counter[1] ^ key[0],
                   static_cast<std::uint32_t>(product1),
                   static_cast<std::uint32_t>(product0 >> 32U) ^ counter[3] ^ key[1],
                   static_cast<std::uint32_t>(product0)};
        key[0] += 0x9E3779B9;
        key[1] += 0xBB67AE85;
    }
    return counter;
}

std::uint64_t RandomStream::next() {
    const std::uint64_t block = position_ / 2;
    const auto words =
        philox({static_cast<std::uint32_t>(block),
                static_cast<std::uint32_t>(block >> 32U),
                static_cast<std::uint32_t>(stream_),
                static_cast<std::uint32_t>(stream_ >> 32U)},
               {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32U)});
    const std::size_t half = (position_ % 2) * 2;
    ++position_;
    return (static_cast<std::uint64_t>(words[half + 1]) << 32U) | words[half];
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
    CHECK(bound >= 1);
    const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    std::uint64_t bits = next();
    while (bits >= limit) {
        bits = next();
    }
    return bits % bound;
}

std::int64_t RandomStream::between(std::int64_t first, std::int64_t last) {
    CHECK(first <= last);
    return first + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(last - first) + 1));
}

double RandomStream::uniform() {
    return (static_cast<double>(next() >> 12U) + 0.5) * 0x1.0p-52;
}

double RandomStream::normal() {
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace vargrid
