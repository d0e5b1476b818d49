#include "risk/block.hpp"

#include "base/bytes.hpp"
#include "pricing/kernels/batch.hpp"

#include <algorithm>

namespace vargrid {
namespace {

std::uint32_t columns_per_block(const RunSpec& run, const RunBatch& batch) {
    const std::uint64_t cost = std::max<std::uint64_t>(1, batch.picoseconds_per_scenario);
    // Whole vectors, so that no lane is wasted inside the cube.
    const std::uint64_t wanted = run.block_picoseconds / cost / kLanes * kLanes;
    return static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(wanted, kLanes, run.column_count() + kLanes));
}

}  // namespace

Plan::Plan(const RunSpec& run) : columns_{static_cast<std::uint32_t>(run.column_count())} {
    first_block_.push_back(0);
    std::uint64_t work_picoseconds = 0;
    for (const RunBatch& batch : run.batches) {
        const std::uint32_t width = columns_per_block(run, batch);
        columns_per_block_.push_back(width);
        first_block_.push_back(first_block_.back() + (columns_ + width - 1) / width);
        work_picoseconds += batch.picoseconds_per_scenario * columns_;
    }
    CHECK(block_count() > 0);
    mean_block_nanoseconds_ = std::max<std::uint64_t>(1, work_picoseconds / 1000 / block_count());
}

Block Plan::block(std::uint64_t index) const {
    CHECK(index < block_count());
    const auto next = std::ranges::upper_bound(first_block_, index);
    const auto batch = static_cast<std::size_t>(next - first_block_.begin()) - 1;
    const std::uint32_t width = columns_per_block_[batch];
    const auto first = static_cast<std::uint32_t>((index - first_block_[batch]) * width);
    return {.index = index,
            .batch = static_cast<std::uint32_t>(batch),
            .column_first = first,
            .column_count = std::min(width, columns_ - first)};
}

std::string_view to_text(FailureReason reason) {
    return reason == FailureReason::out_of_domain ? "out_of_domain" : "out_of_range";
}

BlockDigest BlockResult::digest() const {
    ByteWriter writer;
    writer.put(block.index);
    writer.put(block.batch);
    writer.put(block.column_first);
    writer.put(block.column_count);
    writer.put_array(books);
    writer.put_array(sum_high);
    writer.put_array(sum_low);
    writer.put_array(base_values);
    writer.put_array(trade_pnl);
    for (const CellFailure& failure : failures) {
        writer.put(failure.trade);
        writer.put(failure.column);
        writer.put(failure.reason);
    }
    return xxh128(writer.bytes());
}

Result<void> check_shapes(const BlockResult& result, const RunSpec& run) {
    const auto wrong = [&](const char* what) {
        return Error{ErrorCode::invalid_input,
                     "block " + std::to_string(result.block.index) + ": " + what};
    };
    const Plan plan{run};
    if (result.block.index >= plan.block_count() ||
        result.block != plan.block(result.block.index)) {
        return wrong("not a block of this run");
    }
    const Block& block = result.block;
    const auto first_trades = run.batch_first_trades();
    const std::size_t trades = run.batches[block.batch].trade_count;
    std::vector<std::uint32_t> books;
    for (std::size_t i = 0; i < trades; ++i) {
        books.push_back(run.trades[first_trades[block.batch] + i].book);
    }
    std::ranges::sort(books);
    books.erase(std::ranges::unique(books).begin(), books.end());
    if (result.books != books) {
        return wrong("books do not match its trades");
    }
    const std::size_t cells = books.size() * block.column_count;
    if (result.sum_high.size() != cells || result.sum_low.size() != cells) {
        return wrong("book sums have the wrong size");
    }
    if (result.base_values.size() != (block.column_first == 0 ? trades : 0)) {
        return wrong("base values have the wrong size");
    }
    if (result.trade_pnl.size() != (run.keep_trade_pnl ? trades * block.column_count : 0)) {
        return wrong("trade P&L has the wrong size");
    }
    for (const CellFailure& failure : result.failures) {
        if (failure.trade < first_trades[block.batch] ||
            failure.trade >= first_trades[block.batch + 1] || failure.column < block.column_first ||
            failure.column - block.column_first >= block.column_count) {
            return wrong("a failed cell that is not its own");
        }
    }
    return {};
}

}  // namespace vargrid
