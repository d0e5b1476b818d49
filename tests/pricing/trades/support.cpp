#include "tests/pricing/trades/support.hpp"

#include "base/random.hpp"
#include "tests/pricing/kernels/support.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace vargrid::test {
namespace {

/// Builds a layout and its values side by side.
class MarketBuilder {
  public:
    explicit MarketBuilder(Date as_of) {
        market_.as_of = as_of;
        layout_.pivot_currency = "EUR";
    }

    FactorIndex factor(std::string name, RiskClass risk_class, double value) {
        layout_.factors.push_back(RiskFactor{std::move(name), risk_class});
        market_.values.push_back(value);
        return static_cast<FactorIndex>(layout_.factors.size() - 1);
    }

    void fx(const std::string& currency, double quote, bool pivot_per_unit) {
        layout_.fx.push_back(
            FxQuote{currency, factor("FX/" + currency, RiskClass::fx, quote), pivot_per_unit});
    }

    void curve(const std::string& name,
               const std::string& currency,
               Interpolation interpolation,
               const std::vector<std::pair<double, double>>& zeros) {
        Curve curve{name, currency, interpolation, {}, {}};
        for (const auto& [years, zero] : zeros) {
            curve.pillar_years.push_back(years);
            curve.factors.push_back(
                factor("IR/" + name + "/" + std::to_string(years), RiskClass::interest_rate, zero));
        }
        layout_.curves.push_back(std::move(curve));
    }

    Asset& asset(const std::string& name, AssetClass asset_class, const std::string& currency) {
        Asset asset;
        asset.name = name;
        asset.asset_class = asset_class;
        asset.currency = currency;
        layout_.assets.push_back(std::move(asset));
        return layout_.assets.back();
    }

    void vol(const std::string& name, const std::vector<std::pair<double, double>>& vols) {
        VolCurve curve{name, {}, {}};
        for (const auto& [years, vol] : vols) {
            curve.pillar_years.push_back(years);
            curve.factors.push_back(
                factor("VOL/" + name + "/" + std::to_string(years), RiskClass::volatility, vol));
        }
        layout_.vols.push_back(std::move(curve));
    }

    MarketLayout& layout() { return layout_; }

    Market finish() {
        market_.layout = std::make_shared<const MarketLayout>(layout_);
        const auto valid = layout_.validate();
        EXPECT_TRUE(valid.has_value()) << (valid ? "" : valid.error().message);
        return market_;
    }

