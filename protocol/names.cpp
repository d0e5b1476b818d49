// The names of messages and enumerators, as logs and error texts print them.
#include "protocol/codec.hpp"

#include <array>

namespace vargrid::protocol {

const char* name_of(const Body& body) {
    static constexpr std::array kNames{
        "Refusal",       "Hello",          "Heartbeat",     "Commit",
        "Return",        "BlockFailed",    "Leaving",       "Welcome",
        "HelloRefused",  "HeartbeatReply", "Reintroduce",   "LeaseGranted",
        "LeaseYield",    "LeaseRevoked",   "CommitReply",   "GetBlob",
        "BlobChunk",     "PutBlob",        "BlobStored",    "HasBlobs",
        "HasBlobsReply", "SubmitJob",      "JobAccepted",   "JobRejected",
        "CancelJob",     "CancelReply",    "ControlJob",    "ControlReply",
        "JobStatus",     "JobStatusReply", "WorkersStatus", "WorkersStatusReply",
        "Why",           "WhyReply"};
    static_assert(kNames.size() == std::variant_size_v<Body>);
    return kNames[body.index()];
}

const char* name_of(RefusalCode code) {
    switch (code) {
        case RefusalCode::malformed:
            return "malformed";
        case RefusalCode::too_large:
            return "too_large";
        case RefusalCode::unsupported_version:
            return "unsupported_version";
        case RefusalCode::unknown_message:
            return "unknown_message";
        case RefusalCode::wrong_role:
            return "wrong_role";
        case RefusalCode::not_found:
            return "not_found";
        case RefusalCode::conflict:
            return "conflict";
        case RefusalCode::limit:
            return "limit";
        case RefusalCode::io:
            return "io";
    }
    return "?";
}

const char* name_of(JobState state) {
    switch (state) {
        case JobState::running:
            return "running";
        case JobState::finalising:
            return "finalising";
        case JobState::completed:
            return "completed";
        case JobState::incomplete:
            return "incomplete";
        case JobState::failed:
            return "failed";
        case JobState::cancelled:
            return "cancelled";
    }
    return "?";
}

const char* name_of(WorkerState state) {
    switch (state) {
        case WorkerState::active:
            return "active";
        case WorkerState::awaited:
            return "awaited";
        case WorkerState::draining:
            return "draining";
        case WorkerState::probation:
            return "probation";
        case WorkerState::quarantined:
            return "quarantined";
    }
    return "?";
}

}  // namespace vargrid::protocol
