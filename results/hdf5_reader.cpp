#include "results/hdf5_reader.hpp"

#include "results/seal.hpp"

#include <limits>

namespace vargrid::results {
namespace {

/// "[3, 500]"
std::string to_text(const std::vector<hsize_t>& dimensions) {
    std::string text = "[";
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
        text += (i > 0 ? ", " : "") + std::to_string(dimensions[i]);
    }
    return text + "]";
}

std::vector<hsize_t> dimensions_of(hid_t dataset) {
    const Hdf5Space space{H5Dget_space(dataset)};
    const int rank = H5Sget_simple_extent_ndims(space.id());
    if (rank <= 0) {
        return {};
    }
    std::vector<hsize_t> dimensions(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space.id(), dimensions.data(), nullptr);
    return dimensions;
}

bool is_variable_text(hid_t type) {
    return H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0;
}

std::vector<hsize_t> to_hsize(const Dimensions& dimensions) {
    return {dimensions.begin(), dimensions.end()};
}

}  // namespace

Result<Hdf5Reader> Hdf5Reader::open(const std::filesystem::path& path, SealRule rule) {
    VARGRID_TRY(const SealState seal, check_seal(path));
    Hdf5Reader reader{path};
    if (seal == SealState::broken) {
        return reader.wrong("damaged: its checksum is not that of its contents");
    }
    if (H5Fis_hdf5(path.c_str()) <= 0) {
        H5Eclear2(H5E_DEFAULT);
        return reader.wrong("not an HDF5 file, or one that lost its beginning");
    }
    if (seal == SealState::absent && rule == SealRule::required) {
        return reader.wrong(
            "truncated, or not written by vargrid: its closing checksum is missing");
    }
    const Hdf5Properties access = file_access_properties();
    reader.file_ = Hdf5File{H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id())};
    if (!reader.file_.valid()) {
        return reader.wrong(hdf5_error("cannot open").message);
    }
    return reader;
}

Result<void> Hdf5Reader::expect_array(const std::string& name,
                                      ElementType type,
                                      const Dimensions& dimensions) const {
    const auto dataset = open_array(name, type, dimensions);
    return dataset ? Result<void>{} : Result<void>{dataset.error()};
}

Result<std::size_t> Hdf5Reader::length(const std::string& name, std::uint64_t count_max) const {
    VARGRID_TRY(const Hdf5Dataset dataset, open_dataset(name));
    const auto dimensions = dimensions_of(dataset.id());
    if (dimensions.size() != 1) {
        return wrong(name + ": expected one dimension, found " + to_text(dimensions));
    }
    if (dimensions[0] > count_max) {
        return wrong(name + ": " + std::to_string(dimensions[0]) + " items where at most " +
                     std::to_string(count_max) + " can be");
    }
    return static_cast<std::size_t>(dimensions[0]);
}

Result<std::vector<std::string>> Hdf5Reader::texts(const std::string& name,
                                                   std::size_t count) const {
    VARGRID_TRY(const Hdf5Dataset dataset, open_dataset(name));
    const Hdf5Type type{H5Dget_type(dataset.id())};
    if (!is_variable_text(type.id())) {
        return wrong(name + ": expected texts of variable length");
    }
    VARGRID_TRY_VOID(check_dimensions(dataset, name, {count}));
    std::vector<std::string> values(count);
    if (count == 0) {
        return values;
    }
    std::vector<char*> pointers(count, nullptr);
    if (H5Dread(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) < 0) {
        return wrong(hdf5_error(name).message);
    }
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = pointers[i] == nullptr ? "" : pointers[i];
    }
    const Hdf5Space space{H5Dget_space(dataset.id())};
    H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, pointers.data());
    return values;
}

Result<void> Hdf5Reader::extract(const std::string& name,
                                 const Dimensions& dimensions,
                                 std::span<double> values,
                                 const Hdf5Writer::Box& box) const {
    VARGRID_TRY(const Hdf5Dataset dataset, open_array(name, ElementType::f64, dimensions));
    CHECK(values.size() == count_of(box.memory_dimensions));
    if (count_of(box.file_count) == 0) {
        return {};
    }
    const auto memory_size = to_hsize(box.memory_dimensions);
    const Hdf5Space memory{
        H5Screate_simple(static_cast<int>(memory_size.size()), memory_size.data(), nullptr)};
    const Hdf5Space file{H5Dget_space(dataset.id())};
    H5Sselect_hyperslab(memory.id(),
                        H5S_SELECT_SET,
                        to_hsize(box.memory_start).data(),
                        nullptr,
                        to_hsize(box.memory_count).data(),
                        nullptr);
    H5Sselect_hyperslab(file.id(),
                        H5S_SELECT_SET,
                        to_hsize(box.file_start).data(),
                        nullptr,
                        to_hsize(box.file_count).data(),
                        nullptr);
    if (H5Dread(
            dataset.id(), H5T_NATIVE_DOUBLE, memory.id(), file.id(), H5P_DEFAULT, values.data()) <
        0) {
        return wrong(hdf5_error(name).message);
    }
    return {};
}

