#include "pricing/sample/book.hpp"

#include "base/random.hpp"
#include "pricing/sample/calendars.hpp"
#include "pricing/sample/files.hpp"
#include "pricing/sample/makers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string_view>

namespace vargrid {
namespace {

constexpr std::uint64_t kTradeStream = std::uint64_t{1} << 40;
constexpr std::uint64_t kFixingStream = std::uint64_t{1} << 41;

/// Trades of a type per thousand, give or take the types a market cannot support.
struct TypeShare {
    std::string_view type;
    std::string_view id_prefix;
    int share;
    void (*make)(const Making&);
    bool (*is_possible)(const Tradable&);
};

bool always(const Tradable&) {
    return true;
}
bool has_currency(const Tradable& on) {
    return !on.currencies.empty();
}
bool has_pair(const Tradable& on) {
    return !on.pairs.empty();
}
bool has_pair_vol(const Tradable& on) {
    return !on.option_pairs.empty();
}
bool has_equity(const Tradable& on) {
    return !on.equities.empty();
}
bool has_commodity(const Tradable& on) {
    return !on.commodities.empty();
}
bool has_asset_vol(const Tradable& on) {
    return !on.optionable.empty();
}
bool has_term_index(const Tradable& on) {
    return !on.term_indices.empty();
}
bool has_index(const Tradable& on) {
    return !on.term_indices.empty() || !on.overnight_indices.empty();
}

constexpr std::array kShares{
    TypeShare{"swap", "SWP", 280, make_swap, has_index},
    TypeShare{"fx_forward", "FXF", 90, make_fx_forward, has_pair},
    TypeShare{"equity_position", "EQP", 80, make_equity_position, has_equity},
    TypeShare{"equity_option", "EQO", 80, make_equity_option, has_asset_vol},
    TypeShare{"fixed_coupon_bond", "BND", 80, make_fixed_coupon_bond, has_currency},
    TypeShare{"fx_option", "FXO", 70, make_fx_option, has_pair_vol},
    TypeShare{"fra", "FRA", 50, make_fra, has_term_index},
    TypeShare{"equity_forward", "EQF", 50, make_equity_forward, has_equity},
    TypeShare{"fx_swap", "FXS", 50, make_fx_swap, has_pair},
    TypeShare{"zero_coupon_bond", "ZCB", 40, make_zero_coupon_bond, has_currency},
    TypeShare{"deposit", "DEP", 40, make_deposit, has_currency},
    TypeShare{"commodity_forward", "COF", 30, make_commodity_forward, has_commodity},
    TypeShare{"bill", "BIL", 25, make_bill, has_currency},
    TypeShare{"cash", "CSH", 20, make_cash, always},
    TypeShare{"commodity_position", "COP", 15, make_commodity_position, has_commodity},
};

/// The type of trade `number`: the golden-ratio sequence fills every share evenly, whatever the
/// count of trades.
const TypeShare& type_of(std::size_t number, const std::vector<const TypeShare*>& possible) {
    int total = 0;
    for (const TypeShare* share : possible) {
        total += share->share;
    }
    constexpr double kGoldenRatio = 0.61803398874989484820;
    const double draw = (static_cast<double>(number) + 0.5) * kGoldenRatio;
    int left = static_cast<int>((draw - std::floor(draw)) * total);
    for (const TypeShare* share : possible) {
        left -= share->share;
        if (left < 0) {
            return *share;
        }
    }
    return *possible.back();
}

std::string trade_id(std::string_view prefix, std::size_t number) {
    std::string digits = std::to_string(number + 1);
    digits.insert(0, digits.size() < 6 ? 6 - digits.size() : 0, '0');
    return std::string{prefix} + "-" + digits;
}

/// A stream for a name that does not depend on what else the market has (FNV-1a).
std::uint64_t stream_of(std::string_view name) {
    std::uint64_t hash = 14'695'981'039'346'656'037ULL;
    for (const char letter : name) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * 1'099'511'628'211ULL;
    }
    return kFixingStream ^ (hash >> 24);
}

}  // namespace

Result<std::string> sample_trades_csv(const Market& market, const BookSampleOptions& options) {
    if (options.trades < 1 || options.trades > kSampleTradesMax) {
        return Error{ErrorCode::invalid_input,
                     "trades: found " + std::to_string(options.trades) + ", expected 1 to " +
                         std::to_string(kSampleTradesMax)};
    }
    const Tradable on{market, options.no_options_on};
    std::vector<const TypeShare*> possible;
    for (const TypeShare& share : kShares) {
        if (share.is_possible(on)) {
            possible.push_back(&share);
        }
    }
    std::string text;
    TradeRow::append_header_to(text);
    for (std::size_t number = 0; number < options.trades; ++number) {
        const TypeShare& share = type_of(number, possible);
        RandomStream random{options.seed, kTradeStream + number};
        TradeRow row;
        row.set("id", trade_id(share.id_prefix, number)).set("type", std::string{share.type});
        share.make(Making{on, random, row});
        row.append_to(text);
    }
    return text;
}

std::vector<SampleFixings> sample_fixings(const Market& market, std::uint64_t seed, int days) {
    const Tradable on{market};
    std::vector<TradableIndex> indices = on.term_indices;
    indices.insert(indices.end(), on.overnight_indices.begin(), on.overnight_indices.end());
    std::vector<SampleFixings> result;
    for (const TradableIndex& index : indices) {
        RandomStream random{seed, stream_of(index.index)};
        SampleFixings fixings{index.index, {}, {}};
        double rate = on.forward_rate(index, 0.0);
        Date date = market.as_of;
        for (int i = 0; i < days; ++i) {
            date = date + -1;
            while (!is_weekday(date)) {
                date = date + -1;
            }
            rate += 1.2e-4 * random.normal();
            fixings.dates.push_back(date);
            fixings.values.push_back(std::round(rate * 1e7) / 1e7);
        }
        std::reverse(fixings.dates.begin(), fixings.dates.end());
        std::reverse(fixings.values.begin(), fixings.values.end());
        result.push_back(std::move(fixings));
    }
    return result;
}

std::string fixings_csv(const std::vector<SampleFixings>& fixings) {
    std::string text = "Reference,Date,Value\n";
    for (const SampleFixings& series : fixings) {
        for (std::size_t i = 0; i < series.dates.size(); ++i) {
            text += series.index + "," + to_iso(series.dates[i]) + "," +
                    fixed(series.values[i], 7) + "\n";
        }
    }
    return text;
}

}  // namespace vargrid
