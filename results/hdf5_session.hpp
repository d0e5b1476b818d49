// Hdf5Session: the only way into HDF5. While one lives, its thread has HDF5 to itself and the
// library prints nothing; what it would have printed becomes part of the Error. Internal to
// results/.
#pragma once

#include "base/result.hpp"
#include "results/hdf5_handle.hpp"

#include <filesystem>
#include <mutex>
#include <string>

namespace vargrid::results {

class Hdf5Session {
  public:
    Hdf5Session();
    ~Hdf5Session();
    Hdf5Session(const Hdf5Session&) = delete;
    Hdf5Session& operator=(const Hdf5Session&) = delete;

  private:
    // HDF5 can be built without thread safety, so we do not count on it.
    std::unique_lock<std::recursive_mutex> lock_;
    H5E_auto2_t print_{nullptr};
    void* print_data_{nullptr};
};

/// "<what>: <the innermost cause HDF5 gave>", and forgets the cause.
[[nodiscard]] Error hdf5_error(const std::string& what);

/// Properties for every file: format bounds V18 to V110 (a killed writer of the latest format
/// leaves a file that refuses to open), no locks (they fail on some network file systems, and
/// nobody writes to a file under its final name).
[[nodiscard]] Hdf5Properties file_access_properties();

}  // namespace vargrid::results
