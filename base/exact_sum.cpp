#include "base/exact_sum.hpp"

#include "base/check.hpp"

#include <cmath>

namespace vargrid {

ExactSum ExactSum::rounded(double amount) {
    CHECK(std::fabs(amount) <= kCellLimit);
    // Split at 2^8 so that each half is a whole number below 2^53 and every step is exact.
    const double high = std::nearbyint(amount * 0x1.0p-8) * 0x1.0p8;
    const double low = std::nearbyint((amount - high) * kQuantaPerUnit);
    return ExactSum{(static_cast<Int128>(high) << 30) + static_cast<Int128>(low)};
}

double ExactSum::to_double() const {
    return static_cast<double>(quanta_) / kQuantaPerUnit;
}

ExactSum& ExactSum::operator+=(ExactSum other) {
    const bool overflow = __builtin_add_overflow(quanta_, other.quanta_, &quanta_);
    CHECK_MSG(!overflow, "book sum beyond 128 bits");
    return *this;
}

}  // namespace vargrid