Result<std::string> Hdf5Reader::text_attribute(const std::string& name) const {
    VARGRID_TRY(const Hdf5Attribute attribute, open_attribute(name));
    const Hdf5Type type{H5Aget_type(attribute.id())};
    if (!is_variable_text(type.id())) {
        return wrong("attribute " + name + ": expected a text");
    }
    char* pointer = nullptr;
    if (H5Aread(attribute.id(), type.id(), &pointer) < 0) {
        return wrong(hdf5_error("attribute " + name).message);
    }
    std::string text = pointer == nullptr ? "" : pointer;
    H5free_memory(pointer);
    return text;
}

Result<std::int64_t> Hdf5Reader::integer_attribute(const std::string& name) const {
    VARGRID_TRY(const Hdf5Attribute attribute, open_attribute(name));
    const Hdf5Type type{H5Aget_type(attribute.id())};
    if (H5Tequal(type.id(), H5T_STD_I64LE) <= 0) {
        return wrong("attribute " + name + ": expected a whole number");
    }
    std::int64_t value = 0;
    if (H5Aread(attribute.id(), H5T_NATIVE_INT64, &value) < 0) {
        return wrong(hdf5_error("attribute " + name).message);
    }
    return value;
}

Error Hdf5Reader::wrong(const std::string& what) const {
    return {ErrorCode::io, path_.string() + ": " + what};
}

std::size_t Hdf5Reader::count_of(const Dimensions& dimensions) {
    std::size_t count = 1;
    for (const std::uint64_t d : dimensions) {
        CHECK(d == 0 || count <= std::numeric_limits<std::size_t>::max() / d);
        count *= static_cast<std::size_t>(d);
    }
    return count;
}

Result<Hdf5Dataset> Hdf5Reader::open_array(const std::string& name,
                                           ElementType type,
                                           const Dimensions& dimensions) const {
    VARGRID_TRY(Hdf5Dataset dataset, open_dataset(name));
    const Hdf5Type found{H5Dget_type(dataset.id())};
    if (H5Tequal(found.id(), file_type(type)) <= 0) {
        return wrong(name + ": has another number type than expected");
    }
    VARGRID_TRY_VOID(check_dimensions(dataset, name, dimensions));
    VARGRID_TRY_VOID(check_storage(dataset, name, dimensions));
    return dataset;
}

Result<Hdf5Dataset> Hdf5Reader::open_dataset(const std::string& name) const {
    Hdf5Dataset dataset{H5Dopen2(file_.id(), name.c_str(), H5P_DEFAULT)};
    if (!dataset.valid()) {
        return wrong(hdf5_error("no dataset " + name).message);
    }
    return dataset;
}

Result<void> Hdf5Reader::check_dimensions(const Hdf5Dataset& dataset,
                                          const std::string& name,
                                          const Dimensions& dimensions) const {
    const auto found = dimensions_of(dataset.id());
    if (found != to_hsize(dimensions)) {
        return wrong(name + ": expected the shape " + to_text(to_hsize(dimensions)) + ", found " +
                     to_text(found));
    }
    return {};
}

/// A dataset without storage, or a chunk that was never written, reads as fill values: a hole that
/// would pass for data.
Result<void> Hdf5Reader::check_storage(const Hdf5Dataset& dataset,
                                       const std::string& name,
                                       const Dimensions& dimensions) const {
    const std::size_t count = count_of(dimensions);
    if (count == 0) {
        return {};
    }
    const Hdf5Properties creation{H5Dget_create_plist(dataset.id())};
    const Hdf5Type type{H5Dget_type(dataset.id())};
    if (H5Pget_layout(creation.id()) != H5D_CHUNKED) {
        if (H5Dget_storage_size(dataset.id()) != count * H5Tget_size(type.id())) {
            return wrong(name + ": has no data");
        }
        return {};
    }
    std::vector<hsize_t> chunk(dimensions.size(), 1);
    const int rank = H5Pget_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data());
    std::uint64_t expected = 1;
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
        expected *= (dimensions[i] + chunk[i] - 1) / chunk[i];
    }
    const Hdf5Space space{H5Dget_space(dataset.id())};
    hsize_t present = 0;
    if (rank != static_cast<int>(dimensions.size()) ||
        H5Dget_num_chunks(dataset.id(), space.id(), &present) < 0 || present != expected) {
        H5Eclear2(H5E_DEFAULT);
        return wrong(name + ": has holes, " + std::to_string(present) + " of " +
                     std::to_string(expected) + " chunks are there");
    }
    return {};
}

Result<void> Hdf5Reader::read_all(const Hdf5Dataset& dataset,
                                  const std::string& name,
                                  ElementType type,
                                  void* values,
                                  std::size_t count) const {
    if (count > 0 &&
        H5Dread(dataset.id(), memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        return wrong(hdf5_error(name).message);
    }
    return {};
}

Result<Hdf5Attribute> Hdf5Reader::open_attribute(const std::string& name) const {
    Hdf5Attribute attribute{H5Aopen(file_.id(), name.c_str(), H5P_DEFAULT)};
    if (!attribute.valid()) {
        return wrong(hdf5_error("no attribute " + name).message);
    }
    const Hdf5Space space{H5Aget_space(attribute.id())};
    if (H5Sget_simple_extent_npoints(space.id()) != 1) {
        return wrong("attribute " + name + ": expected a single value");
    }
    return attribute;
}

}  // namespace vargrid::results
