// Random damage to a mapping and to CSV text: whatever comes in, an answer or an error comes out.
#include "base/random.hpp"
#include "pricing/history/config.hpp"
#include "pricing/history/mapping.hpp"
#include "pricing/history/source.hpp"
#include "pricing/history/text_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace vargrid {
namespace {

/// Flips, drops, doubles or swaps a few stretches of the text.
std::string damaged(const std::string& text, RandomStream& random) {
    std::string result = text;
    const std::uint64_t blows = 1 + random.below(4);
    for (std::uint64_t i = 0; i < blows && !result.empty(); ++i) {
        const auto at = static_cast<std::size_t>(random.below(result.size()));
        const auto length = static_cast<std::size_t>(1 + random.below(20));
        switch (random.below(4)) {
            case 0:
                result[at] = static_cast<char>(random.below(256));
                break;
            case 1:
                result.erase(at, length);
                break;
            case 2:
                result.insert(at, result.substr(at, length));
                break;
            default:
                std::swap(result[at], result[random.below(result.size())]);
                break;
        }
    }
    return result;
}

TEST(HostileInput, NeverGetsMoreOutOfAMappingThanAnError) {
    const auto text = read_text_file("tests/acceptance/real_book/market.toml");
    ASSERT_TRUE(text) << "run from the root of the repository";
    int refused = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE(seed);
        RandomStream random{seed, 1};
        const auto document = parse_config(damaged(*text, random), "m.toml");
        const auto mapping = document ? parse_mapping(*document, "m.toml", "/jobs")
                                      : Result<Mapping>{document.error()};
        if (!mapping) {
            ++refused;
            EXPECT_TRUE(mapping.error().message.starts_with("m.toml")) << mapping.error().message;
        } else {
            EXPECT_TRUE(mapping->layout.validate());
            EXPECT_EQ(mapping->layout.factors.size(), mapping->factors.size());
        }
    }
    EXPECT_GT(refused, 30);
}

TEST(HostileInput, NeverGetsMoreOutOfACsvFileThanAnError) {
    std::string text = "Date,\"A\",B,\n";
    for (int day = 1; day <= 28; ++day) {
        const std::string two_digits = (day < 10 ? "0" : "") + std::to_string(day);
        text += "2020-02-" + two_digits + ",1." + two_digits + ",\"N/A\",\r\n";
    }
    SourceSpec source;
    source.path = "f.csv";
    const std::vector<ColumnRequest> requests{{"A", false}};
    int refused = 0;
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
        SCOPED_TRACE(seed);
        RandomStream random{seed, 2};
        const auto found = read_source_text(source, damaged(text, random), requests);
        if (!found) {
            ++refused;
            EXPECT_TRUE(found.error().message.starts_with("f.csv")) << found.error().message;
            continue;
        }
        const auto& series = found->front().observations;
        for (std::size_t i = 1; i < series.size(); ++i) {
            EXPECT_LT(series[i - 1].date, series[i].date);
        }
    }
    EXPECT_GT(refused, 200);
}

}  // namespace
}  // namespace vargrid
