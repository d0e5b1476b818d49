#include "pricing/sample/history.hpp"

#include "base/check.hpp"
#include "base/random.hpp"
#include "pricing/sample/layout.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <span>
#include <string_view>
#include <utility>

namespace vargrid {
namespace {

constexpr double kDaysPerYear = 252.0;
/// Every series draws from its own stream, so that adding one leaves the others as they were.
enum StreamBase : std::uint64_t {
    kDriverStream = 1'000,
    kFxStream = 2'000,
    kRatesStream = 3'000,
    kSpreadStream = 4'000,
    kEquityStream = 5'000,
    kCommodityStream = 6'000,
    kVolStream = 7'000,
    kPublishStream = 8'000,
};

/// What everything else hangs on, one per day; unit variance except the regime.
struct Drivers {
    double equity{0.0};
    double dollar{0.0};
    double oil{0.0};
    double rates{0.0};
    double regime{0.0};  ///< Logarithm of today's volatility over its mean.
};

/// Student t with five degrees of freedom, unit variance: fat tails of about the right weight.
double fat_tailed(RandomStream& stream) {
    const double top = stream.normal();
    double sum = 0.0;
    for (int i = 0; i < 5; ++i) {
        const double z = stream.normal();
        sum += z * z;
    }
    return top / std::sqrt(sum / 5.0) * std::sqrt(3.0 / 5.0);
}

double rest_of(double a, double b = 0.0) {
    return std::sqrt(std::max(0.0, 1.0 - a * a - b * b));
}

class Simulation {
  public:
    Simulation(std::uint64_t seed, std::vector<Date> dates) : seed_{seed} {
        made_ = make_sample_layout();
        for (std::size_t i = 0; i < made_.layout.factors.size(); ++i) {
            factor_of_.emplace(made_.layout.factors[i].name, static_cast<FactorIndex>(i));
        }
        history_.dates = std::move(dates);
        history_.columns = made_.columns;
        history_.values.assign(days() * factors(), 0.0);
        history_.published.assign(days() * factors(), 1);
    }

    SampleHistory run() {
        simulate_drivers();
        simulate_fx();
        simulate_rates();
        simulate_equities();
        simulate_commodities();
        simulate_vols();
        publish();
        history_.layout = std::make_shared<const MarketLayout>(std::move(made_.layout));
        return std::move(history_);
    }

  private:
    [[nodiscard]] std::size_t days() const { return history_.dates.size(); }
    [[nodiscard]] std::size_t factors() const { return history_.columns.size(); }

    [[nodiscard]] FactorIndex find(const std::string& name) const {
        const auto found = factor_of_.find(name);
        CHECK_MSG(found != factor_of_.end(), name);
        return found->second;
    }

    void set(std::size_t day, FactorIndex factor, double value) {
        const SampleColumn& column = history_.columns[factor];
        const double unit = column.scale * std::pow(10.0, column.decimals);
        history_.values[day * factors() + factor] = std::round(value * unit) / unit;
    }

    void simulate_drivers() {
        RandomStream equity{seed_, kDriverStream};
        RandomStream dollar{seed_, kDriverStream + 1};
        RandomStream oil{seed_, kDriverStream + 2};
        RandomStream rates{seed_, kDriverStream + 3};
        RandomStream regime{seed_, kDriverStream + 4};
        drivers_.resize(days());
        double level = 0.0;
        for (Drivers& day : drivers_) {
            day.equity = fat_tailed(equity);
            day.dollar = fat_tailed(dollar);
            day.oil = 0.35 * day.equity + rest_of(0.35) * fat_tailed(oil);
            day.rates = 0.30 * day.equity + rest_of(0.30) * fat_tailed(rates);
            day.regime = level;
            // Bad days make the next ones more volatile.
            level = 0.965 * level - 0.06 * day.equity + 0.05 * regime.normal();
        }
    }

    void simulate_fx() {
        std::uint64_t stream = kFxStream;
        for (const SampleCurrency& currency : sample_currencies()) {
            RandomStream own{seed_, stream++};
            const FactorIndex factor = find("FX/" + std::string{currency.code});
            const double daily = currency.annual_vol / std::sqrt(kDaysPerYear);
            const double own_share =
                rest_of(currency.equity_correlation, currency.dollar_correlation);
            double logarithm = std::log(currency.per_euro);
            for (std::size_t day = 0; day < days(); ++day) {
                const Drivers& on = drivers_[day];
                const double shock = currency.equity_correlation * on.equity +
                                     currency.dollar_correlation * on.dollar +
                                     own_share * fat_tailed(own);
                // A faint pull keeps long histories near where they started.
                logarithm += 0.001 * (std::log(currency.per_euro) - logarithm) +
                             daily * std::exp(0.4 * on.regime) * shock;
                set(day, factor, std::exp(logarithm));
            }
        }
    }