  private:
    MarketLayout layout_;
    Market market_;
};

void add_curves(MarketBuilder& builder) {
    const auto linear = Interpolation::linear_zero;
    const auto log_linear = Interpolation::log_linear_discount;
    const auto cubic = Interpolation::natural_cubic_zero;
    builder.curve(
        "EUR-OIS", "EUR", linear, {{0.25, -0.005}, {1, -0.0052}, {5, -0.003}, {30, 0.004}});
    builder.curve("EUR-6M",
                  "EUR",
                  cubic,
                  {{0.5, -0.004}, {2, -0.003}, {5, -0.001}, {10, 0.003}, {30, 0.006}});
    builder.curve("EUR-3M", "EUR", linear, {{0.25, -0.0045}, {10, 0.002}});
    builder.curve("USD-GOV", "USD", linear, {{0.25, 0.001}, {2, 0.002}, {10, 0.009}, {30, 0.017}});
    builder.curve("USD-OIS", "USD", log_linear, {{0.25, 0.0009}, {5, 0.004}, {30, 0.012}});
    builder.curve("USD-3M", "USD", log_linear, {{0.25, 0.002}, {3, 0.003}, {30, 0.015}});
    builder.curve("USD-ISSUER", "USD", linear, {{1, 0.02}, {10, 0.035}});
    builder.curve("USD-DIVIDEND", "USD", linear, {{1, 0.013}});
    builder.curve("GBP-GOV", "GBP", linear, {{1, 0.0004}, {5, 0.001}, {20, 0.007}});
    builder.curve("JPY-GOV", "JPY", linear, {{1, -0.001}, {10, 0.0004}});
    MarketLayout& layout = builder.layout();
    layout.discounting = {
        {"EUR", "EUR-OIS"}, {"USD", "USD-OIS"}, {"GBP", "GBP-GOV"}, {"JPY", "JPY-GOV"}};
    layout.indices = {{"EUR-EURIBOR-6M", "EUR-6M"},
                      {"EUR-EURIBOR-3M", "EUR-3M"},
                      {"EUR-ESTR", "EUR-OIS"},
                      {"EUR-EONIA", "EUR-3M"},
                      {"USD-LIBOR-3M", "USD-3M"},
                      {"USD-SOFR", "USD-OIS"},
                      {"USD-FEDFUNDS", "USD-GOV"},
                      {"GBP-LIBOR-3M", "GBP-GOV"},
                      {"GBP-SONIA", "GBP-GOV"}};
}

void add_assets(MarketBuilder& builder) {
    const auto equity = [&](const std::string& name,
                            const std::string& currency,
                            double spot,
                            const std::string& financing,
                            const std::string& yield) {
        const FactorIndex factor = builder.factor("EQ/" + name, RiskClass::equity, spot);
        Asset& asset = builder.asset(name, AssetClass::equity, currency);
        asset.spot = factor;
        asset.financing_curve = financing;
        asset.yield_curve = yield;
    };
    equity("AAPL", "USD", 133.72, "USD-OIS", "USD-DIVIDEND");
    equity("SPX", "USD", 3732.04, "USD-GOV", "");
    equity("VOD", "GBP", 1.2068, "GBP-GOV", "");

    const FactorIndex brent = builder.factor("CO/BRENT", RiskClass::commodity, 51.34);
    const FactorIndex brent_half = builder.factor("CO/BRENT/6M", RiskClass::commodity, 50.9);
    const FactorIndex brent_two = builder.factor("CO/BRENT/2Y", RiskClass::commodity, 49.2);
    Asset& oil = builder.asset("BRENT", AssetClass::commodity, "USD");
    oil.spot = brent;
    oil.forward_years = {0.5, 2.0};
    oil.forward_factors = {brent_half, brent_two};

    const FactorIndex gas_near = builder.factor("CO/HHGAS/1M", RiskClass::commodity, 2.42);
    const FactorIndex gas_far = builder.factor("CO/HHGAS/1Y", RiskClass::commodity, 2.77);
    Asset& gas = builder.asset("HHGAS", AssetClass::commodity, "USD");
    gas.forward_years = {1.0 / 12.0, 1.0};
    gas.forward_factors = {gas_near, gas_far};
}

double scalar_black(double forward, double strike, double deviation, double sign) {
    if (deviation == 0.0) {
        return std::max(sign * (forward - strike), 0.0);
    }
    const auto normal = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
    const double d1 = std::log(forward / strike) / deviation + 0.5 * deviation;
    const double d2 = d1 - deviation;
    return sign * (forward * normal(sign * d1) - strike * normal(sign * d2));
}

/// Sum over one combination of weight * f(factor).
template <class Function>
double combined(const Combinations& combinations,
                std::size_t index,
                const RowProgram& program,
                std::span<const double> factors,
                const Function& function) {
    double sum = 0.0;
    for (std::uint32_t i = combinations.first[index]; i < combinations.first[index + 1]; ++i) {
        sum += combinations.weight[i] * function(factors[program.factors[combinations.slot[i]]]);
    }
    return sum;
}

std::vector<double> interpreted_rows(const RowProgram& program, std::span<const double> factors) {
    std::vector<double> rows{1.0};
    const auto same = [](double x) { return x; };
    const auto square = [](double x) { return x * x; };
    for (std::size_t i = 0; i < program.linear.count(); ++i) {
        rows.push_back(combined(program.linear, i, program, factors, same));
    }
    for (std::size_t i = 0; i < program.discount.count(); ++i) {
        rows.push_back(std::exp(-combined(program.discount, i, program, factors, same)));
    }
    for (std::size_t i = 0; i < program.deviation.count(); ++i) {
        rows.push_back(std::sqrt(combined(program.deviation, i, program, factors, square)));
    }
    for (const RowProduct& product : program.products) {
        rows.push_back(rows.at(product.a) * rows.at(product.b) / rows.at(product.c));
    }
    return rows;
}

/// The batch that holds trade `index` of the book; leaves its index within the batch.
const Batch& batch_of(const CompiledBook& book, std::size_t& index) {
    for (const Batch& batch : book.batches) {
        if (index < batch.trade_count()) {
            return batch;
        }
        index -= batch.trade_count();
    }
    CHECK_MSG(false, "no such trade");
}

}  // namespace

