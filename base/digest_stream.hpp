// DigestStream: blake2b() of content that arrives in pieces, such as an uploaded blob.
#pragma once

#include "base/digest.hpp"

#include <array>
#include <cstddef>
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

}  // namespace vargrid
