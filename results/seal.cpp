#include "results/seal.hpp"

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/digest_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>

namespace vargrid::results {
namespace {

constexpr std::string_view kMagic = "VGSEAL02";
static_assert(kMagic.size() + sizeof(BlockDigest) == kSealBytes);

/// The file is read in pieces, so that checking a large one needs little memory.
constexpr std::size_t kPieceBytes = std::size_t{4} << 20U;

Seal make_seal(const BlockDigest& digest) {
    ByteWriter writer;
    writer.put(digest.high);
    writer.put(digest.low);
    Seal seal{};
    std::memcpy(seal.data(), kMagic.data(), kMagic.size());
    std::memcpy(seal.data() + kMagic.size(), writer.bytes().data(), writer.bytes().size());
    return seal;
}

}  // namespace

Seal seal_of(std::span<const std::byte> contents) {
    return make_seal(xxh128(contents));
}

Result<SealState> check_seal(const std::filesystem::path& path) {
    std::error_code code;
    const auto status = std::filesystem::status(path, code);
    if (status.type() == std::filesystem::file_type::not_found) {
        return Error{ErrorCode::not_found, path.string() + ": no such file"};
    }
    if (!std::filesystem::is_regular_file(status)) {
        return Error{ErrorCode::io, path.string() + ": not a regular file"};
    }
    const std::uintmax_t size = std::filesystem::file_size(path, code);
    std::ifstream file{path, std::ios::binary};
    if (code || !file) {
        const int reason = code ? code.value() : errno;
        return Error{ErrorCode::io,
                     path.string() + ": cannot read: " + std::generic_category().message(reason)};
    }
    if (size < kSealBytes) {
        return SealState::absent;
    }

    BlockDigestStream digest;
    Bytes piece(kPieceBytes);
    for (std::uintmax_t left = size - kSealBytes; left > 0;) {
        const auto count = static_cast<std::size_t>(std::min<std::uintmax_t>(left, kPieceBytes));
        file.read(reinterpret_cast<char*>(piece.data()), static_cast<std::streamsize>(count));
        digest.add(std::span{piece}.first(count));
        left -= count;
    }
    Seal found{};
    file.read(reinterpret_cast<char*>(found.data()), static_cast<std::streamsize>(found.size()));
    if (!file) {
        return Error{ErrorCode::io, path.string() + ": cannot read to its end"};
    }
    if (std::memcmp(found.data(), kMagic.data(), kMagic.size()) != 0) {
        return SealState::absent;
    }
    return found == make_seal(digest.finish()) ? SealState::intact : SealState::broken;
}

}  // namespace vargrid::results
