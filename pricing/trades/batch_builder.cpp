#include "pricing/trades/batch_builder.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace vargrid {
namespace {

/// Calls use(row) for every row a trade refers to directly.
template <class Use>
void for_each_row(const TradeTerms& terms, const Use& use) {
    for (const Leg& leg : terms.legs) {
        use(leg.fx_row);
        for (const Term& term : leg.terms) {
            use(term.row);
        }
    }
    if (terms.option) {
        use(terms.option->forward_row);
        use(terms.option->deviation_row);
        use(terms.option->discount_row);
        use(terms.option->fx_row);
    }
}

/// The rows of a growing set of trades, with the inputs of products.
class RowSet {
  public:
    explicit RowSet(const RowPool& pool) : pool_{pool}, mark_(pool.size(), 0) {}

    void add(PoolRow row) {
        if (mark_[row] == epoch_) {
            return;
        }
        mark_[row] = epoch_;
        if (pool_.row(row).kind == RowKind::product) {
            for (const PoolRow input : pool_.row(row).inputs) {
                add(input);
            }
        }
        rows_.push_back(row);
    }
    [[nodiscard]] std::size_t size() const { return rows_.size(); }
    /// Forgets the rows added after the set had `size`.
    void shrink(std::size_t size) {
        while (rows_.size() > size) {
            mark_[rows_.back()] = 0;
            rows_.pop_back();
        }
    }
    void clear() {
        ++epoch_;
        rows_.clear();
    }
    [[nodiscard]] std::vector<PoolRow> sorted() const {
        std::vector<PoolRow> rows = rows_;
        std::sort(rows.begin(), rows.end());
        return rows;
    }

  private:
    const RowPool& pool_;
    std::vector<std::uint32_t> mark_;
    std::uint32_t epoch_{1};
    std::vector<PoolRow> rows_;
};

/// The curves, volatilities and factors a trade reads, sorted.
std::vector<std::uint32_t> origins_of(const TradeTerms& terms, const RowPool& pool, RowSet& rows) {
    rows.clear();
    for_each_row(terms, [&](PoolRow row) { rows.add(row); });
    std::vector<std::uint32_t> origins;
    for (const PoolRow row : rows.sorted()) {
        const RowKind kind = pool.row(row).kind;
        if (kind != RowKind::one && kind != RowKind::product) {
            origins.push_back(pool.row(row).origin);
        }
    }
    std::sort(origins.begin(), origins.end());
    origins.erase(std::unique(origins.begin(), origins.end()), origins.end());
    return origins;
}

/// Swaps and bonds whose dates roll from the same day of the same month of a quarter pay on the
/// same days, whatever their frequency and length: neighbours in this order share most of their
/// rows.
std::uint32_t schedule_phase(const Product& product) {
    Date anchor;
    const auto choose = [&](Stub stub, Date start, Date maturity) {
        anchor = stub == Stub::short_front || stub == Stub::long_front ? maturity : start;
    };
    if (const auto* swap = std::get_if<Swap>(&product)) {
        choose(swap->stub, swap->start_date, swap->maturity);
    } else if (const auto* bond = std::get_if<FixedCouponBond>(&product)) {
        choose(bond->stub, bond->start_date, bond->maturity);
    } else {
        return 0;
    }
    const std::chrono::year_month_day day = to_ymd(anchor);
    constexpr std::uint32_t kMonthsPerQuarter = 3;
    constexpr std::uint32_t kDaysPerMonthMax = 32;
    return static_cast<unsigned>(day.month()) % kMonthsPerQuarter * kDaysPerMonthMax +
           static_cast<unsigned>(day.day());
}

/// Trades [first, last) as one batch.
class BatchWriter {
  public:
    BatchWriter(const RowPool& pool, const std::vector<PoolRow>& rows)
        : rows_{rows}, program_{make_program(pool, rows)} {}

    [[nodiscard]] Batch write(std::span<const NamedTerms> trades,
                              const std::vector<std::string>& books) {
        Batch batch;
        batch.kind = trades.front().terms.option ? BatchKind::european : BatchKind::linear;
        for (const NamedTerms& item : trades) {
            if (item.terms.option) {
                append(batch.european, *item.terms.option);
            } else {
                append(batch.linear, item.terms);
            }
            const auto leaf = std::lower_bound(books.begin(), books.end(), item.trade->book);
            CHECK(leaf != books.end() && *leaf == item.trade->book);
            batch.group.push_back(static_cast<std::uint32_t>(leaf - books.begin()));
        }
        batch.rows = std::move(program_.program);
        const Result<void> valid = batch.validate(0);
        CHECK_MSG(valid.has_value(), valid ? "" : valid.error().message);
        return batch;
    }

