// An independent valuation of a book: trades.csv rows, read by docs/trades.md alone, as QuantLib
// instruments and cash flows on QuantLib curves. It shares no code with pricing/trades, the weights
// or the kernels.
#pragma once

#include "pricing/market/market.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vargrid::acceptance {

/// Cells that are not empty, by column.
using Cells = std::map<std::string, std::string, std::less<>>;

/// Rows of a simple CSV text: no quotes, one header line, comments from #.
[[nodiscard]] std::vector<Cells> simple_csv(const std::string& text);

class QuantLibMarket;

class QuantLibBook {
  public:
    /// `fixings` are rows of Reference, Date, Value.
    QuantLibBook(const Market& market,
                 std::string base_currency,
                 const std::vector<Cells>& fixings);
    ~QuantLibBook();

    /// Throws std::exception when QuantLib cannot build it.
    void add(const Cells& row);
    void set_values(const std::vector<double>& values);

    [[nodiscard]] std::size_t size() const { return values_.size(); }
    /// In base currency, under the values set last; NaN where QuantLib refuses, as it does for a
    /// lognormal forward that is not positive.
    [[nodiscard]] double value(std::size_t trade) const;
    /// Size in base currency, under the values set last when the trade was added.
    [[nodiscard]] double notional(std::size_t trade) const { return notionals_[trade]; }

  private:
    std::unique_ptr<QuantLibMarket> market_;
    std::string base_currency_;
    std::vector<Cells> fixings_;
    std::vector<std::function<double()>> values_;
    std::vector<double> notionals_;
};

}  // namespace vargrid::acceptance
