// BlobStore: where a task gets its blobs from: the disk cache, then the scheduler. The executor
// thread waits in get(); the main thread, which owns the socket, carries the questions out.
#pragma once

#include "base/time.hpp"
#include "protocol/messages.hpp"
#include "worker/agent/blob_cache.hpp"
#include "worker/agent/event_queue.hpp"
#include "worker/agent/task_runner.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace vargrid::worker {

class BlobStore final : public BlobSource {
  public:
    /// `events` wakes the main thread when there is something to ask.
    BlobStore(BlobCache cache, EventQueue& events);

    // ---- Executor thread.
    [[nodiscard]] Result<Bytes> get(const Digest& digest) override;

    // ---- Any thread.
    void call_off() override;
    void resume() override;

    // ---- Main thread.
    struct Question {
        std::uint64_t request{0};
        protocol::GetBlob body;
    };
    /// What to ask the scheduler now. Asks again what was not answered for a while.
    [[nodiscard]] std::vector<Question> questions(Instant now);
    /// When questions() may have something again; none if nothing is wanted.
    [[nodiscard]] std::optional<Instant> next_deadline() const;
    void on_chunk(const protocol::BlobChunk& chunk, Instant now);
    /// False if the refusal is not about a blob.
    bool on_refusal(std::uint64_t request, const protocol::Refusal& refusal);

  private:
    /// One blob on its way. Chunks come in order on one connection.
    struct Fetch {
        Digest digest;
        std::optional<std::uint64_t> size;  ///< Known from the first chunk.
        Bytes received;
        std::uint64_t asked_up_to{0};
        std::optional<Instant> progress_at;
        std::uint64_t first_request{0};
        int damaged{0};  ///< How often the whole had another digest.
    };
    void finish(Result<Bytes> outcome);
    void accept(Fetch& fetch, const protocol::BlobChunk& chunk);

    BlobCache cache_;
    EventQueue& events_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Fetch> fetch_;
    std::optional<Result<Bytes>> outcome_;
    bool called_off_{false};
    std::uint64_t next_request_{1};
};

}  // namespace vargrid::worker
