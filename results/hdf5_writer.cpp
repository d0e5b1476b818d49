#include "results/hdf5_writer.hpp"

#include <hdf5_hl.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace vargrid::results {
namespace {

constexpr std::size_t kImageGrowthBytes = std::size_t{1} << 20U;
constexpr std::uint64_t kChunkElements = (1U << 20U) / sizeof(double);
constexpr unsigned kGzipLevel = 4;
/// Of the end-of-file address in a superblock of version 2, which is what our format bounds give.
/// Source: HDF5 File Format Specification 3.0, section II.A.
constexpr std::size_t kEndOfFileOffset = 28;
constexpr unsigned kCreationOrder = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;

std::vector<hsize_t> to_hsize(const Dimensions& dimensions) {
    return {dimensions.begin(), dimensions.end()};
}

std::uint64_t product(const Dimensions& dimensions) {
    std::uint64_t count = 1;
    for (const std::uint64_t d : dimensions) {
        count *= d;
    }
    return count;
}

/// Whole rows of the last axis, as many as make a chunk; one slice of every axis before.
std::vector<hsize_t> chunk_of(const Dimensions& dimensions) {
    std::vector<hsize_t> chunk(dimensions.size(), 1);
    std::uint64_t room = kChunkElements;
    for (std::size_t axis = dimensions.size(); axis-- > 0 && room > 1;) {
        chunk[axis] = std::min<std::uint64_t>(dimensions[axis], room);
        room /= chunk[axis];
    }
    return chunk;
}

Hdf5Type text_type() {
    Hdf5Type type{H5Tcopy(H5T_C_S1)};
    H5Tset_size(type.id(), H5T_VARIABLE);
    H5Tset_cset(type.id(), H5T_CSET_UTF8);
    return type;
}

/// Attributes in the order they were made, and no times: equal contents make equal bytes.
Hdf5Properties dataset_creation() {
    Hdf5Properties creation{H5Pcreate(H5P_DATASET_CREATE)};
    H5Pset_attr_creation_order(creation.id(), kCreationOrder);
    H5Pset_obj_track_times(creation.id(), false);
    return creation;
}

}  // namespace

hid_t file_type(ElementType type) {
    switch (type) {
        case ElementType::u8:
            return H5T_STD_U8LE;
        case ElementType::u32:
            return H5T_STD_U32LE;
        case ElementType::u64:
            return H5T_STD_U64LE;
        case ElementType::i32:
            return H5T_STD_I32LE;
        case ElementType::i64:
            return H5T_STD_I64LE;
        case ElementType::f64:
            return H5T_IEEE_F64LE;
    }
    CHECK(false);
}

hid_t memory_type(ElementType type) {
    switch (type) {
        case ElementType::u8:
            return H5T_NATIVE_UINT8;
        case ElementType::u32:
            return H5T_NATIVE_UINT32;
        case ElementType::u64:
            return H5T_NATIVE_UINT64;
        case ElementType::i32:
            return H5T_NATIVE_INT32;
        case ElementType::i64:
            return H5T_NATIVE_INT64;
        case ElementType::f64:
            return H5T_NATIVE_DOUBLE;
    }
    CHECK(false);
}

void FileImage::Free::operator()(std::byte* memory) const {
    std::free(memory);  // NOLINT: it came from realloc, as HDF5 wants it.
}

Hdf5Writer::Hdf5Writer() {
    create_in_memory();
    expect(file_.valid(), "cannot build a file in memory");
}

/// The core driver builds the file in memory, and its callbacks let us keep that memory when the
/// file is closed. H5Fget_file_image() would copy it, and HDF5 1.10 leaves a wrong checksum in the
/// superblock of the copy (it clears the "open for writing" flag, but not what was computed of it).
void Hdf5Writer::create_in_memory() {
    H5FD_file_image_callbacks_t callbacks{};
    callbacks.image_realloc =
        [](void* memory, std::size_t size, H5FD_file_image_op_t, void* image) -> void* {
        void* grown = std::realloc(memory, size);  // NOLINT: the driver's own way.
        if (grown != nullptr) {
            static_cast<FileImage*>(image)->size_ = size;
        }
        return grown;
    };
    callbacks.image_free = [](void* memory, H5FD_file_image_op_t, void* image) -> herr_t {
        static_cast<FileImage*>(image)->memory_.reset(static_cast<std::byte*>(memory));
        return 0;
    };
    callbacks.udata_copy = [](void* image) { return image; };
    callbacks.udata_free = [](void* /*image*/) -> herr_t { return 0; };
    callbacks.udata = image_.get();

    const Hdf5Properties access = file_access_properties();
    H5Pset_fapl_core(access.id(), kImageGrowthBytes, false);
    H5Pset_file_image_callbacks(access.id(), &callbacks);
    const Hdf5Properties creation{H5Pcreate(H5P_FILE_CREATE)};
    H5Pset_link_creation_order(creation.id(), kCreationOrder);
    H5Pset_attr_creation_order(creation.id(), kCreationOrder);
    file_ = Hdf5File{H5Fcreate("in memory", H5F_ACC_TRUNC, creation.id(), access.id())};
}

void Hdf5Writer::make_group(const std::string& name) {
    if (failure_) {
        return;
    }
    const Hdf5Properties creation{H5Pcreate(H5P_GROUP_CREATE)};
    H5Pset_link_creation_order(creation.id(), kCreationOrder);
    H5Pset_attr_creation_order(creation.id(), kCreationOrder);
    const Hdf5Group group{
        H5Gcreate2(file_.id(), name.c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT)};
    expect(group.valid(), name);
}

