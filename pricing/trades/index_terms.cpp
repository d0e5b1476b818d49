#include "pricing/trades/index_terms.hpp"

#include <array>
#include <utility>

namespace vargrid {
namespace {

constexpr int kAnnual = 12;
constexpr int kSemiAnnual = 6;

/// Months of "1M", "3M", "6M", "12M"; 0 for anything else.
int tenor_of(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, int>, 4> tenors{
        {{"1M", 1}, {"3M", 3}, {"6M", 6}, {"12M", 12}}};
    for (const auto& [word, months] : tenors) {
        if (word == text) {
            return months;
        }
    }
    return 0;
}

std::optional<IndexTerms> term_index(std::string_view name) {
    const std::size_t dash = name.rfind('-');
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view family = name.substr(0, dash);
    const int months = tenor_of(name.substr(dash + 1));
    if (months == 0) {
        return std::nullopt;
    }
    IndexTerms terms{.name = std::string{name}, .tenor_months = months};
    if (family == "EUR-EURIBOR") {
        terms.currency = "EUR";
        terms.fixing_days = 2;
        terms.fixing_calendar = {"TARGET"};
        terms.calendar = {"TARGET"};
        terms.fixed_frequency = {kAnnual};
        terms.fixed_day_count = DayCount::thirty_360;
    } else if (family == "USD-LIBOR") {
        terms.currency = "USD";
        terms.fixing_days = 2;
        terms.fixing_calendar = {"London"};
        terms.calendar = {"NewYork", "London"};
        terms.fixed_frequency = {kSemiAnnual};
        terms.fixed_day_count = DayCount::thirty_360;
    } else if (family == "GBP-LIBOR") {
        terms.currency = "GBP";
        terms.fixing_days = 0;
        terms.fixing_calendar = {"London"};
        terms.calendar = {"London"};
        terms.day_count = DayCount::act_365f;
        terms.fixed_frequency = {kSemiAnnual};
        terms.fixed_day_count = DayCount::act_365f;
    } else {
        return std::nullopt;
    }
    return terms;
}

IndexTerms overnight_index(std::string_view name,
                           std::string_view currency,
                           std::string_view calendar,
                           DayCount day_count,
                           int payment_lag) {
    return IndexTerms{.name = std::string{name},
                      .currency = std::string{currency},
                      .tenor_months = 0,
                      .fixing_days = 0,
                      .fixing_calendar = {std::string{calendar}},
                      .calendar = {std::string{calendar}},
                      .day_count = day_count,
                      .fixed_frequency = {kAnnual},
                      .fixed_day_count = day_count,
                      .payment_lag = payment_lag};
}

}  // namespace

std::optional<IndexTerms> index_terms(std::string_view name) {
    if (name == "EUR-ESTR" || name == "EUR-EONIA") {
        return overnight_index(name, "EUR", "TARGET", DayCount::act_360, 1);
    }
    if (name == "USD-SOFR") {
        return overnight_index(name, "USD", "USGov", DayCount::act_360, 2);
    }
    if (name == "USD-FEDFUNDS") {
        return overnight_index(name, "USD", "FederalReserve", DayCount::act_360, 2);
    }
    if (name == "GBP-SONIA") {
        return overnight_index(name, "GBP", "London", DayCount::act_365f, 0);
    }
    return term_index(name);
}

std::string_view known_indices() {
    return "EUR-EURIBOR-{1M,3M,6M,12M}, USD-LIBOR-{1M,3M,6M,12M}, GBP-LIBOR-{1M,3M,6M,12M}, "
           "EUR-ESTR, EUR-EONIA, USD-SOFR, USD-FEDFUNDS, GBP-SONIA";
}

}  // namespace vargrid
