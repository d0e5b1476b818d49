#include "scheduler/server/manifest_shelf.hpp"

#include "protocol/manifest.hpp"

#include <algorithm>
#include <utility>

namespace vargrid::scheduler {
namespace {

/// Beyond it the oldest go; they can be made again.
constexpr std::uint64_t kShelfBytesMax = std::uint64_t{512} << 20;

}  // namespace

const ManifestShelf::Entry* ManifestShelf::of(JobId job) const {
    const auto found = std::find_if(
        entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.job == job; });
    return found == entries_.end() ? nullptr : &*found;
}

Result<Digest> ManifestShelf::put(JobId job) {
    if (const Entry* const known = of(job)) {
        return known->digest;
    }
    VARGRID_TRY(const protocol::Manifest manifest, journal_.manifest(job));
    Bytes bytes = protocol::encode_manifest(manifest);
    const Digest digest = blake2b(bytes);
    bytes_ += bytes.size();
    entries_.push_front({job, digest, std::move(bytes)});
    while (bytes_ > kShelfBytesMax && entries_.size() > 1) {
        bytes_ -= entries_.back().bytes.size();
        entries_.pop_back();
    }
    return digest;
}

const Bytes* ManifestShelf::find(const Digest& digest) {
    const auto look = [&]() -> const Bytes* {
        const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
            return entry.digest == digest;
        });
        return found == entries_.end() ? nullptr : &found->bytes;
    };
    if (const Bytes* const here = look()) {
        return here;
    }
    // A lease of a final step that outlived the scheduler that granted it.
    bool made = false;
    for (const JobSummary& job : core_.job_summaries()) {
        if (job.state == JobState::finalising && of(job.job) == nullptr) {
            made = put(job.job).has_value() || made;
        }
    }
    return made ? look() : nullptr;
}

void ManifestShelf::forget(JobId job) {
    std::erase_if(entries_, [&](const Entry& entry) {
        bytes_ -= entry.job == job ? entry.bytes.size() : 0;
        return entry.job == job;
    });
}

}  // namespace vargrid::scheduler
