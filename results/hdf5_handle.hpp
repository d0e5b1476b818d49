// Hdf5Handle: owns one HDF5 identifier. Move-only; closing is the only thing it does by itself.
// Internal to results/, the one folder that knows hdf5.h.
#pragma once

#include <hdf5.h>

#include <utility>

namespace vargrid::results {

/// An invalid identifier (negative) is allowed and means "the call failed": test with valid().
template <herr_t (*Close)(hid_t)>
class Hdf5Handle {
  public:
    Hdf5Handle() = default;
    explicit Hdf5Handle(hid_t id) : id_{id} {}
    ~Hdf5Handle() { reset(); }
    Hdf5Handle(Hdf5Handle&& other) noexcept : id_{std::exchange(other.id_, H5I_INVALID_HID)} {}
    Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
        if (this != &other) {
            reset();
            id_ = std::exchange(other.id_, H5I_INVALID_HID);
        }
        return *this;
    }
    Hdf5Handle(const Hdf5Handle&) = delete;
    Hdf5Handle& operator=(const Hdf5Handle&) = delete;

    [[nodiscard]] bool valid() const { return id_ >= 0; }
    [[nodiscard]] hid_t id() const { return id_; }

  private:
    void reset() {
        if (valid()) {
            Close(std::exchange(id_, H5I_INVALID_HID));
        }
    }

    hid_t id_{H5I_INVALID_HID};
};

using Hdf5File = Hdf5Handle<H5Fclose>;
using Hdf5Group = Hdf5Handle<H5Gclose>;
using Hdf5Dataset = Hdf5Handle<H5Dclose>;
using Hdf5Space = Hdf5Handle<H5Sclose>;
using Hdf5Type = Hdf5Handle<H5Tclose>;
using Hdf5Attribute = Hdf5Handle<H5Aclose>;
using Hdf5Properties = Hdf5Handle<H5Pclose>;

}  // namespace vargrid::results
