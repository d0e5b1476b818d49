#include "base/digest_stream.hpp"

#include "base/check.hpp"

#include <sodium/crypto_generichash.h>
#include <xxhash.h>

namespace vargrid {
namespace {

static_assert(sizeof(crypto_generichash_state) <= 384);

crypto_generichash_state* as_state(std::array<std::byte, 384>& bytes) {
    return reinterpret_cast<crypto_generichash_state*>(bytes.data());
}

XXH3_state_t* as_xxh3(void* state) {
    return static_cast<XXH3_state_t*>(state);
}

}  // namespace

DigestStream::DigestStream() {
    CHECK(crypto_generichash_init(as_state(state_), nullptr, 0, Digest{}.bytes.size()) == 0);
}

void DigestStream::add(std::span<const std::byte> bytes) {
    CHECK(crypto_generichash_update(as_state(state_),
                                    reinterpret_cast<const unsigned char*>(bytes.data()),
                                    bytes.size()) == 0);
}

Digest DigestStream::finish() {
    Digest digest;
    CHECK(crypto_generichash_final(as_state(state_), digest.bytes.data(), digest.bytes.size()) ==
          0);
    return digest;
}

void BlockDigestStream::Free::operator()(void* state) const {
    XXH3_freeState(as_xxh3(state));
}

BlockDigestStream::BlockDigestStream() : state_{XXH3_createState()} {
    CHECK(state_ != nullptr && XXH3_128bits_reset(as_xxh3(state_.get())) == XXH_OK);
}

void BlockDigestStream::add(std::span<const std::byte> bytes) {
    CHECK(XXH3_128bits_update(as_xxh3(state_.get()), bytes.data(), bytes.size()) == XXH_OK);
}

BlockDigest BlockDigestStream::finish() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(as_xxh3(state_.get()));
    return {.high = hash.high64, .low = hash.low64};
}

}  // namespace vargrid
