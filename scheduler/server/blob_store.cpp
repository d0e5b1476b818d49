#include "scheduler/server/blob_store.hpp"

#include "base/digest_stream.hpp"
#include "protocol/version.hpp"
#include "scheduler/server/file.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace vargrid::scheduler {
namespace {

namespace fs = std::filesystem;

/// Uploads are synced as they grow, so that the last chunk does not wait for gigabytes.
constexpr std::uint64_t kSyncEveryBytes = std::uint64_t{32} << 20;
constexpr const char* kUploadPrefix = "upload-";
constexpr const char* kDamagedSuffix = ".damaged";

Error with_code(ErrorCode code, Error error) {
    error.code = code;
    return error;
}

}  // namespace

struct BlobStore::Upload {
    File file;
    fs::path path;
    std::uint64_t size{0};
    std::uint64_t received{0};
    std::uint64_t synced{0};
    Instant last_heard{};
    DigestStream digest{};
};

BlobStore::BlobStore(fs::path folder, std::uint64_t bytes_max)
    : folder_{std::move(folder)}, bytes_max_{bytes_max} {}

BlobStore::BlobStore(BlobStore&&) noexcept = default;
BlobStore& BlobStore::operator=(BlobStore&&) noexcept = default;

BlobStore::~BlobStore() {
    for (const auto& [key, upload] : uploads_) {
        std::error_code ignored;
        fs::remove(upload->path, ignored);
    }
}

fs::path BlobStore::path_of(const Digest& digest) const {
    return folder_ / to_hex(digest);
}

Result<BlobStore> BlobStore::open(const fs::path& folder, std::uint64_t bytes_max) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) {
        return Error{ErrorCode::io,
                     "cannot make the folder " + folder.string() + ": " + failed.message()};
    }
    BlobStore store{folder, bytes_max};
    fs::directory_iterator entries{folder, failed};
    for (; !failed && entries != fs::directory_iterator{}; entries.increment(failed)) {
        const std::string name = entries->path().filename().string();
        if (name.starts_with(kUploadPrefix)) {
            std::error_code ignored;
            fs::remove(entries->path(), ignored);
        } else if (const auto digest = digest_from_hex(name)) {
            std::error_code unreadable;
            const std::uint64_t size = fs::file_size(entries->path(), unreadable);
            if (!unreadable) {
                store.sizes_.emplace(*digest, size);
                store.bytes_stored_ += size;
            }
        }
    }
    if (failed) {
        return Error{ErrorCode::io, "cannot list " + folder.string() + ": " + failed.message()};
    }
    return store;
}

bool BlobStore::has(const Digest& digest) const {
    return sizes_.contains(digest);
}

Result<void> BlobStore::check_room(std::uint64_t size) const {
    std::uint64_t expected = bytes_stored_;
    for (const auto& [key, upload] : uploads_) {
        expected += upload->size;
    }
    if (size > bytes_max_ || expected > bytes_max_ - size) {
        return Error{ErrorCode::limit,
                     "the blob store has " + std::to_string(bytes_stored_) + " bytes of at most " +
                         std::to_string(bytes_max_) +
                         ": no room for this blob; begin with a fresh journal folder or raise the "
                         "limit"};
    }
    return {};
}

Result<BlobStore::Upload*> BlobStore::upload_for(const UploadKey& key,
                                                 std::uint64_t size,
                                                 std::uint64_t offset) {
    const auto found = uploads_.find(key);
    if (found != uploads_.end() && found->second->size == size && offset > 0) {
        return found->second.get();
    }
    if (offset > 0) {
        return Error{ErrorCode::conflict,
                     "no upload of " + to_hex(key.second) + " with " + std::to_string(size) +
                         " bytes is open; start at offset 0"};
    }
    if (found != uploads_.end()) {
        std::error_code ignored;
        fs::remove(found->second->path, ignored);
        uploads_.erase(found);
    }
    if (key.first != ClientId{} && uploads_.size() >= protocol::kUploadsMax) {
        return Error{ErrorCode::limit,
                     std::to_string(uploads_.size()) + " uploads are open; try again later"};
    }
    VARGRID_TRY_VOID(check_room(size));
    const fs::path path = folder_ / (kUploadPrefix + std::to_string(++uploads_started_));
    auto file = File::create(path);
    if (!file) {
        return with_code(ErrorCode::io, std::move(file).error());
    }
    auto upload =
        std::make_unique<Upload>(Upload{.file = std::move(*file), .path = path, .size = size});
    return uploads_.emplace(key, std::move(upload)).first->second.get();
}

