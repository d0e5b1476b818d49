// The worked example of docs/market-data.md, run as it stands there.
#include "pricing/history/market_data.hpp"

#include "folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vargrid {
namespace {

/// The contents of the ``` blocks of a Markdown file, in order.
std::vector<std::string> blocks_of(const std::filesystem::path& path) {
    std::ifstream file{path};
    std::vector<std::string> blocks;
    bool is_inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("```")) {
            is_inside = !is_inside;
            if (is_inside) {
                blocks.emplace_back();
            }
        } else if (is_inside) {
            blocks.back() += line + "\n";
        }
    }
    return blocks;
}

TEST(MarketDataDocumentation, ShowsAnExampleThatGivesTheNumbersItSays) {
    const std::vector<std::string> blocks = blocks_of("docs/market-data.md");
    ASSERT_GE(blocks.size(), 3U) << "run from the root of the repository";
    const TestFolder folder;
    folder.write("fx.csv", blocks[0]);
    folder.write("rates.csv", blocks[1]);
    const auto data = load_market_data({folder.write("market.toml", blocks[2]), std::nullopt});
    ASSERT_TRUE(data) << data.error().message;
    const auto scenarios = make_scenarios(*data, {2, 1, std::nullopt});
    ASSERT_TRUE(scenarios) << scenarios.error().message;
    const ScenarioSet& set = scenarios->set;
    EXPECT_EQ(to_iso(set.as_of), "2020-01-07");
    EXPECT_EQ(to_iso(set.labels[0].from), "2020-01-03");
    EXPECT_NEAR(set.base[1], -0.0061187, 5e-8);
    EXPECT_NEAR(set.scenario(0)[0], 1.1219105, 5e-8);
    EXPECT_NEAR(set.scenario(0)[1], -0.0060181, 5e-8);
    EXPECT_NEAR(set.scenario(1)[0], 1.1150043, 5e-8);
    EXPECT_NEAR(set.scenario(1)[1], -0.0060181, 5e-8);
}

}  // namespace
}  // namespace vargrid
