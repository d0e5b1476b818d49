#include "pricing/history/text_file.hpp"

#include <lzma.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

namespace vargrid {

namespace {

constexpr std::string_view kGzipMagic{"\x1f\x8b", 2};
constexpr std::string_view kXzMagic{
    "\xfd"
    "7zXZ\0",
    6};
/// xz asks for the memory its encoder chose (9 MiB at the default level, 65 MiB at -9).
constexpr std::uint64_t kXzMemoryMax = std::uint64_t{256} << 20;
constexpr std::size_t kChunk = std::size_t{256} << 10;

std::string megabytes(std::size_t bytes) {
    return std::to_string(bytes >> 20) + " MiB";
}

Error damaged(const std::string& why) {
    return Error{ErrorCode::io, why};
}

Error too_long(std::size_t limit) {
    return Error{ErrorCode::limit, "unpacks to more than " + megabytes(limit)};
}

/// Appends `count` bytes of a chunk unless that breaks the limit.
bool append(std::string& text, const char* chunk, std::size_t count, std::size_t limit) {
    if (count > limit - text.size()) {
        return false;
    }
    text.append(chunk, count);
    return true;
}

/// One or more gzip members one after another, as `cat a.gz b.gz` makes them.
Result<std::string> unpack_gzip(std::string_view packed, std::size_t limit) {
    z_stream stream{};
    // 16 selects the gzip format, 15 the largest window.
    if (inflateInit2(&stream, 16 + 15) != Z_OK) {
        return Error{ErrorCode::internal, "zlib does not start"};
    }
    const std::unique_ptr<z_stream, void (*)(z_stream*)> guard{&stream,
                                                               [](z_stream* s) { inflateEnd(s); }};
    auto bytes = std::make_unique<std::array<char, kChunk>>();
    std::string text;
    std::string input{packed};  // zlib's interface is not const-correct.
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    for (;;) {
        stream.next_out = reinterpret_cast<Bytef*>(bytes->data());
        stream.avail_out = static_cast<uInt>(kChunk);
        const int status = inflate(&stream, Z_NO_FLUSH);
        if (!append(text, bytes->data(), kChunk - stream.avail_out, limit)) {
            return too_long(limit);
        }
        if (status == Z_STREAM_END) {
            if (stream.avail_in == 0) {
                return text;
            }
            if (inflateReset(&stream) != Z_OK) {
                return Error{ErrorCode::internal, "zlib does not restart"};
            }
        } else if (status == Z_BUF_ERROR ||
                   (status == Z_OK && stream.avail_in == 0 && stream.avail_out > 0)) {
            return damaged("gzip data ends too early: the file is truncated");
        } else if (status != Z_OK) {
            return damaged(std::string{"gzip data is damaged"} +
                           (stream.msg != nullptr ? std::string{": "} + stream.msg : ""));
        }
    }
}

Result<std::string> unpack_xz(std::string_view packed, std::size_t limit) {
    lzma_stream stream = LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&stream, kXzMemoryMax, LZMA_CONCATENATED) != LZMA_OK) {
        return Error{ErrorCode::internal, "liblzma does not start"};
    }
    const std::unique_ptr<lzma_stream, void (*)(lzma_stream*)> guard{&stream, lzma_end};
    auto bytes = std::make_unique<std::array<char, kChunk>>();
    std::string text;
    stream.next_in = reinterpret_cast<const std::uint8_t*>(packed.data());
    stream.avail_in = packed.size();
    for (;;) {
        stream.next_out = reinterpret_cast<std::uint8_t*>(bytes->data());
        stream.avail_out = kChunk;
        const lzma_ret status = lzma_code(&stream, LZMA_FINISH);
        if (!append(text, bytes->data(), kChunk - stream.avail_out, limit)) {
            return too_long(limit);
        }
        switch (status) {
            case LZMA_OK:
                break;
            case LZMA_STREAM_END:
                return text;
            case LZMA_BUF_ERROR:
                return damaged("xz data ends too early: the file is truncated");
            case LZMA_MEMLIMIT_ERROR:
                return Error{ErrorCode::limit,
                             "needs more than " + megabytes(kXzMemoryMax) + " to unpack"};
            default:
                return damaged("xz data is damaged (liblzma code " +
                               std::to_string(static_cast<int>(status)) + ")");
        }
    }
}

Result<std::string> read_bytes(const std::filesystem::path& path, std::size_t limit) {
    std::error_code problem;
    if (!std::filesystem::is_regular_file(path, problem)) {
        return Error{ErrorCode::io,
                     std::filesystem::exists(path, problem) ? "is not a file" : "no such file"};
    }
    const std::uintmax_t size = std::filesystem::file_size(path, problem);
    if (problem) {
        return Error{ErrorCode::io, problem.message()};
    }
    if (size > limit) {
        return Error{ErrorCode::limit, "is larger than " + megabytes(limit)};
    }
    std::ifstream file{path, std::ios::binary};
    std::string bytes(static_cast<std::size_t>(size), '\0');
    if (!file || !file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
        return Error{ErrorCode::io, "cannot be read"};
    }
    return bytes;
}

bool is_packed(const std::string& bytes) {
    return bytes.starts_with(kGzipMagic) || bytes.starts_with(kXzMagic);
}

Result<std::string> unpack(const std::string& bytes, std::size_t limit) {
    return bytes.starts_with(kGzipMagic) ? unpack_gzip(bytes, limit) : unpack_xz(bytes, limit);
}

/// What is wrong with a file that is not packed; empty when nothing is.
std::string problem_with_plain(const std::string& bytes,
                               const std::string& extension,
                               std::size_t limit) {
    if (extension == ".gz" || extension == ".xz") {
        return "is named " + extension + " but is not " + (extension == ".gz" ? "gzip" : "xz") +
               " data";
    }
    return bytes.size() > limit ? "is larger than " + megabytes(limit) : std::string{};
}

}  // namespace

Result<std::string> read_text_file(const std::filesystem::path& path,
                                   const TextFileLimits& limits) {
    const std::size_t size_max =
        std::min<std::size_t>(limits.file_bytes_max, std::numeric_limits<uInt>::max());
    Result<std::string> bytes = read_bytes(path, size_max);
    if (!bytes) {
        return with_context(bytes.error(), path.string());
    }
    if (is_packed(*bytes)) {
        Result<std::string> text = unpack(*bytes, limits.text_bytes_max);
        if (!text) {
            return with_context(text.error(), path.string());
        }
        return text;
    }
    const std::string problem =
        problem_with_plain(*bytes, path.extension().string(), limits.text_bytes_max);
    if (!problem.empty()) {
        return Error{ErrorCode::io, path.string() + ": " + problem};
    }
    return bytes;
}

}  // namespace vargrid
