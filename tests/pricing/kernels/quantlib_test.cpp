// The European kernel against QuantLib's Black formula and calculator, and against the published
// values of Haug (1998) that QuantLib itself is tested with.
#include "tests/pricing/kernels/support.hpp"

#include <ql/pricingengines/blackcalculator.hpp>
#include <ql/pricingengines/blackformula.hpp>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace vargrid::test {
namespace {

struct HaugRow {
    double sign;
    double strike;
    double spot;
    double yield;
    double rate;
    double years;
    double volatility;
    double price;
    double tolerance;
};

/// Spot, yield and volatility as a user's market would have them: forward = spot Dq / Dr as a
/// product row, deviation sqrt(t vol^2), discounting by its own row.
double value_of(const HaugRow& row, Isa isa) {
    Batch batch;
    batch.kind = BatchKind::european;
    batch.rows.factors = {0, 1, 2, 3};  // spot, yield, rate, volatility
    add_combination(batch.rows.linear, {{0, 1.0}});
    add_combination(batch.rows.discount, {{1, row.years}});
    add_combination(batch.rows.discount, {{2, row.years}});
    add_combination(batch.rows.deviation, {{3, row.years}});
    batch.rows.products = {{1, 2, 3}};
    batch.european = EuropeanTrades{{5}, {4}, {3}, {0}, {row.strike}, {1.0}, {row.sign}};
    batch.group = {0};
    Column factors;
    for (const double factor : {row.spot, row.yield, row.rate, row.volatility}) {
        factors.insert(factors.end(), kLanes, factor);
    }
    return evaluate(isa, batch, factors).front();
}

double quantlib_value(const HaugRow& row) {
    const QuantLib::BlackCalculator calculator{
        row.sign > 0 ? QuantLib::Option::Call : QuantLib::Option::Put,
        row.strike,
        row.spot * std::exp((row.rate - row.yield) * row.years),
        row.volatility * std::sqrt(row.years),
        std::exp(-row.rate * row.years)};
    return calculator.value();
}

void expect_published(const HaugRow& row) {
    for (const Isa isa : supported_isas()) {
        EXPECT_NEAR(value_of(row, isa), row.price, row.tolerance)
            << row.sign << " " << row.strike << " " << row.spot << " " << row.years;
        EXPECT_NEAR(value_of(row, isa), quantlib_value(row), 1e-13 * row.spot);
    }
}

// Source: E. G. Haug (1998), Option pricing formulas, pages 2-8 and 24, 27, as in QuantLib's
// test-suite/europeanoption.cpp; printed to four decimals, hence the tolerance.
TEST(EuropeanAndQuantLib, AgreeWithHaugsPrintedValues) {
    for (const HaugRow& row : {HaugRow{1, 65, 60, 0, 0.08, 0.25, 0.30, 2.1334, 1e-4},
                               HaugRow{-1, 95, 100, 0.05, 0.10, 0.50, 0.20, 2.4648, 1e-4},
                               HaugRow{-1, 19, 19, 0.10, 0.10, 0.75, 0.28, 1.7011, 1e-4},
                               HaugRow{1, 1.60, 1.56, 0.08, 0.06, 0.50, 0.12, 0.0291, 1e-4},
                               HaugRow{-1, 70, 75, 0.05, 0.10, 0.50, 0.35, 4.0870, 1e-4},
                               HaugRow{1, 40, 42, 0.08, 0.04, 0.75, 0.35, 5.0975, 1e-4}}) {
        expect_published(row);
    }
}

TEST(EuropeanAndQuantLib, AgreeWithEveryRowOfTheFixture) {
    const char* data = std::getenv("VARGRID_DATA");
    const std::filesystem::path folder = data == nullptr ? "../shared/data" : data;
    const std::filesystem::path path = folder / ".." / "fixtures" / "european_haug.csv";
    std::ifstream file{path};
    if (!file) {
        GTEST_SKIP() << "NOT CHECKED: " << path << " is missing; set VARGRID_DATA";
    }
    std::string line;
    std::getline(file, line);
    ASSERT_EQ(line, "type,strike,spot,q,r,t,vol,price,tol");
    int rows = 0;
    while (std::getline(file, line)) {
        std::replace(line.begin(), line.end(), ',', ' ');
        std::istringstream fields{line};
        std::string type;
        HaugRow row{};
        fields >> type >> row.strike >> row.spot >> row.yield >> row.rate >> row.years >>
            row.volatility >> row.price >> row.tolerance;
        ASSERT_TRUE(fields) << line;
        row.sign = type == "Call" ? 1.0 : -1.0;
        expect_published(row);
        ++rows;
    }
    EXPECT_EQ(rows, 43);
}

TEST(EuropeanAndQuantLib, AgreeOnRandomOptions) {
    RandomStream random{71, 1};
    double worst = 0.0;
    for (int count = 0; count < 20'000; ++count) {
        const double forward = std::exp(random.uniform(-3, 8));
        const double deviation = std::exp(random.uniform(-6, 1));
        const double strike = forward * std::exp(deviation * random.uniform(-5, 5));
        const bool call = random.chance(1, 2);
        const double expected = QuantLib::blackFormula(
            call ? QuantLib::Option::Call : QuantLib::Option::Put, strike, forward, deviation);
        const double value = black(forward, strike, deviation, call ? 1.0 : -1.0);
        worst = std::max(worst, std::fabs(value - expected) / std::max(forward, strike));
    }
    // QuantLib's own cumulative normal is good to about 1e-15.
    EXPECT_LT(worst, 2e-14) << "of max(forward, strike)";
    RecordProperty("worst", std::to_string(worst));
    std::printf("[ error    ] %.3g of max(forward, strike) against QuantLib\n", worst);
}

}  // namespace
}  // namespace vargrid::test
