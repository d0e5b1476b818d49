#include "risk/run.hpp"

#include <algorithm>
#include <array>

namespace vargrid {
namespace {

constexpr std::uint32_t kRunSpecMagic = 0x31475256;  // "VRG1"

constexpr std::array<std::string_view, 6> kMovedClassNames{
    "all", "interest_rate", "fx", "equity", "commodity", "volatility"};

void put(ByteWriter& writer, const Digest& digest) {
    writer.put_array(std::span<const std::uint8_t>{digest.bytes});
}

Digest get_digest(ByteReader& reader) {
    const auto bytes = reader.get_array<std::uint8_t>();
    Digest digest;
    if (bytes.size() == digest.bytes.size()) {
        std::ranges::copy(bytes, digest.bytes.begin());
    }
    return digest;
}

Error invalid(const std::string& what) {
    return Error{ErrorCode::invalid_input, "run specification: " + what};
}

void put_trades(ByteWriter& writer, const RunSpec& run) {
    writer.put<std::uint64_t>(run.books.size());
    for (const std::string& book : run.books) {
        writer.put_text(book);
    }
    writer.put<std::uint64_t>(run.trades.size());
    for (const RunTrade& trade : run.trades) {
        writer.put_text(trade.id);
        writer.put_text(trade.type);
        writer.put(trade.book);
    }
    writer.put<std::uint64_t>(run.batches.size());
    for (const RunBatch& batch : run.batches) {
        put(writer, batch.blob);
        writer.put(batch.trade_count);
        writer.put(batch.picoseconds_per_scenario);
    }
}

void get_trades(ByteReader& reader, RunSpec& run) {
    run.books.resize(reader.get_count(sizeof(std::uint64_t)));
    for (std::string& book : run.books) {
        book = reader.get_text();
    }
    run.trades.resize(reader.get_count(2 * sizeof(std::uint64_t) + sizeof(std::uint32_t)));
    for (RunTrade& trade : run.trades) {
        trade.id = reader.get_text();
        trade.type = reader.get_text();
        trade.book = reader.get<std::uint32_t>();
    }
    run.batches.resize(reader.get_count(2 * sizeof(std::uint64_t) + sizeof(std::uint32_t)));
    for (RunBatch& batch : run.batches) {
        batch.blob = get_digest(reader);
        batch.trade_count = reader.get<std::uint32_t>();
        batch.picoseconds_per_scenario = reader.get<std::uint64_t>();
    }
}

void put_question(ByteWriter& writer, const RunSpec& run) {
    writer.put<std::uint64_t>(run.scenarios.size());
    for (const ScenarioLabel& scenario : run.scenarios) {
        writer.put(scenario.from.days);
        writer.put(scenario.to.days);
    }
    writer.put<std::uint64_t>(run.classes.size());
    for (const MovedClass moved : run.classes) {
        writer.put(moved);
    }
    writer.put<std::uint64_t>(run.measures.size());
    for (const MeasureRequest& request : run.measures) {
        writer.put(request.measure);
        writer.put(request.confidence_basis_points);
        writer.put(request.estimator);
    }
}

void get_question(ByteReader& reader, RunSpec& run) {
    run.scenarios.resize(reader.get_count(2 * sizeof(std::int32_t)));
    for (ScenarioLabel& scenario : run.scenarios) {
        scenario.from = Date{reader.get<std::int32_t>()};
        scenario.to = Date{reader.get<std::int32_t>()};
    }
    run.classes.resize(reader.get_count(sizeof(MovedClass)));
    for (MovedClass& moved : run.classes) {
        moved = reader.get<MovedClass>();
    }
    run.measures.resize(reader.get_count(sizeof(MeasureKind) + sizeof(std::uint32_t)));
    for (MeasureRequest& request : run.measures) {
        request.measure = reader.get<MeasureKind>();
        request.confidence_basis_points = reader.get<std::uint32_t>();
        request.estimator = reader.get<Estimator>();
    }
}

Result<void> validate_measures(const RunSpec& run) {
    for (const MeasureRequest& request : run.measures) {
        if (request.measure > MeasureKind::es || request.estimator > Estimator::ceil_rank_mean ||
            !estimates(request.estimator, request.measure)) {
            return invalid("an estimator that does not estimate its measure");
        }
        if (request.confidence_basis_points < 1 || request.confidence_basis_points > 9'999) {
            return invalid("a confidence outside 0.0001 to 0.9999");
        }
    }
    return {};
}

}  // namespace

std::string_view to_text(MovedClass moved) {
    return kMovedClassNames.at(static_cast<std::size_t>(moved));
}

Result<MovedClass> moved_class_from_text(std::string_view text) {
    std::string names;
    for (std::size_t i = 0; i < kMovedClassNames.size(); ++i) {
        if (text == kMovedClassNames[i]) {
            return static_cast<MovedClass>(i);
        }
        names += (i == 0 ? "" : ", ") + std::string{kMovedClassNames[i]};
    }
    return Error{ErrorCode::invalid_input,
                 "expected a risk class (" + names + "), found '" + std::string{text} + "'"};
}

std::vector<std::uint32_t> RunSpec::batch_first_trades() const {
    std::vector<std::uint32_t> first{0};
    first.reserve(batches.size() + 1);
    for (const RunBatch& batch : batches) {
        first.push_back(first.back() + batch.trade_count);
    }
    return first;
}

std::string RunSpec::run_id() const {
    return name + "-" + to_iso(as_of) + "-" + to_hex(blake2b(encode())).substr(0, 12);
}

Bytes RunSpec::encode() const {
    ByteWriter writer;
    writer.put(kRunSpecMagic);
    writer.put_text(name);
    writer.put(as_of.days);
    writer.put(as_of_requested.days);
    writer.put_text(base_currency);
    writer.put(horizon_days);
    put_trades(writer, *this);
    put_question(writer, *this);
    writer.put<std::uint8_t>(keep_trade_pnl ? 1 : 0);
    put(writer, scenario_set);
    writer.put(block_picoseconds);
    writer.put_text(input_report);
    writer.put_text(code_revision);
    return writer.take();
}

Result<RunSpec> RunSpec::decode(std::span<const std::byte> bytes) {
    ByteReader reader{bytes};
    if (reader.get<std::uint32_t>() != kRunSpecMagic) {
        return invalid("not one, or of another version");
    }
    RunSpec run;
    run.name = reader.get_text();
    run.as_of = Date{reader.get<std::int32_t>()};
    run.as_of_requested = Date{reader.get<std::int32_t>()};
    run.base_currency = reader.get_text();
    run.horizon_days = reader.get<std::uint32_t>();
    get_trades(reader, run);
    get_question(reader, run);
    run.keep_trade_pnl = reader.get<std::uint8_t>() != 0;
    run.scenario_set = get_digest(reader);
    run.block_picoseconds = reader.get<std::uint64_t>();
    run.input_report = reader.get_text();
    run.code_revision = reader.get_text();
    VARGRID_TRY_VOID(reader.finish("run specification"));
    VARGRID_TRY_VOID(run.validate());
    return run;
}

Result<void> RunSpec::validate() const {
    if (trades.empty() || batches.empty()) {
        return invalid("no trades");
    }
    if (scenarios.empty()) {
        return invalid("no scenarios");
    }
    if (classes.empty() ||
        std::ranges::any_of(classes, [](MovedClass m) { return m > MovedClass::volatility; })) {
        return invalid("no moved class, or an unknown one");
    }
    for (std::size_t i = 0; i < classes.size(); ++i) {
        if (std::ranges::count(classes, classes[i]) != 1) {
            return invalid("moved class '" + std::string{to_text(classes[i])} + "' given twice");
        }
    }
    if (column_count() > UINT32_MAX) {
        return invalid("more than 2^32 columns");
    }
    if (block_picoseconds == 0) {
        return invalid("blocks of no work");
    }
    std::uint64_t batched = 0;
    for (const RunBatch& batch : batches) {
        batched += batch.trade_count;
    }
    if (batched != trades.size()) {
        return invalid("batches hold " + std::to_string(batched) + " trades of " +
                       std::to_string(trades.size()));
    }
    for (const RunTrade& trade : trades) {
        if (trade.book >= books.size()) {
            return invalid("trade '" + trade.id + "' is in no book");
        }
    }
    if (!std::ranges::is_sorted(books) || std::ranges::adjacent_find(books) != books.end()) {
        return invalid("books are not in ascending order");
    }
    return validate_measures(*this);
}

}  // namespace vargrid
