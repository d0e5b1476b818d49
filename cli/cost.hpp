// What a run cost: core-hours by what they were spent on, and money where there is a price.
#pragma once

#include "protocol/messages.hpp"
#include "risk/results.hpp"

#include <CLI/App.hpp>

#include <string>

namespace vargrid::cli {

struct PriceOptions {
    double per_core_hour{0.0};
    std::string currency{"USD"};

    /// Without a currency if there is no price.
    [[nodiscard]] protocol::Price price() const;
};

void add_price_options(CLI::App& app, PriceOptions& options);

/// "cost 1.23 USD for 41.000 core-hours, of which useful 96.1 %"; without a price the core-hours.
[[nodiscard]] std::string cost_line(const WorkLedger& ledger);
[[nodiscard]] std::string cost_line(const protocol::JobLedger& ledger,
                                    const protocol::Price& price);
/// Of all kinds.
[[nodiscard]] double core_hours(const WorkLedger& ledger);

}  // namespace vargrid::cli
