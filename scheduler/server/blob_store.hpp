// BlobStore: content-addressed files beside the journal, one a blob, named by the digest of its
// bytes. What is under its name is whole and synced; uploads in progress have other names and are
// forgotten at a restart. A file whose content no longer matches its name is set apart, never
// served.
#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "protocol/ids.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <utility>

namespace vargrid::scheduler {

struct BlobProgress {
    std::uint64_t received{0};
    bool complete{false};
    friend bool operator==(const BlobProgress&, const BlobProgress&) = default;
};

struct BlobPart {
    std::uint64_t size{0};  ///< Of the whole blob.
    Bytes bytes;
};

class BlobStore {
  public:
    /// Makes the folder, removes what unfinished uploads left there.
    /// Errors: io.
    [[nodiscard]] static Result<BlobStore> open(const std::filesystem::path& folder,
                                                std::uint64_t bytes_max);
    ~BlobStore();
    BlobStore(BlobStore&&) noexcept;
    BlobStore& operator=(BlobStore&&) noexcept;

    [[nodiscard]] bool has(const Digest& digest) const;

    /// The next chunk of an upload; offset 0 starts it, a chunk that is already there is fine.
    /// Errors: conflict (the chunk does not continue the upload, or the content does not match the
    /// digest; the upload is dropped), limit (too many uploads, or the store is full), io.
    [[nodiscard]] Result<BlobProgress> put(ClientId client,
                                           const Digest& digest,
                                           std::uint64_t size,
                                           std::uint64_t offset,
                                           std::span<const std::byte> bytes,
                                           Instant now);

    /// Stores a whole blob; returns its digest. Errors: limit, io.
    [[nodiscard]] Result<Digest> put_whole(std::span<const std::byte> bytes);

    /// At most `length` bytes from `offset`; none beyond the end.
    /// Errors: not_found, io. The first read of a blob after a start reads and checks all of it.
    [[nodiscard]] Result<BlobPart> read(const Digest& digest,
                                        std::uint64_t offset,
                                        std::uint64_t length);

    /// Drops uploads that have been silent for too long.
    void drop_stalled(Instant now);
    [[nodiscard]] std::size_t open_uploads() const { return uploads_.size(); }
    [[nodiscard]] std::uint64_t bytes_stored() const { return bytes_stored_; }

  private:
    struct Upload;
    using UploadKey = std::pair<ClientId, Digest>;

    BlobStore(std::filesystem::path folder, std::uint64_t bytes_max);
    [[nodiscard]] Result<Upload*> upload_for(const UploadKey& key,
                                             std::uint64_t size,
                                             std::uint64_t offset);
    [[nodiscard]] Result<BlobProgress> finish(const UploadKey& key, Upload& upload);
    [[nodiscard]] Result<void> check_room(std::uint64_t size) const;
    /// Compares the content of a file with its name, once a start.
    [[nodiscard]] Result<void> verify(const Digest& digest);
    [[nodiscard]] std::filesystem::path path_of(const Digest& digest) const;

    std::filesystem::path folder_;
    std::uint64_t bytes_max_;
    std::uint64_t bytes_stored_{0};
    std::uint64_t uploads_started_{0};
    std::map<Digest, std::uint64_t> sizes_;
    std::set<Digest> verified_;
    std::map<UploadKey, std::unique_ptr<Upload>> uploads_;
};

}  // namespace vargrid::scheduler
