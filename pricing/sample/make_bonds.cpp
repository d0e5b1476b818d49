// Bonds, bills and deposits.
#include "pricing/market/weights.hpp"
#include "pricing/sample/calendars.hpp"
#include "pricing/sample/makers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace vargrid {
namespace {

constexpr std::array<std::string_view, 4> kStubs{
    "short_front", "long_front", "short_back", "long_back"};

std::string bond_book(std::string_view currency) {
    return "rates/" + lower(currency) + "-bonds";
}

/// Now and then a trade of the last days that has not settled, at about its fair price.
void set_settlement(const Making& making, double size, double price) {
    if (making.random.chance(1, 15)) {
        making.row
            .set("settlement_date",
                 weekday_from(making.as_of() +
                              static_cast<std::int32_t>(making.random.between(1, 3))))
            .set("settlement_amount", amount_text(size * price));
    }
}

/// About the price per unit of notional, for settlement amounts: annual coupons to the end.
double rough_price(const Making& making, std::string_view currency, double rate, double years) {
    double price = making.on.discount(currency, years);
    for (double left = years; left > 0.0; left -= 1.0) {
        price += rate * std::min(left, 1.0) * making.on.discount(currency, left);
    }
    return price;
}

}  // namespace

void make_zero_coupon_bond(const Making& making) {
    const std::string& currency = making.pick(making.on.currencies);
    const double size = making.lot(currency);
    making.row.set("book", bond_book(currency))
        .set("currency", currency)
        .set("notional", amount_text(making.sign() * size));
    const double years = making.set_maturity(making.random.uniform(0.3, 28.0));
    set_settlement(making, size, making.on.discount(currency, years));
    making.set_discount_curve(currency, 3);
}

void make_bill(const Making& making) {
    const std::string& currency = making.pick(making.on.currencies);
    const double size = making.lot(currency);
    // Any day of the week: bills that mature on a weekend are paid on the next good day. Not
    // before a purchase of the last days has settled.
    const auto days = static_cast<std::int32_t>(making.random.between(7, 363));
    making.row.set("book", bond_book(currency))
        .set("currency", currency)
        .set("notional", amount_text(making.sign() * size))
        .set("maturity", making.as_of() + days);
    if (making.random.chance(1, 6)) {
        making.row.set("business_day_rule", "modified_following");
    }
    set_settlement(making, size, making.on.discount(currency, days / 365.0));
    making.set_discount_curve(currency, 3);
}

void make_fixed_coupon_bond(const Making& making) {
    const std::string& currency = making.pick(making.on.currencies);
    const double size = making.lot(currency);
    const bool is_stub = making.random.chance(1, 8);
    const int whole_years = static_cast<int>(making.random.between(2, 30));
    const int age_months = static_cast<int>(making.random.between(0, 12 * whole_years - 4));
    const Date start = add_months(
        making.as_of() + static_cast<std::int32_t>(making.random.between(-20, 8)), -age_months);
    Date maturity = add_months(start, 12 * whole_years);
    if (is_stub) {
        maturity = add_months(maturity, -static_cast<int>(making.random.between(1, 2))) + 10;
        making.row.set("stub", std::string{making.pick(kStubs)});
    }
    const double years = static_cast<double>(maturity - making.as_of()) / 365.0;
    const Curve& curve = *making.on.market().layout->discounting_curve(currency);
    const double fair = making.on.par_rate(curve, 0.0, std::max(years, 0.3));
    const double rate = std::max(fair + 0.008 * making.random.normal() + 0.002, 0.0);
    const std::string_view usual = currency == "EUR" ? "12M" : "6M";
    making.row.set("book", bond_book(currency))
        .set("currency", currency)
        .set("notional", amount_text(making.sign() * size))
        .set("start_date", start)
        .set("maturity", maturity)
        .set("rate", rate_text(std::round(rate * 800.0) / 800.0))
        .set("frequency", making.random.chance(1, 12) ? "3M" : std::string{usual});
    if (making.random.chance(1, 5)) {
        constexpr std::array<std::string_view, 4> kDayCounts{
            "30/360", "30E/360", "Act/365F", "Act/Act ISDA"};
        making.row.set("day_count", std::string{making.pick(kDayCounts)});
    }
    if (making.random.chance(1, 20)) {
        making.row.set("redemption", "1.02");
    }
    set_settlement(making, size, rough_price(making, currency, rate, years));
    making.set_discount_curve(currency, 3);
}

void make_deposit(const Making& making) {
    const std::string& currency = making.pick(making.on.currencies);
    const std::array<std::int32_t, 7> tenors{7, 14, 30, 61, 91, 182, 365};
    const std::int32_t tenor = tenors[static_cast<std::size_t>(making.random.below(tenors.size()))];
    // From nearly over to starting in a few days; some start today.
    const auto offset = static_cast<std::int32_t>(making.random.between(-(tenor - 3), 4));
    const Date start = making.as_of() + offset;
    const double years = tenor / 365.0;
    const double rate =
        (1.0 / making.on.discount(currency, years) - 1.0) / years + 0.0015 * making.random.normal();
    making.row.set("book", "treasury/money-market")
        .set("currency", currency)
        .set("notional", amount_text(making.sign() * making.lot(currency)))
        .set("start_date", start)
        .set("maturity", start + tenor)
        .set("rate", rate_text(rate));
    if (making.random.chance(1, 10)) {
        making.row.set("day_count", "Act/365F");
    }
}

}  // namespace vargrid
