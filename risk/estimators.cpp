#include "risk/estimators.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace vargrid {
namespace {

constexpr std::uint64_t kBasisPoints = 10'000;

constexpr std::array<std::pair<Estimator, std::string_view>, 6> kEstimatorNames{{
    {Estimator::ceil_rank, "ceil_rank"},
    {Estimator::floor_plus_one_rank, "floor_plus_one_rank"},
    {Estimator::linear_interpolation, "linear_interpolation"},
    {Estimator::fractional, "fractional"},
    {Estimator::inclusive_mean, "inclusive_mean"},
    {Estimator::ceil_rank_mean, "ceil_rank_mean"},
}};

/// A non-negative rational rank: whole + part / kBasisPoints.
struct Rank {
    std::uint64_t whole{0};
    std::uint64_t part{0};
};

/// (1 - confidence) * count, exactly.
Rank tail_rank(std::uint32_t confidence_basis_points, std::uint64_t count) {
    const std::uint64_t scaled = (kBasisPoints - confidence_basis_points) * count;
    return {.whole = scaled / kBasisPoints, .part = scaled % kBasisPoints};
}

double fraction(const Rank& rank) {
    return static_cast<double>(rank.part) / static_cast<double>(kBasisPoints);
}

/// Rank counts from 1; ranks past the end mean the smallest loss.
double loss_at(std::span<const double> losses, std::uint64_t rank) {
    CHECK(rank >= 1);
    return losses[std::min<std::uint64_t>(rank, losses.size()) - 1];
}

double sum_of_worst(std::span<const double> losses, std::uint64_t count) {
    double sum = 0.0;
    for (const double loss : losses.first(count)) {
        sum += loss;
    }
    return sum;
}

double mean_of_worst(std::span<const double> losses, std::uint64_t count) {
    const std::uint64_t used = std::min<std::uint64_t>(count, losses.size());
    return sum_of_worst(losses, used) / static_cast<double>(used);
}

double interpolated(std::span<const double> losses, const Rank& from_zero) {
    const double lower = loss_at(losses, from_zero.whole + 1);
    const double upper = loss_at(losses, from_zero.whole + 2);
    return lower + fraction(from_zero) * (upper - lower);
}

double fractional_mean(std::span<const double> losses, const Rank& tail) {
    const double weight = fraction(tail);
    double sum = sum_of_worst(losses, tail.whole);
    if (tail.part != 0) {
        sum += weight * loss_at(losses, tail.whole + 1);
    }
    return sum / (static_cast<double>(tail.whole) + weight);
}

}  // namespace

std::string_view to_text(MeasureKind measure) {
    return measure == MeasureKind::var ? "var" : "es";
}

std::string_view to_text(Estimator estimator) {
    for (const auto& [value, name] : kEstimatorNames) {
        if (value == estimator) {
            return name;
        }
    }
    CHECK_MSG(false, "unknown estimator");
    return {};
}

Result<MeasureKind> measure_kind_from_text(std::string_view text) {
    for (const MeasureKind measure : {MeasureKind::var, MeasureKind::es}) {
        if (text == to_text(measure)) {
            return measure;
        }
    }
    return Error{ErrorCode::invalid_input,
                 "expected a measure, \"var\" or \"es\", found '" + std::string{text} + "'"};
}

Result<Estimator> estimator_from_text(std::string_view text) {
    std::string names;
    for (const auto& [value, name] : kEstimatorNames) {
        if (name == text) {
            return value;
        }
        names += (names.empty() ? "" : ", ") + std::string{name};
    }
    return Error{ErrorCode::invalid_input,
                 "expected an estimator (" + names + "), found '" + std::string{text} + "'"};
}

bool estimates(Estimator estimator, MeasureKind measure) {
    const bool is_var = estimator == Estimator::ceil_rank ||
                        estimator == Estimator::floor_plus_one_rank ||
                        estimator == Estimator::linear_interpolation;
    return is_var == (measure == MeasureKind::var);
}

double estimate(Estimator estimator,
                std::uint32_t confidence_basis_points,
                std::span<const double> losses_worst_first) {
    const std::span<const double> losses = losses_worst_first;
    CHECK(!losses.empty());
    CHECK(confidence_basis_points >= 1 && confidence_basis_points < kBasisPoints);
    const Rank tail = tail_rank(confidence_basis_points, losses.size());
    const std::uint64_t ceil_rank = std::max<std::uint64_t>(1, tail.whole + (tail.part != 0));
    switch (estimator) {
        case Estimator::ceil_rank:
            return loss_at(losses, ceil_rank);
        case Estimator::floor_plus_one_rank:
            return loss_at(losses, tail.whole + 1);
        case Estimator::linear_interpolation:
            return interpolated(losses, tail_rank(confidence_basis_points, losses.size() - 1));
        case Estimator::fractional:
            return fractional_mean(losses, tail);
        case Estimator::inclusive_mean:
            return mean_of_worst(losses, tail.whole + 1);
        case Estimator::ceil_rank_mean:
            return mean_of_worst(losses, ceil_rank);
    }
    CHECK_MSG(false, "unknown estimator");
    return 0.0;
}

}  // namespace vargrid
