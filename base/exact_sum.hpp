// Exact sums. A P&L is rounded once to a whole number of quanta of 2^-30 currency units (about
// 1e-9); from there on every addition is exact, so no order, cut or repetition of the work can
// change a total. See docs/decisions/0003-exact-sums.md for why 2^-30 and not 2^-20.
#pragma once

#include <compare>
#include <cstdint>

namespace vargrid {

__extension__ using Int128 = __int128;

/// Quanta per currency unit.
inline constexpr double kQuantaPerUnit = 0x1.0p30;
/// A single P&L beyond this many currency units is a recorded failure, not a number.
inline constexpr double kCellLimit = 0x1.0p45;

/// A sum in quanta of 2^-30 currency units, 128 bits wide: |sum| < 2^97 currency units.
class ExactSum {
  public:
    constexpr ExactSum() = default;
    /// Units: quanta.
    constexpr explicit ExactSum(Int128 quanta) : quanta_{quanta} {}
    /// From its two halves as stored in files.
    static constexpr ExactSum from_halves(std::int64_t high, std::uint64_t low) {
        return ExactSum{(static_cast<Int128>(high) << 64) | static_cast<Int128>(low)};
    }
    /// Rounds half to even. CHECKs |amount| <= kCellLimit; callers test first.
    static ExactSum rounded(double amount);

    [[nodiscard]] constexpr Int128 quanta() const { return quanta_; }
    [[nodiscard]] constexpr std::int64_t high() const {
        return static_cast<std::int64_t>(quanta_ >> 64);
    }
    [[nodiscard]] constexpr std::uint64_t low() const {
        return static_cast<std::uint64_t>(quanta_);
    }
    /// The nearest double, in currency units.
    [[nodiscard]] double to_double() const;

    /// CHECKs overflow, which 2^52 cells at the limit cannot reach.
    ExactSum& operator+=(ExactSum other);
    friend ExactSum operator+(ExactSum a, ExactSum b) { return a += b; }
    friend constexpr bool operator==(ExactSum, ExactSum) = default;
    friend constexpr auto operator<=>(ExactSum a, ExactSum b) { return a.quanta_ <=> b.quanta_; }

  private:
    Int128 quanta_{0};
};

}  // namespace vargrid
