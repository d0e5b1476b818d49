#include "pricing/trades/words.hpp"

#include <array>

namespace vargrid {
namespace {

constexpr std::array kColumns{
    Word<TradeColumn>{"id", TradeColumn::id},
    Word<TradeColumn>{"book", TradeColumn::book},
    Word<TradeColumn>{"type", TradeColumn::type},
    Word<TradeColumn>{"currency", TradeColumn::currency},
    Word<TradeColumn>{"quote_currency", TradeColumn::quote_currency},
    Word<TradeColumn>{"asset", TradeColumn::asset},
    Word<TradeColumn>{"quantity", TradeColumn::quantity},
    Word<TradeColumn>{"market_value", TradeColumn::market_value},
    Word<TradeColumn>{"amount", TradeColumn::amount},
    Word<TradeColumn>{"notional", TradeColumn::notional},
    Word<TradeColumn>{"direction", TradeColumn::direction},
    Word<TradeColumn>{"option_type", TradeColumn::option_type},
    Word<TradeColumn>{"strike", TradeColumn::strike},
    Word<TradeColumn>{"near_strike", TradeColumn::near_strike},
    Word<TradeColumn>{"rate", TradeColumn::rate},
    Word<TradeColumn>{"spread", TradeColumn::spread},
    Word<TradeColumn>{"index", TradeColumn::index},
    Word<TradeColumn>{"start_date", TradeColumn::start_date},
    Word<TradeColumn>{"maturity", TradeColumn::maturity},
    Word<TradeColumn>{"maturity_years", TradeColumn::maturity_years},
    Word<TradeColumn>{"payment_date", TradeColumn::payment_date},
    Word<TradeColumn>{"settlement", TradeColumn::settlement},
    Word<TradeColumn>{"settlement_date", TradeColumn::settlement_date},
    Word<TradeColumn>{"settlement_amount", TradeColumn::settlement_amount},
    Word<TradeColumn>{"redemption", TradeColumn::redemption},
    Word<TradeColumn>{"frequency", TradeColumn::frequency},
    Word<TradeColumn>{"day_count", TradeColumn::day_count},
    Word<TradeColumn>{"float_frequency", TradeColumn::float_frequency},
    Word<TradeColumn>{"float_day_count", TradeColumn::float_day_count},
    Word<TradeColumn>{"calendar", TradeColumn::calendar},
    Word<TradeColumn>{"business_day_rule", TradeColumn::business_day_rule},
    Word<TradeColumn>{"end_of_month", TradeColumn::end_of_month},
    Word<TradeColumn>{"stub", TradeColumn::stub},
    Word<TradeColumn>{"payment_lag", TradeColumn::payment_lag},
    Word<TradeColumn>{"notional_schedule", TradeColumn::notional_schedule},
    Word<TradeColumn>{"discount_curve", TradeColumn::discount_curve},
};
static_assert(kColumns.size() == kColumnCount);

constexpr std::array kTradeTypes{
    Word<TradeType>{"cash", TradeType::cash},
    Word<TradeType>{"equity_position", TradeType::equity_position},
    Word<TradeType>{"commodity_position", TradeType::commodity_position},
    Word<TradeType>{"equity_forward", TradeType::equity_forward},
    Word<TradeType>{"commodity_forward", TradeType::commodity_forward},
    Word<TradeType>{"zero_coupon_bond", TradeType::zero_coupon_bond},
    Word<TradeType>{"bill", TradeType::bill},
    Word<TradeType>{"fixed_coupon_bond", TradeType::fixed_coupon_bond},
    Word<TradeType>{"deposit", TradeType::deposit},
    Word<TradeType>{"fra", TradeType::fra},
    Word<TradeType>{"swap", TradeType::swap},
    Word<TradeType>{"fx_forward", TradeType::fx_forward},
    Word<TradeType>{"fx_swap", TradeType::fx_swap},
    Word<TradeType>{"equity_option", TradeType::equity_option},
    Word<TradeType>{"fx_option", TradeType::fx_option},
};
static_assert(kTradeTypes.size() == kTradeTypeCount);

constexpr std::array kDayCounts{
    Word<DayCount>{"Act/360", DayCount::act_360},
    Word<DayCount>{"Act/365F", DayCount::act_365f},
    Word<DayCount>{"30/360", DayCount::thirty_360},
    Word<DayCount>{"30E/360", DayCount::thirty_e_360},
    Word<DayCount>{"Act/Act ISDA", DayCount::act_act_isda},
    Word<DayCount>{"Act/Act ICMA", DayCount::act_act_icma},
};

constexpr std::array kBusinessDayRules{
    Word<BusinessDayRule>{"unadjusted", BusinessDayRule::unadjusted},
    Word<BusinessDayRule>{"following", BusinessDayRule::following},
    Word<BusinessDayRule>{"modified_following", BusinessDayRule::modified_following},
    Word<BusinessDayRule>{"preceding", BusinessDayRule::preceding},
    Word<BusinessDayRule>{"modified_preceding", BusinessDayRule::modified_preceding},
};

constexpr std::array kStubs{
    Word<Stub>{"short_front", Stub::short_front},
    Word<Stub>{"long_front", Stub::long_front},
    Word<Stub>{"short_back", Stub::short_back},
    Word<Stub>{"long_back", Stub::long_back},
};

constexpr std::array kDirections{
    Word<Direction>{"pay", Direction::pay},
    Word<Direction>{"receive", Direction::receive},
};

constexpr std::array kOptionTypes{
    Word<OptionType>{"call", OptionType::call},
    Word<OptionType>{"put", OptionType::put},
};

constexpr std::array kFraSettlements{
    Word<FraSettlement>{"start", FraSettlement::start},
    Word<FraSettlement>{"end", FraSettlement::end},
};

constexpr std::array kTruths{Word<bool>{"true", true}, Word<bool>{"false", false}};

constexpr std::array kFrequencies{
    Word<Frequency>{"1M", Frequency{1}},
    Word<Frequency>{"2M", Frequency{2}},
    Word<Frequency>{"3M", Frequency{3}},
    Word<Frequency>{"4M", Frequency{4}},
    Word<Frequency>{"6M", Frequency{6}},
    Word<Frequency>{"12M", Frequency{12}},
    Word<Frequency>{"1Y", Frequency{12}},
    Word<Frequency>{"once", Frequency{0}},
};

constexpr std::array<std::string_view, 18> kCalendars{"TARGET",
                                                      "NewYork",
                                                      "USGov",
                                                      "FederalReserve",
                                                      "London",
                                                      "UK",
                                                      "Tokyo",
                                                      "Zurich",
                                                      "Sydney",
                                                      "Toronto",
                                                      "Stockholm",
                                                      "Oslo",
                                                      "HongKong",
                                                      "Singapore",
                                                      "Copenhagen",
                                                      "Wellington",
                                                      "Weekends",
                                                      "None"};

struct CurrencyCalendar {
    std::string_view currency;
    std::string_view calendar;
};

constexpr std::array kCurrencyCalendars{
    CurrencyCalendar{"EUR", "TARGET"},
    CurrencyCalendar{"USD", "NewYork"},
    CurrencyCalendar{"GBP", "London"},
    CurrencyCalendar{"JPY", "Tokyo"},
    CurrencyCalendar{"CHF", "Zurich"},
    CurrencyCalendar{"AUD", "Sydney"},
    CurrencyCalendar{"CAD", "Toronto"},
    CurrencyCalendar{"SEK", "Stockholm"},
    CurrencyCalendar{"NOK", "Oslo"},
    CurrencyCalendar{"DKK", "Copenhagen"},
    CurrencyCalendar{"NZD", "Wellington"},
    CurrencyCalendar{"HKD", "HongKong"},
    CurrencyCalendar{"SGD", "Singapore"},
};

}  // namespace

std::span<const Word<TradeColumn>> column_words() {
    return kColumns;
}
std::span<const Word<TradeType>> trade_type_words() {
    return kTradeTypes;
}
std::span<const Word<DayCount>> day_count_words() {
    return kDayCounts;
}
std::span<const Word<BusinessDayRule>> business_day_rule_words() {
    return kBusinessDayRules;
}
std::span<const Word<Stub>> stub_words() {
    return kStubs;
}
std::span<const Word<Direction>> direction_words() {
    return kDirections;
}
std::span<const Word<OptionType>> option_type_words() {
    return kOptionTypes;
}
std::span<const Word<FraSettlement>> fra_settlement_words() {
    return kFraSettlements;
}
std::span<const Word<bool>> truth_words() {
    return kTruths;
}
std::span<const Word<Frequency>> frequency_words() {
    return kFrequencies;
}
std::span<const std::string_view> calendar_words() {
    return kCalendars;
}

std::string_view to_text(TradeColumn column) {
    return kColumns[static_cast<std::size_t>(column)].text;
}

std::string_view to_text(TradeType type) {
    return kTradeTypes[static_cast<std::size_t>(type)].text;
}

std::string_view calendar_of_currency(std::string_view currency) {
    for (const CurrencyCalendar& entry : kCurrencyCalendars) {
        if (entry.currency == currency) {
            return entry.calendar;
        }
    }
    return "Weekends";
}

}  // namespace vargrid
