#include "results/shard.hpp"

#include "base/bytes.hpp"
#include "results/durable_file.hpp"
#include "results/hdf5_reader.hpp"
#include "results/hdf5_writer.hpp"
#include "results/seal.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <system_error>

namespace vargrid::results {
namespace {

constexpr std::int64_t kShardSchemaVersion = 2;
constexpr std::string_view kShardKind = "vargrid shard";

/// The columns of a shard: one entry per block in the index, and for every kind of array the
/// entries of all blocks one after the other, block i holding [first[i], first[i + 1]).
struct Columns {
    std::vector<std::uint64_t> block;
    std::vector<std::uint32_t> batch;
    std::vector<std::uint32_t> column_first;
    std::vector<std::uint32_t> column_count;
    std::vector<std::uint64_t> digest_high;
    std::vector<std::uint64_t> digest_low;
    std::vector<std::uint64_t> books_first{0};
    std::vector<std::uint64_t> sums_first{0};
    std::vector<std::uint64_t> base_values_first{0};
    std::vector<std::uint64_t> trade_pnl_first{0};
    std::vector<std::uint64_t> failures_first{0};
    std::vector<std::uint32_t> books;
    std::vector<std::int64_t> sum_high;
    std::vector<std::uint64_t> sum_low;
    std::vector<double> base_values;
    std::vector<double> trade_pnl;
    std::vector<std::uint32_t> failure_trade;
    std::vector<std::uint32_t> failure_column;
    std::vector<std::uint8_t> failure_reason;
};

template <class T>
void append(std::vector<T>& all, std::vector<std::uint64_t>& first, const std::vector<T>& more) {
    all.insert(all.end(), more.begin(), more.end());
    first.push_back(all.size());
}

void append(Columns& columns, const BlockResult& result) {
    const BlockDigest digest = result.digest();
    columns.block.push_back(result.block.index);
    columns.batch.push_back(result.block.batch);
    columns.column_first.push_back(result.block.column_first);
    columns.column_count.push_back(result.block.column_count);
    columns.digest_high.push_back(digest.high);
    columns.digest_low.push_back(digest.low);
    append(columns.books, columns.books_first, result.books);
    columns.sum_high.insert(columns.sum_high.end(), result.sum_high.begin(), result.sum_high.end());
    append(columns.sum_low, columns.sums_first, result.sum_low);
    append(columns.base_values, columns.base_values_first, result.base_values);
    append(columns.trade_pnl, columns.trade_pnl_first, result.trade_pnl);
    for (const CellFailure& failure : result.failures) {
        columns.failure_trade.push_back(failure.trade);
        columns.failure_column.push_back(failure.column);
        columns.failure_reason.push_back(static_cast<std::uint8_t>(failure.reason));
    }
    columns.failures_first.push_back(columns.failure_trade.size());
}

std::int64_t sign_of(std::uint64_t low) {
    return static_cast<std::int64_t>(low) < 0 ? -1 : 0;
}

/// Every sum fits its lower half (8.6e9 currency units either way), as those of one block nearly
/// always do: the upper halves follow from it, and half of the shard need not be written.
bool has_narrow_sums(const Columns& columns) {
    return std::ranges::equal(
        columns.sum_high, columns.sum_low, {}, std::identity{}, [](std::uint64_t low) {
            return sign_of(low);
        });
}

void write_origin(Hdf5Writer& writer, const ShardOrigin& origin, std::size_t blocks) {
    writer.attribute("/", "kind", kShardKind);
    writer.attribute("/", "schema_version", kShardSchemaVersion);
    writer.attribute("/", "run", to_hex(origin.run));
    writer.attribute("/", "job", static_cast<std::int64_t>(origin.job));
    // Ids use all 64 bits; an attribute is signed, the bits are the same.
    writer.attribute("/", "attempt", static_cast<std::int64_t>(origin.attempt));
    writer.attribute("/", "incarnation", static_cast<std::int64_t>(origin.incarnation));
    writer.attribute("/", "blocks", static_cast<std::int64_t>(blocks));
}

void write_columns(Hdf5Writer& writer, const Columns& columns) {
    writer.array("block", columns.block);
    writer.array("batch", columns.batch);
    writer.array("column_first", columns.column_first);
    writer.array("column_count", columns.column_count);
    writer.array("digest_high", columns.digest_high);
    writer.array("digest_low", columns.digest_low);
    writer.array("books_first", columns.books_first);
    writer.array("sums_first", columns.sums_first);
    writer.array("base_values_first", columns.base_values_first);
    writer.array("trade_pnl_first", columns.trade_pnl_first);
    writer.array("failures_first", columns.failures_first);
    writer.array("books", columns.books);
    writer.array("sum_high",
                 has_narrow_sums(columns) ? std::vector<std::int64_t>{} : columns.sum_high);
    writer.array("sum_low", columns.sum_low);
    writer.array("base_values", columns.base_values);
    writer.array("trade_pnl", columns.trade_pnl);
    writer.array("failure_trade", columns.failure_trade);
    writer.array("failure_column", columns.failure_column);
    writer.array("failure_reason", columns.failure_reason);
}

Result<ShardOrigin> read_origin(const Hdf5Reader& reader, std::size_t& blocks) {
    VARGRID_TRY(const std::string kind, reader.text_attribute("kind"));
    if (kind != kShardKind) {
        return reader.wrong("not a shard but a '" + kind + "'");
    }
    VARGRID_TRY(const std::int64_t version, reader.integer_attribute("schema_version"));
    if (version != kShardSchemaVersion) {
        return reader.wrong("has shard schema " + std::to_string(version) +
                            ", this program reads " + std::to_string(kShardSchemaVersion));
    }
    VARGRID_TRY(const std::string run, reader.text_attribute("run"));
    const auto digest = digest_from_hex(run);
    if (!digest) {
        return reader.wrong("attribute run: " + digest.error().message);
    }
    VARGRID_TRY(const std::int64_t job, reader.integer_attribute("job"));
    VARGRID_TRY(const std::int64_t attempt, reader.integer_attribute("attempt"));
    VARGRID_TRY(const std::int64_t incarnation, reader.integer_attribute("incarnation"));
    VARGRID_TRY(const std::int64_t count, reader.integer_attribute("blocks"));
    VARGRID_TRY(blocks, reader.length("block", static_cast<std::uint64_t>(INT64_MAX)));
    if (static_cast<std::int64_t>(blocks) != count || count == 0) {
        return reader.wrong("attribute blocks says " + std::to_string(count) + ", the index has " +
                            std::to_string(blocks));
    }
    return ShardOrigin{.run = *digest,
                       .job = static_cast<std::uint64_t>(job),
                       .attempt = static_cast<std::uint64_t>(attempt),
                       .incarnation = static_cast<std::uint64_t>(incarnation)};
}

/// Starts of the blocks' parts of an array: from 0, never falling.
Result<std::vector<std::uint64_t>> read_first(const Hdf5Reader& reader,
                                              const std::string& name,
                                              std::size_t blocks) {
    VARGRID_TRY(std::vector<std::uint64_t> first, reader.array<std::uint64_t>(name, {blocks + 1}));
    if (first.front() != 0 || !std::ranges::is_sorted(first)) {
        return reader.wrong(name + ": not ascending from 0");
    }
    return first;
}

/// The upper halves; a shard without them has narrow sums.
Result<std::vector<std::int64_t>> read_sum_high(const Hdf5Reader& reader,
                                                const std::vector<std::uint64_t>& low) {
    VARGRID_TRY(const std::size_t count, reader.length("sum_high", low.size()));
    if (count > 0) {
        return reader.array<std::int64_t>("sum_high", {low.size()});
    }
    std::vector<std::int64_t> high(low.size());
    std::ranges::transform(low, high.begin(), sign_of);
    return high;
}

Result<Columns> read_columns(const Hdf5Reader& reader, std::size_t n) {
    Columns c;
    VARGRID_TRY(c.block, reader.array<std::uint64_t>("block", {n}));
    VARGRID_TRY(c.batch, reader.array<std::uint32_t>("batch", {n}));
    VARGRID_TRY(c.column_first, reader.array<std::uint32_t>("column_first", {n}));
    VARGRID_TRY(c.column_count, reader.array<std::uint32_t>("column_count", {n}));
    VARGRID_TRY(c.digest_high, reader.array<std::uint64_t>("digest_high", {n}));
    VARGRID_TRY(c.digest_low, reader.array<std::uint64_t>("digest_low", {n}));
    VARGRID_TRY(c.books_first, read_first(reader, "books_first", n));
    VARGRID_TRY(c.sums_first, read_first(reader, "sums_first", n));
    VARGRID_TRY(c.base_values_first, read_first(reader, "base_values_first", n));
    VARGRID_TRY(c.trade_pnl_first, read_first(reader, "trade_pnl_first", n));
    VARGRID_TRY(c.failures_first, read_first(reader, "failures_first", n));
    VARGRID_TRY(c.books, reader.array<std::uint32_t>("books", {c.books_first.back()}));
    VARGRID_TRY(c.sum_low, reader.array<std::uint64_t>("sum_low", {c.sums_first.back()}));
    VARGRID_TRY(c.sum_high, read_sum_high(reader, c.sum_low));
    VARGRID_TRY(c.base_values, reader.array<double>("base_values", {c.base_values_first.back()}));
    VARGRID_TRY(c.trade_pnl, reader.array<double>("trade_pnl", {c.trade_pnl_first.back()}));
    const std::uint64_t failures = c.failures_first.back();
    VARGRID_TRY(c.failure_trade, reader.array<std::uint32_t>("failure_trade", {failures}));
    VARGRID_TRY(c.failure_column, reader.array<std::uint32_t>("failure_column", {failures}));
    VARGRID_TRY(c.failure_reason, reader.array<std::uint8_t>("failure_reason", {failures}));
    return c;
}

template <class T>
std::vector<T> part(const std::vector<T>& all,
                    const std::vector<std::uint64_t>& first,
                    std::size_t i) {
    return {all.begin() + static_cast<std::ptrdiff_t>(first[i]),
            all.begin() + static_cast<std::ptrdiff_t>(first[i + 1])};
}

BlockResult block_of(const Columns& c, std::size_t i) {
    BlockResult result;
    result.block = {.index = c.block[i],
                    .batch = c.batch[i],
                    .column_first = c.column_first[i],
                    .column_count = c.column_count[i]};
    result.books = part(c.books, c.books_first, i);
    result.sum_high = part(c.sum_high, c.sums_first, i);
    result.sum_low = part(c.sum_low, c.sums_first, i);
    result.base_values = part(c.base_values, c.base_values_first, i);
    result.trade_pnl = part(c.trade_pnl, c.trade_pnl_first, i);
    for (std::uint64_t f = c.failures_first[i]; f < c.failures_first[i + 1]; ++f) {
        result.failures.push_back({.trade = c.failure_trade[f],
                                   .column = c.failure_column[f],
                                   .reason = static_cast<FailureReason>(c.failure_reason[f])});
    }
    return result;
}

}  // namespace

Result<void> write_shard(const std::filesystem::path& path,
                         const ShardOrigin& origin,
                         std::span<const BlockResult> blocks) {
    std::vector<const BlockResult*> ordered;
    for (const BlockResult& block : blocks) {
        ordered.push_back(&block);
    }
    const auto index = [](const BlockResult* result) { return result->block.index; };
    std::ranges::sort(ordered, {}, index);
    const auto wrong = [&](const std::string& what) {
        return Error{ErrorCode::invalid_input, path.string() + ": " + what};
    };
    if (ordered.empty()) {
        return wrong("a shard without blocks");
    }
    const auto twice = std::ranges::adjacent_find(ordered, {}, index);
    if (twice != ordered.end()) {
        return wrong("block " + std::to_string(index(*twice)) + " is there twice");
    }
    Columns columns;
    for (const BlockResult* block : ordered) {
        if (block->sum_high.size() != block->sum_low.size()) {
            return wrong("block " + std::to_string(block->block.index) +
                         ": the halves of its sums differ in number");
        }
        append(columns, *block);
    }

    const Result<FileImage> image = [&] {
        Hdf5Writer writer;
        write_origin(writer, origin, ordered.size());
        write_columns(writer, columns);
        return writer.finish();
    }();
    if (!image) {
        return with_context(image.error(), path.string());
    }
    const Seal seal = seal_of(image->bytes());
    return write_durably(path, {image->bytes(), seal});
}

Result<Shard> read_shard(const std::filesystem::path& path) {
    VARGRID_TRY(const Hdf5Reader reader, Hdf5Reader::open(path, SealRule::required));
    std::size_t blocks = 0;
    VARGRID_TRY(const ShardOrigin origin, read_origin(reader, blocks));
    VARGRID_TRY(const Columns columns, read_columns(reader, blocks));
    Shard shard{.origin = origin, .blocks = {}};
    shard.blocks.reserve(blocks);
    for (std::size_t i = 0; i < blocks; ++i) {
        if (i > 0 && columns.block[i] <= columns.block[i - 1]) {
            return reader.wrong("blocks are not in ascending order");
        }
        shard.blocks.push_back(block_of(columns, i));
        const BlockDigest expected{.high = columns.digest_high[i], .low = columns.digest_low[i]};
        if (shard.blocks.back().digest() != expected) {
            return reader.wrong("block " + std::to_string(columns.block[i]) +
                                ": its digest is not that of its contents");
        }
    }
    return shard;
}

std::string shard_name(std::uint64_t job, const std::string& rest) {
    return "j" + std::to_string(job) + "-" + rest;
}

Result<void> remove_shards(const std::filesystem::path& shard_folder, std::uint64_t job) {
    namespace fs = std::filesystem;
    std::error_code code;
    const std::string own = shard_name(job, "");
    const std::string temporary = "." + own;
    for (fs::directory_iterator at{shard_folder, code}, end; !code && at != end;
         at.increment(code)) {
        const std::string name = at->path().filename().string();
        if (name.starts_with(own) || name.starts_with(temporary)) {
            std::error_code failed;
            fs::remove(at->path(), failed);
            if (failed) {
                return Error{ErrorCode::io,
                             at->path().string() + ": cannot remove: " + failed.message()};
            }
        }
    }
    if (code && code != std::errc::no_such_file_or_directory) {
        return Error{ErrorCode::io, shard_folder.string() + ": cannot list: " + code.message()};
    }
    fs::remove(shard_folder, code);  // Fails while another job has shards there, as it should.
    return {};
}

void remove_shards(const std::filesystem::path& shard_folder, std::span<const std::string> names) {
    std::error_code ignored;
    for (const std::string& name : names) {
        std::filesystem::remove(shard_folder / name, ignored);
    }
    std::filesystem::remove(shard_folder, ignored);
}

}  // namespace vargrid::results
