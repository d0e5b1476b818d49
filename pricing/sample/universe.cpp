#include "pricing/sample/universe.hpp"

#include <array>

namespace vargrid {
namespace {

constexpr std::array kCurrencies{
    SampleCurrency{"USD", 1.1900, 0.070, 0.10, 0.75, 4},
    SampleCurrency{"GBP", 0.8600, 0.060, -0.25, 0.10, 5},
    SampleCurrency{"JPY", 131.40, 0.085, 0.35, 0.55, 2},
    SampleCurrency{"CHF", 1.0960, 0.045, 0.35, 0.05, 4},
    SampleCurrency{"SEK", 10.1400, 0.055, -0.35, -0.10, 4},
    SampleCurrency{"NOK", 10.2000, 0.080, -0.45, -0.10, 4},
    SampleCurrency{"CAD", 1.4700, 0.065, -0.20, 0.50, 4},
    SampleCurrency{"AUD", 1.5800, 0.075, -0.45, 0.15, 4},
};

constexpr std::array kRates{
    SampleRates{"EUR", SampleCalendar::target, 0.0045, -0.0095, -0.0070, 2.6e-4, 1.6e-4, 4.0e-4},
    SampleRates{
        "USD", SampleCalendar::united_states, 0.0240, -0.0080, -0.0110, 3.8e-4, 2.6e-4, 6.0e-4},
    SampleRates{
        "GBP", SampleCalendar::united_kingdom, 0.0130, -0.0060, -0.0060, 3.6e-4, 2.2e-4, 5.0e-4},
    SampleRates{"JPY", SampleCalendar::target, 0.0050, -0.0060, -0.0030, 0.9e-4, 0.6e-4, 1.2e-4},
    SampleRates{"CHF", SampleCalendar::target, 0.0010, -0.0085, -0.0050, 2.2e-4, 1.3e-4, 3.0e-4},
    SampleRates{"SEK", SampleCalendar::target, 0.0095, -0.0100, -0.0060, 2.6e-4, 1.6e-4, 4.0e-4},
    SampleRates{"NOK", SampleCalendar::target, 0.0170, -0.0060, -0.0040, 2.8e-4, 1.8e-4, 4.0e-4},
    SampleRates{"CAD", SampleCalendar::target, 0.0200, -0.0070, -0.0060, 3.2e-4, 2.0e-4, 5.0e-4},
    SampleRates{"AUD", SampleCalendar::target, 0.0210, -0.0080, -0.0070, 3.6e-4, 2.2e-4, 5.0e-4},
};

constexpr std::array kCurves{
    SampleCurve{"EUR-ESTR", "EUR", Interpolation::natural_cubic_zero, 0.0, true, true},
    SampleCurve{"EUR-EURIBOR-3M", "EUR", Interpolation::linear_zero, 0.0008, true, false},
    SampleCurve{"EUR-EURIBOR-6M", "EUR", Interpolation::linear_zero, 0.0014, true, false},
    SampleCurve{"USD-SOFR", "USD", Interpolation::log_linear_discount, 0.0, true, true},
    SampleCurve{"USD-LIBOR-3M", "USD", Interpolation::log_linear_discount, 0.0024, true, false},
    SampleCurve{"GBP-SONIA", "GBP", Interpolation::linear_zero, 0.0, true, true},
    SampleCurve{"GBP-LIBOR-3M", "GBP", Interpolation::natural_cubic_zero, 0.0016, true, false},
    SampleCurve{"EUR-GOV", "EUR", Interpolation::linear_zero, -0.0015, true, false},
    SampleCurve{"JPY-TONA", "JPY", Interpolation::linear_zero, 0.0, false, true},
    SampleCurve{"CHF-SARON", "CHF", Interpolation::linear_zero, 0.0, false, true},
    SampleCurve{"SEK-OIS", "SEK", Interpolation::linear_zero, 0.0, false, true},
    SampleCurve{"NOK-OIS", "NOK", Interpolation::linear_zero, 0.0, false, true},
    SampleCurve{"CAD-CORRA", "CAD", Interpolation::linear_zero, 0.0, false, true},
    SampleCurve{"AUD-OIS", "AUD", Interpolation::linear_zero, 0.0, false, true},
};

constexpr std::array kIndices{
    SampleIndex{"EUR-EURIBOR-3M", "EUR-EURIBOR-3M"},
    SampleIndex{"EUR-EURIBOR-6M", "EUR-EURIBOR-6M"},
    SampleIndex{"EUR-ESTR", "EUR-ESTR"},
    SampleIndex{"USD-LIBOR-3M", "USD-LIBOR-3M"},
    SampleIndex{"USD-SOFR", "USD-SOFR"},
    SampleIndex{"GBP-LIBOR-3M", "GBP-LIBOR-3M"},
    SampleIndex{"GBP-SONIA", "GBP-SONIA"},
};

constexpr std::array kStocks{
    SampleStock{"VG100", "USD", 4280.0, 1.00, 0.000, 0.014},
    SampleStock{"ARDEN", "USD", 136.0, 1.20, 0.22, 0.006},
    SampleStock{"BOREAL", "USD", 93.0, 1.55, 0.36, 0.0},
    SampleStock{"CALDER", "USD", 41.0, 1.25, 0.20, 0.018},
    SampleStock{"DUNMORE", "USD", 115.0, 1.15, 0.30, 0.024},
    SampleStock{"ELARA", "USD", 104.0, 0.95, 0.24, 0.051},
    SampleStock{"FENWICK", "USD", 13.4, 1.20, 0.33, 0.003},
    SampleStock{"GALDOR", "USD", 318.0, 1.00, 0.18, 0.020},
    SampleStock{"HALCYN", "USD", 164.0, 0.65, 0.14, 0.026},
    SampleStock{"IRISON", "USD", 155.0, 1.10, 0.18, 0.023},
    SampleStock{"JUNIPR", "USD", 54.0, 0.55, 0.13, 0.031},
    SampleStock{"KESTRL", "USD", 229.0, 0.75, 0.20, 0.015},
    SampleStock{"LUMENA", "USD", 270.0, 1.20, 0.18, 0.008},
    SampleStock{"MERIDN", "EUR", 148.0, 0.60, 0.14, 0.029},
    SampleStock{"NORVIK", "EUR", 39.0, 0.65, 0.18, 0.039},
    SampleStock{"ORBITA", "EUR", 134.0, 0.55, 0.13, 0.025},
    SampleStock{"PELION", "EUR", 16.8, 1.30, 0.55, 0.0},
    SampleStock{"QUILLON", "EUR", 400.0, 0.80, 0.22, 0.014},
    SampleStock{"RAVENS", "GBP", 141.0, 0.55, 0.16, 0.015},
    SampleStock{"SOLACE", "GBP", 63.0, 0.90, 0.24, 0.055},
    SampleStock{"TALLIS", "GBP", 27.0, 1.05, 0.28, 0.034},
};

constexpr std::array kCommodities{
    SampleCommodity{"NORDSEA", 75.0, 0.36, 0.97, 0.020, true},
    SampleCommodity{"PRAIRIE", 73.0, 0.38, 0.97, 0.030, false},
    SampleCommodity{"HUBGAS", 3.65, 0.60, 0.15, 0.0, false},
};

constexpr std::array<std::string_view, 13> kVolPairs{"EURUSD",
                                                     "EURGBP",
                                                     "EURJPY",
                                                     "EURCHF",
                                                     "EURSEK",
                                                     "EURNOK",
                                                     "EURCAD",
                                                     "EURAUD",
                                                     "GBPUSD",
                                                     "USDJPY",
                                                     "USDCHF",
                                                     "USDCAD",
                                                     "AUDUSD"};

constexpr std::array kPillars{SamplePillar{"3M", 0.25},
                              SamplePillar{"6M", 0.5},
                              SamplePillar{"1Y", 1.0},
                              SamplePillar{"2Y", 2.0},
                              SamplePillar{"3Y", 3.0},
                              SamplePillar{"5Y", 5.0},
                              SamplePillar{"7Y", 7.0},
                              SamplePillar{"10Y", 10.0},
                              SamplePillar{"15Y", 15.0},
                              SamplePillar{"20Y", 20.0},
                              SamplePillar{"30Y", 30.0}};

constexpr std::array kForwardPillars{SamplePillar{"1M", 1.0 / 12.0},
                                     SamplePillar{"6M", 0.5},
                                     SamplePillar{"1Y", 1.0},
                                     SamplePillar{"2Y", 2.0}};

constexpr std::array kVolPillars{
    SamplePillar{"3M", 0.25}, SamplePillar{"1Y", 1.0}, SamplePillar{"2Y", 2.0}};

}  // namespace

std::span<const SampleCurrency> sample_currencies() {
    return kCurrencies;
}
std::span<const SampleRates> sample_rates() {
    return kRates;
}
std::span<const SampleCurve> sample_curves() {
    return kCurves;
}
std::span<const SampleIndex> sample_indices() {
    return kIndices;
}
std::span<const SampleStock> sample_stocks() {
    return kStocks;
}
std::span<const SampleCommodity> sample_commodities() {
    return kCommodities;
}
std::span<const std::string_view> sample_vol_pairs() {
    return kVolPairs;
}
std::span<const SamplePillar> sample_pillars() {
    return kPillars;
}
std::span<const SamplePillar> sample_forward_pillars() {
    return kForwardPillars;
}
std::span<const SamplePillar> sample_vol_pillars() {
    return kVolPillars;
}

}  // namespace vargrid
