#include "pricing/trades/compile_trade.hpp"

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
    std::optional<TradeTerms> terms = std::visit(Dispatch{trade, context}, trade.product);
    CHECK(terms.has_value() || !context.problems().empty());
    return context.problems().empty() ? std::move(terms) : std::nullopt;
}

}  // namespace vargrid
