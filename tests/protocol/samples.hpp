// One valid message of every kind, with every field filled.
#pragma once

#include "protocol/messages.hpp"

#include <string_view>
#include <vector>

namespace vargrid::protocol::testing {

[[nodiscard]] inline Bytes bytes_of(std::string_view text) {
    const auto* const first = reinterpret_cast<const std::byte*>(text.data());
    return {first, first + text.size()};
}

[[nodiscard]] inline Digest digest_of(std::string_view text) {
    return blake2b(bytes_of(text));
}

[[nodiscard]] inline JobInfo sample_job_info() {
    return {.job = JobId{3},
            .name = "nightly",
            .owner = "ana",
            .priority = -7,
            .state = JobState::incomplete,
            .blocks_total = 1000,
            .blocks_committed = 990,
            .blocks_leased = 1,
            .blocks_pending = 2,
            .blocks_set_aside = 7,
            .workers = 4,
            .ledger = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
            .failures = {{12, FaultCause::task, "host:1", "singular matrix", "host", true},
                         {13, FaultCause::store, "host:2", "no space left", "host", false}},
            .payload = digest_of("payload"),
            .output_folder = "/data/out",
            .text = "7 blocks set aside",
            .submitted_unix_ms = 1'700'000'000'000,
            .ended_unix_ms = 1'700'000'100'000,
            .price = {50'000, "EUR"},
            .deadline_unix_ms = 1'795'413'600'000,
            .needs_isa = "avx2",
            .memory_per_thread_bytes = 5,
            .paused = true,
            .redundancy = {1, 2, 3, 4, 5, 6}};
}

[[nodiscard]] inline std::vector<Body> sample_bodies() {
    const std::vector<BlockRange> ranges{{0, 5}, {5, 6}, {100, 4'000'000'000}};
    return {
        Refusal{RefusalCode::conflict, "a chunk at offset 7; expected 9"},
        Hello{"host:42",
              8,
              1ULL << 35U,
              "avx512",
              "0.1.0",
              true,
              {{JobId{1}, Attempt{9}, ranges}},
              77,
              3600,
              "rack7"},
        Heartbeat{true, {{Attempt{1ULL << 33U}, 17, true}, {Attempt{5}, 0, false}}},
        Commit{.job = JobId{1},
               .attempt = Attempt{77},
               .part = 3,
               .ranges = {{{0, 4}, {1, 2}}, {{5, 9}, {~0ULL, 0}}},
               .shard = "s-77-3.h5",
               .core_ns = 123,
               .start_up_core_ns = 4},
        Return{JobId{1}, Attempt{77}, ranges, ReturnReason::host_fault, "disk", 5, 6},
        BlockFailed{JobId{1}, Attempt{77}, 0, FaultCause::store, "out of memory \xC3\xA9", 6},
        Leaving{},
        Welcome{1'000'000'000, 5'000'000'000},
        HelloRefused{HelloRefusal::invalid_worker},
        HeartbeatReply{6'129'900'000, 30'649'500'000},
        Reintroduce{},
        LeaseGranted{.job = JobId{2},
                     .attempt = Attempt{8},
                     .blocks = {10, 20},
                     .n_blocks = 20,
                     .payload = digest_of("payload"),
                     .output_folder = "/out",
                     .commit_interval_ns = 5,
                     .manifest = {},
                     .single_blocks = true,
                     .digest_only = true,
                     .audit_per_million = 1'000},
        LeaseYield{Attempt{8}},
        LeaseGranted{.job = JobId{2},
                     .attempt = Attempt{8},
                     .blocks = {20, 21},
                     .n_blocks = 20,
                     .payload = digest_of("payload"),
                     .output_folder = "/out",
                     .commit_interval_ns = 0,
                     .manifest = digest_of("manifest")},
        LeaseRevoked{Attempt{8}, RevokeReason::distrusted},
        CommitReply{Attempt{8}, 2, CommitVerdict::unknown_job},
        GetBlob{digest_of("a"), 1ULL << 31U, 1U << 20U},
        BlobChunk{digest_of("a"), 10, 5, bytes_of("12345")},
        PutBlob{digest_of("a"), 3, 0, bytes_of("123")},
        BlobStored{digest_of("a"), 3, true},
        HasBlobs{{digest_of("a"), digest_of("b")}},
        HasBlobsReply{{digest_of("b")}},
        SubmitJob{.name = "nightly",
                  .owner = "ana",
                  .priority = -1,
                  .n_blocks = 10'000'000,
                  .block_cost_ns = 10'000'000,
                  .blocks_per_task_max = 500,
                  .payload = digest_of("payload"),
                  .blobs = {digest_of("market"), digest_of("batch")},
                  .output_folder = "/out",
                  .commit_interval_ns = 5'000'000'000,
                  .price = {30'000, "USD"},
                  .deadline_unix_ms = 1'795'413'600'000,
                  .needs_isa = "avx512",
                  .memory_per_thread_bytes = 4ULL << 30U,
                  .audit_per_million = 0},
        JobAccepted{JobId{3}},
        JobRejected{"queue full"},
        CancelJob{JobId{3}},
        CancelReply{JobId{3}, true, "stopped"},
        ControlJob{JobId{3}, JobControl::priority, -4},
        ControlReply{JobId{3}, true, "", true, -4},
        JobStatus{},
        JobStatus{JobId{3}},
        JobStatusReply{.jobs = {sample_job_info(), sample_job_info()},
                       .jobs_total = 17,
                       .workers_total = 4,
                       .grid = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, {14, 15}},
                       .owners = {{"ana", {.useful_core_us = 5}}}},
        WorkersStatus{},
        Why{JobId{3}, {}},
        Why{{}, "host:42"},
        WhyReply{{{.kind = "straggler",
                   .text = "block 17 is late",
                   .job = JobId{3},
                   .worker = "host:42",
                   .block = 17,
                   .count = 2,
                   .time_ns = 35,
                   .usual_ns = 4}},
                 {.unknown = {},
                  .left_10_ms = 1,
                  .left_50_ms = 2,
                  .left_90_ms = 3,
                  .probability_millionths = 950'000,
                  .cores_needed = 12}},
        WorkersStatusReply{{{.incarnation = Incarnation{~0ULL},
                             .name = "host:42",
                             .threads = 8,
                             .memory_bytes = 1,
                             .isa = "avx2",
                             .state = WorkerState::quarantined,
                             .leases = 2,
                             .blocks_leased = 300,
                             .silence_ns = 4,
                             .ends_in_ns = 5,
                             .host = "host"}},
                           9},
    };
}

[[nodiscard]] inline Message message_with(Body body) {
    return {.epoch = Epoch{7},
            .sender = 0xfeed'beef'0000'0001U,
            .request = 99,
            .body = std::move(body)};
}

}  // namespace vargrid::protocol::testing
