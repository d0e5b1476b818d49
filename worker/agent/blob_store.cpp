#include "worker/agent/blob_store.hpp"

#include "protocol/version.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::worker {
namespace {

/// Chunks asked for ahead, so that the link is busy while one is on its way.
constexpr std::uint64_t kBytesAhead = 4 * protocol::kChunkBytesMax;
constexpr Duration kAskAgain{std::chrono::seconds{2}};
/// A blob that arrives whole and wrong so often is wrong at its source.
constexpr int kDamagedMax = 3;

}  // namespace

BlobStore::BlobStore(BlobCache cache, EventQueue& events)
    : cache_{std::move(cache)}, events_{events} {}

Result<Bytes> BlobStore::get(const Digest& digest) {
    if (auto cached = cache_.find(digest)) {
        return std::move(*cached);
    }
    std::unique_lock lock{mutex_};
    if (!called_off_) {
        CHECK_MSG(!fetch_, "two threads wait for blobs");
        outcome_.reset();
        fetch_ = Fetch{};
        fetch_->digest = digest;
        events_.wake();
        changed_.wait(lock, [this] { return called_off_ || outcome_; });
        fetch_.reset();
    }
    if (!outcome_) {
        return Error{ErrorCode::unreachable, "the wait for blob " + to_hex(digest) + " was ended"};
    }
    Result<Bytes> outcome = std::move(*outcome_);
    outcome_.reset();
    lock.unlock();
    if (outcome) {
        cache_.store(digest, *outcome);
    }
    return outcome;
}

void BlobStore::call_off() {
    {
        const std::lock_guard lock{mutex_};
        called_off_ = true;
    }
    changed_.notify_all();
}

void BlobStore::resume() {
    const std::lock_guard lock{mutex_};
    called_off_ = false;
}

std::vector<BlobStore::Question> BlobStore::questions(Instant now) {
    const std::lock_guard lock{mutex_};
    std::vector<Question> questions;
    if (!fetch_ || outcome_) {
        return questions;
    }
    Fetch& fetch = *fetch_;
    if (!fetch.progress_at || now - *fetch.progress_at >= kAskAgain) {
        fetch.progress_at = now;
        fetch.asked_up_to = fetch.received.size();
        fetch.first_request = next_request_;
    }
    // Of a blob of unknown size one chunk is asked for; it says the size.
    const std::uint64_t end = fetch.size
                                  ? std::min(*fetch.size, fetch.received.size() + kBytesAhead)
                                  : fetch.received.size() + protocol::kChunkBytesMax;
    while (fetch.asked_up_to < end) {
        questions.push_back({next_request_++,
                             {.digest = fetch.digest,
                              .offset = fetch.asked_up_to,
                              .length = static_cast<std::uint32_t>(protocol::kChunkBytesMax)}});
        fetch.asked_up_to += protocol::kChunkBytesMax;
    }
    return questions;
}

std::optional<Instant> BlobStore::next_deadline() const {
    const std::lock_guard lock{mutex_};
    if (!fetch_ || outcome_) {
        return std::nullopt;
    }
    return fetch_->progress_at ? *fetch_->progress_at + kAskAgain : Instant{};
}

void BlobStore::on_chunk(const protocol::BlobChunk& chunk, Instant now) {
    const std::lock_guard lock{mutex_};
    if (!fetch_ || outcome_ || chunk.digest != fetch_->digest ||
        chunk.offset != fetch_->received.size() || chunk.size > protocol::kBlobBytesMax ||
        (chunk.bytes.empty() && chunk.size != 0)) {
        return;  // Late, repeated or not what was asked for: asked again when nothing comes.
    }
    fetch_->progress_at = now;
    accept(*fetch_, chunk);
}

void BlobStore::accept(Fetch& fetch, const protocol::BlobChunk& chunk) {
    fetch.size = chunk.size;
    fetch.received.insert(fetch.received.end(), chunk.bytes.begin(), chunk.bytes.end());
    if (fetch.received.size() < chunk.size) {
        return;
    }
    if (fetch.received.size() == chunk.size && blake2b(fetch.received) == fetch.digest) {
        finish(std::move(fetch.received));
        return;
    }
    if (++fetch.damaged >= kDamagedMax) {
        finish(Error{ErrorCode::io,
                     "blob " + to_hex(fetch.digest) +
                         " arrives from the scheduler with another content than its digest says"});
        return;
    }
    fetch.received.clear();
    fetch.size.reset();
    fetch.progress_at.reset();
}

bool BlobStore::on_refusal(std::uint64_t request, const protocol::Refusal& refusal) {
    const std::lock_guard lock{mutex_};
    if (request == 0 || request >= next_request_) {
        return false;
    }
    if (!fetch_ || outcome_ || request < fetch_->first_request) {
        return true;  // About a blob that nobody waits for any more.
    }
    // A full disk or a limit may pass: asked again later.
    if (refusal.code == protocol::RefusalCode::not_found ||
        refusal.code == protocol::RefusalCode::malformed) {
        finish(Error{ErrorCode::not_found,
                     "the scheduler has no blob " + to_hex(fetch_->digest) + ": " + refusal.text});
    }
    return true;
}

void BlobStore::finish(Result<Bytes> outcome) {
    outcome_ = std::move(outcome);
    changed_.notify_all();
}

}  // namespace vargrid::worker
