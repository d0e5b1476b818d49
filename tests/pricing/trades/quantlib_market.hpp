// The peer: a market as QuantLib objects, and a comparison of one trade, given as CSV, with a
// QuantLib value under the base market and seven shifted ones.
#pragma once

#include "tests/pricing/trades/support.hpp"

#include <ql/handle.hpp>
#include <ql/indexes/iborindex.hpp>
#include <ql/termstructures/yieldtermstructure.hpp>
#include <ql/time/date.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace vargrid::test {

[[nodiscard]] QuantLib::Date ql_date(Date date);
[[nodiscard]] QuantLib::Date ql_date(int year, unsigned month, unsigned day);

/// One lane's market. Sets QuantLib's evaluation date.
class QlMarket {
  public:
    explicit QlMarket(const Market& market);

    [[nodiscard]] QuantLib::Handle<QuantLib::YieldTermStructure> curve(
        const std::string& name) const;
    /// Units of `to` per 1 `from`.
    [[nodiscard]] double fx(std::string_view from, std::string_view to = "USD") const;
    [[nodiscard]] double spot(std::string_view asset) const;
    [[nodiscard]] double vol(std::string_view name, double years) const;
    [[nodiscard]] const Market& market() const { return market_; }

  private:
    Market market_;
};

using Peer = std::function<double(const QlMarket&)>;

/// Compiles `header` + `row` and compares every lane with the peer's value in USD, to within 1e-10
/// of the notional in USD. Fixings go to the compiler; the peer adds QuantLib's itself.
void expect_peer(std::string_view header,
                 std::string_view row,
                 const Peer& peer,
                 const Fixings& fixings = {},
                 const Market& market = sample_market());

}  // namespace vargrid::test
