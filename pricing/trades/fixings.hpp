// Past fixings of indices, and past observations of assets and FX pairs, by name and date.
#pragma once

#include "base/date.hpp"
#include "base/result.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vargrid {

struct Fixings {
    /// Units: decimal rates (0.01 is 1 %), prices in the asset's currency.
    std::map<std::string, std::map<Date, double>, std::less<>> values{};

    [[nodiscard]] std::optional<double> find(std::string_view reference, Date date) const;
    friend bool operator==(const Fixings&, const Fixings&) = default;
};

/// Reads CSV files with the columns Reference, Date, Value.
/// Errors: io or invalid_input listing every bad row as file:line, and dates given two values.
[[nodiscard]] Result<Fixings> read_fixings(std::span<const std::string> paths);
/// The same from text already in memory.
[[nodiscard]] Result<Fixings> read_fixings_text(std::string_view name, std::string_view text);

}  // namespace vargrid
