// A scenario set: the base market's factor values and, for each scenario, the values they move to
// when every risk class moves. Moving one class only takes the shifted values of that class's
// factors and the base values of the others, so it needs no more storage.
#pragma once

#include "base/bytes.hpp"
#include "base/date.hpp"
#include "pricing/market/market.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vargrid {

/// A historical scenario: the move of the market from one date to a later one.
struct ScenarioLabel {
    Date from;
    Date to;

    friend bool operator==(const ScenarioLabel&, const ScenarioLabel&) = default;
};

/// Shapes: classes[F], base[F], shifted[S * F] scenario-major.
struct ScenarioSet {
    Date as_of;
    std::vector<ScenarioLabel> labels;
    std::vector<RiskClass> classes;
    std::vector<double> base;
    std::vector<double> shifted;

    [[nodiscard]] std::size_t factor_count() const { return base.size(); }
    [[nodiscard]] std::size_t scenario_count() const { return labels.size(); }
    [[nodiscard]] std::span<const double> scenario(std::size_t index) const {
        return std::span{shifted}.subspan(index * factor_count(), factor_count());
    }

    /// The content-addressed blob that workers fetch.
    [[nodiscard]] Bytes encode() const;
    /// Errors: invalid_input for damaged bytes, mismatched sizes, or a value that is not finite.
    [[nodiscard]] static Result<ScenarioSet> decode(std::span<const std::byte> bytes);

    friend bool operator==(const ScenarioSet&, const ScenarioSet&) = default;
};

}  // namespace vargrid
