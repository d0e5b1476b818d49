#include "scheduler/server/journal_record.hpp"

#include <array>
#include <cstring>
#include <limits>

namespace vargrid::scheduler {
namespace {

constexpr std::uint64_t kLow7 = 0x7f;
constexpr std::uint64_t kMore = 0x80;

}  // namespace

// Seven bits a byte, the lowest first; the top bit says that another byte follows.
void RecordWriter::put(std::uint64_t value) {
    std::array<std::byte, 10> digits{};
    std::size_t count = 0;
    while (value >= kMore) {
        digits[count++] = static_cast<std::byte>((value & kLow7) | kMore);
        value >>= 7U;
    }
    digits[count++] = static_cast<std::byte>(value);
    raw(digits.data(), count);
}

void RecordWriter::put(const std::string& text) {
    put(std::uint64_t{text.size()});
    raw(text.data(), text.size());
}

void RecordWriter::raw(const void* from, std::size_t count) {
    const auto* const first = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), first, first + count);
}

std::uint8_t RecordReader::byte() {
    if (at_end()) {
        failed_ = true;
        return 0;
    }
    return static_cast<std::uint8_t>(bytes_[position_++]);
}

void RecordReader::get(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const std::uint64_t digit = byte();
        value |= (digit & kLow7) << shift;
        if ((digit & kMore) == 0) {
            return;
        }
    }
    failed_ = true;
}

void RecordReader::get(std::uint32_t& value) {
    std::uint64_t wide = 0;
    get(wide);
    failed_ = failed_ || wide > std::numeric_limits<std::uint32_t>::max();
    value = static_cast<std::uint32_t>(wide);
}

void RecordReader::get(std::int32_t& value) {
    std::uint64_t wide = 0;
    get(wide);
    value = static_cast<std::int32_t>(static_cast<std::int64_t>(wide));
    failed_ = failed_ || static_cast<std::uint64_t>(std::int64_t{value}) != wide;
}

void RecordReader::get(std::string& text) {
    std::uint64_t size = 0;
    get(size);
    if (failed_ || size > bytes_.size() - position_) {
        failed_ = true;
        text.clear();
        return;
    }
    text.assign(reinterpret_cast<const char*>(bytes_.data()) + position_,
                static_cast<std::size_t>(size));
    position_ += static_cast<std::size_t>(size);
}

void RecordReader::get(BlockRange& range) {
    std::uint64_t size = 0;
    (*this)(range.first, size);
    range.last = range.first + size;
}

void RecordReader::raw(void* to, std::size_t count) {
    if (failed_ || count > bytes_.size() - position_) {
        failed_ = true;
        return;
    }
    std::memcpy(to, bytes_.data() + position_, count);
    position_ += count;
}

}  // namespace vargrid::scheduler
