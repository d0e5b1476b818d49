// The invented history as the files people have: wide and long CSV, newest or oldest first, percent
// and decimal, three ways to write a date's absence; and the market.toml that maps them.
#pragma once

#include "pricing/sample/history.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vargrid {

struct SampleFile {
    std::string name;
    std::string text;

    friend bool operator==(const SampleFile&, const SampleFile&) = default;
};

/// The five CSV files.
[[nodiscard]] std::vector<SampleFile> history_files(const SampleHistory& history);
/// Schema: docs/market-data.md.
[[nodiscard]] std::string market_toml(const SampleHistory& history);
/// Fixed-point text, `decimals` digits after the point.
[[nodiscard]] std::string fixed(double value, int decimals);

}  // namespace vargrid
