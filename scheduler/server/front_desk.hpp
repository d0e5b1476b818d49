// FrontDesk: answers the questions that change nothing in the core: blobs and status.
#pragma once

#include "protocol/messages.hpp"
#include "scheduler/core/scheduler_core.hpp"
#include "scheduler/server/blob_store.hpp"
#include "scheduler/server/insight.hpp"
#include "scheduler/server/journal.hpp"
#include "scheduler/server/manifest_shelf.hpp"

#include <optional>
#include <vector>

namespace vargrid::scheduler {

class FrontDesk {
  public:
    FrontDesk(const SchedulerCore& core,
              Journal& journal,
              BlobStore& blobs,
              ManifestShelf& manifests)
        : core_{core}, journal_{journal}, blobs_{blobs}, manifests_{manifests}, insight_{core} {}

    /// Once a turn: forecasts are made of what was seen.
    void watch(Instant now) { insight_.watch(now); }

    /// The answer to PutBlob, GetBlob, HasBlobs, JobStatus, WorkersStatus, Why; a Refusal if it
    /// cannot be given. CHECKs that it is one of these.
    [[nodiscard]] protocol::Body answer(ClientId from, const protocol::Body& question, Instant now);

    /// Why a submission cannot go to the core: a blob it needs is not here.
    [[nodiscard]] std::optional<protocol::Refusal> objection_to(
        const protocol::SubmitJob& job) const;

  private:
    [[nodiscard]] protocol::Body put(ClientId from, const protocol::PutBlob& chunk, Instant now);
    [[nodiscard]] protocol::Body get(const protocol::GetBlob& question);
    [[nodiscard]] protocol::Body has(const protocol::HasBlobs& question) const;
    [[nodiscard]] protocol::Body status(const protocol::JobStatus& question);
    [[nodiscard]] protocol::Body workers() const;
    [[nodiscard]] std::vector<protocol::OwnerLedger> owners() const;

    const SchedulerCore& core_;
    Journal& journal_;
    BlobStore& blobs_;
    ManifestShelf& manifests_;
    Insight insight_;
};

[[nodiscard]] protocol::Refusal refusal_of(const Error& error);

}  // namespace vargrid::scheduler