void Hdf5Writer::create(const std::string& name,
                        ElementType type,
                        const Dimensions& dimensions,
                        Storage storage) {
    if (failure_) {
        return;
    }
    const Hdf5Properties creation = dataset_creation();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    if (type == ElementType::f64) {
        H5Pset_fill_value(creation.id(), H5T_NATIVE_DOUBLE, &nan);
    }
    if (storage == Storage::compressed && product(dimensions) > 0) {
        const auto chunk = chunk_of(dimensions);
        H5Pset_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data());
        H5Pset_shuffle(creation.id());
        H5Pset_deflate(creation.id(), kGzipLevel);
        H5Pset_fletcher32(creation.id());
    }
    const auto size = to_hsize(dimensions);
    const Hdf5Space space{H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr)};
    const Hdf5Dataset dataset{H5Dcreate2(file_.id(),
                                         name.c_str(),
                                         file_type(type),
                                         space.id(),
                                         H5P_DEFAULT,
                                         creation.id(),
                                         H5P_DEFAULT)};
    expect(dataset.valid(), name);
    if (type == ElementType::f64) {
        attribute(name, "_FillValue", nan);
    }
}

void Hdf5Writer::write_all(const std::string& name,
                           ElementType type,
                           const void* values,
                           std::size_t count) {
    if (failure_ || count == 0) {
        return;
    }
    const Hdf5Dataset dataset = open(name);
    const Hdf5Space space{H5Dget_space(dataset.id())};
    CHECK(H5Sget_simple_extent_npoints(space.id()) == static_cast<hssize_t>(count));
    expect(H5Dwrite(dataset.id(), memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
           name);
}

void Hdf5Writer::texts(const std::string& name, const std::vector<std::string>& values) {
    if (failure_) {
        return;
    }
    const Hdf5Properties creation = dataset_creation();
    const hsize_t size = values.size();
    const Hdf5Space space{H5Screate_simple(1, &size, nullptr)};
    const Hdf5Type type = text_type();
    const Hdf5Dataset dataset{H5Dcreate2(
        file_.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT)};
    expect(dataset.valid(), name);
    if (failure_ || values.empty()) {
        return;
    }
    std::vector<const char*> pointers;
    pointers.reserve(values.size());
    for (const std::string& value : values) {
        pointers.push_back(value.c_str());
    }
    expect(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) >= 0,
           name);
}

void Hdf5Writer::fill(const std::string& name, std::span<const double> values, const Box& box) {
    if (failure_ || product(box.file_count) == 0) {
        return;
    }
    CHECK(values.size() == product(box.memory_dimensions));
    const auto memory_size = to_hsize(box.memory_dimensions);
    const Hdf5Space memory{
        H5Screate_simple(static_cast<int>(memory_size.size()), memory_size.data(), nullptr)};
    const Hdf5Dataset dataset = open(name);
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
    expect(
        H5Dwrite(
            dataset.id(), H5T_NATIVE_DOUBLE, memory.id(), file.id(), H5P_DEFAULT, values.data()) >=
            0,
        name);
}

void Hdf5Writer::make_coordinate(const std::string& name) {
    if (failure_) {
        return;
    }
    const Hdf5Dataset dataset = open(name);
    expect(H5DSset_scale(dataset.id(), name.c_str()) >= 0, name);
}

void Hdf5Writer::along(const std::string& name, const std::vector<std::string>& coordinates) {
    if (failure_) {
        return;
    }
    const Hdf5Dataset dataset = open(name);
    for (unsigned axis = 0; axis < coordinates.size(); ++axis) {
        const Hdf5Dataset scale = open(coordinates[axis]);
        expect(H5DSattach_scale(dataset.id(), scale.id(), axis) >= 0, name);
    }
}

void Hdf5Writer::attribute(const std::string& object,
                           const std::string& name,
                           std::string_view text) {
    const Hdf5Type type = text_type();
    const std::string terminated{text};
    const char* pointer = terminated.c_str();
    write_attribute(object, name, type.id(), type.id(), &pointer);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, std::int64_t value) {
    write_attribute(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, double value) {
    write_attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

Result<FileImage> Hdf5Writer::finish() {
    if (!failure_) {
        expect(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL) >= 0, "cannot flush");
    }
    file_ = Hdf5File{};
    if (failure_) {
        return *failure_;
    }
    // The driver grows its memory in steps; where the file ends stands in its superblock.
    CHECK(image_->memory_ != nullptr && image_->size_ >= kEndOfFileOffset + sizeof(std::uint64_t));
    std::uint64_t end = 0;
    std::memcpy(&end, image_->memory_.get() + kEndOfFileOffset, sizeof(end));
    CHECK(end <= image_->size_);
    image_->size_ = static_cast<std::size_t>(end);
    return std::move(*image_);
}

void Hdf5Writer::expect(bool succeeded, const std::string& what) {
    if (!succeeded && !failure_) {
        failure_ = hdf5_error(what);
    }
}

Hdf5Dataset Hdf5Writer::open(const std::string& name) {
    Hdf5Dataset dataset{H5Dopen2(file_.id(), name.c_str(), H5P_DEFAULT)};
    expect(dataset.valid(), name);
    return dataset;
}

void Hdf5Writer::write_attribute(const std::string& object,
                                 const std::string& name,
                                 hid_t type,
                                 hid_t memory,
                                 const void* value) {
    if (failure_) {
        return;
    }
    const Hdf5Space space{H5Screate(H5S_SCALAR)};
    const Hdf5Attribute attribute{H5Acreate_by_name(file_.id(),
                                                    object.c_str(),
                                                    name.c_str(),
                                                    type,
                                                    space.id(),
                                                    H5P_DEFAULT,
                                                    H5P_DEFAULT,
                                                    H5P_DEFAULT)};
    expect(attribute.valid() && H5Awrite(attribute.id(), memory, value) >= 0, object + " " + name);
}

}  // namespace vargrid::results
