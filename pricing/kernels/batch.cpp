// The encoding of batches: fields in declaration order, little endian, after a magic number and a
// version. decode() accepts nothing that validate() would refuse.
#include "pricing/kernels/batch.hpp"

#include <string>

namespace vargrid {
namespace {

/// "vgbatch1" as it lies in memory.
constexpr std::uint64_t kMagic = 0x3168'6374'6162'6776ULL;

void put_combinations(ByteWriter& writer, const Combinations& combinations) {
    writer.put_array(combinations.first);
    writer.put_array(combinations.slot);
    writer.put_array(combinations.weight);
}

Combinations get_combinations(ByteReader& reader) {
    Combinations combinations;
    combinations.first = reader.get_array<std::uint32_t>();
    combinations.slot = reader.get_array<std::uint32_t>();
    combinations.weight = reader.get_array<double>();
    return combinations;
}

void put_linear(ByteWriter& writer, const LinearTrades& trades) {
    writer.put_array(trades.leg_first);
    writer.put_array(trades.leg_fx_row);
    writer.put_array(trades.term_first);
    writer.put_array(trades.term_row);
    writer.put_array(trades.term_amount);
}

LinearTrades get_linear(ByteReader& reader) {
    LinearTrades trades;
    trades.leg_first = reader.get_array<std::uint32_t>();
    trades.leg_fx_row = reader.get_array<std::uint32_t>();
    trades.term_first = reader.get_array<std::uint32_t>();
    trades.term_row = reader.get_array<std::uint32_t>();
    trades.term_amount = reader.get_array<double>();
    return trades;
}

void put_european(ByteWriter& writer, const EuropeanTrades& trades) {
    writer.put_array(trades.forward_row);
    writer.put_array(trades.deviation_row);
    writer.put_array(trades.discount_row);
    writer.put_array(trades.fx_row);
    writer.put_array(trades.strike);
    writer.put_array(trades.amount);
    writer.put_array(trades.call_sign);
}

EuropeanTrades get_european(ByteReader& reader) {
    EuropeanTrades trades;
    trades.forward_row = reader.get_array<std::uint32_t>();
    trades.deviation_row = reader.get_array<std::uint32_t>();
    trades.discount_row = reader.get_array<std::uint32_t>();
    trades.fx_row = reader.get_array<std::uint32_t>();
    trades.strike = reader.get_array<double>();
    trades.amount = reader.get_array<double>();
    trades.call_sign = reader.get_array<double>();
    return trades;
}

}  // namespace

Bytes Batch::encode() const {
    ByteWriter writer;
    writer.put(kMagic);
    writer.put(kind);
    writer.put_array(rows.factors);
    put_combinations(writer, rows.linear);
    put_combinations(writer, rows.discount);
    put_combinations(writer, rows.deviation);
    writer.put_array(rows.products);
    put_linear(writer, linear);
    put_european(writer, european);
    writer.put_array(group);
    return writer.take();
}

Result<Batch> Batch::decode(std::span<const std::byte> bytes) {
    ByteReader reader{bytes};
    if (reader.get<std::uint64_t>() != kMagic) {
        return Error{ErrorCode::invalid_input, "batch: not a batch (wrong magic number)"};
    }
    Batch batch;
    batch.kind = static_cast<BatchKind>(reader.get<std::uint8_t>());
    batch.rows.factors = reader.get_array<std::uint32_t>();
    batch.rows.linear = get_combinations(reader);
    batch.rows.discount = get_combinations(reader);
    batch.rows.deviation = get_combinations(reader);
    batch.rows.products = reader.get_array<RowProduct>();
    batch.linear = get_linear(reader);
    batch.european = get_european(reader);
    batch.group = reader.get_array<std::uint32_t>();
    VARGRID_TRY_VOID(reader.finish("batch"));
    VARGRID_TRY_VOID(batch.validate(0));
    return batch;
}

}  // namespace vargrid
