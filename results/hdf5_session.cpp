#include "results/hdf5_session.hpp"

namespace vargrid::results {
namespace {

std::recursive_mutex& hdf5_mutex() {
    static std::recursive_mutex mutex;
    return mutex;
}

/// Keeps the first description it is shown.
herr_t keep_first(unsigned /*position*/, const H5E_error2_t* entry, void* text) {
    auto& kept = *static_cast<std::string*>(text);
    if (kept.empty() && entry->desc != nullptr) {
        kept = entry->desc;
    }
    return 0;
}

}  // namespace

Hdf5Session::Hdf5Session() : lock_{hdf5_mutex()} {
    H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Hdf5Session::~Hdf5Session() {
    H5Eclear2(H5E_DEFAULT);
    H5Eset_auto2(H5E_DEFAULT, print_, print_data_);
}

Error hdf5_error(const std::string& what) {
    std::string cause;
    // Upward: from the innermost function, where the cause is, to the call that we made.
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &cause);
    H5Eclear2(H5E_DEFAULT);
    return {ErrorCode::io, cause.empty() ? what : what + ": " + cause};
}

Hdf5Properties file_access_properties() {
    Hdf5Properties access{H5Pcreate(H5P_FILE_ACCESS)};
    H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V110);
    H5Pset_file_locking(access.id(), false, true);
    // Whatever is open when a file is closed is closed with it: no file outlives its handle.
    H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG);
    return access;
}

}  // namespace vargrid::results
