#include "results/durable_file.hpp"
#include "results/results_file.hpp"

#include <array>
#include <charconv>
#include <string>

namespace vargrid::results {
namespace {

/// RFC 4180: quoted where a reader would stumble.
std::string csv_field(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
        return std::string{text};
    }
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += c;
        if (c == '"') {
            quoted += '"';
        }
    }
    return quoted + '"';
}

/// The shortest text that reads back as the same number.
std::string number_text(double value) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), end.ptr};
}

}  // namespace

std::string confidence_text(std::uint32_t basis_points) {
    std::string digits = std::to_string(10'000 + basis_points % 10'000).substr(1);
    while (!digits.empty() && digits.back() == '0') {
        digits.pop_back();
    }
    return std::to_string(basis_points / 10'000) + (digits.empty() ? "" : "." + digits);
}

std::string var_csv(const RunResults& results) {
    std::string text = "book,risk_class,measure,confidence,estimator,value,currency\n";
    for (const MeasureValue& measure : results.measures) {
        text += csv_field(measure.book);
        text += ',';
        text += to_text(measure.risk_class);
        text += ',';
        text += to_text(measure.request.measure);
        text += ',' + confidence_text(measure.request.confidence_basis_points) + ',';
        text += to_text(measure.request.estimator);
        text += ',' + number_text(measure.value) + ',';
        text += csv_field(results.run.base_currency) + '\n';
    }
    return text;
}

Result<void> write_var_csv(const std::filesystem::path& path, const RunResults& results) {
    const std::string text = var_csv(results);
    return write_durably(path, {std::as_bytes(std::span{text})});
}

}  // namespace vargrid::results
