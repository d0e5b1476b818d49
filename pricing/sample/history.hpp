// An invented but lifelike market history: correlated moves, fat tails, negative euro rates, own
// holidays for each source and a few missing values. Equal seeds give equal numbers. It resembles
// no real company, index or day.
#pragma once

#include "base/date.hpp"
#include "base/result.hpp"
#include "pricing/market/market.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vargrid {

/// Weekdays of history that may be asked for: two years of daily moves need about 550.
inline constexpr int kSampleDaysMin = 30;
inline constexpr int kSampleDaysMax = 20'000;

struct SampleHistoryOptions {
    std::uint64_t seed{1};
    /// Weekdays, holidays included: about seven in a hundred are lost to them.
    int days{800};
    /// The last day; taken back to the last day on which every source publishes.
    Date end{18'808};  // 2021-06-30
};

/// Where a factor stands in the files.
struct SampleColumn {
    std::string file;    ///< "fx.csv", ...
    std::string column;  ///< Header of a wide file, or "name/tenor" of a long one.
    double scale{1.0};   ///< Number in the file = factor value * scale: 100 for percent.
    int decimals{4};     ///< Digits after the point in the file.

    friend bool operator==(const SampleColumn&, const SampleColumn&) = default;
};

/// Shapes: columns[F], values and published [dates * F] date-major, F = layout->factors.size().
/// Units: as the layout's (decimal, continuous, Act/365F). Values are as rounded in the files.
struct SampleHistory {
    std::shared_ptr<const MarketLayout> layout;
    std::vector<SampleColumn> columns;
    std::vector<Date> dates;  ///< Weekdays, increasing.
    std::vector<double> values;
    /// Zero where the source published nothing: a holiday, or a value that went missing.
    std::vector<std::uint8_t> published;

    [[nodiscard]] double value(std::size_t date, std::size_t factor) const {
        return values[date * columns.size() + factor];
    }
    /// The market of the date with this index.
    [[nodiscard]] Market market(std::size_t date) const;
};

/// Errors: invalid_input when days or end are out of range.
[[nodiscard]] Result<SampleHistory> generate_history(const SampleHistoryOptions& options);

}  // namespace vargrid
