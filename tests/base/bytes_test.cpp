#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace vargrid {
namespace {

TEST(Bytes, WhatIsWrittenIsReadBack) {
    ByteWriter writer;
    writer.put<std::uint32_t>(7);
    writer.put_text("EUR-GOV");
    writer.put_array(std::vector<double>{1.5, -2.5});
    const Bytes bytes = writer.take();

    ByteReader reader{bytes};
    EXPECT_EQ(reader.get<std::uint32_t>(), 7U);
    EXPECT_EQ(reader.get_text(), "EUR-GOV");
    EXPECT_EQ(reader.get_array<double>(), (std::vector<double>{1.5, -2.5}));
    EXPECT_TRUE(reader.finish("test"));
}

TEST(Bytes, EveryTruncationIsAnErrorAndNeverARead) {
    ByteWriter writer;
    writer.put_text("abc");
    writer.put_array(std::vector<std::uint32_t>{1, 2, 3});
    const Bytes bytes = writer.take();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        ByteReader reader{std::span{bytes}.first(size)};
        (void)reader.get_text();
        (void)reader.get_array<std::uint32_t>();
        EXPECT_FALSE(reader.finish("test")) << size;
    }
}

TEST(Bytes, ALengthThatClaimsTenGigabytesFailsWithoutAllocating) {
    ByteWriter writer;
    writer.put<std::uint64_t>(10ULL << 30U);
    writer.put<std::uint64_t>(0);
    const Bytes bytes = writer.take();
    ByteReader reader{bytes};
    EXPECT_TRUE(reader.get_array<double>().empty());
    EXPECT_TRUE(reader.failed());
    ByteReader counting{bytes};
    EXPECT_EQ(counting.get_count(1), 0U);
    EXPECT_TRUE(counting.failed());
}

TEST(Bytes, LeftOverBytesAreAnError) {
    const Bytes bytes(3);
    ByteReader reader{bytes};
    (void)reader.get<std::uint8_t>();
    const auto done = reader.finish("scenario set");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().message, "scenario set: 2 unexpected bytes after its end");
}

}  // namespace
}  // namespace vargrid
