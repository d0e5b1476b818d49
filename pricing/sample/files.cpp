#include "pricing/sample/files.hpp"

#include "base/check.hpp"
#include "pricing/sample/layout.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace vargrid {
namespace {

std::string us_date(Date date) {
    const std::string iso = to_iso(date);
    return iso.substr(5, 2) + "/" + iso.substr(8, 2) + "/" + iso.substr(0, 4);
}

std::vector<std::size_t> factors_in(const SampleHistory& history, std::string_view file) {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < history.columns.size(); ++i) {
        if (history.columns[i].file == file) {
            result.push_back(i);
        }
    }
    return result;
}

bool is_published(const SampleHistory& history, std::size_t day, std::size_t factor) {
    return history.published[day * history.columns.size() + factor] != 0;
}

std::string cell(const SampleHistory& history, std::size_t day, std::size_t factor) {
    const SampleColumn& column = history.columns[factor];
    return fixed(history.value(day, factor) * column.scale, column.decimals);
}

struct WideFormat {
    std::string_view file;
    std::string_view date_header;
    std::string_view missing;
    bool newest_first;
    bool us_dates;
};

SampleFile wide_file(const SampleHistory& history, const WideFormat& format) {
    const std::vector<std::size_t> factors = factors_in(history, format.file);
    std::string text{format.date_header};
    for (const std::size_t factor : factors) {
        text += "," + history.columns[factor].column;
    }
    text += "\n";
    const std::size_t days = history.dates.size();
    for (std::size_t i = 0; i < days; ++i) {
        const std::size_t day = format.newest_first ? days - 1 - i : i;
        bool any = false;
        std::string line =
            format.us_dates ? us_date(history.dates[day]) : to_iso(history.dates[day]);
        for (const std::size_t factor : factors) {
            const bool published = is_published(history, day, factor);
            any = any || published;
            line += ",";
            line += published ? cell(history, day, factor) : std::string{format.missing};
        }
        if (any) {
            text += line + "\n";
        }
    }
    return {std::string{format.file}, std::move(text)};
}

SampleFile long_file(const SampleHistory& history, std::string_view file, std::string_view header) {
    const std::vector<std::size_t> factors = factors_in(history, file);
    std::string text{header};
    text += "\n";
    for (std::size_t day = 0; day < history.dates.size(); ++day) {
        const std::string date = to_iso(history.dates[day]);
        for (const std::size_t factor : factors) {
            if (!is_published(history, day, factor)) {
                continue;
            }
            std::string key = history.columns[factor].column;
            key[key.find('/')] = ',';
            text += date + "," + key + "," + cell(history, day, factor) + "\n";
        }
    }
    return {std::string{file}, std::move(text)};
}

std::string quoted(std::string_view text) {
    return "\"" + std::string{text} + "\"";
}

std::string shortest(double value) {
    std::array<char, 32> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    CHECK(error == std::errc{});
    return {buffer.data(), end};
}

std::string_view text_of(Interpolation interpolation) {
    switch (interpolation) {
        case Interpolation::linear_zero:
            return "linear_zero";
        case Interpolation::log_linear_discount:
            return "log_linear_discount";
        case Interpolation::natural_cubic_zero:
            return "natural_cubic_zero";
    }
    return {};
}

/// A list of { years, column, label } tables; `join` stands between the name and the label.
std::string pillar_list(std::string_view name, char join, std::span<const SamplePillar> pillars) {
    std::string result = "[\n";
    for (const SamplePillar& pillar : pillars) {
        result += "    { years = " + shortest(pillar.years) +
                  ", column = " + quoted(std::string{name} + join + std::string{pillar.label}) +
                  ", label = " + quoted(pillar.label) + " },\n";
    }
    return result + "]\n";
}

std::string sources_toml() {
    return R"(# An invented market: every name and number here was made by a seeded generator.
schema = 1
pivot_currency = "EUR"

[[sources]]
id = "fx"
file = "fx.csv"
format = "wide"
date_column = "Date"

[[sources]]
id = "rates"
file = "rates.csv"
format = "long"
date_column = "Date"
key_columns = ["Curve", "Tenor"]
value_column = "Percent"

[[sources]]
id = "equities"
file = "equities.csv"
format = "wide"
date_column = "date"

[[sources]]
id = "commodities"
file = "commodities.csv"
format = "wide"
date_column = "DATE"
date_format = "%m/%d/%Y"

[[sources]]
id = "volatilities"
file = "volatilities.csv"
format = "long"
date_column = "Date"
key_columns = ["Underlying", "Expiry"]
value_column = "Percent"

[shifts]
interest_rate = "absolute"
fx = "relative"
equity = "relative"
commodity = "relative"
volatility = "relative"

[missing]
rule = "common_dates"
)";
}

