#include "cli/cost.hpp"

#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>
#include <fmt/format.h>

#include <cmath>

namespace vargrid::cli {
namespace {

std::string line_of(double useful_us,
                    double total_us,
                    std::uint64_t millionths,
                    const std::string& currency) {
    const double hours = total_us / 3.6e9;
    const double share = total_us > 0.0 ? 100.0 * useful_us / total_us : 0.0;
    const std::string used =
        fmt::format("{:.3g} core-hours, of which useful {:.1f} %", hours, share);
    if (currency.empty()) {
        return used;
    }
    return fmt::format(
        "{:.4g} {} for {}", hours * static_cast<double>(millionths) * 1e-6, currency, used);
}

double total_us(const WorkLedger& l) {
    return static_cast<double>(l.useful_microseconds + l.lost_to_reclaim_microseconds +
                               l.lost_to_faults_microseconds + l.speculative_microseconds +
                               l.audit_microseconds + l.idle_microseconds +
                               l.start_up_microseconds);
}

}  // namespace

protocol::Price PriceOptions::price() const {
    if (per_core_hour <= 0.0) {
        return {};
    }
    return {static_cast<std::uint64_t>(std::llround(per_core_hour * 1e6)), currency};
}

void add_price_options(CLI::App& app, PriceOptions& options) {
    app.add_option("--price-per-core-hour",
                   options.per_core_hour,
                   "Price of one core for one hour: runs state what they cost")
        ->check(CLI::Range(0.0, 1e6))
        ->envname("VARGRID_PRICE_PER_CORE_HOUR");
    app.add_option("--currency", options.currency, "Currency of that price")
        ->check([](const std::string& text) {
            return text.size() == 3 ? std::string{} : "expected three letters, such as USD";
        })
        ->envname("VARGRID_CURRENCY")
        ->capture_default_str();
}

std::string cost_line(const WorkLedger& ledger) {
    return line_of(static_cast<double>(ledger.useful_microseconds),
                   total_us(ledger),
                   ledger.price_per_core_hour_millionths,
                   ledger.price_currency);
}

std::string cost_line(const protocol::JobLedger& l, const protocol::Price& price) {
    const auto total = static_cast<double>(l.useful_core_us + l.lost_to_reclaim_core_us +
                                           l.lost_to_faults_core_us + l.speculative_core_us +
                                           l.audit_core_us + l.idle_core_us + l.start_up_core_us);
    return line_of(static_cast<double>(l.useful_core_us),
                   total,
                   price.per_core_hour_millionths,
                   price.currency);
}

double core_hours(const WorkLedger& ledger) {
    return total_us(ledger) / 3.6e9;
}

}  // namespace vargrid::cli
