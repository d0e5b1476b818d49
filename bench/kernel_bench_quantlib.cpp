#include "bench/kernel_bench_quantlib.hpp"

#include <ql/cashflows/fixedratecoupon.hpp>
#include <ql/cashflows/iborcoupon.hpp>
#include <ql/exercise.hpp>
#include <ql/indexes/ibor/euribor.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/instruments/vanillaswap.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <ql/pricingengines/swap/discountingswapengine.hpp>
#include <ql/pricingengines/vanilla/analyticeuropeanengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/settings.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/termstructures/yield/zerocurve.hpp>
#include <ql/time/calendars/target.hpp>
#include <ql/time/daycounters/actual360.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>
#include <ql/time/daycounters/thirty360.hpp>

namespace vargrid::bench {

namespace ql = QuantLib;

namespace {

const ql::Date& valuation_date() {
    static const ql::Date date{31, ql::December, 2020};
    return date;
}

int days_to(const ql::Date& date) {
    return static_cast<int>(date - valuation_date());
}

ql::ext::shared_ptr<ql::YieldTermStructure> make_curve(std::span<const double> zero_rates) {
    // The first rate twice: flat before the first pillar.
    std::vector<ql::Date> dates{valuation_date()};
    std::vector<ql::Rate> rates{zero_rates.front()};
    for (std::size_t pillar = 0; pillar < kPillars; ++pillar) {
        dates.push_back(valuation_date() + kPillarDays[pillar]);
        rates.push_back(zero_rates[pillar]);
    }
    return ql::ext::make_shared<ql::ZeroCurve>(dates, rates, ql::Actual365Fixed());
}

}  // namespace

struct QuantLibSwaps::State {
    bool dual{false};
    ql::RelinkableHandle<ql::YieldTermStructure> discounting;
    ql::RelinkableHandle<ql::YieldTermStructure> projection;
    std::vector<ql::ext::shared_ptr<ql::VanillaSwap>> swaps;
};

QuantLibSwaps::QuantLibSwaps(std::size_t count, bool dual) : state_{new State} {
    state_->dual = dual;
    ql::Settings::instance().evaluationDate() = valuation_date();
    const std::vector<double> flat(kPillars, 0.01);
    state_->discounting.linkTo(make_curve(flat));
    state_->projection.linkTo(make_curve(flat));
    const auto& projection = dual ? state_->projection : state_->discounting;
    const auto index = ql::ext::make_shared<ql::Euribor6M>(projection);
    const auto discount = ql::ext::make_shared<ql::DiscountingSwapEngine>(state_->discounting);
    const ql::TARGET calendar;
    for (std::size_t swap = 0; swap < count; ++swap) {
        const auto offset = static_cast<int>(10 + swap * 350 / count);
        const ql::Date start = calendar.adjust(valuation_date() + offset);
        const ql::Date end = start + 10 * ql::Years;
        const auto schedule = [&](const ql::Period& period) {
            return ql::Schedule(start,
                                end,
                                period,
                                calendar,
                                ql::ModifiedFollowing,
                                ql::ModifiedFollowing,
                                ql::DateGeneration::Forward,
                                false);
        };
        state_->swaps.push_back(
            ql::ext::make_shared<ql::VanillaSwap>(ql::Swap::Payer,
                                                  1e6,
                                                  schedule(1 * ql::Years),
                                                  0.01,
                                                  ql::Thirty360(ql::Thirty360::BondBasis),
                                                  schedule(6 * ql::Months),
                                                  index,
                                                  0.0,
                                                  index->dayCounter()));
        state_->swaps.back()->setPricingEngine(discount);
    }
}

QuantLibSwaps::~QuantLibSwaps() {
    delete state_;
}

std::vector<SwapFlows> QuantLibSwaps::flows() const {
    std::vector<SwapFlows> result;
    for (const auto& swap : state_->swaps) {
        SwapFlows flows;
        for (const auto& flow : swap->fixedLeg()) {
            flows.fixed.push_back({days_to(flow->date()), -flow->amount()});
        }
        for (const auto& flow : swap->floatingLeg()) {
            const auto coupon = ql::ext::dynamic_pointer_cast<ql::IborCoupon>(flow);
            flows.floating.push_back(
                {days_to(coupon->fixingValueDate()),
                 days_to(coupon->fixingEndDate()),
                 days_to(coupon->date()),
                 coupon->nominal() * coupon->accrualPeriod() / coupon->spanningTime()});
        }
        result.push_back(std::move(flows));
    }
    return result;
}

double QuantLibSwaps::value(std::span<const double> discounting,
                            std::span<const double> projection) {
    state_->discounting.linkTo(make_curve(discounting));
    if (state_->dual) {
        state_->projection.linkTo(make_curve(projection));
    }
    double sum = 0.0;
    for (const auto& swap : state_->swaps) {
        sum += swap->NPV();
    }
    return sum;
}

double QuantLibSwaps::value_of(std::size_t swap) const {
    return state_->swaps[swap]->NPV();
}

struct QuantLibOptions::State {
    ql::ext::shared_ptr<ql::SimpleQuote> spot;
    ql::ext::shared_ptr<ql::SimpleQuote> volatility;
    std::vector<ql::ext::shared_ptr<ql::VanillaOption>> options;
};

QuantLibOptions::QuantLibOptions(std::span<const double> strikes, std::span<const int> days)
    : state_{new State} {
    ql::Settings::instance().evaluationDate() = valuation_date();
    state_->spot = ql::ext::make_shared<ql::SimpleQuote>(100.0);
    state_->volatility = ql::ext::make_shared<ql::SimpleQuote>(0.2);
    const auto flat = [](double rate) {
        return ql::Handle<ql::YieldTermStructure>(
            ql::ext::make_shared<ql::FlatForward>(valuation_date(), rate, ql::Actual365Fixed()));
    };
    const ql::Handle<ql::BlackVolTermStructure> volatility(
        ql::ext::make_shared<ql::BlackConstantVol>(valuation_date(),
                                                   ql::NullCalendar(),
                                                   ql::Handle<ql::Quote>(state_->volatility),
                                                   ql::Actual365Fixed()));
    const auto process = ql::ext::make_shared<ql::BlackScholesMertonProcess>(
        ql::Handle<ql::Quote>(state_->spot), flat(0.01), flat(0.02), volatility);
    const auto analytic = ql::ext::make_shared<ql::AnalyticEuropeanEngine>(process);
    for (std::size_t option = 0; option < strikes.size(); ++option) {
        const auto type = option % 2 == 0 ? ql::Option::Call : ql::Option::Put;
        state_->options.push_back(ql::ext::make_shared<ql::VanillaOption>(
            ql::ext::make_shared<ql::PlainVanillaPayoff>(type, strikes[option]),
            ql::ext::make_shared<ql::EuropeanExercise>(valuation_date() + days[option])));
        state_->options.back()->setPricingEngine(analytic);
    }
}

QuantLibOptions::~QuantLibOptions() {
    delete state_;
}

double QuantLibOptions::value(double spot, double volatility) {
    state_->spot->setValue(spot);
    state_->volatility->setValue(volatility);
    double sum = 0.0;
    for (const auto& option : state_->options) {
        sum += option->NPV();
    }
    return sum;
}

double quantlib_black(double strike, double forward, double deviation, double discount) {
    return ql::blackFormula(ql::Option::Call, strike, forward, deviation, discount);
}

}  // namespace vargrid::bench