std::string curves_toml() {
    std::string text;
    for (const SampleCurrency& currency : sample_currencies()) {
        text += "\n[[fx]]\ncurrency = " + quoted(currency.code) +
                "\nsource = \"fx\"\ncolumn = " + quoted(currency.code) +
                "\nquote = \"per_pivot\"\n";
    }
    for (const SampleCurve& curve : sample_curves()) {
        text += "\n[[curves]]\nname = " + quoted(curve.name) +
                "\ncurrency = " + quoted(curve.currency) +
                "\nsource = \"rates\"\ninterpolation = " + quoted(text_of(curve.interpolation)) +
                "\nunit = \"percent\"\nquote = \"zero_rate\"\ncompounding = \"continuous\"\n"
                "day_count = \"Act/365F\"\npillars = " +
                pillar_list(curve.name, '/', pillars_of(curve));
    }
    for (const SampleIndex& index : sample_indices()) {
        text += "\n[[indices]]\nindex = " + quoted(index.index) +
                "\ncurve = " + quoted(index.curve) + "\n";
    }
    text += "\n[discounting]\n";
    for (const SampleCurve& curve : sample_curves()) {
        if (curve.is_discounting) {
            text += std::string{curve.currency} + " = " + quoted(curve.name) + "\n";
        }
    }
    return text;
}

std::string assets_toml(const MarketLayout& layout) {
    std::string text;
    for (const SampleStock& stock : sample_stocks()) {
        text += "\n[[equities]]\nname = " + quoted(stock.name) +
                "\ncurrency = " + quoted(stock.currency) +
                "\nsource = \"equities\"\ncolumn = " + quoted(stock.name) +
                "\nfinancing_curve = " + quoted(layout.asset(stock.name)->financing_curve) +
                "\ndividend_yield = " + fixed(stock.dividend_yield, 6) + "\n";
    }
    for (const SampleCommodity& commodity : sample_commodities()) {
        text += "\n[[commodities]]\nname = " + quoted(commodity.name) +
                "\ncurrency = \"USD\"\nsource = \"commodities\"\n";
        if (commodity.has_forwards) {
            text += "forwards = " + pillar_list(commodity.name, ' ', sample_forward_pillars());
        } else {
            text += "column = " + quoted(commodity.name) +
                    "\nfinancing_curve = " + quoted(layout.asset(commodity.name)->financing_curve) +
                    "\nconvenience_yield = " + fixed(commodity.convenience_yield, 6) + "\n";
        }
    }
    return text;
}

}  // namespace

std::string fixed(double value, int decimals) {
    std::array<char, 64> buffer{};
    const auto [end, error] = std::to_chars(
        buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals);
    CHECK(error == std::errc{});
    return {buffer.data(), end};
}

std::vector<SampleFile> history_files(const SampleHistory& history) {
    return {
        wide_file(history, {kSampleFxFile, "Date", "N/A", true, false}),
        long_file(history, kSampleRatesFile, "Date,Curve,Tenor,Percent"),
        wide_file(history, {kSampleEquitiesFile, "date", "", false, false}),
        wide_file(history, {kSampleCommoditiesFile, "DATE", ".", false, true}),
        long_file(history, kSampleVolatilitiesFile, "Date,Underlying,Expiry,Percent"),
    };
}

std::string market_toml(const SampleHistory& history) {
    std::string text = sources_toml() + curves_toml() + assets_toml(*history.layout);
    for (const VolCurve& vol : history.layout->vols) {
        text += "\n[[volatilities]]\nname = " + quoted(vol.name) +
                "\nsource = \"volatilities\"\nunit = \"percent\"\npillars = " +
                pillar_list(vol.name, '/', sample_vol_pillars());
    }
    return text;
}

}  // namespace vargrid