    /// One currency's level, slope and curvature through time.
    std::vector<std::array<double, 3>> simulate_shape(const SampleRates& rates,
                                                      std::uint64_t stream) {
        RandomStream own{seed_, stream};
        const std::array<double, 3> mean{rates.level, rates.slope, rates.curvature};
        const std::array<double, 3> move{rates.level_move, rates.slope_move, rates.curvature_move};
        const std::array<double, 3> common{0.65, -0.20, 0.10};
        std::array<double, 3> now = mean;
        std::vector<std::array<double, 3>> path;
        for (const Drivers& on : drivers_) {
            for (std::size_t i = 0; i < now.size(); ++i) {
                const double shock = common[i] * on.rates + rest_of(common[i]) * fat_tailed(own);
                now[i] += 0.004 * (mean[i] - now[i]) + move[i] * std::exp(0.3 * on.regime) * shock;
            }
            path.push_back(now);
        }
        return path;
    }

    void simulate_rates() {
        std::uint64_t stream = kRatesStream;
        for (const SampleRates& rates : sample_rates()) {
            const auto shape = simulate_shape(rates, stream++);
            for (const SampleCurve& curve : sample_curves()) {
                if (curve.currency == rates.currency) {
                    simulate_curve(curve, shape);
                }
            }
        }
    }

    void simulate_curve(const SampleCurve& curve, const std::vector<std::array<double, 3>>& shape) {
        RandomStream own{seed_, kSpreadStream + find("IR/" + std::string{curve.name} + "/3M")};
        const bool has_spread = curve.spread != 0.0;
        double spread = curve.spread;
        for (std::size_t day = 0; day < days(); ++day) {
            if (has_spread) {
                spread += 0.02 * (curve.spread - spread) +
                          0.03 * std::abs(curve.spread) * fat_tailed(own);
            }
            for (const SamplePillar& pillar : pillars_of(curve)) {
                const double scaled = pillar.years / 2.0;
                const double first = (1.0 - std::exp(-scaled)) / scaled;
                const double second = first - std::exp(-scaled);
                // A pillar's own quoting noise: a fifth of a basis point.
                const double rate = shape[day][0] + shape[day][1] * first + shape[day][2] * second +
                                    spread + 2e-5 * own.normal();
                set(day,
                    find("IR/" + std::string{curve.name} + "/" + std::string{pillar.label}),
                    rate);
            }
        }
    }

    void simulate_equities() {
        constexpr double kMarketVol = 0.155;
        std::uint64_t stream = kEquityStream;
        for (const SampleStock& stock : sample_stocks()) {
            RandomStream own{seed_, stream++};
            const std::string name{stock.name};
            const FactorIndex factor = find("EQ/" + name);
            const FactorIndex yield = find("IR/" + name + "-YIELD");
            double logarithm = std::log(stock.price);
            for (std::size_t day = 0; day < days(); ++day) {
                const Drivers& on = drivers_[day];
                const double vol = std::exp(on.regime) / std::sqrt(kDaysPerYear);
                logarithm +=
                    0.05 / kDaysPerYear + vol * stock.beta * kMarketVol * on.equity +
                    std::sqrt(vol / std::sqrt(kDaysPerYear)) * stock.own_vol * fat_tailed(own);
                set(day, factor, std::exp(logarithm));
                set(day, yield, stock.dividend_yield);
            }
        }
    }

    void simulate_commodities() {
        std::uint64_t stream = kCommodityStream;
        for (const SampleCommodity& commodity : sample_commodities()) {
            RandomStream own{seed_, stream++};
            const std::string name{commodity.name};
            const double daily = commodity.annual_vol / std::sqrt(kDaysPerYear);
            const double mean = std::log(commodity.price);
            double logarithm = mean;
            for (std::size_t day = 0; day < days(); ++day) {
                const Drivers& on = drivers_[day];
                const double shock = commodity.oil_correlation * on.oil +
                                     rest_of(commodity.oil_correlation) * fat_tailed(own);
                logarithm += 0.006 * (mean - logarithm) + daily * std::exp(0.4 * on.regime) * shock;
                if (!commodity.has_forwards) {
                    set(day, find("CO/" + name), std::exp(logarithm));
                    set(day, find("IR/" + name + "-YIELD"), commodity.convenience_yield);
                    continue;
                }
                // Far prices move less than near ones (Samuelson).
                for (const SamplePillar& pillar : sample_forward_pillars()) {
                    const double damping = std::exp(-0.5 * pillar.years);
                    set(day,
                        find("CO/" + name + "/" + std::string{pillar.label}),
                        std::exp(mean + damping * (logarithm - mean) -
                                 commodity.convenience_yield * pillar.years));
                }
            }
        }
    }

