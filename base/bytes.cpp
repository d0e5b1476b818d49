#include "base/bytes.hpp"

namespace vargrid {

void ByteWriter::put_text(std::string_view text) {
    put_array(std::span<const char>{text.data(), text.size()});
}

std::string ByteReader::get_text() {
    const auto characters = get_array<char>();
    return {characters.begin(), characters.end()};
}

std::size_t ByteReader::get_count(std::size_t item_bytes_min) {
    CHECK(item_bytes_min > 0);
    const auto count = get<std::uint64_t>();
    if (failed_ || count > remaining() / item_bytes_min) {
        failed_ = true;
        return 0;
    }
    return static_cast<std::size_t>(count);
}

Result<void> ByteReader::finish(std::string_view what) const {
    if (failed_) {
        return Error{ErrorCode::invalid_input,
                     std::string{what} + ": damaged or truncated at byte " +
                         std::to_string(position_) + " of " + std::to_string(bytes_.size())};
    }
    if (remaining() != 0) {
        return Error{ErrorCode::invalid_input,
                     std::string{what} + ": " + std::to_string(remaining()) +
                         " unexpected bytes after its end"};
    }
    return {};
}

std::span<const std::byte> ByteReader::claim(std::size_t count) {
    if (failed_ || count > remaining()) {
        failed_ = true;
        return {};
    }
    const auto from = bytes_.subspan(position_, count);
    position_ += count;
    return from;
}

}  // namespace vargrid
