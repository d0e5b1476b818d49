// An invented book of every trade type in docs/trades.md, fitted to a market: it trades what the
// market quotes, strikes lie around the forward, past-started swaps come with their past fixings.
// Works for the generated market and for any other. Equal seeds give equal bytes.
#pragma once

#include "base/date.hpp"
#include "base/result.hpp"
#include "pricing/market/market.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vargrid {

inline constexpr std::size_t kSampleTradesMax = 10'000'000;

struct BookSampleOptions {
    std::uint64_t seed{1};
    /// At least one; with fewer than about a hundred some types are left out.
    std::size_t trades{2000};
    /// Assets to write no options on: those whose price has been negative, where a lognormal
    /// price does not exist in the scenario that takes it there.
    std::vector<std::string> no_options_on{};
};

/// The trades file, header included.
/// Errors: invalid_input when the market has nothing to trade or the count is out of range.
[[nodiscard]] Result<std::string> sample_trades_csv(const Market& market,
                                                    const BookSampleOptions& options);

/// Past fixings of one index on weekdays up to the day before the market's date.
struct SampleFixings {
    std::string index;
    std::vector<Date> dates;
    std::vector<double> values;  ///< Decimal.
};

/// Fixings for every index of a market of which only one day is known: today's first forward rate
/// and a seeded walk back from it, `days` weekdays long.
[[nodiscard]] std::vector<SampleFixings> sample_fixings(const Market& market,
                                                        std::uint64_t seed,
                                                        int days);

/// "Reference,Date,Value" and one line a fixing.
[[nodiscard]] std::string fixings_csv(const std::vector<SampleFixings>& fixings);

}  // namespace vargrid
