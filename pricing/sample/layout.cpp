#include "pricing/sample/layout.hpp"

namespace vargrid {
namespace {

class LayoutBuilder {
  public:
    FactorIndex add(std::string name,
                    RiskClass risk_class,
                    SampleColumn column,
                    SampleCalendar calendar) {
        result_.layout.factors.push_back(RiskFactor{std::move(name), risk_class});
        result_.columns.push_back(std::move(column));
        result_.calendars.push_back(calendar);
        return static_cast<FactorIndex>(result_.layout.factors.size() - 1);
    }

    void add_fx() {
        result_.layout.pivot_currency = "EUR";
        for (const SampleCurrency& currency : sample_currencies()) {
            const std::string code{currency.code};
            const FactorIndex factor =
                add("FX/" + code,
                    RiskClass::fx,
                    SampleColumn{std::string{kSampleFxFile}, code, 1.0, currency.decimals},
                    SampleCalendar::target);
            result_.layout.fx.push_back(FxQuote{code, factor, false});
        }
    }

    void add_curves() {
        for (const SampleCurve& from : sample_curves()) {
            const std::string name{from.name};
            Curve curve{name, std::string{from.currency}, from.interpolation, {}, {}};
            for (const SamplePillar& pillar : pillars_of(from)) {
                const std::string label{pillar.label};
                curve.pillar_years.push_back(pillar.years);
                curve.factors.push_back(
                    add("IR/" + name + "/" + label,
                        RiskClass::interest_rate,
                        SampleColumn{std::string{kSampleRatesFile}, name + "/" + label, 100.0, 5},
                        calendar_of(from.currency)));
            }
            if (from.is_discounting) {
                result_.layout.discounting.push_back(
                    DiscountingCurve{std::string{from.currency}, name});
            }
            result_.layout.curves.push_back(std::move(curve));
        }
        for (const SampleIndex& index : sample_indices()) {
            result_.layout.indices.push_back(
                IndexCurve{std::string{index.index}, std::string{index.curve}});
        }
    }

    void add_stocks() {
        for (const SampleStock& stock : sample_stocks()) {
            const std::string name{stock.name};
            const FactorIndex spot =
                add("EQ/" + name,
                    RiskClass::equity,
                    SampleColumn{std::string{kSampleEquitiesFile}, name, 1.0, 2},
                    SampleCalendar::united_states);
            Asset asset{.name = name,
                        .asset_class = AssetClass::equity,
                        .currency = std::string{stock.currency},
                        .spot = spot,
                        .yield_curve = add_constant_yield(name, stock.currency),
                        .financing_curve = financing_of(stock.currency),
                        .forward_years = {},
                        .forward_factors = {}};
            result_.layout.assets.push_back(std::move(asset));
        }
    }

    void add_commodities() {
        const std::string file{kSampleCommoditiesFile};
        for (const SampleCommodity& commodity : sample_commodities()) {
            const std::string name{commodity.name};
            Asset asset{.name = name,
                        .asset_class = AssetClass::commodity,
                        .currency = "USD",
                        .spot = std::nullopt,
                        .yield_curve = {},
                        .financing_curve = {},
                        .forward_years = {},
                        .forward_factors = {}};
            if (!commodity.has_forwards) {
                asset.spot = add("CO/" + name,
                                 RiskClass::commodity,
                                 SampleColumn{file, name, 1.0, 3},
                                 SampleCalendar::united_states);
                asset.yield_curve = add_constant_yield(name, "USD");
                asset.financing_curve = financing_of("USD");
            } else {
                for (const SamplePillar& pillar : sample_forward_pillars()) {
                    const std::string label{pillar.label};
                    asset.forward_years.push_back(pillar.years);
                    asset.forward_factors.push_back(
                        add("CO/" + name + "/" + label,
                            RiskClass::commodity,
                            SampleColumn{file, name + " " + label, 1.0, 3},
                            SampleCalendar::united_states));
                }
            }
            result_.layout.assets.push_back(std::move(asset));
        }
    }

    void add_vols() {
        for (const SampleStock& stock : sample_stocks()) {
            add_vol(stock.name, SampleCalendar::united_states);
        }
        for (const SampleCommodity& commodity : sample_commodities()) {
            add_vol(commodity.name, SampleCalendar::united_states);
        }
        for (const std::string_view pair : sample_vol_pairs()) {
            add_vol(pair, SampleCalendar::target);
        }
    }

    SampleLayout take() { return std::move(result_); }

  private:
    static SampleCalendar calendar_of(std::string_view currency) {
        for (const SampleRates& rates : sample_rates()) {
            if (rates.currency == currency) {
                return rates.calendar;
            }
        }
        return SampleCalendar::target;
    }

    static std::string financing_of(std::string_view currency) {
        for (const SampleCurve& curve : sample_curves()) {
            if (curve.currency == currency && curve.is_discounting) {
                return std::string{curve.name};
            }
        }
        return {};
    }

    std::string add_constant_yield(const std::string& asset, std::string_view currency) {
        const std::string name = asset + "-YIELD";
        const FactorIndex factor = add("IR/" + name,
                                       RiskClass::interest_rate,
                                       SampleColumn{{}, {}, 1.0, 6},
                                       SampleCalendar::target);
        result_.layout.curves.push_back(
            Curve{name, std::string{currency}, Interpolation::linear_zero, {1.0}, {factor}});
        return name;
    }

    void add_vol(std::string_view of, SampleCalendar calendar) {
        const std::string name{of};
        VolCurve vol{name, {}, {}};
        for (const SamplePillar& pillar : sample_vol_pillars()) {
            const std::string label{pillar.label};
            vol.pillar_years.push_back(pillar.years);
            vol.factors.push_back(add(
                "VOL/" + name + "/" + label,
                RiskClass::volatility,
                SampleColumn{std::string{kSampleVolatilitiesFile}, name + "/" + label, 100.0, 3},
                calendar));
        }
        result_.layout.vols.push_back(std::move(vol));
    }

    SampleLayout result_;
};

}  // namespace

SampleLayout make_sample_layout() {
    LayoutBuilder builder;
    builder.add_fx();
    builder.add_curves();
    builder.add_stocks();
    builder.add_commodities();
    builder.add_vols();
    return builder.take();
}

std::vector<SamplePillar> pillars_of(const SampleCurve& curve) {
    std::vector<SamplePillar> result;
    for (const SamplePillar& pillar : sample_pillars()) {
        const bool is_main = pillar.label == "3M" || pillar.label == "1Y" || pillar.label == "5Y" ||
                             pillar.label == "10Y";
        if (curve.every_pillar || is_main) {
            result.push_back(pillar);
        }
    }
    return result;
}

}  // namespace vargrid
