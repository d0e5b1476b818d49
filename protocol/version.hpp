// The version of the wire contract and every limit it names. docs/protocol.md explains them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vargrid::protocol {

/// Peers of another version are refused: one grid runs one release.
inline constexpr std::uint32_t kProtocolVersion = 1;

/// Messages in one frame.
inline constexpr std::size_t kMessagesPerFrameMax = 256;
inline constexpr std::size_t kMessageBytesMax = std::size_t{8} << 20;
/// The transport cuts the connection of a peer that announces a larger frame. Larger than a message
/// so that a message somewhat too large still gets an answer.
inline constexpr std::size_t kFrameBytesMax = std::size_t{16} << 20;
inline constexpr std::uint64_t kBlobBytesMax = std::uint64_t{4} << 30;
inline constexpr std::size_t kChunkBytesMax = std::size_t{1} << 20;

inline constexpr std::size_t kNameBytesMax = 256;
inline constexpr std::size_t kCurrencyBytesMax = 8;
inline constexpr std::uint64_t kPriceMillionthsMax = 1'000'000'000'000;
inline constexpr std::size_t kShardNameBytesMax = 255;
inline constexpr std::size_t kTextBytesMax = 4096;
inline constexpr std::size_t kPathBytesMax = 4096;
inline constexpr std::size_t kRangesMax = 65'536;
inline constexpr std::size_t kHeldLeasesMax = 1024;
inline constexpr std::size_t kDigestsMax = 65'536;
inline constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{1} << 60;
inline constexpr std::uint32_t kThreadsMax = 65'536;
/// The longest life a worker may announce: 400 days.
inline constexpr std::uint64_t kLifeNsMax = 400ULL * 24 * 3'600 * 1'000'000'000;
inline constexpr std::size_t kJobsPerReplyMax = 512;
inline constexpr std::size_t kWorkersPerReplyMax = 8'192;
inline constexpr std::size_t kFailuresPerReplyMax = 100;
inline constexpr std::size_t kReasonsMax = 256;
inline constexpr std::size_t kOwnersPerReplyMax = 100;
inline constexpr std::size_t kSpentKindsMax = 16;

inline constexpr std::size_t kUploadsMax = 64;
inline constexpr std::chrono::seconds kUploadSilenceMax{60};
inline constexpr std::uint64_t kRefusalsPerSecondMax = 100;

}  // namespace vargrid::protocol