    /// Spot of a volatility's underlying: an asset's price, or a pair's rate.
    [[nodiscard]] double underlying(std::string_view name, std::size_t day) const {
        if (const Asset* asset = made_.layout.asset(name)) {
            const FactorIndex factor = asset->spot ? *asset->spot : asset->forward_factors.front();
            return history_.value(day, factor);
        }
        const auto per_euro = [&](std::string_view currency) {
            return currency == "EUR" ? 1.0
                                     : history_.value(day, find("FX/" + std::string{currency}));
        };
        return per_euro(name.substr(3)) / per_euro(name.substr(0, 3));
    }

    /// Long-run volatility and how strongly it falls when the spot rises.
    [[nodiscard]] static std::pair<double, double> vol_character(std::string_view name) {
        for (const SampleStock& stock : sample_stocks()) {
            if (stock.name == name) {
                return {std::hypot(0.165 * stock.beta, stock.own_vol), 1.6};
            }
        }
        for (const SampleCommodity& commodity : sample_commodities()) {
            if (commodity.name == name) {
                return {commodity.annual_vol, 0.8};
            }
        }
        const auto vol_of = [](std::string_view code) {
            for (const SampleCurrency& currency : sample_currencies()) {
                if (currency.code == code) {
                    return currency.annual_vol;
                }
            }
            return 0.0;
        };
        const double one = vol_of(name.substr(0, 3));
        const double other = vol_of(name.substr(3));
        // Pairs without the euro: correlation of about a half.
        return {std::sqrt(one * one + other * other - one * other), 0.5};
    }

    void simulate_vols() {
        std::uint64_t stream = kVolStream;
        for (const VolCurve& vol : made_.layout.vols) {
            RandomStream own{seed_, stream++};
            const auto [mean, leverage] = vol_character(vol.name);
            double logarithm = 0.0;
            for (std::size_t day = 0; day < days(); ++day) {
                const double change =
                    day == 0 ? 0.0
                             : std::log(underlying(vol.name, day) / underlying(vol.name, day - 1));
                logarithm += -0.02 * logarithm - leverage * change + 0.022 * fat_tailed(own) -
                             0.01 * drivers_[day].equity;
                for (std::size_t i = 0; i < vol.factors.size(); ++i) {
                    const double years = vol.pillar_years[i];
                    const double damping = 1.0 / std::sqrt(1.0 + 1.5 * years);
                    set(day,
                        vol.factors[i],
                        mean * (1.0 + 0.02 * years) * std::exp(damping * logarithm));
                }
            }
        }
    }

    /// Holidays, a lost file now and then, and single missing values; never on the last day.
    void publish() {
        RandomStream lost{seed_, kPublishStream};
        const std::array files{kSampleFxFile,
                               kSampleRatesFile,
                               kSampleEquitiesFile,
                               kSampleCommoditiesFile,
                               kSampleVolatilitiesFile};
        for (std::size_t day = 0; day + 1 < days(); ++day) {
            for (const std::string_view file : files) {
                const bool file_lost = lost.chance(1, 500);
                for (std::size_t factor = 0; factor < factors(); ++factor) {
                    const SampleColumn& column = history_.columns[factor];
                    if (column.file != file) {
                        continue;
                    }
                    const bool value_lost = lost.chance(1, 16'000);
                    const bool open = is_open(made_.calendars[factor], history_.dates[day]);
                    history_.published[day * factors() + factor] =
                        open && !file_lost && !value_lost ? 1 : 0;
                }
            }
        }
    }

    std::uint64_t seed_;
    SampleLayout made_;
    std::map<std::string, FactorIndex> factor_of_;
    SampleHistory history_;
    std::vector<Drivers> drivers_;
};

bool every_source_open(Date date) {
    return is_open(SampleCalendar::target, date) && is_open(SampleCalendar::united_states, date) &&
           is_open(SampleCalendar::united_kingdom, date);
}

}  // namespace

Market SampleHistory::market(std::size_t date) const {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(date * columns.size());
    return Market{
        dates[date], layout, {first, first + static_cast<std::ptrdiff_t>(columns.size())}};
}

Result<SampleHistory> generate_history(const SampleHistoryOptions& options) {
    if (options.days < kSampleDaysMin || options.days > kSampleDaysMax) {
        return Error{ErrorCode::invalid_input,
                     "days: found " + std::to_string(options.days) + ", expected " +
                         std::to_string(kSampleDaysMin) + " to " + std::to_string(kSampleDaysMax)};
    }
    if (options.end < make_date(1990, 1, 1) || options.end > make_date(2100, 12, 31)) {
        return Error{ErrorCode::invalid_input,
                     "end: found " + to_iso(options.end) +
                         ", expected a date between 1990-01-01 and 2100-12-31"};
    }
    Date last = options.end;
    while (!every_source_open(last)) {
        last = last + -1;
    }
    std::vector<Date> dates(static_cast<std::size_t>(options.days));
    for (std::size_t i = dates.size(); i-- > 0;) {
        dates[i] = last;
        last = last + -1;
        while (!is_weekday(last)) {
            last = last + -1;
        }
    }
    return Simulation{options.seed, std::move(dates)}.run();
}

}  // namespace vargrid