Result<BlobProgress> BlobStore::put(ClientId client,
                                    const Digest& digest,
                                    std::uint64_t size,
                                    std::uint64_t offset,
                                    std::span<const std::byte> bytes,
                                    Instant now) {
    if (const auto known = sizes_.find(digest); known != sizes_.end()) {
        return BlobProgress{known->second, true};
    }
    const UploadKey key{client, digest};
    VARGRID_TRY(Upload* const upload, upload_for(key, size, offset));
    upload->last_heard = now;
    if (offset + bytes.size() <= upload->received && size > 0) {
        return BlobProgress{upload->received, false};  // The answer to this chunk was lost.
    }
    auto drop = [&](Error error) {
        std::error_code ignored;
        fs::remove(upload->path, ignored);
        uploads_.erase(key);
        return error;
    };
    if (offset != upload->received || offset + bytes.size() > size) {
        const std::uint64_t expected = upload->received;
        return drop({ErrorCode::conflict,
                     "a chunk of " + to_hex(digest) + " at offset " + std::to_string(offset) +
                         "; expected " + std::to_string(expected) + "; start again at offset 0"});
    }
    if (auto written = upload->file.write(bytes); !written) {
        return drop(with_code(ErrorCode::io, written.error()));
    }
    upload->digest.add(bytes);
    upload->received += bytes.size();
    if (upload->received < size) {
        if (upload->received - upload->synced >= kSyncEveryBytes) {
            upload->synced = upload->received;
            if (auto synced = upload->file.sync(); !synced) {
                return drop(with_code(ErrorCode::io, synced.error()));
            }
        }
        return BlobProgress{upload->received, false};
    }
    auto finished = finish(key, *upload);
    if (!finished) {
        return drop(std::move(finished).error());
    }
    uploads_.erase(key);
    return finished;
}

Result<BlobProgress> BlobStore::finish(const UploadKey& key, Upload& upload) {
    const Digest content = upload.digest.finish();
    if (content != key.second) {
        return Error{ErrorCode::conflict,
                     "the content has digest " + to_hex(content) + ", not " + to_hex(key.second)};
    }
    if (auto synced = upload.file.sync(); !synced) {
        return with_code(ErrorCode::io, synced.error());
    }
    std::error_code failed;
    fs::rename(upload.path, path_of(content), failed);
    if (failed) {
        return Error{ErrorCode::io,
                     "cannot name blob " + to_hex(content) + ": " + failed.message()};
    }
    if (auto synced = sync_folder(folder_); !synced) {
        return with_code(ErrorCode::io, synced.error());
    }
    sizes_.emplace(content, upload.size);
    verified_.insert(content);
    bytes_stored_ += upload.size;
    return BlobProgress{upload.size, true};
}

Result<Digest> BlobStore::put_whole(std::span<const std::byte> bytes) {
    const Digest digest = blake2b(bytes);
    // Client 0 is nobody, so this cannot meet an upload.
    VARGRID_TRY(const BlobProgress stored,
                put(ClientId{}, digest, bytes.size(), 0, bytes, Instant{}));
    CHECK(stored.complete);
    return digest;
}

Result<void> BlobStore::verify(const Digest& digest) {
    if (verified_.contains(digest)) {
        return {};
    }
    auto file = File::open(path_of(digest));
    if (!file) {
        return with_code(ErrorCode::io, std::move(file).error());
    }
    DigestStream content;
    std::vector<std::byte> buffer(protocol::kChunkBytesMax);
    for (std::uint64_t offset = 0;; offset += buffer.size()) {
        VARGRID_TRY(const std::size_t count, file->read(buffer, offset));
        content.add(std::span{buffer}.first(count));
        if (count < buffer.size()) {
            break;
        }
    }
    if (content.finish() != digest) {
        std::error_code ignored;
        fs::rename(path_of(digest), path_of(digest).string() + kDamagedSuffix, ignored);
        bytes_stored_ -= sizes_[digest];
        sizes_.erase(digest);
        return Error{ErrorCode::not_found,
                     "blob " + to_hex(digest) +
                         " was damaged on the scheduler's disk and is set apart; store it again"};
    }
    verified_.insert(digest);
    return {};
}

Result<BlobPart> BlobStore::read(const Digest& digest, std::uint64_t offset, std::uint64_t length) {
    const auto known = sizes_.find(digest);
    if (known == sizes_.end()) {
        return Error{ErrorCode::not_found, "no blob " + to_hex(digest)};
    }
    BlobPart part{.size = known->second, .bytes = {}};
    VARGRID_TRY_VOID(verify(digest));
    if (offset >= part.size) {
        return part;
    }
    part.bytes.resize(std::min(length, part.size - offset));
    auto file = File::open(path_of(digest));
    if (!file) {
        return with_code(ErrorCode::io, std::move(file).error());
    }
    VARGRID_TRY(const std::size_t count, file->read(part.bytes, offset));
    if (count != part.bytes.size()) {
        return Error{ErrorCode::io, "blob " + to_hex(digest) + " is shorter than it was"};
    }
    return part;
}

void BlobStore::drop_stalled(Instant now) {
    std::erase_if(uploads_, [&](const auto& entry) {
        if (now - entry.second->last_heard < protocol::kUploadSilenceMax) {
            return false;
        }
        std::error_code ignored;
        fs::remove(entry.second->path, ignored);
        return true;
    });
}

}  // namespace vargrid::scheduler
