#include "protocol/zmq/endpoint.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace vargrid::protocol {
namespace {

constexpr std::string_view kFile = "file:";
constexpr std::string_view kTcp = "tcp://";
constexpr std::size_t kEndpointBytesMax = 512;

Error io_error(const std::filesystem::path& path) {
    return {ErrorCode::io, path.string() + ": " + std::strerror(errno)};
}

}  // namespace

Result<std::string> resolve_endpoint(const std::string& text) {
    if (text.starts_with(kTcp)) {
        return text;
    }
    if (!text.starts_with(kFile) || text.size() == kFile.size()) {
        return Error{ErrorCode::invalid_input,
                     "expected tcp://HOST:PORT or file:PATH, found '" + text + "'"};
    }
    const std::string path = text.substr(kFile.size());
    std::array<char, kEndpointBytesMax> line{};
    std::ifstream file{path};
    if (!file.getline(line.data(), line.size()) || line.front() == '\0') {
        return Error{ErrorCode::unreachable,
                     path + ": no scheduler has written its endpoint there yet"};
    }
    std::string endpoint{line.data()};
    if (!endpoint.starts_with(kTcp)) {
        return Error{ErrorCode::invalid_input,
                     path + ": expected tcp://HOST:PORT, found '" + endpoint + "'"};
    }
    return endpoint;
}

Result<void> write_endpoint_file(const std::filesystem::path& path, const std::string& endpoint) {
    const std::filesystem::path temporary = path.string() + ".tmp-" + std::to_string(::getpid());
    const int file = ::open(temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
    if (file < 0) {
        return io_error(temporary);
    }
    const std::string line = endpoint + "\n";
    const bool written =
        ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        ::fsync(file) == 0;
    const Error failure = io_error(temporary);
    ::close(file);
    if (!written) {
        return failure;
    }
    std::error_code why;
    std::filesystem::rename(temporary, path, why);
    if (why) {
        return Error{ErrorCode::io, path.string() + ": " + why.message()};
    }
    return {};
}

std::string reachable_endpoint(const std::string& bound, const std::string& host) {
    const std::size_t colon = bound.rfind(':');
    std::string name = host;
    if (name.empty()) {
        const std::string here = bound.substr(kTcp.size(), colon - kTcp.size());
        if (here != "0.0.0.0" && here != "*" && here != "[::]") {
            return bound;
        }
        std::array<char, 256> own{};
        if (::gethostname(own.data(), own.size() - 1) != 0) {
            return bound;
        }
        name = own.data();
    }
    return std::string{kTcp} + name + bound.substr(colon);
}

}  // namespace vargrid::protocol
