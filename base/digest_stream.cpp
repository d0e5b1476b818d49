#include "base/digest_stream.hpp"

#include "base/check.hpp"

#include <sodium/crypto_generichash.h>

namespace vargrid {
namespace {

static_assert(sizeof(crypto_generichash_state) <= 384);

crypto_generichash_state* as_state(std::array<std::byte, 384>& bytes) {
    return reinterpret_cast<crypto_generichash_state*>(bytes.data());
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

}  // namespace vargrid
