// The book, and its trades on currencies, equities and commodities.
#include "tests/acceptance/real_book/quantlib_book.hpp"

#include "tests/acceptance/real_book/quantlib_builder.hpp"

#include <ql/exercise.hpp>
#include <ql/indexes/indexmanager.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <ql/pricingengines/vanilla/analyticeuropeanengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/settings.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace vargrid::acceptance {

std::pair<Value, double> Builder::build(const Cells& cells) {
    const std::map<std::string, Maker> makers{{"cash", &Builder::cash},
                                              {"equity_position", &Builder::position},
                                              {"commodity_position", &Builder::position},
                                              {"equity_forward", &Builder::asset_forward},
                                              {"commodity_forward", &Builder::asset_forward},
                                              {"zero_coupon_bond", &Builder::zero_coupon_bond},
                                              {"bill", &Builder::bill},
                                              {"fixed_coupon_bond", &Builder::fixed_coupon_bond},
                                              {"deposit", &Builder::deposit},
                                              {"fra", &Builder::fra},
                                              {"swap", &Builder::swap},
                                              {"fx_forward", &Builder::fx_forward},
                                              {"fx_swap", &Builder::fx_swap},
                                              {"equity_option", &Builder::asset_option},
                                              {"fx_option", &Builder::fx_option}};
    const Row row{cells};
    if (row.has("asset")) {
        const Asset& asset = market_.asset(row.text("asset"));
        size_currency_ = asset.currency;
        size_ = row.has("market_value")
                    ? std::abs(row.number("market_value"))
                    : std::abs(row.number("quantity")) * std::abs(market_.spot(asset));
    } else {
        size_currency_ =
            row.has("currency") ? row.text("currency") : row.text("index").substr(0, 3);
        size_ = std::abs(row.has("amount") ? row.number("amount") : row.number("notional"));
    }
    Value value = (this->*makers.at(row.text("type")))(row);
    return {std::move(value), size_ * market_.fx(size_currency_, base_)};
}

Value Builder::cash(const Row& row) {
    return in_base(row.text("currency"), [amount = row.number("amount")] { return amount; });
}

Value Builder::position(const Row& row) {
    const Asset& asset = market_.asset(row.text("asset"));
    const double quantity = row.has("market_value")
                                ? row.number("market_value") / market_.spot(asset)
                                : row.number("quantity");
    return in_base(asset.currency, [market = &market_, &asset, quantity] {
        return quantity * market->spot(asset);
    });
}

Value Builder::asset_forward(const Row& row) {
    const Asset& asset = market_.asset(row.text("asset"));
    const double years = maturity_years(row);
    const double paid = row.has("payment_date") ? years_to(row.date("payment_date")) : years;
    const Value discount = payment(discounting(row, asset.currency), paid);
    return in_base(asset.currency,
                   [market = &market_,
                    &asset,
                    years,
                    discount,
                    quantity = row.number("quantity"),
                    strike = row.number("strike")] {
                       return quantity * (market->forward(asset, years) - strike) * discount();
                   });
}

Value Builder::fx_forward(const Row& row) {
    const std::string currency = row.text("currency");
    const std::string quote = row.text("quote_currency");
    const std::string both = calendar_of(currency) + "+" + calendar_of(quote);
    const double years =
        row.has("maturity_years")
            ? row.number("maturity_years")
            : years_to(
                  calendar_named(row.text("calendar", both))
                      .adjust(row.date("maturity"),
                              rule_named(row.text("business_day_rule", "modified_following"))));
    const double notional = row.number("notional");
    const Value bought = in_base(currency, payment(market_.discounting({}, currency), years));
    const Value sold = in_base(quote, payment(market_.discounting({}, quote), years));
    return [bought, sold, notional, strike = row.number("strike")] {
        return notional * bought() - notional * strike * sold();
    };
}

Value Builder::fx_swap(const Row& row) {
    Cells near{{"currency", row.text("currency")},
               {"quote_currency", row.text("quote_currency")},
               {"notional", row.text("notional")},
               {"strike", row.text("near_strike")},
               {"maturity", row.text("start_date")}};
    Cells far = near;
    far["strike"] = row.text("strike");
    far["maturity"] = row.text("maturity");
    const Value near_value = fx_forward(Row{near});
    const Value far_value = fx_forward(Row{far});
    return [near_value, far_value] { return near_value() - far_value(); };
}

static ql::Option::Type option_type(const Row& row) {
    return row.text("option_type") == "call" ? ql::Option::Call : ql::Option::Put;
}

