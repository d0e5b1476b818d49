// Batches from bytes nobody should trust: whatever decodes must be safe for kernels that check
// nothing.
#include "tests/pricing/kernels/sample_batches.hpp"

#include <limits>
#include <string>

namespace vargrid::test {
namespace {

/// Evaluates with scratch of exactly the promised size; AddressSanitizer sees any step outside.
void evaluate_everywhere(const Batch& batch) {
    Column factors(batch.rows.factors.size() * kLanes, 0.5);
    Column rows(batch.rows.row_count() * kLanes);
    Column values(batch.trade_count() * kLanes);
    for (const Isa isa : supported_isas()) {
        kernel_set(isa).evaluate(batch, factors.data(), rows.data(), values.data());
    }
}

std::string refusal(const Batch& batch) {
    const auto valid = batch.validate(0);
    return valid ? "" : valid.error().message;
}

TEST(Batch, SurvivesEncodingAndDecoding) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        for (const Batch& batch :
             {random_linear_batch(seed, 40), random_european_batch(seed, 40)}) {
            const Bytes bytes = batch.encode();
            const auto decoded = Batch::decode(bytes);
            ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
            EXPECT_EQ(*decoded, batch);
            EXPECT_EQ(decoded->encode(), bytes);
        }
    }
}

TEST(Batch, EveryTruncationIsAnError) {
    for (const Batch& batch : {random_linear_batch(4, 7), random_european_batch(4, 7)}) {
        const Bytes bytes = batch.encode();
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const auto decoded = Batch::decode(std::span{bytes}.first(size));
            ASSERT_FALSE(decoded.has_value()) << size;
            ASSERT_EQ(decoded.error().code, ErrorCode::invalid_input);
        }
        Bytes longer = bytes;
        longer.push_back(std::byte{0});
        EXPECT_FALSE(Batch::decode(longer).has_value());
    }
}

TEST(Batch, EveryBitFlipIsAnErrorOrASafeBatch) {
    std::size_t refused = 0;
    for (const Batch& batch : {random_linear_batch(5, 5), random_european_batch(5, 5)}) {
        Bytes bytes = batch.encode();
        for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
            const auto mask = static_cast<std::byte>(1U << (bit % 8));
            bytes[bit / 8] ^= mask;
            if (const auto decoded = Batch::decode(bytes)) {
                evaluate_everywhere(*decoded);
            } else {
                ++refused;
            }
            bytes[bit / 8] ^= mask;
        }
    }
    EXPECT_GT(refused, 1'000U);
}

TEST(Batch, RandomDamageIsAnErrorOrASafeBatch) {
    RandomStream random{6, 6};
    for (int round = 0; round < 20'000; ++round) {
        const Batch batch =
            round % 2 == 0 ? random_linear_batch(7, 6) : random_european_batch(7, 6);
        Bytes bytes = batch.encode();
        for (std::uint64_t edits = 1 + random.below(4); edits > 0; --edits) {
            // Small values more often than not: they are the ones that look like valid indices.
            const std::uint64_t value = random.chance(2, 3) ? random.below(12) : random.next();
            bytes[random.below(bytes.size())] = static_cast<std::byte>(value);
        }
        if (const auto decoded = Batch::decode(bytes)) {
            evaluate_everywhere(*decoded);
        }
    }
}

