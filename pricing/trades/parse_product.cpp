#include "pricing/trades/parse_product.hpp"

#include "base/parse.hpp"
#include "pricing/trades/index_terms.hpp"

#include <algorithm>

namespace vargrid {
namespace {

/// A rate beyond 100 % is nearly always one typed in percent.
constexpr double kRateMax = 1.0;
constexpr double kRedemptionMax = 10.0;
constexpr int kPeriodsMax = 1'200;
constexpr int kDaysPerMonthMin = 28;

double rate(RowReader& row, TradeColumn column) {
    const double value = row.number(column);
    if (value < -kRateMax || value > kRateMax) {
        row.expected(column, "a decimal rate (0.02 is 2 %) between -1 and 1");
    }
    return value;
}

/// The later date must be after the earlier one. Reported only when both could be read.
void check_order(
    RowReader& row, Date early, Date late, TradeColumn late_column, std::string_view what) {
    if (early.days != 0 && late.days != 0 && late <= early) {
        row.expected(late_column, what);
    }
}

void check_periods(RowReader& row, Date start, Date end, Frequency frequency, TradeColumn column) {
    if (frequency.months > 0 && end > start &&
        (end - start) / (kDaysPerMonthMin * frequency.months) > kPeriodsMax) {
        row.expected(column, "at most 1,200 periods from start to maturity");
    }
}

/// A bond cannot be delivered after its maturity.
std::optional<Settlement> settlement(RowReader& row, Maturity maturity) {
    const std::optional<Settlement> given = row.settlement();
    if (given && maturity.date && maturity.date->days != 0 && given->date >= *maturity.date) {
        row.expected(TradeColumn::settlement_date, "a date before maturity");
    }
    return given;
}

std::optional<Date> payment_date(RowReader& row, const Maturity& maturity) {
    const std::optional<Date> date = row.optional_date(TradeColumn::payment_date);
    if (row.given(TradeColumn::payment_date) && row.given(TradeColumn::maturity_years)) {
        row.expected(TradeColumn::payment_date, "an empty cell when maturity_years is given");
    } else if (date && maturity.date && *date < *maturity.date) {
        row.expected(TradeColumn::payment_date, "a date on or after maturity");
    }
    return date;
}

/// The index column, and that `currency`, if given, is the index's.
std::optional<IndexTerms> index_of(RowReader& row) {
    const std::string name = row.name(TradeColumn::index);
    const std::string currency = row.optional_currency(TradeColumn::currency);
    std::optional<IndexTerms> terms = index_terms(name);
    if (!terms) {
        if (!name.empty()) {
            row.expected(TradeColumn::index, "one of " + std::string{known_indices()});
        }
    } else if (!currency.empty() && currency != terms->currency) {
        row.expected(TradeColumn::currency,
                     terms->currency + " or nothing, as " + name + " implies");
    }
    return terms;
}

Product parse_cash(RowReader& row) {
    return Cash{.currency = row.currency(TradeColumn::currency),
                .amount = row.number(TradeColumn::amount)};
}

Product parse_position(RowReader& row) {
    Position position{.asset = row.name(TradeColumn::asset),
                      .currency = row.optional_currency(TradeColumn::currency),
                      .quantity = row.optional_number(TradeColumn::quantity),
                      .market_value = row.optional_number(TradeColumn::market_value)};
    if (row.given(TradeColumn::quantity) == row.given(TradeColumn::market_value)) {
        row.expected(TradeColumn::quantity,
                     "a number here or in market_value, exactly one of them");
    }
    return position;
}

Product parse_asset_forward(RowReader& row) {
    AssetForward forward{.asset = row.name(TradeColumn::asset),
                         .currency = row.optional_currency(TradeColumn::currency),
                         .quantity = row.non_zero(TradeColumn::quantity),
                         .strike = row.number(TradeColumn::strike),
                         .maturity = row.maturity(),
                         .discount_curve = row.optional_name(TradeColumn::discount_curve)};
    forward.payment_date = payment_date(row, forward.maturity);
    return forward;
}

Product parse_zero_coupon_bond(RowReader& row) {
    ZeroCouponBond bond{.currency = row.currency(TradeColumn::currency),
                        .notional = row.non_zero(TradeColumn::notional),
                        .maturity = row.maturity(),
                        .discount_curve = row.optional_name(TradeColumn::discount_curve)};
    bond.settlement = settlement(row, bond.maturity);
    return bond;
}

Product parse_bill(RowReader& row) {
    Bill bill{.currency = row.currency(TradeColumn::currency),
              .notional = row.non_zero(TradeColumn::notional),
              .maturity = row.date(TradeColumn::maturity),
              .calendar = row.calendar(),
              .discount_curve = row.optional_name(TradeColumn::discount_curve)};
    bill.settlement = settlement(row, Maturity{.date = bill.maturity});
    bill.business_day_rule =
        row.optional_word(TradeColumn::business_day_rule, business_day_rule_words())
            .value_or(bill.business_day_rule);
    return bill;
}

Product parse_fixed_coupon_bond(RowReader& row) {
    FixedCouponBond bond{.currency = row.currency(TradeColumn::currency),
                         .notional = row.non_zero(TradeColumn::notional),
                         .start_date = row.date(TradeColumn::start_date),
                         .maturity = row.date(TradeColumn::maturity),
                         .rate = rate(row, TradeColumn::rate),
                         .frequency = row.word(TradeColumn::frequency, frequency_words()),
                         .calendar = row.calendar(),
                         .discount_curve = row.optional_name(TradeColumn::discount_curve)};
    bond.settlement = settlement(row, Maturity{.date = bond.maturity});
    bond.day_count =
        row.optional_word(TradeColumn::day_count, day_count_words()).value_or(bond.day_count);
    bond.business_day_rule =
        row.optional_word(TradeColumn::business_day_rule, business_day_rule_words())
            .value_or(bond.business_day_rule);
    bond.end_of_month = row.optional_word(TradeColumn::end_of_month, truth_words()).value_or(false);
    bond.stub = row.optional_word(TradeColumn::stub, stub_words()).value_or(bond.stub);
    bond.redemption = row.optional_number(TradeColumn::redemption).value_or(1.0);
    if (bond.redemption < 0.0 || bond.redemption > kRedemptionMax) {
        row.expected(TradeColumn::redemption, "a fraction of the notional from 0 to 10 (1 is par)");
    }
    check_order(
        row, bond.start_date, bond.maturity, TradeColumn::maturity, "a date after start_date");
    check_periods(row, bond.start_date, bond.maturity, bond.frequency, TradeColumn::frequency);
    return bond;
}

Product parse_deposit(RowReader& row) {
    Deposit deposit{.currency = row.currency(TradeColumn::currency),
                    .notional = row.non_zero(TradeColumn::notional),
                    .start_date = row.date(TradeColumn::start_date),
                    .maturity = row.date(TradeColumn::maturity),
                    .rate = rate(row, TradeColumn::rate),
                    .day_count = row.optional_word(TradeColumn::day_count, day_count_words()),
                    .calendar = row.calendar(),
                    .discount_curve = row.optional_name(TradeColumn::discount_curve)};
    deposit.business_day_rule =
        row.optional_word(TradeColumn::business_day_rule, business_day_rule_words())
            .value_or(deposit.business_day_rule);
    check_order(row,
                deposit.start_date,
                deposit.maturity,
                TradeColumn::maturity,
                "a date after start_date");
    return deposit;
}

Product parse_fra(RowReader& row) {
    const std::optional<IndexTerms> index = index_of(row);
    if (index && index->overnight()) {
        row.expected(TradeColumn::index, "a term index, for example EUR-EURIBOR-6M");
    }
    Fra fra{.direction = row.word(TradeColumn::direction, direction_words()),
            .notional = row.positive(TradeColumn::notional),
            .index = index ? index->name : std::string{},
            .currency = index ? index->currency : std::string{},
            .rate = rate(row, TradeColumn::rate),
            .start_date = row.date(TradeColumn::start_date),
            .maturity = row.optional_date(TradeColumn::maturity),
            .settlement = row.optional_word(TradeColumn::settlement, fra_settlement_words())
                              .value_or(FraSettlement::start),
            .discount_curve = row.optional_name(TradeColumn::discount_curve)};
    check_order(row,
                fra.start_date,
                fra.maturity.value_or(Date{}),
                TradeColumn::maturity,
                "a date after start_date");
    return fra;
}

/// One "DATE:NOTIONAL" of a schedule, or nothing when it is not that.
std::optional<std::pair<Date, double>> notional_step(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const Result<Date> date = date_from_iso(trimmed(text.substr(0, colon)));
    const Result<double> notional = parse_number(trimmed(text.substr(colon + 1)));
    if (!date || !notional || *notional < 0.0 || *notional > 1e15) {
        return std::nullopt;
    }
    return std::pair{*date, *notional};
}

void parse_notional_schedule(RowReader& row, Swap& swap) {
    const std::string text{row.text(TradeColumn::notional_schedule)};
    Date last = swap.start_date;
    for (std::size_t start = 0; !text.empty() && start <= text.size();) {
        const std::size_t end = std::min(text.find(';', start), text.size());
        const auto step = notional_step(std::string_view{text}.substr(start, end - start));
        if (!step || step->first <= last || step->first >= swap.maturity) {
            row.expected(TradeColumn::notional_schedule,
                         "steps DATE:NOTIONAL joined with ';', dates rising and inside "
                         "(start_date, maturity), notionals from 0");
            return;
        }
        swap.notional_schedule.push_back(*step);
        last = step->first;
        start = end + 1;
    }
}

Product parse_swap(RowReader& row) {
    const std::optional<IndexTerms> index = index_of(row);
    Swap swap{.direction = row.word(TradeColumn::direction, direction_words()),
              .notional = row.positive(TradeColumn::notional),
              .index = index ? index->name : std::string{},
              .currency = index ? index->currency : std::string{},
              .rate = rate(row, TradeColumn::rate),
              .start_date = row.date(TradeColumn::start_date),
              .maturity = row.date(TradeColumn::maturity),
              .frequency = row.optional_word(TradeColumn::frequency, frequency_words()),
              .day_count = row.optional_word(TradeColumn::day_count, day_count_words()),
              .float_frequency = row.optional_word(TradeColumn::float_frequency, frequency_words()),
              .float_day_count = row.optional_word(TradeColumn::float_day_count, day_count_words()),
              .calendar = row.calendar(),
              .payment_lag = row.payment_lag(),
              .discount_curve = row.optional_name(TradeColumn::discount_curve)};
    if (row.given(TradeColumn::spread)) {
        swap.spread = rate(row, TradeColumn::spread);
    }
    swap.business_day_rule =
        row.optional_word(TradeColumn::business_day_rule, business_day_rule_words())
            .value_or(swap.business_day_rule);
    swap.end_of_month = row.optional_word(TradeColumn::end_of_month, truth_words()).value_or(false);
    swap.stub = row.optional_word(TradeColumn::stub, stub_words()).value_or(swap.stub);
    check_order(
        row, swap.start_date, swap.maturity, TradeColumn::maturity, "a date after start_date");
    check_periods(row,
                  swap.start_date,
                  swap.maturity,
                  swap.frequency.value_or(Frequency{}),
                  TradeColumn::frequency);
    check_periods(
        row,
        swap.start_date,
        swap.maturity,
        swap.float_frequency.value_or(index ? Frequency{index->tenor_months} : Frequency{}),
        TradeColumn::float_frequency);
    parse_notional_schedule(row, swap);
    return swap;
}

std::string quote_currency(RowReader& row, const std::string& currency) {
    std::string quote = row.currency(TradeColumn::quote_currency);
    if (!quote.empty() && quote == currency) {
        row.expected(TradeColumn::quote_currency, "a currency other than the column currency");
    }
    return quote;
}

Product parse_fx_forward(RowReader& row) {
    FxForward forward{.currency = row.currency(TradeColumn::currency)};
    forward.quote_currency = quote_currency(row, forward.currency);
    forward.notional = row.non_zero(TradeColumn::notional);
    forward.strike = row.positive(TradeColumn::strike);
    forward.maturity = row.maturity();
    if (row.given(TradeColumn::maturity)) {
        forward.calendar = row.calendar();
        forward.business_day_rule =
            row.optional_word(TradeColumn::business_day_rule, business_day_rule_words())
                .value_or(forward.business_day_rule);
    }
    return forward;
}

Product parse_fx_swap(RowReader& row) {
    FxSwap swap{.currency = row.currency(TradeColumn::currency)};
    swap.quote_currency = quote_currency(row, swap.currency);
    swap.notional = row.non_zero(TradeColumn::notional);
    swap.near_strike = row.positive(TradeColumn::near_strike);
    swap.strike = row.positive(TradeColumn::strike);
    swap.start_date = row.date(TradeColumn::start_date);
    swap.maturity = row.date(TradeColumn::maturity);
    swap.calendar = row.calendar();
    swap.business_day_rule =
        row.optional_word(TradeColumn::business_day_rule, business_day_rule_words())
            .value_or(swap.business_day_rule);
    check_order(
        row, swap.start_date, swap.maturity, TradeColumn::maturity, "a date after start_date");
    return swap;
}

Product parse_equity_option(RowReader& row) {
    EquityOption option{.asset = row.name(TradeColumn::asset),
                        .currency = row.optional_currency(TradeColumn::currency),
                        .option_type = row.word(TradeColumn::option_type, option_type_words()),
                        .quantity = row.non_zero(TradeColumn::quantity),
                        .strike = row.positive(TradeColumn::strike),
                        .maturity = row.maturity(),
                        .discount_curve = row.optional_name(TradeColumn::discount_curve)};
    option.payment_date = payment_date(row, option.maturity);
    return option;
}

Product parse_fx_option(RowReader& row) {
    FxOption option{.currency = row.currency(TradeColumn::currency)};
    option.quote_currency = quote_currency(row, option.currency);
    option.option_type = row.word(TradeColumn::option_type, option_type_words());
    option.notional = row.non_zero(TradeColumn::notional);
    option.strike = row.positive(TradeColumn::strike);
    option.maturity = row.maturity();
    option.payment_date = payment_date(row, option.maturity);
    return option;
}

Product parse_columns(TradeType type, RowReader& row) {
    switch (type) {
        case TradeType::cash:
            return parse_cash(row);
        case TradeType::equity_position:
        case TradeType::commodity_position:
            return parse_position(row);
        case TradeType::equity_forward:
        case TradeType::commodity_forward:
            return parse_asset_forward(row);
        case TradeType::zero_coupon_bond:
            return parse_zero_coupon_bond(row);
        case TradeType::bill:
            return parse_bill(row);
        case TradeType::fixed_coupon_bond:
            return parse_fixed_coupon_bond(row);
        case TradeType::deposit:
            return parse_deposit(row);
        case TradeType::fra:
            return parse_fra(row);
        case TradeType::swap:
            return parse_swap(row);
        case TradeType::fx_forward:
            return parse_fx_forward(row);
        case TradeType::fx_swap:
            return parse_fx_swap(row);
        case TradeType::equity_option:
            return parse_equity_option(row);
        case TradeType::fx_option:
            return parse_fx_option(row);
    }
    CHECK_MSG(false, "a trade type without a parser");
}

}  // namespace

Product parse_product(TradeType type, RowReader& row) {
    Product product = parse_columns(type, row);
    row.refuse_unused(type);
    return product;
}

}  // namespace vargrid
