// StrongId<Tag>: an integer id that cannot be confused with another kind of id.
#pragma once

#include <compare>
#include <cstdint>

namespace vargrid {

template <class Tag>
class StrongId {
  public:
    constexpr StrongId() = default;
    constexpr explicit StrongId(std::uint64_t value) : value_{value} {}

    [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
    friend constexpr auto operator<=>(StrongId, StrongId) = default;

  private:
    std::uint64_t value_{0};
};

}  // namespace vargrid
