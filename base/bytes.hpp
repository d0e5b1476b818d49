// ByteWriter and ByteReader: the little-endian encoding of blobs (scenario sets, batches, run
// specifications). The reader is bounded: a length that claims more than is there is an error
// before anything is allocated, and one failure makes every later read fail too, so that a decoder
// may read a whole structure and ask once at the end.
#pragma once

#include "base/result.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace vargrid {

static_assert(std::endian::native == std::endian::little, "blobs are little endian as in memory");

using Bytes = std::vector<std::byte>;

class ByteWriter {
  public:
    template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
    void put(T value) { append(&value, sizeof(T)); }

    void put_text(std::string_view text);

    /// Count as u64, then the elements as they lie in memory (padding-free types only).
    template <class T>
    requires std::is_arithmetic_v<T> || std::has_unique_object_representations_v<T>
    void put_array(std::span<const T> values) {
        put<std::uint64_t>(values.size());
        append(values.data(), values.size_bytes());
    }
    template <class T>
    void put_array(const std::vector<T>& values) {
        put_array(std::span<const T>{values});
    }

    [[nodiscard]] const Bytes& bytes() const { return bytes_; }
    [[nodiscard]] Bytes take() { return std::move(bytes_); }

  private:
    void append(const void* from, std::size_t count) {
        const std::size_t end = bytes_.size();
        bytes_.resize(end + count);
        if (count > 0) {
            std::memcpy(bytes_.data() + end, from, count);
        }
    }

    Bytes bytes_;
};

class ByteReader {
  public:
    explicit ByteReader(std::span<const std::byte> bytes) : bytes_{bytes} {}

    template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T> T get() {
        T value{};
        if (const auto from = claim(sizeof(T)); !from.empty()) {
            std::memcpy(&value, from.data(), sizeof(T));
        }
        return value;
    }

    [[nodiscard]] std::string get_text();

    template <class T>
    requires std::is_arithmetic_v<T> || std::has_unique_object_representations_v<T> std::vector<T>
    get_array() {
        const auto count = get<std::uint64_t>();
        if (failed_ || count > remaining() / sizeof(T)) {
            failed_ = true;
            return {};
        }
        std::vector<T> values(static_cast<std::size_t>(count));
        if (const auto from = claim(values.size() * sizeof(T)); !from.empty()) {
            std::memcpy(values.data(), from.data(), from.size());
        }
        return values;
    }

    /// A count of items that each take at least `item_bytes_min` bytes; fails if it cannot be true.
    [[nodiscard]] std::size_t get_count(std::size_t item_bytes_min);

    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] std::size_t remaining() const { return bytes_.size() - position_; }

    /// Succeeds when nothing failed and every byte was read. `what` names the structure.
    [[nodiscard]] Result<void> finish(std::string_view what) const;

  private:
    std::span<const std::byte> claim(std::size_t count);

    std::span<const std::byte> bytes_;
    std::size_t position_{0};
    bool failed_{false};
};

}  // namespace vargrid
