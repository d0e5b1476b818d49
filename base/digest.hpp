// Digests. Digest: BLAKE2b-256 (libsodium), the name of a blob and of a run's result: nobody can
// make two contents with one name. BlockDigest: XXH3-128, cheap enough for every block, for
// comparing two computations of the same block, not for trust.
#pragma once

#include "base/result.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vargrid {

struct Digest {
    std::array<std::uint8_t, 32> bytes{};
    friend auto operator<=>(const Digest&, const Digest&) = default;
};

struct BlockDigest {
    std::uint64_t high{0};
    std::uint64_t low{0};
    friend auto operator<=>(const BlockDigest&, const BlockDigest&) = default;
};

[[nodiscard]] Digest blake2b(std::span<const std::byte> bytes);
[[nodiscard]] BlockDigest xxh128(std::span<const std::byte> bytes);

/// The digest of a range of blocks, as commits and the manifest carry it: of one block its own, of
/// more the digest of their digests in block order. The same everywhere, so that the digest of a
/// range can be compared with those of its blocks.
[[nodiscard]] BlockDigest combined_digest(std::span<const BlockDigest> of_blocks);

/// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string to_hex(const Digest& digest);
/// 32 lower-case hexadecimal digits.
[[nodiscard]] std::string to_hex(const BlockDigest& digest);
/// Errors: invalid_input unless `text` is exactly 64 hexadecimal digits.
[[nodiscard]] Result<Digest> digest_from_hex(std::string_view text);
/// Errors: invalid_input unless `bytes` has exactly 32 bytes.
[[nodiscard]] Result<Digest> digest_from_bytes(std::string_view bytes);

}  // namespace vargrid
