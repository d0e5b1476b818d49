// Client: what a person's command asks of a scheduler, as blocking calls. Every question may be
// repeated safely, so a lost answer costs time only. Used by one thread.
#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "protocol/messages.hpp"
#include "protocol/zmq/context.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vargrid::protocol {

struct ClientOptions {
    std::string endpoint;                            ///< "tcp://host:port"
    std::chrono::milliseconds reply_timeout{2'000};  ///< Then the question is asked again.
    int attempts_max{5};                             ///< Then the scheduler is unreachable.
};

/// Errors of every call: unreachable (no answer in attempts_max * reply_timeout); not_found,
/// conflict, limit, io, invalid_input, unauthorised as the scheduler refused.
class Client {
  public:
    /// Does not wait for the scheduler. Errors: invalid_input for a malformed endpoint.
    [[nodiscard]] static Result<Client> connect(const Context& context,
                                                const ClientOptions& options);
    ~Client();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;

    /// Stores the bytes, in chunks; free if the scheduler has them. Returns their digest.
    [[nodiscard]] Result<Digest> put_blob(std::span<const std::byte> bytes);
    [[nodiscard]] Result<Bytes> get_blob(const Digest& digest);
    /// Which of these the scheduler lacks.
    [[nodiscard]] Result<std::vector<Digest>> missing_blobs(const std::vector<Digest>& digests);

    /// Submits once, however often the question has to be repeated. Errors: limit if the job was
    /// rejected (the text is the scheduler's reason), not_found if a blob it needs is missing.
    [[nodiscard]] Result<JobId> submit(const SubmitJob& job);
    /// Errors: not_found.
    [[nodiscard]] Result<JobInfo> status(JobId job);
    [[nodiscard]] Result<JobStatusReply> jobs();
    [[nodiscard]] Result<CancelReply> cancel(JobId job);
    /// Pauses or resumes a job, or changes its priority. Errors: not_found, unreachable, io.
    [[nodiscard]] Result<ControlReply> control(const ControlJob& change);
    [[nodiscard]] Result<WorkersStatusReply> workers();
    /// Why a job is not finished or a worker not used. Errors: not_found.
    [[nodiscard]] Result<WhyReply> why(const Why& question);

    /// Ends waits early when it returns true; asked a few times a second. The call then fails with
    /// unreachable, "interrupted".
    void set_interrupt(std::function<bool()> interrupted);

  private:
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace vargrid::protocol
