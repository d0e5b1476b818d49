#include "base/digest.hpp"

#include <gtest/gtest.h>

namespace vargrid {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}

// Value: `printf abc | b2sum -l 256`.
TEST(Digest, Blake2bOfAbc) {
    EXPECT_EQ(to_hex(blake2b(bytes_of("abc"))),
              "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(Digest, HexGoesBothWaysAndRefusesTheRest) {
    const Digest digest = blake2b(bytes_of("vargrid"));
    EXPECT_EQ(*digest_from_hex(to_hex(digest)), digest);
    EXPECT_FALSE(digest_from_hex("12"));
    EXPECT_FALSE(digest_from_hex(std::string(64, 'g')));
    EXPECT_FALSE(digest_from_bytes("short"));
}

TEST(Digest, OneBitChangesTheBlockDigest) {
    EXPECT_NE(xxh128(bytes_of("a")), xxh128(bytes_of("b")));
    EXPECT_EQ(to_hex(xxh128(bytes_of(""))), "99aa06d3014798d86001c324468d497f");
}

}  // namespace
}  // namespace vargrid