  private:
    [[nodiscard]] std::uint32_t local(PoolRow row) const {
        const auto found = std::lower_bound(rows_.begin(), rows_.end(), row);
        CHECK(found != rows_.end() && *found == row);
        return program_.row_of[static_cast<std::size_t>(found - rows_.begin())];
    }

    void append(LinearTrades& linear, const TradeTerms& terms) const {
        for (const Leg& leg : terms.legs) {
            linear.leg_fx_row.push_back(local(leg.fx_row));
            for (const Term& term : leg.terms) {
                linear.term_row.push_back(local(term.row));
                linear.term_amount.push_back(term.amount);
            }
            linear.term_first.push_back(static_cast<std::uint32_t>(linear.term_row.size()));
        }
        linear.leg_first.push_back(static_cast<std::uint32_t>(linear.leg_fx_row.size()));
    }

    void append(EuropeanTrades& european, const EuropeanTerms& option) const {
        european.forward_row.push_back(local(option.forward_row));
        european.deviation_row.push_back(local(option.deviation_row));
        european.discount_row.push_back(local(option.discount_row));
        european.fx_row.push_back(local(option.fx_row));
        european.strike.push_back(option.strike);
        european.amount.push_back(option.amount);
        european.call_sign.push_back(option.call_sign);
    }

    const std::vector<PoolRow>& rows_;
    ProgramOfRows program_;
};

}  // namespace

void sort_for_batches(std::vector<NamedTerms>& trades, const RowPool& pool) {
    struct Key {
        bool option{false};
        std::vector<std::uint32_t> origins{};
        std::uint32_t phase{0};
        std::string_view id{};
        std::size_t index{0};
    };
    RowSet rows{pool};
    std::vector<Key> order;
    order.reserve(trades.size());
    for (std::size_t i = 0; i < trades.size(); ++i) {
        order.push_back(Key{.option = trades[i].terms.option.has_value(),
                            .origins = origins_of(trades[i].terms, pool, rows),
                            .phase = schedule_phase(trades[i].trade->product),
                            .id = trades[i].trade->id,
                            .index = i});
    }
    std::sort(order.begin(), order.end(), [](const Key& a, const Key& b) {
        return std::tie(a.option, a.origins, a.phase, a.id) <
               std::tie(b.option, b.origins, b.phase, b.id);
    });
    std::vector<NamedTerms> sorted;
    sorted.reserve(trades.size());
    for (const Key& key : order) {
        sorted.push_back(std::move(trades[key.index]));
    }
    trades = std::move(sorted);
}

std::vector<Batch> make_batches(const std::vector<NamedTerms>& trades,
                                const std::vector<std::string>& books,
                                const RowPool& pool,
                                const CompileOptions& options) {
    const std::size_t trades_max =
        std::clamp<std::size_t>(options.batch_trades_max, 1, kBatchTradesMax);
    std::vector<Batch> batches;
    RowSet rows{pool};
    std::size_t first = 0;
    const auto close = [&](std::size_t last) {
        if (first < last) {
            const std::vector<PoolRow> used = rows.sorted();
            batches.push_back(BatchWriter{pool, used}.write(
                std::span{trades}.subspan(first, last - first), books));
        }
        rows.clear();
        rows.add(kOne);
        first = last;
    };
    close(0);
    for (std::size_t i = 0; i < trades.size(); ++i) {
        const TradeTerms& terms = trades[i].terms;
        const bool other_kind =
            i > first && trades[first].terms.option.has_value() != terms.option.has_value();
        if (other_kind || i - first == trades_max) {
            close(i);
        }
        const std::size_t before = rows.size();
        for_each_row(terms, [&](PoolRow row) { rows.add(row); });
        if (rows.size() > options.batch_rows_max && i > first) {
            rows.shrink(before);
            close(i);
            for_each_row(terms, [&](PoolRow row) { rows.add(row); });
        }
    }
    close(trades.size());
    return batches;
}

}  // namespace vargrid
