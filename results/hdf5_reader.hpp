// Hdf5Reader: reads an HDF5 file and believes nothing: names, types, shapes and storage are
// compared with what the caller expects before a byte is allocated. Internal to results/.
#pragma once

#include "base/result.hpp"
#include "results/hdf5_handle.hpp"
#include "results/hdf5_session.hpp"
#include "results/hdf5_writer.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vargrid::results {

enum class SealRule : std::uint8_t {
    required,  ///< For files that only vargrid touches.
    optional,  ///< For files a person may have added to; a broken seal is refused all the same.
};

/// Errors of every call: io; the message names the file and the item.
class Hdf5Reader {
  public:
    /// Errors: not_found; io when the file is no HDF5 file, truncated or damaged.
    [[nodiscard]] static Result<Hdf5Reader> open(const std::filesystem::path& path, SealRule rule);

    /// Succeeds if the array is there, with this type, these dimensions and all of its data: asked
    /// before memory for it is allocated.
    [[nodiscard]] Result<void> expect_array(const std::string& name,
                                            ElementType type,
                                            const Dimensions& dimensions) const;
    /// Length of a 1-D array. At most `count_max`.
    [[nodiscard]] Result<std::size_t> length(const std::string& name,
                                             std::uint64_t count_max) const;

    /// The whole array, which must have exactly these dimensions.
    template <class T>
    [[nodiscard]] Result<std::vector<T>> array(const std::string& name,
                                               const Dimensions& dimensions) const {
        std::vector<T> values;
        VARGRID_TRY(const Hdf5Dataset dataset, open_array(name, element_type_of<T>(), dimensions));
        values.resize(count_of(dimensions));
        VARGRID_TRY_VOID(
            read_all(dataset, name, element_type_of<T>(), values.data(), values.size()));
        return values;
    }
    [[nodiscard]] Result<std::vector<std::string>> texts(const std::string& name,
                                                         std::size_t count) const;
    /// Fills a box of an array in memory; the mirror of Hdf5Writer::fill.
    [[nodiscard]] Result<void> extract(const std::string& name,
                                       const Dimensions& dimensions,
                                       std::span<double> values,
                                       const Hdf5Writer::Box& box) const;

    // Attributes of the file.
    [[nodiscard]] Result<std::string> text_attribute(const std::string& name) const;
    [[nodiscard]] Result<std::int64_t> integer_attribute(const std::string& name) const;

    /// "<file>: <what>"
    [[nodiscard]] Error wrong(const std::string& what) const;

  private:
    explicit Hdf5Reader(std::filesystem::path path) : path_{std::move(path)} {}

    [[nodiscard]] static std::size_t count_of(const Dimensions& dimensions);
    [[nodiscard]] Result<Hdf5Dataset> open_array(const std::string& name,
                                                 ElementType type,
                                                 const Dimensions& dimensions) const;
    [[nodiscard]] Result<Hdf5Dataset> open_dataset(const std::string& name) const;
    [[nodiscard]] Result<void> check_dimensions(const Hdf5Dataset& dataset,
                                                const std::string& name,
                                                const Dimensions& dimensions) const;
    [[nodiscard]] Result<void> check_storage(const Hdf5Dataset& dataset,
                                             const std::string& name,
                                             const Dimensions& dimensions) const;
    [[nodiscard]] Result<void> read_all(const Hdf5Dataset& dataset,
                                        const std::string& name,
                                        ElementType type,
                                        void* values,
                                        std::size_t count) const;
    [[nodiscard]] Result<Hdf5Attribute> open_attribute(const std::string& name) const;

    std::filesystem::path path_;
    std::unique_ptr<Hdf5Session> session_{std::make_unique<Hdf5Session>()};
    Hdf5File file_;
};

}  // namespace vargrid::results
