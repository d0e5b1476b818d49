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

/// "VGSEAL02", then the XXH3-128 of everything before: it finds damage, it does not prove who wrote
/// the file. Ten times as fast as a cryptographic digest, and every shard is sealed once and
/// checked once.
inline constexpr std::size_t kSealBytes = 24;
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
