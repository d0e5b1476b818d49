// Hdf5Writer: builds an HDF5 file in memory. The first failure sticks and is reported by finish(),
// so that a writer of many datasets asks once. Internal to results/.
#pragma once

#include "base/result.hpp"
#include "results/hdf5_handle.hpp"
#include "results/hdf5_session.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vargrid::results {

enum class Storage : std::uint8_t {
    plain,       ///< One contiguous piece.
    compressed,  ///< Chunks of about 1 MiB with shuffle, gzip 4 and a Fletcher-32 checksum each.
};

/// What an array holds, on disk little endian; in memory the native type of the same width.
enum class ElementType : std::uint8_t { u8, u32, u64, i32, i64, f64 };

[[nodiscard]] hid_t file_type(ElementType type);
[[nodiscard]] hid_t memory_type(ElementType type);

template <class T>
constexpr ElementType element_type_of();
template <>
constexpr ElementType element_type_of<std::uint8_t>() {
    return ElementType::u8;
}
template <>
constexpr ElementType element_type_of<std::uint32_t>() {
    return ElementType::u32;
}
template <>
constexpr ElementType element_type_of<std::uint64_t>() {
    return ElementType::u64;
}
template <>
constexpr ElementType element_type_of<std::int32_t>() {
    return ElementType::i32;
}
template <>
constexpr ElementType element_type_of<std::int64_t>() {
    return ElementType::i64;
}
template <>
constexpr ElementType element_type_of<double>() {
    return ElementType::f64;
}

using Dimensions = std::vector<std::uint64_t>;

/// The bytes of a closed file, in the memory HDF5 built it in.
class FileImage {
  public:
    [[nodiscard]] std::span<const std::byte> bytes() const { return {memory_.get(), size_}; }

  private:
    friend class Hdf5Writer;
    struct Free {
        void operator()(std::byte* memory) const;
    };

    std::unique_ptr<std::byte, Free> memory_;
    std::size_t size_{0};
};

class Hdf5Writer {
  public:
    Hdf5Writer();

    void make_group(const std::string& name);

    /// A whole array. Doubles get NaN as fill value and `_FillValue` attribute.
    template <class T>
    void array(const std::string& name,
               std::span<const T> values,
               const Dimensions& dimensions,
               Storage storage = Storage::plain) {
        create(name, element_type_of<T>(), dimensions, storage);
        write_all(name, element_type_of<T>(), values.data(), values.size());
    }
    template <class T>
    void array(const std::string& name, const std::vector<T>& values) {
        array(name, std::span<const T>{values}, {values.size()});
    }
    /// Variable-length UTF-8.
    void texts(const std::string& name, const std::vector<std::string>& values);

    /// An array of doubles whose parts lie apart in memory: create it, then fill it part by part.
    void create(const std::string& name,
                ElementType type,
                const Dimensions& dimensions,
                Storage storage);
    /// A box of a dataset from the same box of a larger array in memory.
    /// Shapes: all of the same rank; values has the product of `memory_dimensions`.
    struct Box {
        Dimensions memory_dimensions;
        Dimensions memory_start;
        Dimensions memory_count;
        Dimensions file_start;
        Dimensions file_count;
    };
    void fill(const std::string& name, std::span<const double> values, const Box& box);

    /// Makes the 1-D array the coordinate of the dimension of its own name.
    void make_coordinate(const std::string& name);
    /// Says which coordinate each axis runs along.
    void along(const std::string& name, const std::vector<std::string>& coordinates);

    // Attributes; "/" is the file itself.
    void attribute(const std::string& object, const std::string& name, std::string_view text);
    void attribute(const std::string& object, const std::string& name, std::int64_t value);
    void attribute(const std::string& object, const std::string& name, double value);

    /// Closes the file; nothing may follow. Errors: io with the first failure.
    [[nodiscard]] Result<FileImage> finish();

  private:
    void create_in_memory();
    void expect(bool succeeded, const std::string& what);
    void write_all(const std::string& name,
                   ElementType type,
                   const void* values,
                   std::size_t count);
    [[nodiscard]] Hdf5Dataset open(const std::string& name);
    void write_attribute(const std::string& object,
                         const std::string& name,
                         hid_t type,
                         hid_t memory,
                         const void* value);

    // HDF5's core driver grows and gives up its memory here; see create_in_memory(). On the heap
    // because HDF5 keeps the address.
    std::unique_ptr<FileImage> image_{std::make_unique<FileImage>()};
    Hdf5Session session_;
    std::optional<Error> failure_;
    Hdf5File file_;
};

}  // namespace vargrid::results
