// The one file of base that uses foreign libraries: see docs/decisions/0002-digests-in-base.md.
#include "base/digest.hpp"

#include "base/bytes.hpp"

#include <sodium/crypto_generichash.h>
#include <xxhash.h>

#include <algorithm>

namespace vargrid {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string hex_of(std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text.push_back(kHexDigits[byte >> 4U]);
        text.push_back(kHexDigits[byte & 15U]);
    }
    return text;
}

}  // namespace

Digest blake2b(std::span<const std::byte> bytes) {
    Digest digest;
    const int status = crypto_generichash(digest.bytes.data(),
                                          digest.bytes.size(),
                                          reinterpret_cast<const unsigned char*>(bytes.data()),
                                          bytes.size(),
                                          nullptr,
                                          0);
    CHECK(status == 0);
    return digest;
}

BlockDigest xxh128(std::span<const std::byte> bytes) {
    const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
    return {.high = hash.high64, .low = hash.low64};
}

BlockDigest combined_digest(std::span<const BlockDigest> of_blocks) {
    if (of_blocks.size() == 1) {
        return of_blocks[0];
    }
    ByteWriter writer;
    for (const BlockDigest& digest : of_blocks) {
        writer.put(digest.high);
        writer.put(digest.low);
    }
    return xxh128(writer.bytes());
}

std::string to_hex(const Digest& digest) {
    return hex_of(digest.bytes);
}

std::string to_hex(const BlockDigest& digest) {
    std::array<std::uint8_t, 16> bytes{};
    for (unsigned i = 0; i < 8; ++i) {
        bytes[i] = static_cast<std::uint8_t>(digest.high >> (56U - 8U * i));
        bytes[8 + i] = static_cast<std::uint8_t>(digest.low >> (56U - 8U * i));
    }
    return hex_of(bytes);
}

Result<Digest> digest_from_hex(std::string_view text) {
    Digest digest;
    if (text.size() != 2 * digest.bytes.size()) {
        return Error{ErrorCode::invalid_input,
                     "a digest has 64 hexadecimal digits, found " + std::to_string(text.size())};
    }
    for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
        const auto high = kHexDigits.find(text[2 * i]);
        const auto low = kHexDigits.find(text[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return Error{ErrorCode::invalid_input,
                         "a digest has only the digits 0-9a-f: '" + std::string{text} + "'"};
        }
        digest.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return digest;
}

Result<Digest> digest_from_bytes(std::string_view bytes) {
    Digest digest;
    if (bytes.size() != digest.bytes.size()) {
        return Error{ErrorCode::invalid_input,
                     "a digest has 32 bytes, found " + std::to_string(bytes.size())};
    }
    std::ranges::copy(bytes, digest.bytes.begin());
    return digest;
}

}  // namespace vargrid