Market sample_market(Date as_of) {
    MarketBuilder builder{as_of};
    builder.fx("USD", 1.2281, false);
    builder.fx("GBP", 0.90307, false);
    builder.fx("JPY", 0.00787, true);
    add_curves(builder);
    add_assets(builder);
    builder.vol("AAPL", {{0.25, 0.41}, {1.0, 0.38}, {2.0, 0.36}});
    builder.vol("BRENT", {{0.5, 0.44}});
    builder.vol("EURUSD", {{0.25, 0.07}, {1.0, 0.075}});
    builder.vol("JPYGBP", {{1.0, 0.09}});
    return builder.finish();
}

std::vector<Market> one_lane_each(const Market& base) {
    std::vector<Market> markets(kLanes, base);
    RandomStream random{20201230, 1};
    for (std::size_t lane = 1; lane < kLanes; ++lane) {
        for (std::size_t i = 0; i < base.values.size(); ++i) {
            double& value = markets[lane].values[i];
            if (base.layout->factors[i].risk_class == RiskClass::interest_rate) {
                value += random.uniform(-0.02, 0.02);
            } else {
                value *= 1.0 + random.uniform(-0.15, 0.15);
            }
        }
    }
    return markets;
}

double interpreted(const Batch& batch, std::size_t trade, std::span<const double> factors) {
    const std::vector<double> rows = interpreted_rows(batch.rows, factors);
    if (batch.kind == BatchKind::european) {
        const EuropeanTrades& e = batch.european;
        return rows.at(e.fx_row[trade]) * rows.at(e.discount_row[trade]) * e.amount[trade] *
               scalar_black(rows.at(e.forward_row[trade]),
                            e.strike[trade],
                            rows.at(e.deviation_row[trade]),
                            e.call_sign[trade]);
    }
    const LinearTrades& linear = batch.linear;
    double value = 0.0;
    for (std::uint32_t leg = linear.leg_first[trade]; leg < linear.leg_first[trade + 1]; ++leg) {
        double sum = 0.0;
        for (std::uint32_t i = linear.term_first[leg]; i < linear.term_first[leg + 1]; ++i) {
            sum += linear.term_amount[i] * rows.at(linear.term_row[i]);
        }
        value += rows.at(linear.leg_fx_row[leg]) * sum;
    }
    return value;
}

CompiledBook compiled(std::string_view csv,
                      const Market& market,
                      std::string_view base_currency,
                      const Fixings& fixings,
                      const CompileOptions& options) {
    Result<CompiledBook> book =
        compile_book(read_book_text("test.csv", csv), market, base_currency, fixings, options);
    EXPECT_TRUE(book.has_value()) << (book ? "" : book.error().message);
    return book ? std::move(book).value() : CompiledBook{};
}

std::array<double, kLanes> values_of(const CompiledBook& book,
                                     std::size_t index,
                                     const std::vector<Market>& markets) {
    const Batch& batch = batch_of(book, index);
    Column factors(std::max<std::size_t>(batch.rows.factors.size(), 1) * kLanes);
    for (std::size_t slot = 0; slot < batch.rows.factors.size(); ++slot) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            factors[slot * kLanes + lane] = markets[lane].values[batch.rows.factors[slot]];
        }
    }
    const Column values = evaluate(best_isa().value(), batch, factors);
    std::array<double, kLanes> result{};
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        result[lane] = values[index * kLanes + lane];
        const double scalar = interpreted(batch, index, markets[lane].values);
        EXPECT_NEAR(result[lane], scalar, 1e-12 * (std::abs(scalar) + 1e9)) << "lane " << lane;
    }
    return result;
}

std::size_t index_of(const CompiledBook& book, std::string_view id) {
    for (std::size_t i = 0; i < book.trades.size(); ++i) {
        if (book.trades[i].id == id) {
            return i;
        }
    }
    ADD_FAILURE() << "no trade " << id;
    return 0;
}

}  // namespace vargrid::test
