// The seal: a checksum of the whole file, appended behind what HDF5 considers its end (other
// readers ignore it). It is checked before HDF5 looks at the file, because HDF5 trusts a damaged
// file more than one should.
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>

namespace vargrid::results {

/// "VGSEAL01", then the BLAKE2b-256 of everything before.
inline constexpr std::size_t kSealBytes = 40;
using Seal = std::array<std::byte, kSealBytes>;

[[nodiscard]] Seal seal_of(std::span<const std::byte> contents);

enum class SealState {
    intact,
    absent,  ///< Truncated, or written (to) by another program.
    broken,  ///< The file is not what was written.
};

/// Errors: not_found, io (not a regular file, unreadable). Reads the whole file, piece by piece.
[[nodiscard]] Result<SealState> check_seal(const std::filesystem::path& path);

}  // namespace vargrid::results
