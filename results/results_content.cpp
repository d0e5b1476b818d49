#include "results/results_content.hpp"

#include "base/bytes.hpp"
#include "results/ledger_fields.hpp"

#include <algorithm>
#include <string>

namespace vargrid::results {
namespace {

void put(ByteWriter& writer, const Digest& digest) {
    writer.put_array(std::span<const std::uint8_t>{digest.bytes});
}

/// Large arrays go in as their own digest, so that nothing is copied.
void put_digest_of(ByteWriter& writer, std::span<const double> values) {
    put(writer, blake2b(std::as_bytes(values)));
}

void put(ByteWriter& writer, const MeasureValue& measure) {
    writer.put_text(measure.book);
    writer.put(measure.risk_class);
    writer.put(measure.request.measure);
    writer.put(measure.request.confidence_basis_points);
    writer.put(measure.request.estimator);
    writer.put(measure.value);
}

void put(ByteWriter& writer, const WorkLedger& ledger) {
    for (const LedgerField& field : kLedgerFields) {
        writer.put(ledger.*field.member);
    }
    writer.put_text(ledger.price_currency);
}

}  // namespace

Result<void> check_content(const RunResults& results) {
    const RunSpec& run = results.run;
    const std::size_t books = results.books.size();
    const auto expect = [](const char* what, std::size_t found, std::size_t expected) {
        return found == expected
                   ? Result<void>{}
                   : Error{ErrorCode::invalid_input,
                           std::string{what} + ": " + std::to_string(found) + " values where " +
                               std::to_string(expected) + " are expected"};
    };
    const std::size_t columns = static_cast<std::size_t>(run.column_count());
    VARGRID_TRY_VOID(expect("base values", results.base_values.size(), books));
    VARGRID_TRY_VOID(expect("P&L", results.pnl.size(), columns * books));
    VARGRID_TRY_VOID(
        expect("trade base values", results.trade_base_values.size(), run.trades.size()));
    VARGRID_TRY_VOID(expect("trade P&L",
                            results.trade_pnl.size(),
                            run.keep_trade_pnl ? run.trades.size() * columns : 0));
    VARGRID_TRY_VOID(expect("missing blocks",
                            results.blocks_missing.size(),
                            results.blocks_expected - results.blocks_present));
    for (const CellFailure& failure : results.failures) {
        if (failure.trade >= run.trades.size() || failure.column >= columns) {
            return Error{ErrorCode::invalid_input, "a failed cell that is not in the run"};
        }
    }
    if (results.complete && (!results.failures.empty() || !results.blocks_missing.empty())) {
        return Error{ErrorCode::invalid_input,
                     "called complete in spite of missing blocks or failed cells"};
    }
    return {};
}

Digest content_digest(const RunResults& results) {
    ByteWriter writer;
    put(writer, blake2b(results.run.encode()));
    writer.put_text(results.run_id);
    writer.put<std::uint64_t>(results.books.size());
    for (const std::string& book : results.books) {
        writer.put_text(book);
    }
    put_digest_of(writer, results.base_values);
    put_digest_of(writer, results.pnl);
    put_digest_of(writer, results.trade_base_values);
    put_digest_of(writer, results.trade_pnl);
    writer.put<std::uint64_t>(results.measures.size());
    for (const MeasureValue& measure : results.measures) {
        put(writer, measure);
    }
    writer.put<std::uint64_t>(results.failures.size());
    for (const CellFailure& failure : results.failures) {
        writer.put(failure.trade);
        writer.put(failure.column);
        writer.put(failure.reason);
    }
    writer.put(results.blocks_expected);
    writer.put(results.blocks_present);
    writer.put_array(results.blocks_missing);
    put(writer, results.digest);
    writer.put<std::uint8_t>(results.complete ? 1 : 0);
    put(writer, results.ledger);
    return blake2b(writer.bytes());
}

std::optional<std::size_t> all_classes_index(const RunSpec& run) {
    const auto found = std::ranges::find(run.classes, MovedClass::all);
    if (found == run.classes.end()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - run.classes.begin());
}

}  // namespace vargrid::results
