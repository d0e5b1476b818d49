// DigestStream and BlockDigestStream: blake2b() and xxh128() of content that arrives in pieces,
// such as an uploaded blob or a file.
#pragma once

#include "base/digest.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <span>

namespace vargrid {

class DigestStream {
  public:
    DigestStream();
    void add(std::span<const std::byte> bytes);
    /// Of everything added. Called once, as the last call.
    [[nodiscard]] Digest finish();

  private:
    /// The state of libsodium's BLAKE2b, whose header stays in the .cpp file.
    alignas(64) std::array<std::byte, 384> state_{};
};

class BlockDigestStream {
  public:
    BlockDigestStream();
    void add(std::span<const std::byte> bytes);
    /// Of everything added so far.
    [[nodiscard]] BlockDigest finish() const;

  private:
    /// The state of xxHash, whose header stays in the .cpp file.
    struct Free {
        void operator()(void* state) const;
    };
    std::unique_ptr<void, Free> state_;
};

}  // namespace vargrid
