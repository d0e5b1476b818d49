// Loading: every source is read once, converted, and cut down to the dates that count.
#include "pricing/history/market_data.hpp"

#include "pricing/history/derived.hpp"
#include "pricing/history/mapping.hpp"
#include "pricing/history/rates.hpp"
#include "pricing/history/source.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <utility>

namespace vargrid {

namespace {

/// The series of one factor or required column, with its name for messages.
struct NamedSeries {
    std::string name;
    Series series;
};

Error in_mapping(const MarketDataRequest& request, const FactorSpec& spec, const Error& error) {
    return Error{error.code,
                 request.mapping.string() + ":" + std::to_string(spec.line) + ": '" + spec.name +
                     "': " + error.message};
}

/// Quoted values to the units of the layout. Errors name the line of the file.
Result<Series> converted(const FactorSpec& spec, const SourceSpec& source, Series series) {
    for (Observation& item : series.observations) {
        if (!spec.rate.has_value()) {
            item.value = spec.percent ? item.value / 100.0 : item.value * spec.scale;
            continue;
        }
        const auto zero = continuous_zero_rate(*spec.rate, item.value, spec.years);
        if (!zero) {
            return Error{zero.error().code,
                         source.path.string() + ":" + std::to_string(item.line) + ": column '" +
                             spec.column.column + "' on " + to_iso(item.date) + ": " +
                             zero.error().message};
        }
        item.value = *zero;
    }
    return series;
}

/// Reads each source once for all the specs that want a column of it, and hands the series back
/// in the order of the specs (empty ones for those that read no column).
Result<std::vector<Series>> read_columns(const MarketDataRequest& request,
                                         const Mapping& mapping,
                                         std::span<const FactorSpec> specs) {
    std::map<std::size_t, std::vector<std::size_t>> specs_of_source;
    for (std::size_t i = 0; i < specs.size(); ++i) {
        if (specs[i].origin == FactorOrigin::column) {
            specs_of_source[specs[i].source].push_back(i);
        }
    }
    std::vector<Series> result(specs.size());
    for (const auto& [source_index, members] : specs_of_source) {
        const SourceSpec& source = mapping.sources[source_index];
        std::vector<ColumnRequest> requests;
        for (const std::size_t i : members) {
            requests.push_back(specs[i].column);
        }
        auto found = read_source(source, requests);
        if (!found) {
            return with_context(std::move(found).error(), "source '" + source.id + "'");
        }
        for (std::size_t k = 0; k < members.size(); ++k) {
            const FactorSpec& spec = specs[members[k]];
            auto series = converted(spec, source, std::move((*found)[k]));
            if (!series) {
                return in_mapping(request, spec, series.error());
            }
            result[members[k]] = *std::move(series);
        }
    }
    return result;
}

/// Fills the series of the realised volatilities from those of the columns.
Result<void> derive(const MarketDataRequest& request,
                    const Mapping& mapping,
                    std::vector<Series>& series) {
    std::map<std::string, std::size_t> index_of;
    for (std::size_t i = 0; i < mapping.factors.size(); ++i) {
        index_of.emplace(mapping.factors[i].name, i);
    }
    for (std::size_t i = 0; i < mapping.factors.size(); ++i) {
        const FactorSpec& spec = mapping.factors[i];
        if (spec.origin != FactorOrigin::realised) {
            continue;
        }
        const Series& factor = series[index_of.at(spec.realised.factor)];
        const Series* per =
            spec.realised.per.empty() ? nullptr : &series[index_of.at(spec.realised.per)];
        series[i] = realised_volatility(spec.realised, factor, per);
        if (series[i].observations.empty()) {
            return in_mapping(request,
                              spec,
                              {ErrorCode::invalid_input,
                               "'" + spec.realised.factor + "' has fewer than " +
                                   std::to_string(spec.realised.returns) + " returns"});
        }
    }
    return {};
}

std::vector<Date> dates_of(const Series& series) {
    std::vector<Date> dates;
    for (const Observation& item : series.observations) {
        dates.push_back(item.date);
    }
    return dates;
}

/// Which series keep a date from counting: for the message when there is no usable one.
std::string culprits(std::span<const NamedSeries> all, Date until) {
    const auto by_first = [](const NamedSeries& a, const NamedSeries& b) {
        return a.series.observations.front().date < b.series.observations.front().date;
    };
    const auto by_last = [](const NamedSeries& a, const NamedSeries& b) {
        return a.series.observations.back().date < b.series.observations.back().date;
    };
    const auto values_in_last_year = [until](const NamedSeries& item) {
        return std::count_if(item.series.observations.begin(),
                             item.series.observations.end(),
                             [until](const Observation& seen) {
                                 return seen.date <= until && until - seen.date < 365;
                             });
    };
    const auto latest_start = std::max_element(all.begin(), all.end(), by_first);
    const auto earliest_end = std::min_element(all.begin(), all.end(), by_last);
    const auto sparsest =
        std::min_element(all.begin(), all.end(), [&](const NamedSeries& a, const NamedSeries& b) {
            return values_in_last_year(a) < values_in_last_year(b);
        });
    return "the last series to begin is '" + latest_start->name + "' (" +
           to_iso(latest_start->series.observations.front().date) + "), the first to end '" +
           earliest_end->name + "' (" + to_iso(earliest_end->series.observations.back().date) +
           "), the one with fewest values in the year up to " + to_iso(until) + " '" +
           sparsest->name + "' (" + std::to_string(values_in_last_year(*sparsest)) + ")";
}

/// The dates on which every series has a value, up to as_of.
Result<std::vector<Date>> common_dates(const MarketDataRequest& request,
                                       const Mapping& mapping,
                                       std::span<const NamedSeries> all) {
    if (all.empty()) {
        return Error{ErrorCode::invalid_input,
                     request.mapping.string() +
                         ": nothing is read from a file, so there are no "
                         "dates"};
    }
    std::vector<Date> common = dates_of(all.front().series);
    for (const NamedSeries& item : all.subspan(1)) {
        const std::vector<Date> dates = dates_of(item.series);
        std::vector<Date> both;
        std::set_intersection(
            common.begin(), common.end(), dates.begin(), dates.end(), std::back_inserter(both));
        common = std::move(both);
    }
    if (request.as_of.has_value()) {
        common.erase(std::upper_bound(common.begin(), common.end(), *request.as_of), common.end());
    }
    const Date last = request.as_of.value_or(all.front().series.observations.back().date);
    const std::string until =
        request.as_of.has_value() ? " on or before " + to_iso(*request.as_of) : std::string{};
    if (common.empty()) {
        return Error{ErrorCode::invalid_input,
                     request.mapping.string() + ": on no date" + until +
                         " does every series have a value; " + culprits(all, last)};
    }
    if (request.as_of.has_value() && *request.as_of - common.back() > mapping.stale_days_max) {
        return Error{ErrorCode::invalid_input,
                     request.mapping.string() + ": the last date" + until +
                         " on which every series has a value is " + to_iso(common.back()) +
                         ", more than " + std::to_string(mapping.stale_days_max) +
                         " days before; " + culprits(all, last) +
                         " (missing.stale_days_max allows more days)"};
    }
    return common;
}

/// What each series lacks between the first and the last common date.
void summarise(std::span<const NamedSeries> all, History& history) {
    const Date first = history.dates.front();
    const Date last = history.dates.back();
    std::vector<Date> every;
    for (const NamedSeries& item : all) {
        for (const Observation& seen : item.series.observations) {
            if (first <= seen.date && seen.date <= last) {
                every.push_back(seen.date);
            }
        }
    }
    std::sort(every.begin(), every.end());
    every.erase(std::unique(every.begin(), every.end()), every.end());
    std::set_difference(every.begin(),
                        every.end(),
                        history.dates.begin(),
                        history.dates.end(),
                        std::back_inserter(history.dropped_dates));
    for (const NamedSeries& item : all) {
        const std::vector<Date> dates = dates_of(item.series);
        SeriesSummary summary;
        summary.name = item.name;
        summary.first = dates.front();
        summary.last = *(std::upper_bound(dates.begin(), dates.end(), last) - 1);
        std::set_difference(every.begin(),
                            every.end(),
                            dates.begin(),
                            dates.end(),
                            std::back_inserter(summary.missing));
        history.series.push_back(std::move(summary));
    }
}

void fill_values(const Mapping& mapping, std::span<const Series> series, History& history) {
    const std::size_t factors = mapping.factors.size();
    history.values.assign(history.dates.size() * factors, 0.0);
    for (std::size_t f = 0; f < factors; ++f) {
        const FactorSpec& spec = mapping.factors[f];
        history.rules.push_back(spec.rule);
        auto next = series[f].observations.begin();
        for (std::size_t d = 0; d < history.dates.size(); ++d) {
            if (spec.origin == FactorOrigin::constant) {
                history.values[d * factors + f] = spec.constant;
                continue;
            }
            // Common dates are dates of every series, so the walk always arrives.
            while (next->date != history.dates[d]) {
                ++next;
            }
            history.values[d * factors + f] = next->value;
        }
    }
}

/// The base market must be one that trades can be priced in.
Result<void> check_base(const MarketDataRequest& request,
                        const Mapping& mapping,
                        const Market& market) {
    for (std::size_t f = 0; f < market.values.size(); ++f) {
        const FactorSpec& spec = mapping.factors[f];
        const RiskClass risk_class = mapping.layout.factors[f].risk_class;
        const std::string_view wrong = what_is_wrong(risk_class, market.values[f]);
        if (!wrong.empty()) {
            return in_mapping(request,
                              spec,
                              {ErrorCode::invalid_input,
                               "is " + std::to_string(market.values[f]) + " on the base date " +
                                   to_iso(market.as_of) + ": " + std::string{wrong}});
        }
    }
    return {};
}

/// Base values that no market has had for long: mostly percent read as decimals. A warning and no
/// error, because some market somewhere may.
std::vector<std::string> implausible(const Market& market) {
    constexpr double kRateMin = -0.05;
    constexpr double kRateMax = 0.5;
    constexpr double kVolatilityMax = 5.0;
    std::vector<std::string> warnings;
    std::set<std::string> told;
    for (std::size_t f = 0; f < market.values.size(); ++f) {
        const RiskFactor& factor = market.layout->factors[f];
        const bool is_rate = factor.risk_class == RiskClass::interest_rate;
        const bool is_volatility = factor.risk_class == RiskClass::volatility;
        const double value = market.values[f];
        if ((is_rate && (value < kRateMin || value > kRateMax)) ||
            (is_volatility && value > kVolatilityMax)) {
            const bool is_constant = factor.name.starts_with("CONST/");
            if (told.insert(is_constant ? factor.name : group_of(factor.name)).second) {
                warnings.push_back("'" + factor.name + "' is " +
                                   std::to_string(std::llround(value * 100.0)) + " % on " +
                                   to_iso(market.as_of) +
                                   ": is the unit in the mapping right (unit = \"percent\")?");
            }
        }
    }
    return warnings;
}

}  // namespace

std::string_view what_is_wrong(RiskClass risk_class, double value) {
    if (!(value - value == 0.0)) {
        return "it is not a finite number";
    }
    if (risk_class == RiskClass::fx && value <= 0.0) {
        return "an FX rate must be positive";
    }
    if (risk_class == RiskClass::equity && value <= 0.0) {
        return "an equity price must be positive";
    }
    if (risk_class == RiskClass::volatility && value < 0.0) {
        return "a volatility must not be negative";
    }
    return {};
}

Result<MarketData> load_market_data(const MarketDataRequest& request) {
    VARGRID_TRY(const Mapping mapping, read_mapping(request.mapping));
    // Factors and required series share sources, so they are read in one go.
    std::vector<FactorSpec> specs = mapping.factors;
    specs.insert(specs.end(), mapping.required.begin(), mapping.required.end());
    VARGRID_TRY(std::vector<Series> series, read_columns(request, mapping, specs));
    VARGRID_TRY_VOID(derive(request, mapping, series));

    MarketData data;
    std::vector<NamedSeries> all;
    for (std::size_t i = 0; i < specs.size(); ++i) {
        data.history.duplicate_dates += series[i].duplicate_dates;
        if (specs[i].origin != FactorOrigin::constant) {
            all.push_back({specs[i].name, series[i]});
        }
    }
    VARGRID_TRY(data.history.dates, common_dates(request, mapping, all));
    data.history.as_of_requested = request.as_of;
    summarise(all, data.history);
    fill_values(mapping, series, data.history);

    data.market.as_of = data.history.dates.back();
    data.market.layout = std::make_shared<const MarketLayout>(mapping.layout);
    const std::size_t factors = mapping.factors.size();
    data.market.values.assign(data.history.values.end() - static_cast<std::ptrdiff_t>(factors),
                              data.history.values.end());
    VARGRID_TRY_VOID(check_base(request, mapping, data.market));
    data.history.warnings = implausible(data.market);
    return data;
}

}  // namespace vargrid
