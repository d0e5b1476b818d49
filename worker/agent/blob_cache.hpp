// BlobCache: blobs kept on disk by digest, shared by all workers of a host and by the next
// incarnation. A convenience, never a source of truth: what does not match its digest is deleted,
// and whatever goes wrong with the disk only means that the scheduler is asked again.
#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

namespace vargrid::worker {

class BlobCache {
  public:
    /// An empty folder name means no cache. `bytes_max` is kept to roughly: the blobs that were not
    /// used for longest go first.
    BlobCache(std::filesystem::path folder, std::uint64_t bytes_max);

    [[nodiscard]] std::optional<Bytes> find(const Digest& digest) const;
    /// `bytes` have this digest. Safe beside other workers: temporary name, then rename.
    void store(const Digest& digest, std::span<const std::byte> bytes) const;

    /// False if the folder could not be made or is not ours to write to.
    [[nodiscard]] bool is_usable() const { return usable_; }

    /// $XDG_CACHE_HOME/vargrid, otherwise /tmp/vargrid-<user id>.
    [[nodiscard]] static std::filesystem::path default_folder();

  private:
    [[nodiscard]] std::filesystem::path path_of(const Digest& digest) const;
    void make_room(std::uint64_t bytes) const;

    std::filesystem::path folder_;
    std::uint64_t bytes_max_{0};
    bool usable_{false};
};

}  // namespace vargrid::worker