/// QuantLib's instrument and engine where everything falls on dates; its formula elsewhere.
Value Builder::asset_option(const Row& row) {
    const Asset& asset = market_.asset(row.text("asset"));
    const Curve curve = discounting(row, asset.currency);
    const auto vol = market_.vol(asset.name);
    const double quantity = row.number("quantity");
    const double strike = row.number("strike");
    const double years = maturity_years(row);
    const double paid = row.has("payment_date") ? years_to(row.date("payment_date")) : years;
    if (row.has("maturity_years") || row.has("payment_date") || asset.yield_curve.empty()) {
        return in_base(asset.currency,
                       [market = &market_,
                        &asset,
                        curve,
                        vol,
                        quantity,
                        strike,
                        years,
                        paid,
                        type = option_type(row)] {
                           const double deviation = std::sqrt(vol->blackVariance(years, strike));
                           return quantity * ql::blackFormula(type,
                                                              strike,
                                                              market->forward(asset, years),
                                                              deviation,
                                                              curve->discount(paid));
                       });
    }
    const auto process = ql::ext::make_shared<ql::BlackScholesMertonProcess>(
        market_.follow([market = &market_, &asset] { return market->spot(asset); }),
        market_.curve(asset.yield_curve),
        market_.curve(asset.financing_curve),
        vol);
    const auto option = ql::ext::make_shared<ql::VanillaOption>(
        ql::ext::make_shared<ql::PlainVanillaPayoff>(option_type(row), strike),
        ql::ext::make_shared<ql::EuropeanExercise>(row.date("maturity")));
    option->setPricingEngine(ql::ext::make_shared<ql::AnalyticEuropeanEngine>(process, curve));
    return in_base(asset.currency, [option, quantity] { return quantity * option->NPV(); });
}

Value Builder::fx_option(const Row& row) {
    const std::string currency = row.text("currency");
    const std::string quote = row.text("quote_currency");
    const Curve foreign = market_.discounting({}, currency);
    const Curve domestic = market_.discounting({}, quote);
    const auto vol = market_.vol(currency + quote);
    const double notional = row.number("notional");
    const double strike = row.number("strike");
    const auto spot = [market = &market_, currency, quote] { return market->fx(currency, quote); };
    if (row.has("maturity_years") || row.has("payment_date")) {
        const double years = maturity_years(row);
        const double paid = row.has("payment_date") ? years_to(row.date("payment_date")) : years;
        return in_base(
            quote,
            [spot, foreign, domestic, vol, notional, strike, years, paid, type = option_type(row)] {
                const double forward = spot() * foreign->discount(paid) / domestic->discount(paid);
                return notional * ql::blackFormula(type,
                                                   strike,
                                                   forward,
                                                   std::sqrt(vol->blackVariance(years, strike)),
                                                   domestic->discount(paid));
            });
    }
    const auto process = ql::ext::make_shared<ql::GarmanKohlagenProcess>(
        market_.follow(spot), foreign, domestic, vol);
    const auto option = ql::ext::make_shared<ql::VanillaOption>(
        ql::ext::make_shared<ql::PlainVanillaPayoff>(option_type(row), strike),
        ql::ext::make_shared<ql::EuropeanExercise>(row.date("maturity")));
    option->setPricingEngine(ql::ext::make_shared<ql::AnalyticEuropeanEngine>(process));
    return in_base(quote, [option, notional] { return notional * option->NPV(); });
}

std::vector<Cells> simple_csv(const std::string& text) {
    std::vector<Cells> rows;
    std::vector<std::string> header;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) {
            continue;
        }
        std::vector<std::string> cells{""};
        for (const char letter : line) {
            if (letter == ',') {
                cells.emplace_back();
            } else {
                cells.back() += letter;
            }
        }
        if (header.empty()) {
            header = cells;
            continue;
        }
        Cells row;
        for (std::size_t i = 0; i < std::min(header.size(), cells.size()); ++i) {
            if (!cells[i].empty()) {
                row.emplace(header[i], cells[i]);
            }
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

QuantLibBook::QuantLibBook(const Market& market,
                           std::string base_currency,
                           const std::vector<Cells>& fixings)
    : base_currency_{std::move(base_currency)}, fixings_{fixings} {
    ql::Settings::instance().evaluationDate() = to_ql(market.as_of);
    ql::IndexManager::instance().clearHistories();
    market_ = std::make_unique<QuantLibMarket>(market);
}

QuantLibBook::~QuantLibBook() = default;

void QuantLibBook::add(const Cells& row) {
    auto [value, notional] = Builder{*market_, base_currency_, fixings_}.build(row);
    values_.push_back(std::move(value));
    notionals_.push_back(notional);
}

double QuantLibBook::value(std::size_t trade) const {
    try {
        return values_[trade]();
    } catch (const ql::Error&) {
        return std::numeric_limits<double>::quiet_NaN();
    }
}

void QuantLibBook::set_values(const std::vector<double>& values) {
    market_->set_values(values);
}

}  // namespace vargrid::acceptance
