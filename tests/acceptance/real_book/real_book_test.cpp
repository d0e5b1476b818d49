// A book of every trade type, revalued by QuantLib from the same shifted markets, over the invented
// history and over the published one (${VARGRID_DATA}).
#include "pricing/history/market_data.hpp"
#include "pricing/kernels/kernels.hpp"
#include "pricing/sample/book.hpp"
#include "pricing/sample/write.hpp"
#include "pricing/trades/book.hpp"
#include "tests/acceptance/real_book/quantlib_book.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace vargrid::acceptance {
namespace {

constexpr const char* kBaseCurrency = "USD";
constexpr std::size_t kScenarios = 50;
/// Of the trade's notional.
constexpr double kTolerance = 1e-10;

std::string text_of(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// Doubles on a 64-byte boundary, as the kernels want them.
class Lanes {
  public:
    explicit Lanes(std::size_t items)
        : data_{static_cast<double*>(::operator new[](
              std::max<std::size_t>(items, 1) * kLanes * sizeof(double), std::align_val_t{64}))} {}
    ~Lanes() { ::operator delete[](data_, std::align_val_t{64}); }
    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;

    [[nodiscard]] double* data() { return data_; }
    [[nodiscard]] double& at(std::size_t item, std::size_t lane) {
        return data_[item * kLanes + lane];
    }

  private:
    double* data_;
};

/// Values by trade id, one per vector of factor values.
std::map<std::string, std::vector<double>> kernel_values(
    const CompiledBook& book, const std::vector<std::vector<double>>& markets) {
    const KernelSet& kernels = kernel_set(best_isa().value());
    std::map<std::string, std::vector<double>> result;
    std::size_t first_trade = 0;
    for (const Batch& batch : book.batches) {
        Lanes factors{batch.rows.factors.size()};
        Lanes rows{batch.rows.row_count()};
        Lanes values{batch.trade_count()};
        for (std::size_t first = 0; first < markets.size(); first += kLanes) {
            const std::size_t lanes = std::min(kLanes, markets.size() - first);
            for (std::size_t slot = 0; slot < batch.rows.factors.size(); ++slot) {
                for (std::size_t lane = 0; lane < kLanes; ++lane) {
                    factors.at(slot, lane) =
                        markets[first + std::min(lane, lanes - 1)][batch.rows.factors[slot]];
                }
            }
            kernels.evaluate(batch, factors.data(), rows.data(), values.data());
            for (std::size_t trade = 0; trade < batch.trade_count(); ++trade) {
                auto& series = result[book.trades[first_trade + trade].id];
                for (std::size_t lane = 0; lane < lanes; ++lane) {
                    series.push_back(values.at(trade, lane));
                }
            }
        }
        first_trade += batch.trade_count();
    }
    return result;
}

/// The market of the scenario by the stated rule, from the history alone.
std::vector<double> shifted_by_hand(const MarketData& data, const ScenarioLabel& label) {
    const auto index_of = [&](Date date) {
        const auto& dates = data.history.dates;
        return static_cast<std::size_t>(std::find(dates.begin(), dates.end(), date) -
                                        dates.begin());
    };
    const std::size_t from = index_of(label.from);
    const std::size_t to = index_of(label.to);
    std::vector<double> result;
    for (std::size_t factor = 0; factor < data.history.rules.size(); ++factor) {
        const ShiftRule& rule = data.history.rules[factor];
        const double base = data.market.values[factor];
        const double start = data.history.value(from, factor);
        const double end = data.history.value(to, factor);
        const bool is_defined = start > 0.0 && end > 0.0 && base > 0.0;
        if (rule.constant) {
            result.push_back(base);
        } else if (rule.kind == ShiftKind::absolute ||
                   (!is_defined && rule.fallback == MoveFallback::absolute)) {
            result.push_back(base + end - start);
        } else if (rule.kind == ShiftKind::displaced || !is_defined) {
            const double d = rule.displacement;
            result.push_back((base + d) * (end + d) / (start + d) - d);
        } else {
            result.push_back(base * end / start);
        }
    }
    return result;
}

struct Sample {
    MarketData data;
    std::string trades;
    std::string fixings;
};

struct Disagreement {
    double size{0.0};
    std::string text;
};

/// Rows of the type, at most `most`; the rarer columns come first so that they are in.
std::vector<Cells> chosen(const std::vector<Cells>& rows, std::size_t most) {
    std::map<std::string, std::vector<Cells>> by_type;
    for (const Cells& row : rows) {
        by_type[row.at("type")].push_back(row);
    }
    std::vector<Cells> result;
    for (auto& [type, of_type] : by_type) {
        std::stable_sort(of_type.begin(), of_type.end(), [](const Cells& a, const Cells& b) {
            return a.size() > b.size();
        });
        const std::size_t count = type == "swap" ? 3 * most : most;
        // Half of them with the most columns, half with the fewest.
        for (std::size_t i = 0; i < std::min(count, of_type.size()); ++i) {
            result.push_back(i % 2 == 0 ? of_type[i / 2] : of_type[of_type.size() - 1 - i / 2]);
        }
    }
    return result;
}

void expect_every_type(const std::vector<Cells>& rows) {
    std::map<std::string, int> counts;
    for (const Cells& row : rows) {
        ++counts[row.at("type")];
    }
    EXPECT_EQ(counts.size(), static_cast<std::size_t>(kTradeTypeCount));
    for (const auto& [type, count] : counts) {
        EXPECT_GE(count, 10) << type;
    }
}

std::string describe(const Cells& row) {
    std::string text;
    for (const auto& [column, cell] : row) {
        text += column + "=" + cell + " ";
    }
    return text;
}

/// What one comparison found.
struct Comparison {
    std::map<std::string, Disagreement> worst;  ///< By trade id, over all markets.
    std::size_t refused{0};                     ///< Cells that neither side can value.
};

std::map<std::string, std::vector<double>> our_values(
    const Sample& sample, const std::vector<std::vector<double>>& markets) {
    const Book book = read_book_text("trades.csv", sample.trades);
    EXPECT_TRUE(book.errors.empty()) << to_error(book.errors).message;
    const Fixings fixings = read_fixings_text("fixings.csv", sample.fixings).value();
    const auto compiled = compile_book(book, sample.data.market, kBaseCurrency, fixings, {});
    return kernel_values(compiled.value(), markets);
}

/// The larger gap of value and P&L, in notionals; infinite when our side has no number.
double gap_of(const std::vector<double>& ours, std::size_t m, double theirs, double their_base) {
    const double value_gap = std::abs(ours[m] - theirs);
    const double pnl_gap = std::abs((ours[m] - ours[0]) - (theirs - their_base));
    const double gap = std::max(value_gap, pnl_gap);
    return std::isnan(gap) ? std::numeric_limits<double>::infinity() : gap;
}

/// Values and P&L of both sides under every market; the first is the base.
Comparison compare(const Sample& sample,
                   const std::vector<Cells>& rows,
                   const std::vector<std::vector<double>>& markets) {
    const auto ours = our_values(sample, markets);
    QuantLibBook quantlib{sample.data.market, kBaseCurrency, simple_csv(sample.fixings)};
    for (const Cells& row : rows) {
        quantlib.add(row);
    }
    std::vector<double> base_values(rows.size());
    Comparison result;
    for (std::size_t m = 0; m < markets.size(); ++m) {
        quantlib.set_values(markets[m]);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::vector<double>& series = ours.at(rows[i].at("id"));
            const double theirs = quantlib.value(i);
            base_values[i] = m == 0 ? theirs : base_values[i];
            if (std::isnan(theirs)) {
                // A lognormal forward that is negative: both sides must refuse the cell.
                EXPECT_TRUE(std::isnan(series[m])) << describe(rows[i]);
                EXPECT_EQ(rows[i].at("type"), "equity_option");
                ++result.refused;
                continue;
            }
            const double gap = gap_of(series, m, theirs, base_values[i]) / quantlib.notional(i);
            Disagreement& so_far = result.worst[rows[i].at("id")];
            if (gap > so_far.size) {
                so_far = {gap,
                          "market " + std::to_string(m) + ": ours " + std::to_string(series[m]) +
                              ", QuantLib " + std::to_string(theirs) + ": " + describe(rows[i])};
            }
        }
    }
    return result;
}

void expect_agreement(const Comparison& comparison) {
    double largest = 0.0;
    for (const auto& [id, gap] : comparison.worst) {
        EXPECT_LE(gap.size, kTolerance) << id << " " << gap.text;
        largest = std::max(largest, gap.size);
    }
    testing::Test::RecordProperty("refused_cells", std::to_string(comparison.refused));
    testing::Test::RecordProperty("largest_gap_of_notional",
                                  std::to_string(largest * 1e12) + "e-12");
}

void revalue(const Sample& sample, int horizon_days) {
    ScenarioRequest request;
    request.horizon_days = horizon_days;
    const auto scenarios = make_scenarios(sample.data, request);
    ASSERT_TRUE(scenarios) << scenarios.error().message;
    const ScenarioSet& set = scenarios->set;
    ASSERT_EQ(set.scenario_count(), 500U);

    std::vector<std::vector<double>> markets{sample.data.market.values};
    for (std::size_t s = 0; s < set.scenario_count(); s += set.scenario_count() / kScenarios) {
        std::vector<double> market{set.scenario(s).begin(), set.scenario(s).end()};
        const std::vector<double> by_hand = shifted_by_hand(sample.data, set.labels[s]);
        for (std::size_t factor = 0; factor < market.size(); ++factor) {
            ASSERT_NEAR(market[factor], by_hand[factor], 1e-13 * (1.0 + std::abs(market[factor])))
                << sample.data.market.layout->factors[factor].name << " from "
                << to_iso(set.labels[s].from) << " to " << to_iso(set.labels[s].to);
        }
        markets.push_back(std::move(market));
    }
    const std::vector<Cells> rows = chosen(simple_csv(sample.trades), 30);
    expect_every_type(rows);
    const Comparison comparison = compare(sample, rows, markets);
    expect_agreement(comparison);
    EXPECT_LE(comparison.refused, rows.size() * markets.size() / 1000);
}

Sample invented() {
    const auto folder = std::filesystem::path{testing::TempDir()} / "vargrid_real_book";
    std::filesystem::remove_all(folder);
    write_sample({.folder = folder, .seed = 2, .trades = 2000}).value();
    Sample sample{load_market_data({.mapping = folder / "market.toml", .as_of = {}}).value(),
                  text_of(folder / "trades.csv"),
                  text_of(folder / "fixings.csv")};
    std::filesystem::remove_all(folder);
    return sample;
}

/// Nothing when the published history is not on this machine.
std::optional<Sample> published() {
    const char* folder = std::getenv("VARGRID_DATA");
    const std::filesystem::path data = folder != nullptr ? folder : "../shared/data";
    if (!std::filesystem::exists(data / "ecb_eurofxref")) {
        return std::nullopt;
    }
    if (folder == nullptr) {
        setenv("VARGRID_DATA", std::filesystem::absolute(data).c_str(), 1);
    }
    MarketData loaded = load_market_data({.mapping = "tests/acceptance/real_book/market.toml",
                                          .as_of = make_date(2020, 12, 31)})
                            .value();
    const std::string trades =
        sample_trades_csv(loaded.market, {.seed = 1, .trades = 2000}).value();
    const std::string fixings = fixings_csv(sample_fixings(loaded.market, 1, 800));
    return Sample{std::move(loaded), trades, fixings};
}

TEST(InventedBook, AgreesWithQuantLibOverOneDayMoves) {
    revalue(invented(), 1);
}

TEST(InventedBook, AgreesWithQuantLibOverTenDayMoves) {
    revalue(invented(), 10);
}

/// rare_terms.csv: month ends, odd stubs, flows of today and tomorrow, dates on weekends.
class RareTerms : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(to_iso(sample_.data.market.as_of), "2021-06-30");
        sample_.trades = text_of("tests/acceptance/real_book/rare_terms.csv");
        const ScenarioSet set = make_scenarios(sample_.data, {}).value().set;
        for (std::size_t s = 0; s < set.scenario_count(); s += 100) {
            markets_.emplace_back(set.scenario(s).begin(), set.scenario(s).end());
        }
    }

    Sample sample_{invented()};
    std::vector<std::vector<double>> markets_{sample_.data.market.values};
};