TEST(Batch, ALengthThatClaimsTenGigabytesIsAnErrorBeforeAnythingIsAllocated) {
    const Bytes bytes = random_linear_batch(8, 6).encode();
    for (std::size_t at = 9; at + 8 <= bytes.size(); ++at) {
        for (const std::uint64_t claim : {std::uint64_t{10'000'000'000}, ~std::uint64_t{0}}) {
            Bytes damaged = bytes;
            std::memcpy(damaged.data() + at, &claim, sizeof claim);
            if (const auto decoded = Batch::decode(damaged)) {
                evaluate_everywhere(*decoded);
            }
        }
    }
    // The first length is right behind the magic number and the kind.
    Bytes damaged = bytes;
    const std::uint64_t claim = 10'000'000'000;
    std::memcpy(damaged.data() + 9, &claim, sizeof claim);
    EXPECT_FALSE(Batch::decode(damaged).has_value());
}

TEST(Batch, EveryIndexIsChecked) {
    const Batch linear = random_linear_batch(9, 20);
    const Batch european = random_european_batch(9, 20);
    const auto rows = static_cast<std::uint32_t>(linear.rows.row_count());
    const auto expect_refused = [](Batch batch, const auto& damage) {
        damage(batch);
        EXPECT_NE(refusal(batch), "");
    };
    ASSERT_EQ(refusal(linear), "");
    ASSERT_EQ(refusal(european), "");
    const auto european_rows = static_cast<std::uint32_t>(european.rows.row_count());
    expect_refused(linear, [&](Batch& b) { b.linear.term_row[3] = rows; });
    expect_refused(linear, [&](Batch& b) { b.linear.leg_fx_row[0] = rows; });
    expect_refused(linear, [](Batch& b) { b.linear.leg_first[1] = 1'000'000; });
    expect_refused(linear, [](Batch& b) { b.linear.term_first.front() = 1; });
    expect_refused(linear, [](Batch& b) { b.linear.term_first.back() += 1; });
    expect_refused(linear, [](Batch& b) { b.linear.term_amount.pop_back(); });
    expect_refused(linear, [](Batch& b) { b.group.push_back(0); });
    expect_refused(linear, [](Batch& b) { b.kind = BatchKind::european; });
    expect_refused(linear, [](Batch& b) { b.kind = static_cast<BatchKind>(0); });
    expect_refused(linear, [](Batch& b) { b.linear.leg_first.clear(); });
    expect_refused(linear, [](Batch& b) { b.linear.term_first.clear(); });
    expect_refused(linear, [](Batch& b) { b.rows.discount.first.clear(); });
    expect_refused(linear, [](Batch& b) { b.rows.discount.slot[0] = 1'000; });
    expect_refused(linear, [](Batch& b) { b.rows.discount.weight.pop_back(); });
    expect_refused(linear, [](Batch& b) {
        b.rows.discount.weight[0] = std::numeric_limits<double>::quiet_NaN();
    });
    expect_refused(linear, [](Batch& b) {
        b.linear.term_amount[0] = std::numeric_limits<double>::infinity();
    });
    // A product may use earlier rows only, so the last product may not use itself.
    expect_refused(linear, [&](Batch& b) { b.rows.products.back().c = rows - 1; });
    for (auto member : {&EuropeanTrades::forward_row,
                        &EuropeanTrades::deviation_row,
                        &EuropeanTrades::discount_row,
                        &EuropeanTrades::fx_row}) {
        expect_refused(european, [&](Batch& b) { (b.european.*member)[2] = european_rows; });
        expect_refused(european, [&](Batch& b) { (b.european.*member).pop_back(); });
    }
    expect_refused(european, [](Batch& b) { b.european.call_sign[0] = 0.5; });
    expect_refused(european, [](Batch& b) { b.european.amount.pop_back(); });
    expect_refused(
        european, [](Batch& b) { b.european.strike[0] = std::numeric_limits<double>::infinity(); });
}

TEST(Batch, KnowsWhetherItFitsAScenarioSet) {
    const Batch batch = random_european_batch(10, 5);
    const std::uint32_t last =
        *std::max_element(batch.rows.factors.begin(), batch.rows.factors.end());
    EXPECT_TRUE(batch.validate(last + 1).has_value());
    const auto refused = batch.validate(last);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(
        refused.error().message,
        "batch: factors: index " + std::to_string(last) + " is not below " + std::to_string(last));
}

TEST(Batch, LimitsTradesAndRows) {
    Batch batch;
    for (std::size_t trade = 0; trade <= kBatchTradesMax; ++trade) {
        EXPECT_TRUE(trade < kBatchTradesMax || batch.validate(0).has_value());
        batch.linear.leg_first.push_back(0);
        batch.group.push_back(0);
    }
    EXPECT_FALSE(batch.validate(0).has_value());
    Batch wide;
    wide.rows.linear.first.assign(kBatchRowsMax, 0);
    EXPECT_TRUE(wide.validate(0).has_value());
    wide.rows.linear.first.assign(kBatchRowsMax + 1, 0);
    EXPECT_FALSE(wide.validate(0).has_value());
}

TEST(CostModel, GrowsWithEverythingThatIsComputed) {
    const Batch linear = random_linear_batch(11, 20);
    const Batch european = random_european_batch(11, 20);
    const std::uint64_t before = predicted_picoseconds_per_scenario(linear);
    Batch more = linear;
    more.linear.term_row.insert(more.linear.term_row.end(), 10, 0);
    EXPECT_GT(predicted_picoseconds_per_scenario(more), before);
    more = linear;
    add_combination(more.rows.discount, {{0, 1.0}});
    EXPECT_GT(predicted_picoseconds_per_scenario(more), before);
    more = linear;
    more.rows.products.push_back({});
    EXPECT_GT(predicted_picoseconds_per_scenario(more), before);
    more = european;
    more.european.strike.push_back(1);
    EXPECT_GT(predicted_picoseconds_per_scenario(more),
              predicted_picoseconds_per_scenario(european));
}

}  // namespace
}  // namespace vargrid::test
