#include "pricing/market/scenario_set.hpp"

#include <algorithm>
#include <cmath>

namespace vargrid {

namespace {

constexpr std::uint32_t kMagic = 0x43534756;  // "VGSC"
constexpr std::uint32_t kVersion = 1;

bool all_finite(std::span<const double> values) {
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

bool all_known(std::span<const RiskClass> classes) {
    return std::all_of(classes.begin(), classes.end(), [](RiskClass risk_class) {
        return static_cast<int>(risk_class) < kRiskClassCount;
    });
}

}  // namespace

Bytes ScenarioSet::encode() const {
    CHECK(classes.size() == base.size());
    CHECK(shifted.size() == scenario_count() * factor_count());
    ByteWriter writer;
    writer.put(kMagic);
    writer.put(kVersion);
    writer.put(as_of.days);
    writer.put_array(labels);
    writer.put_array(classes);
    writer.put_array(base);
    writer.put_array(shifted);
    return writer.take();
}

Result<ScenarioSet> ScenarioSet::decode(std::span<const std::byte> bytes) {
    ByteReader reader{bytes};
    const auto magic = reader.get<std::uint32_t>();
    const auto version = reader.get<std::uint32_t>();
    if (!reader.failed() && (magic != kMagic || version != kVersion)) {
        return Error{ErrorCode::invalid_input, "not a scenario set of version 1"};
    }
    ScenarioSet set;
    set.as_of = Date{reader.get<std::int32_t>()};
    set.labels = reader.get_array<ScenarioLabel>();
    set.classes = reader.get_array<RiskClass>();
    set.base = reader.get_array<double>();
    set.shifted = reader.get_array<double>();
    VARGRID_TRY_VOID(reader.finish("scenario set"));
    // Both counts are bounded by the bytes there are, so the product cannot overflow.
    if (set.classes.size() != set.base.size() ||
        set.shifted.size() != set.labels.size() * set.base.size()) {
        return Error{ErrorCode::invalid_input, "scenario set: its arrays do not fit together"};
    }
    if (!all_known(set.classes)) {
        return Error{ErrorCode::invalid_input, "scenario set: unknown risk class"};
    }
    if (!all_finite(set.base) || !all_finite(set.shifted)) {
        return Error{ErrorCode::invalid_input, "scenario set: a value is not finite"};
    }
    return set;
}

}  // namespace vargrid
