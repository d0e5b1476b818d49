#include "pricing/trades/compile_trade.hpp"

#include <exception>

namespace vargrid {
namespace {

/// Picks the compiler of a product; positions and forwards also need their asset class.
struct Dispatch {
    const Trade& trade;
    TradeContext& context;

    std::optional<TradeTerms> operator()(const Position& position) const {
        return compile(
            position,
            trade.type == TradeType::equity_position ? AssetClass::equity : AssetClass::commodity,
            context);
    }
    std::optional<TradeTerms> operator()(const AssetForward& forward) const {
        return compile(
            forward,
            trade.type == TradeType::equity_forward ? AssetClass::equity : AssetClass::commodity,
            context);
    }
    template <class P>
    std::optional<TradeTerms> operator()(const P& product) const {
        return compile(product, context);
    }
};

}  // namespace

std::optional<TradeTerms> compile_trade(const Trade& trade, TradeContext& context) {
    context.problems().clear();
    std::optional<TradeTerms> terms;
    try {
        terms = std::visit(Dispatch{trade, context}, trade.product);
    } catch (const std::exception& failure) {
        // QuantLib refuses some dates and schedules by exception.
        context.fail(TradeColumn::id,
                     "found dates that make no schedule (" + std::string{failure.what()} +
                         "), expected others");
    }
    CHECK(terms.has_value() || !context.problems().empty());
    return context.problems().empty() ? std::move(terms) : std::nullopt;
}

}  // namespace vargrid