TEST_F(RareTerms, AgreeWithQuantLib) {
    const Comparison comparison = compare(sample_, simple_csv(sample_.trades), markets_);
    expect_agreement(comparison);
    EXPECT_EQ(comparison.refused, 0U);
}

TEST_F(RareTerms, AHundredthOfABasisPointIsSeen) {
    std::vector<Cells> rows = simple_csv(sample_.trades);
    for (Cells& row : rows) {
        if (row.contains("rate")) {
            row["rate"] = std::to_string(std::stod(row["rate"]) + 1e-6);
        }
    }
    const Comparison comparison = compare(sample_, rows, markets_);
    for (const Cells& row : rows) {
        const bool is_alive = row.at("id") != "S-matured" && row.at("id") != "D-due-today" &&
                              row.at("id") != "F-starts-today";
        if (row.contains("rate") && is_alive) {
            EXPECT_GT(comparison.worst.at(row.at("id")).size, kTolerance) << describe(row);
        }
    }
}

TEST(SmallExample, AgreesWithQuantLib) {
    const std::filesystem::path folder = "examples/small";
    const Sample sample{load_market_data({.mapping = folder / "market.toml", .as_of = {}}).value(),
                        text_of(folder / "trades.csv"),
                        text_of(folder / "fixings.csv")};
    ScenarioRequest request;
    request.count = 24;
    const ScenarioSet set = make_scenarios(sample.data, request).value().set;
    std::vector<std::vector<double>> markets{sample.data.market.values};
    for (std::size_t s = 0; s < set.scenario_count(); ++s) {
        markets.emplace_back(set.scenario(s).begin(), set.scenario(s).end());
    }
    const std::vector<Cells> rows = simple_csv(sample.trades);
    EXPECT_EQ(rows.size(), 8U);
    expect_agreement(compare(sample, rows, markets));
}

TEST(RealBook, AgreesWithQuantLibOverOneDayMoves) {
    const auto sample = published();
    if (!sample) {
        GTEST_SKIP() << "the published history is not here (VARGRID_DATA)";
    }
    revalue(*sample, 1);
}

TEST(RealBook, AgreesWithQuantLibOverTenDayMoves) {
    const auto sample = published();
    if (!sample) {
        GTEST_SKIP() << "the published history is not here (VARGRID_DATA)";
    }
    revalue(*sample, 10);
}

}  // namespace
}  // namespace vargrid::acceptance
